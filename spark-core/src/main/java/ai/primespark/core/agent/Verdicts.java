package ai.primespark.core.agent;

import ai.primespark.SparkException;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.spi.TaskCompletion;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** What an attempt's end means for its task. Pure functions. */
final class Verdicts {

    private static final int MAX_ERROR = 1_000;

    private Verdicts() {}

    /**
     * An attempt that was told to stop and has not succeeded, whatever its handler threw: a handler that is interrupted may throw
     * anything.
     *
     * @return null when there is nothing to say, because the lease is lost
     */
    static @Nullable TaskCompletion stopped(CancelReason reason, Attempt attempt, double random) {
        return switch (reason) {
            case USER, DEADLINE -> new TaskCompletion.Stopped(reason);
            case POWER, SHUTDOWN -> new TaskCompletion.Release(reason);
            case LEASE_LOST -> null;
            case TIMEOUT ->
                failure(
                        attempt,
                        "took longer than "
                                + attempt.request()
                                        .maxRuntime()
                                        .map(Object::toString)
                                        .orElse("allowed")
                                + ", the longest run time of the task",
                        true,
                        null,
                        random);
        };
    }

    /** An attempt whose handler threw. */
    static TaskCompletion failed(Attempt attempt, Throwable error, double random) {
        boolean retryable = !(error instanceof SparkException spark) || spark.retryable();
        Duration asked =
                error instanceof SparkException spark ? spark.retryAfter().orElse(null) : null;
        return failure(attempt, describe(error), retryable, asked, random);
    }

    /** An attempt that no other one can do better. */
    static TaskCompletion hopeless(String error) {
        return new TaskCompletion.Failure(cut(error), null);
    }

    private static TaskCompletion failure(
            Attempt attempt, String error, boolean retryable, @Nullable Duration asked, double random) {
        RetryPolicy policy = attempt.request().retry();
        int failures = attempt.lease().failures() + 1;
        if (!retryable || failures >= policy.maxFailures()) {
            return hopeless(error);
        }
        Duration pause = policy.delay(failures, random);
        return new TaskCompletion.Failure(cut(error), asked != null && asked.compareTo(pause) > 0 ? asked : pause);
    }

    /** An error for people: its kind and what it says, and those of what caused it. */
    static String describe(Throwable error) {
        StringBuilder text = new StringBuilder();
        Throwable current = error;
        for (int depth = 0; current != null && depth < 3; depth++) {
            boolean wrapper = current instanceof ExecutionException || current instanceof InvocationTargetException;
            if (!wrapper || current.getCause() == null) {
                text.append(text.isEmpty() ? "" : ", caused by ")
                        .append(current.getClass().getSimpleName());
                String message = current.getMessage();
                if (message != null && !message.isBlank()) {
                    text.append(": ").append(message.strip());
                }
            }
            current = current.getCause();
        }
        return cut(text.toString());
    }

    private static String cut(String error) {
        return error.length() <= MAX_ERROR ? error : error.substring(0, MAX_ERROR - 1) + "…";
    }
}
