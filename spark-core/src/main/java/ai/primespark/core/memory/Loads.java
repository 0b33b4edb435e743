package ai.primespark.core.memory;

import ai.primespark.memory.MemoryException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierKey;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Computes each missing value once, however many threads ask for it. */
final class Loads {

    private final ConcurrentHashMap<TierKey, Load> running = new ConcurrentHashMap<>();

    /** A computation under way. */
    private static final class Load {
        final Thread owner = Thread.currentThread();
        final CompletableFuture<@Nullable Object> result = new CompletableFuture<>();
        final AtomicInteger waiters = new AtomicInteger();
    }

    /**
     * Runs the computation, or waits for the one that runs.
     *
     * @return its result; null when it gave none
     * @throws MemoryException what the computation threw
     */
    @Nullable
    Object once(TierKey key, Deadline deadline, Callable<@Nullable Object> computation) {
        Load mine = new Load();
        Load other = running.putIfAbsent(key, mine);
        if (other != null) {
            return join(key, other, deadline);
        }
        try {
            Object value = computation.call();
            mine.result.complete(value);
            return value;
        } catch (Exception | Error e) {
            MemoryException failure = wrap(key, e);
            mine.result.completeExceptionally(failure);
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (e instanceof Error error) {
                throw error;
            }
            throw failure;
        } finally {
            running.remove(key, mine);
        }
    }

    private static MemoryException wrap(TierKey key, Throwable failure) {
        return failure instanceof MemoryException memory
                ? memory
                : new MemoryException(
                        "the loader of key '" + key.key() + "' of namespace '" + key.namespace() + "' failed: "
                                + failure.getClass().getSimpleName(),
                        false,
                        failure);
    }

    private static @Nullable Object join(TierKey key, Load load, Deadline deadline) {
        if (load.owner == Thread.currentThread()) {
            throw new IllegalStateException(
                    "the loader of key '" + key.key() + "' asks for the same key: it would wait for itself");
        }
        load.waiters.incrementAndGet();
        try {
            return load.result.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw Surroundings.interrupted("another thread's loader of the same key");
        } catch (TimeoutException e) {
            throw new MemoryException(
                    "the loader of key '" + key.key()
                            + "' is still running in another thread; see primespark.memory.timeout",
                    true,
                    null);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            boolean retryable = cause instanceof MemoryException memory && memory.retryable();
            // an exception of one's own, with one's own stack; what the loader threw stays the cause
            throw new MemoryException(
                    String.valueOf(cause.getMessage()), retryable, cause.getCause() == null ? cause : cause.getCause());
        } finally {
            load.waiters.decrementAndGet();
        }
    }

    int waiting() {
        return (int)
                running.values().stream().filter(load -> load.waiters.get() > 0).count();
    }
}
