package ai.primespark.memory.s3;

import static ai.primespark.spi.TierException.Kind.PERMANENT;
import static ai.primespark.spi.TierException.Kind.TRANSIENT;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the tier's operations on the engine's threads: at most as many at once as there are connections, the others in a bounded
 * queue. An operation's stage ends at its deadline whatever its thread does, and its HTTP calls are cancelled then. Thread-safe.
 */
final class S3Work {

    private static final int MOST_WAITING = 10_000;

    private final S3Options options;
    private final Executor executor;
    private final ScheduledExecutorService scheduler;
    private final S3Faults faults;
    private final Queue<Task<?>> waiting = new ArrayDeque<>(); // guarded by itself, like the next two
    private int running;
    private boolean closed;
    private final Set<S3Scope> scopes = ConcurrentHashMap.newKeySet();

    S3Work(S3Options options, Executor executor, ScheduledExecutorService scheduler, S3Faults faults) {
        this.options = options;
        this.executor = executor;
        this.scheduler = scheduler;
        this.faults = faults;
    }

    /** What an operation does. */
    @FunctionalInterface
    interface Body<R extends @Nullable Object> {
        R run(S3Scope scope) throws IOException;
    }

    private static final class Task<R extends @Nullable Object> {
        final S3Scope scope;
        final Body<R> body;
        final CompletableFuture<R> result = new CompletableFuture<>();

        Task(S3Scope scope, Body<R> body) {
            this.scope = scope;
            this.body = body;
        }
    }

    <R extends @Nullable Object> CompletableFuture<R> run(Deadline deadline, Body<R> body) {
        Task<R> task = new Task<>(new S3Scope(deadline), body);
        if (deadline.isOver()) {
            task.result.completeExceptionally(late());
            return task.result;
        }
        synchronized (waiting) {
            if (closed) {
                task.result.completeExceptionally(ended());
                return task.result;
            }
            if (waiting.size() >= MOST_WAITING) {
                task.result.completeExceptionally(new TierException(
                        TRANSIENT, options.where() + ": " + MOST_WAITING + " operations wait already", null));
                return task.result;
            }
            expireInTime(task);
            waiting.add(task);
            if (running >= options.maxConnections()) {
                return task.result;
            }
            running++;
        }
        try {
            executor.execute(this::work);
        } catch (RejectedExecutionException e) {
            synchronized (waiting) {
                running--;
                waiting.remove(task);
            }
            task.result.completeExceptionally(new TierException(TRANSIENT, options.where() + ": no thread is free", e));
        }
        return task.result;
    }

    private void expireInTime(Task<?> task) {
        try {
            Future<?> timer = scheduler.schedule(
                    () -> expire(task), Math.max(0, task.scope.deadline().remainingNanos()), TimeUnit.NANOSECONDS);
            var unused = task.result.whenComplete((result, failure) -> timer.cancel(false));
        } catch (RejectedExecutionException e) {
            task.result.completeExceptionally(
                    new TierException(TRANSIENT, options.where() + ": the engine is shutting down", e));
        }
    }

    private void expire(Task<?> task) {
        if (task.result.completeExceptionally(late())) {
            task.scope.cancel();
        }
    }

    private void work() {
        while (true) {
            Task<?> task;
            synchronized (waiting) {
                do {
                    task = waiting.poll();
                } while (task != null && task.result.isDone());
                if (task == null) {
                    running--;
                    return;
                }
                scopes.add(task.scope);
            }
            try {
                perform(task);
            } finally {
                scopes.remove(task.scope);
            }
        }
    }

    private <R extends @Nullable Object> void perform(Task<R> task) {
        try (S3Scope.Entered entered = task.scope.enter()) {
            R value = task.body.run(task.scope);
            if (!task.result.complete(value) && value instanceof Closeable unwanted) {
                unwanted.close(); // a stream that comes after the deadline
            }
        } catch (IOException e) {
            task.result.completeExceptionally(isClosed() ? ended() : faults.of(S3Error.of(e)));
        } catch (Throwable e) { // must reach the caller, whatever it is
            task.result.completeExceptionally(
                    e instanceof TierException ? e : new TierException(PERMANENT, options.where() + ": " + e, e));
        }
    }

    /** Keeps a scope that outlives its operation, so that {@link #close()} ends it; false when closed. */
    boolean keep(S3Scope scope) {
        synchronized (waiting) {
            return !closed && scopes.add(scope);
        }
    }

    void release(S3Scope scope) {
        scopes.remove(scope);
    }

    boolean isClosed() {
        synchronized (waiting) {
            return closed;
        }
    }

    TierException ended() {
        return new TierException(PERMANENT, "tier '" + options.id() + "' is closed", null);
    }

    private TierException late() {
        return new TierException(TRANSIENT, options.where() + ": no answer within the deadline", null);
    }

    /** Fails what waits and cancels what runs. */
    void close() {
        Task<?>[] left;
        synchronized (waiting) {
            closed = true;
            left = waiting.toArray(Task<?>[]::new);
            waiting.clear();
        }
        for (Task<?> task : left) {
            task.result.completeExceptionally(ended());
        }
        scopes.forEach(S3Scope::cancel);
    }
}
