package ai.primespark.core.memory;

import ai.primespark.memory.MemoryException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierKey;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Computes each missing value once, however many threads ask for it. A loader that has failed is not called for the same key
 * again for a moment, so that those who come right after do not all fail the slow way.
 */
final class Loads {

    /** How long a failure stands for the next attempts. */
    static final Duration FAILURE_LIFE = Duration.ofSeconds(1);

    private static final int MOST_FAILURES = 10_000;

    private final InstantSource clock;
    private final Cache<TierKey, Failure> failures = Caffeine.newBuilder()
            .maximumSize(MOST_FAILURES)
            .executor(Runnable::run)
            .build();
    private final ConcurrentHashMap<TierKey, Load> running = new ConcurrentHashMap<>();

    /** A computation under way. */
    private static final class Load {
        final Thread owner = Thread.currentThread();
        final CompletableFuture<@Nullable Object> result = new CompletableFuture<>();
        final AtomicInteger waiters = new AtomicInteger();
    }

    private record Failure(MemoryException cause, long untilMillis) {}

    Loads(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Calls a loader.
     *
     * @throws MemoryException when it throws
     */
    <T> @Nullable T call(TierKey key, Callable<@Nullable T> loader) throws InterruptedException {
        try {
            T value = loader.call();
            failures.invalidate(key);
            return value;
        } catch (InterruptedException e) { // says nothing about the key
            throw e;
        } catch (Exception e) {
            MemoryException failure = wrap(key, e);
            failures.put(key, new Failure(failure, clock.millis() + FAILURE_LIFE.toMillis()));
            throw failure;
        }
    }

    /**
     * Refuses a key whose loader has just failed.
     *
     * @throws MemoryException the same failure
     */
    void refuseIfJustFailed(TierKey key) {
        Failure failure = failures.getIfPresent(key);
        if (failure == null) {
            return;
        }
        if (failure.untilMillis > clock.millis()) {
            throw copy(failure.cause);
        }
        failures.invalidate(key);
    }

    /**
     * Runs the computation, or waits for the one that runs.
     *
     * @param meanwhile what those may have who would wait, or null for nothing
     * @return its result; null when it gave none
     * @throws MemoryException what the computation threw
     */
    @Nullable
    Object once(
            TierKey key,
            Deadline deadline,
            Supplier<@Nullable Object> meanwhile,
            Callable<@Nullable Object> computation) {
        Load mine = new Load();
        Load other = running.putIfAbsent(key, mine);
        if (other != null) {
            Object early = other.owner == Thread.currentThread() ? null : meanwhile.get();
            return early != null ? early : join(key, other, deadline);
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
            throw copy(e.getCause() == null ? e : e.getCause());
        } finally {
            load.waiters.decrementAndGet();
        }
    }

    /** An exception of one's own, with one's own stack; what the loader threw stays the cause. */
    private static MemoryException copy(Throwable failure) {
        boolean retryable = failure instanceof MemoryException memory && memory.retryable();
        return new MemoryException(
                String.valueOf(failure.getMessage()),
                retryable,
                failure.getCause() == null ? failure : failure.getCause());
    }

    int waiting() {
        return (int)
                running.values().stream().filter(load -> load.waiters.get() > 0).count();
    }
}
