package ai.primespark.core.agent.queue;

import ai.primespark.agent.TaskScope;
import ai.primespark.spi.Deadline;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Hears of everything that a table changes, so that it can be made durable. The methods of the first half are called under the
 * table's lock, in the order of the changes, and must not block; those of the second half without it. Thread-safe.
 */
interface TaskLog {

    /** Keeps nothing. */
    TaskLog NONE = new TaskLog() {};

    // --- under the lock

    /** A task is going to be submitted. */
    default void reserved(TaskRecord task) {}

    /** A task is over, and what nobody needs any more is about to be dropped; {@link #changed} follows. */
    default void ending(TaskRecord task) {}

    /** A task's state is another one, or it has forgotten. */
    default void changed(TaskRecord task) {}

    /** A task has another checkpoint. */
    default void checkpointed(TaskRecord task) {}

    /** An agent got tasks. */
    default void claimed(ClaimRecord claim) {}

    /** None of a claim's leases lasts any more. */
    default void ended(ClaimRecord claim) {}

    /** A task is known no more. */
    default void forgotten(TaskRecord task) {}

    /** Something was paused or resumed. */
    default void paused(Set<TaskScope> paused) {}

    // --- without the lock

    /** Whether there is nothing to wait for. */
    default boolean isImmediate() {
        return true;
    }

    /**
     * Makes tasks durable before anybody sees them.
     *
     * @throws ai.primespark.agent.TaskException when that is not possible; the tasks must then not be taken
     */
    default void submit(List<TaskRecord> tasks, Deadline deadline) {}

    /**
     * Waits until the last change of a task, or its submission, is durable.
     *
     * @param underLock does something under the table's lock
     * @throws ai.primespark.agent.QueueUnavailableException when it is not by then
     */
    default void await(TaskRecord task, Deadline deadline, Consumer<Runnable> underLock) {}

    /**
     * Waits until every change of a task so far is durable.
     *
     * @param underLock does something under the table's lock
     * @throws ai.primespark.agent.QueueUnavailableException when they are not by then, or nothing more comes
     */
    default void awaitAll(Deadline deadline, Consumer<Runnable> underLock) {}

    /**
     * Waits until the last change of what is paused is durable.
     *
     * @param underLock does something under the table's lock
     * @throws ai.primespark.agent.QueueUnavailableException when it is not by then
     */
    default void awaitPaused(Deadline deadline, Consumer<Runnable> underLock) {}

    /**
     * Tries once more to make durable what could not be so before.
     *
     * @param underLock does something under the table's lock
     */
    default void mend(Consumer<Runnable> underLock) {}

    /** Nothing more comes. */
    default void close() {}
}
