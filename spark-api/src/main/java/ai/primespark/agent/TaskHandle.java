package ai.primespark.agent;

import ai.primespark.TypeRef;
import ai.primespark.event.SparkEvents.Subscription;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A task that was submitted, from whichever process. Holds no resources; thread-safe. */
public interface TaskHandle {

    /**
     * The task's id.
     *
     * @return unique in its queue, sortable by time of submission
     */
    String id();

    /**
     * Where the task is now.
     *
     * @return a snapshot
     * @throws QueueUnavailableException when the queue cannot be reached
     * @throws TaskException when the queue has forgotten the task
     */
    TaskSnapshot snapshot();

    /**
     * Waits until the task is over.
     *
     * @param timeout how long to wait at most
     * @return the task, in a final state or, when the time was over first, in another one
     * @throws TaskException when the queue cannot be reached or the thread is interrupted; its interrupt flag is then set again
     */
    TaskSnapshot await(Duration timeout);

    /**
     * Waits for the result.
     *
     * @param type what to read it as
     * @param timeout how long to wait at most
     * @param <R> the type
     * @return the result; empty when the handler returned none or its retention is over
     * @throws TaskFailedException when the task ended without success
     * @throws TaskTimeoutException when the time was over first
     * @throws TaskException when the result cannot be read as the type, the queue cannot be reached or the thread is interrupted;
     *     its interrupt flag is then set again
     */
    <R> Optional<R> result(Class<R> type, Duration timeout);

    /**
     * Waits for a result of a generic type.
     *
     * @param type what to read it as
     * @param timeout how long to wait at most
     * @param <R> the type
     * @return see {@link #result(Class, Duration)}
     */
    <R> Optional<R> result(TypeRef<R> type, Duration timeout);

    /**
     * The end of the task as a future. Cancelling the future does not cancel the task.
     *
     * @return completes with the task in its final state, whatever that is; fails with {@link TaskException} when that cannot be
     *     learned
     */
    CompletableFuture<TaskSnapshot> ended();

    /**
     * Cancels the task, running work too.
     *
     * @param reason for people; shown in the task's error
     * @return what it achieved
     * @throws QueueUnavailableException when the queue cannot be reached
     */
    CancelOutcome cancel(String reason);

    /**
     * Follows what happens to the task from now on.
     *
     * @param listener called one event at a time, on a thread of the engine's; what it throws is logged
     * @return ends the subscription when closed; ends by itself with the task
     */
    Subscription onEvent(Consumer<TaskEvent> listener);
}
