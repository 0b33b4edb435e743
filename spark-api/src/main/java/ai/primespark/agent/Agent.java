package ai.primespark.agent;

import java.time.Duration;

/**
 * Runs tasks in this process. With a shared queue, agents of many processes and machines work together; each takes what its
 * profile and handlers allow. Thread-safe.
 */
public interface Agent extends AutoCloseable {

    /**
     * How it is doing.
     *
     * @return profile, state and load
     */
    AgentStatus status();

    /**
     * Says how to do one type of task. Tasks of types without a handler are never claimed. Changes take effect at once.
     *
     * @param type the type of task
     * @param payload what to read payloads as
     * @param handler does the work
     * @param <T> the payload
     * @param <R> the result
     * @return this agent
     * @throws IllegalStateException when the type has a handler, or the agent is closed
     */
    <T, R> Agent handle(String type, Class<T> payload, TaskHandler<T, R> handler);

    /**
     * Says how to do every type of task for which an object has a {@link TaskMethod}.
     *
     * @param methods an object of a public class
     * @return this agent
     * @throws IllegalArgumentException when it has none, or one whose parameters do not fit; nothing was added
     * @throws IllegalStateException when a type has a handler, or the agent is closed; nothing was added
     */
    Agent handlers(Object methods);

    /**
     * Begins to claim tasks. Harmless when it does already; ends a drain that has not yet handed work back.
     *
     * @throws IllegalStateException when the agent is closed
     */
    void start();

    /**
     * Claims nothing more, waits for running work, hands back what is not done in time, and stays stopped.
     *
     * @param budget how long it may take in all; positive
     * @param reason {@link CancelReason#POWER} or {@link CancelReason#SHUTDOWN}: what handlers are told
     * @return what became of the work
     */
    DrainReport drain(Duration budget, CancelReason reason);

    /** Drains within the instance's close time limit and leaves the queue. Closing twice is harmless. */
    @Override
    void close();
}
