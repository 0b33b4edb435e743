package ai.primespark.spi.http;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** What runs and must end with the backend: calls, bodies, futures. Thread-safe. */
public final class OpenWork implements AutoCloseable {

    private final Set<AutoCloseable> work = ConcurrentHashMap.newKeySet();
    private final Supplier<? extends RuntimeException> ending;
    private volatile boolean closed;

    /**
     * Makes an empty one.
     *
     * @param ending makes the failure that futures get when the backend is closed
     */
    public OpenWork(Supplier<? extends RuntimeException> ending) {
        this.ending = ending;
    }

    /**
     * Whether nothing may be started any more.
     *
     * @return true after {@link #close()}
     */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Remembers something until {@link #forget}. It is closed at once when the backend is.
     *
     * @param item closing it must neither wait nor fail
     */
    public void remember(AutoCloseable item) {
        work.add(item);
        if (closed) {
            end(item);
        }
    }

    /**
     * Forgets something that has ended.
     *
     * @param item what was remembered, or not
     */
    public void forget(AutoCloseable item) {
        work.remove(item);
    }

    /**
     * Remembers a future until it is complete.
     *
     * @param future fails when the backend is closed
     * @param <T> of its value
     * @return the same future
     */
    @SuppressWarnings("FutureReturnValueIgnored") // the caller keeps the future itself
    public <T> CompletableFuture<T> track(CompletableFuture<T> future) {
        AutoCloseable item = () -> future.completeExceptionally(ending.get());
        remember(item);
        future.whenComplete((value, failure) -> forget(item));
        return future;
    }

    /** Ends everything. */
    @Override
    public void close() {
        closed = true;
        work.forEach(this::end);
    }

    private void end(AutoCloseable item) {
        work.remove(item);
        try {
            item.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing failed", e); // none of ours does
        }
    }
}
