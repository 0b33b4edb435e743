package ai.primespark.core.agent;

import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskQueue;

/** What an attempt needs of whoever runs it. */
interface AttemptHost {

    /** Where its lease is. */
    TaskQueue queue();

    /** By when the queue must answer. */
    Deadline deadline();

    /** Runs something soon, on a thread of the engine's; drops it when the instance is closing. */
    void execute(Runnable action);

    /** The queue could not be reached, which is said once and counted. */
    void unavailable(String what, QueueUnavailableException failure);
}
