package ai.primespark.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits that end: what a faulty implementation never finishes becomes an {@link AssertionError} instead of a hanging build. */
final class Bounded {

    private Bounded() {}

    /** Runs something that may hang on a thread of its own. Its exceptions come out as they are. */
    static <T extends @Nullable Object> T run(Duration patience, String what, Callable<T> work) {
        FutureTask<T> task = start(what, work);
        try {
            return result(patience, what, task);
        } finally {
            task.cancel(true);
        }
    }

    /** Starts something on a thread of its own. */
    static <T extends @Nullable Object> FutureTask<T> start(String what, Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "testkit-waits-for: " + what);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** The result of a stage. Its failure comes out as it is. */
    static <T extends @Nullable Object> T stage(Duration patience, String what, CompletionStage<T> stage) {
        return result(patience, what, stage.toCompletableFuture());
    }

    /** The result of a future. Its failure comes out as it is. */
    static <T extends @Nullable Object> T result(Duration patience, String what, Future<T> future) {
        try {
            return future.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(what + " did not end within " + patience.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for: " + what, e);
        } catch (ExecutionException e) {
            throw sneak(unwrap(e));
        }
    }

    /** How something failed, or null when it did not. What does not end in time is an {@link AssertionError}. */
    static @Nullable Throwable failure(Duration patience, String what, Callable<?> work) {
        FutureTask<?> task = start(what, work);
        try {
            task.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            return null;
        } catch (ExecutionException e) {
            return unwrap(e);
        } catch (TimeoutException e) {
            task.cancel(true);
            throw new AssertionError(what + " did not end within " + patience.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for: " + what, e);
        }
    }

    /** How a stage failed, or null when it did not; a method that throws at once counts like a failed stage. */
    static @Nullable Throwable stageFailure(
            Duration patience, String what, Callable<? extends CompletionStage<?>> call) {
        CompletionStage<?> stage;
        try {
            stage = run(patience, what, call);
        } catch (AssertionError e) {
            throw e;
        } catch (Throwable e) {
            return e;
        }
        CompletableFuture<?> future = stage.toCompletableFuture();
        return failure(patience, what, future::get);
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof ExecutionException || inner instanceof CompletionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // lets the original exception out unchanged
    private static <E extends Throwable> RuntimeException sneak(Throwable failure) throws E {
        throw (E) failure;
    }
}
