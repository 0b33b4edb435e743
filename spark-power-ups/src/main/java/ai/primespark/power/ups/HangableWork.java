package ai.primespark.power.ups;

import ai.primespark.power.PowerException;
import ai.primespark.spi.Deadline;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Does what cannot be interrupted, such as asking a name server or a driver behind a file, on a thread of the engine's, and waits for
 * it until a deadline. What hangs is never joined by a second one: at most one thread is lost. For one caller at a time.
 */
final class HangableWork {

    private final String what;
    private final ExecutorService executor;
    private @Nullable CompletableFuture<?> running;

    /**
     * Makes one.
     *
     * @param what completes "… takes too long", for example {@code "power source 'hat': reading /sys/class/power_supply"}
     * @param executor where it runs
     */
    HangableWork(String what, ExecutorService executor) {
        this.what = what;
        this.executor = executor;
    }

    /**
     * Does something.
     *
     * @throws IOException that the work threw
     * @throws PowerException that the work threw, or when it does not end by the deadline, or cannot begin
     */
    <T> T run(Callable<T> work, Deadline deadline) throws IOException {
        CompletableFuture<?> before = running;
        if (before != null && !before.isDone()) {
            waitFor(before.handle((result, failure) -> ""), deadline); // its result is old news
        }
        CompletableFuture<T> task = new CompletableFuture<>();
        running = task;
        try {
            executor.execute(() -> {
                try {
                    task.complete(work.call());
                } catch (Throwable e) {
                    task.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            running = null;
            throw new PowerException(what + " cannot begin: no thread is free for it", true, e);
        }
        return waitFor(task, deadline);
    }

    private <T> T waitFor(CompletableFuture<T> task, Deadline deadline) throws IOException {
        try {
            return task.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new PowerException(what + " takes too long; it is waited for before anything else is tried", true, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PowerException(what + " was interrupted", true, e);
        } catch (ExecutionException | CompletionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException io) {
                throw io;
            }
            if (cause instanceof PowerException power) {
                throw power;
            }
            throw new PowerException(what + " failed: " + (cause == null ? e : cause), false, cause);
        }
    }
}
