package ai.primespark.spi.http;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, read by one thread while it arrives. The JDK's own input stream would do, if its reader could be
 * interrupted on Java 17: there it ignores interrupts until the next byte comes. Holds what one read from the socket brought;
 * more is asked for when that is used up.
 *
 * <p>Reading is for one thread at a time; {@link #close()} and {@link #release()} are safe from any.
 */
public final class BodyStream implements HttpResponse.BodySubscriber<BodyStream>, AutoCloseable {

    /** What may follow an answer's last line: the end of the last chunk, not much more. */
    private static final int MOST_LEFT_OVER = 64 * 1024;

    private final long silenceNanos;
    private final Consumer<CompletableFuture<?>> returning;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<ByteBuffer> arrived = new ArrayDeque<>(); // guarded by lock, as is everything below
    private Flow.@Nullable Subscription subscription;
    private @Nullable Throwable failure;
    private boolean ended;
    private boolean closed;
    private boolean draining;
    private int drained;
    private @Nullable CompletableFuture<Void> over; // once it was released before its end

    /**
     * Makes a body that waits for its bytes.
     *
     * @param silence reading fails when nothing arrives for that long
     */
    public BodyStream(Duration silence) {
        this(silence, over -> {});
    }

    /** The same; {@code returning} gets what is complete when the connection of a released body can be used again, or not at all. */
    BodyStream(Duration silence, Consumer<CompletableFuture<?>> returning) {
        this.silenceNanos = silence.toNanos();
        this.returning = returning;
    }

    /**
     * Waits for bytes.
     *
     * @param into where to put them
     * @param offset from where on
     * @param length how many at most; positive
     * @return how many there are now in the array, at least 1; or -1 at the regular end
     * @throws HttpTimeoutException when the server was silent for too long
     * @throws IOException when the connection broke, or this was closed
     * @throws InterruptedException when the waiting thread is interrupted; the body stays open
     */
    public int read(byte[] into, int offset, int length) throws IOException, InterruptedException {
        Flow.Subscription more = null;
        int count = 0;
        lock.lockInterruptibly();
        try {
            if (!awaitBytes()) {
                return -1;
            }
            while (count < length && !arrived.isEmpty()) {
                ByteBuffer next = arrived.element();
                int part = Math.min(length - count, next.remaining());
                next.get(into, offset + count, part);
                count += part;
                if (!next.hasRemaining()) {
                    arrived.remove();
                }
            }
            if (arrived.isEmpty() && !ended) {
                more = subscription;
            }
        } finally {
            lock.unlock();
        }
        if (more != null) {
            more.request(1); // outside the lock: may deliver at once
        }
        return count;
    }

    /** False at the regular end. */
    private boolean awaitBytes() throws IOException, InterruptedException {
        long left = silenceNanos;
        while (true) {
            if (closed) {
                throw new IOException("closed");
            }
            if (!arrived.isEmpty()) {
                return true;
            }
            if (failure != null) {
                throw failure instanceof IOException e ? e : new IOException("connection failed", failure);
            }
            if (ended) {
                return false;
            }
            if (left <= 0) {
                throw new HttpTimeoutException("the server fell silent");
            }
            left = changed.awaitNanos(left);
        }
    }

    /**
     * Reads to the end, but not more than that many bytes.
     *
     * @param most how many
     * @return what was read
     * @throws IOException when the connection broke, or this was closed
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public byte[] readUpTo(int most) throws IOException, InterruptedException {
        byte[] bytes = new byte[most];
        int size = 0;
        while (size < most) {
            int count = read(bytes, size, most - size);
            if (count < 0) {
                break;
            }
            size += count;
        }
        return Arrays.copyOf(bytes, size);
    }

    /** Breaks off: the connection is closed, and a reader gets an exception. Harmless when repeated or at the end. */
    @Override
    public void close() {
        Flow.Subscription cancelled;
        CompletableFuture<Void> waited;
        lock.lock();
        try {
            cancelled = ended ? null : subscription;
            closed = true;
            arrived.clear();
            changed.signalAll();
            waited = over;
        } finally {
            lock.unlock();
        }
        if (cancelled != null) {
            cancelled.cancel();
        }
        if (waited != null) {
            waited.complete(null);
        }
    }

    /**
     * Gives up reading because all that matters was read, so that the connection can be used again once the rest has arrived.
     *
     * @return false when nothing more comes; otherwise {@link #close()} must be called after some time
     */
    public boolean release() {
        Flow.Subscription more;
        lock.lock();
        try {
            draining = true;
            arrived.clear();
            more = ended || closed ? null : subscription;
            if (more != null && over == null) {
                over = new CompletableFuture<>();
                returning.accept(over);
            }
        } finally {
            lock.unlock();
        }
        if (more != null) {
            more.request(1);
        }
        return more != null && !isOver();
    }

    private boolean isOver() {
        lock.lock();
        try {
            return ended || closed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        boolean wanted;
        lock.lock();
        try {
            wanted = subscription == null && !closed;
            if (wanted) {
                subscription = given;
            }
        } finally {
            lock.unlock();
        }
        if (wanted) {
            given.request(1);
        } else {
            given.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        Flow.Subscription more = null;
        boolean tooMuch = false;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            for (ByteBuffer buffer : buffers) {
                if (draining) {
                    drained += buffer.remaining();
                } else if (buffer.hasRemaining()) {
                    arrived.add(buffer);
                }
            }
            tooMuch = drained > MOST_LEFT_OVER;
            if (arrived.isEmpty() && !tooMuch) {
                more = subscription;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (tooMuch) {
            close();
        } else if (more != null) {
            more.request(1);
        }
    }

    @Override
    public void onError(Throwable problem) {
        end(problem);
    }

    @Override
    public void onComplete() {
        end(null);
    }

    private void end(@Nullable Throwable problem) {
        CompletableFuture<Void> waited;
        lock.lock();
        try {
            failure = problem;
            ended = true;
            changed.signalAll();
            waited = over;
        } finally {
            lock.unlock();
        }
        if (waited != null) {
            waited.complete(null);
        }
    }

    @Override
    public CompletionStage<BodyStream> getBody() {
        return CompletableFuture.completedFuture(this); // the answer is there with its headers
    }
}
