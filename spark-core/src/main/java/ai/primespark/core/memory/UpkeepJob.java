package ai.primespark.core.memory;

import ai.primespark.memory.MemoryException;
import ai.primespark.memory.UpkeepProgress;
import ai.primespark.memory.UpkeepRun;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work that waits for its turn, runs once, and can be watched and cancelled. Thread-safe. */
final class UpkeepJob<R> implements UpkeepRun<R>, Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(UpkeepJob.class);

    private final String name;
    private final Pacer pacer;
    private final Work<R> work;
    private final Consumer<UpkeepProgress> listener;
    private final CompletableFuture<R> result = new CompletableFuture<>();
    private volatile UpkeepProgress progress = UpkeepProgress.NONE;

    /** The work itself; when it is cancelled it gives a report of what was done until then. */
    interface Work<R> {
        R run(Pacer pacer, Consumer<UpkeepProgress> progress);
    }

    UpkeepJob(String name, Pacer pacer, Work<R> work, Consumer<UpkeepProgress> listener) {
        this.name = name;
        this.pacer = pacer;
        this.work = work;
        this.listener = listener;
    }

    @Override
    public void run() {
        try {
            boolean unused = result.complete(work.run(pacer, this::tell));
        } catch (RuntimeException e) {
            LOG.warn("The memory's {} failed", name, e);
            boolean unused = result.completeExceptionally(
                    e instanceof MemoryException
                            ? e
                            : new MemoryException("the memory's " + name + " failed: " + e, true, e));
        } catch (Error e) {
            boolean unused = result.completeExceptionally(
                    new MemoryException("the memory's " + name + " failed: " + e, false, e));
            throw e;
        }
    }

    private void tell(UpkeepProgress now) {
        progress = now;
        try {
            listener.accept(now);
        } catch (RuntimeException e) { // the watcher's trouble is not the work's
            LOG.debug("A listener of the memory's {} failed", name, e);
        }
    }

    String name() {
        return name;
    }

    boolean isDone() {
        return result.isDone();
    }

    @Override
    public UpkeepProgress progress() {
        return progress;
    }

    @Override
    public CompletableFuture<R> future() {
        return result.copy();
    }

    @Override
    public Optional<R> await(Duration timeout) {
        try {
            return Optional.of(result.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            throw Surroundings.interrupted("the memory's " + name);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof MemoryException failure
                    ? failure
                    : new MemoryException("the memory's " + name + " failed: " + e.getCause(), true, e.getCause());
        }
    }

    @Override
    public void cancel() {
        pacer.cancel();
    }

    @Override
    public String toString() {
        return "UpkeepJob[" + name + ", " + progress + "]";
    }
}
