package ai.primespark.llm.ollama;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** What runs and must end with the backend. */
final class OllamaRunning {

    private final Set<AutoCloseable> work = ConcurrentHashMap.newKeySet();
    private final Supplier<RuntimeException> ending;
    private volatile boolean closed;

    /** The supplier makes the failure that futures get when the backend is closed. */
    OllamaRunning(Supplier<RuntimeException> ending) {
        this.ending = ending;
    }

    /** Whether nothing may be started any more. */
    boolean isClosed() {
        return closed;
    }

    /** Remembers something until {@link #forget}. It is closed at once when the backend is. */
    void remember(AutoCloseable item) {
        work.add(item);
        if (closed) {
            end(item);
        }
    }

    void forget(AutoCloseable item) {
        work.remove(item);
    }

    /** Remembers a future until it is complete. */
    @SuppressWarnings("FutureReturnValueIgnored") // the caller keeps the future itself
    <T> CompletableFuture<T> track(CompletableFuture<T> future) {
        AutoCloseable item = () -> future.completeExceptionally(ending.get());
        remember(item);
        future.whenComplete((value, failure) -> forget(item));
        return future;
    }

    /** Ends everything. */
    void close() {
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
