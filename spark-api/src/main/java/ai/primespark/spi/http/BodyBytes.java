package ai.primespark.spi.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A whole body of bounded size; a longer one fails with {@link TooLongException} and is not read to its end. For one answer each.
 * Signals are serial, as Reactive Streams rule 1.3 demands, so that no lock is needed.
 */
public final class BodyBytes implements HttpResponse.BodySubscriber<byte[]> {

    private final int most;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    /**
     * Expects a body.
     *
     * @param most how many bytes it may have
     */
    public BodyBytes(int most) {
        this.most = most;
    }

    /** The body is longer than it may be. */
    public static final class TooLongException extends IOException {

        private static final long serialVersionUID = 1L;

        private final int most;

        TooLongException(int most) {
            super("the body is longer than " + most + " bytes");
            this.most = most;
        }

        /**
         * How long it may be.
         *
         * @return bytes
         */
        public int most() {
            return most;
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        if (subscription == null) {
            subscription = given;
            given.request(Long.MAX_VALUE);
        } else {
            given.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            if (body.isDone()) {
                return;
            }
            if (bytes.size() + buffer.remaining() > most) {
                if (subscription != null) {
                    subscription.cancel();
                }
                body.completeExceptionally(new TooLongException(most));
                return;
            }
            byte[] part = new byte[buffer.remaining()];
            buffer.get(part);
            bytes.writeBytes(part);
        }
    }

    @Override
    public void onError(Throwable failure) {
        body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        body.complete(bytes.toByteArray());
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }
}
