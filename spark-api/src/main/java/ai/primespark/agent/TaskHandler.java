package ai.primespark.agent;

import org.jspecify.annotations.Nullable;

/**
 * Does the work of one type of task. Called by many threads at once.
 *
 * @param <T> the payload, read by the JSON codec unless it is {@code byte[]} or {@link String}
 * @param <R> the result, written likewise
 */
@FunctionalInterface
public interface TaskHandler<T, R> {

    /**
     * Does one attempt. May run again for the same task, after a failure or on another agent that took over.
     *
     * @param payload the task's payload
     * @param context identity, progress, checkpoints and cancellation of this attempt
     * @return the result, or null for none
     * @throws Exception when the attempt failed; {@link RetryPolicy} says which are tried again.
     *     {@link java.util.concurrent.CancellationException} after a cancellation was asked for means that it was obeyed
     */
    @Nullable
    R handle(T payload, TaskContext context) throws Exception;
}
