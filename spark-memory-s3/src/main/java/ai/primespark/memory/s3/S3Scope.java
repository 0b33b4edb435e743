package ai.primespark.memory.s3;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.EventListener;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the tier: its deadline and the HTTP calls that it has under way, so that they end when it does. The client
 * library hands out no call that could be cancelled; but it makes each on the thread that asks for it, and there this learns of
 * it. Thread-safe, but for {@link #enter()}.
 */
final class S3Scope {

    private static final ThreadLocal<@Nullable S3Scope> CURRENT = new ThreadLocal<>();
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Deadline deadline;
    private final Set<Call> calls = ConcurrentHashMap.newKeySet();
    private final CountDownLatch over = new CountDownLatch(1);

    S3Scope(Deadline deadline) {
        this.deadline = deadline;
    }

    /** For the HTTP client: tells the scope of the thread that makes a call about it. */
    static EventListener listen(Call call) {
        S3Scope scope = CURRENT.get();
        return scope == null ? EventListener.NONE : scope.new Listener();
    }

    /** Calls that this thread makes from now on belong to this. */
    Entered enter() {
        S3Scope before = CURRENT.get();
        CURRENT.set(this);
        return () -> {
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
        };
    }

    /** Undoes {@link #enter()}. */
    interface Entered extends AutoCloseable {
        @Override
        void close();
    }

    Deadline deadline() {
        return deadline;
    }

    /** Ends every call under way, and those still to come. */
    void cancel() {
        over.countDown();
        calls.forEach(Call::cancel);
    }

    boolean isOver() {
        return over.getCount() == 0 || deadline.isOver();
    }

    /** Waits for an answer until the deadline. */
    <T> T await(CompletableFuture<T> future) throws S3Error {
        try {
            return future.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e;
            while (cause.getCause() != null
                    && (cause instanceof ExecutionException
                            || cause instanceof java.util.concurrent.CompletionException)) {
                cause = cause.getCause();
            }
            if (cause instanceof TierException tier) {
                throw tier; // there are no keys
            }
            throw S3Error.of(cause);
        } catch (TimeoutException e) {
            cancel();
            throw S3Error.of(new java.net.SocketTimeoutException("no answer within the deadline"));
        } catch (InterruptedException e) {
            cancel();
            Thread.currentThread().interrupt();
            throw S3Error.of(new java.io.InterruptedIOException("interrupted"));
        }
    }

    /**
     * Waits a random time that grows with the attempts, or as long as the server asked for.
     *
     * @throws S3Error the reason for waiting, when there is no time left for it
     */
    void pause(long stepNanos, int attempt, S3Error reason) throws S3Error {
        long most = Math.min(LONGEST_PAUSE_NANOS, stepNanos << Math.min(attempt, 16));
        long nanos = most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1);
        if (reason.retryAfter() != null) {
            nanos = Math.max(nanos, reason.retryAfter().toNanos());
        }
        try {
            if (nanos >= deadline.remainingNanos() || over.await(nanos, TimeUnit.NANOSECONDS)) {
                throw reason;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw reason;
        }
    }

    private final class Listener extends EventListener {
        @Override
        public void callStart(Call call) {
            calls.add(call);
            if (over.getCount() == 0) {
                call.cancel();
            }
        }

        @Override
        public void callEnd(Call call) {
            calls.remove(call);
        }

        @Override
        public void callFailed(Call call, IOException failure) {
            calls.remove(call);
        }
    }
}
