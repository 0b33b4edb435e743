package ai.primespark.agent;

import ai.primespark.event.SparkEvents.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The queue of tasks and the agents that work on it. Thread-safe.
 *
 * <pre>{@code
 * spark.agents().local().handle("summarise", Doc.class, (doc, task) -> summarise(doc)).start();
 * TaskHandle task = spark.agents().submit(TaskRequest.of("summarise", doc).priority(Priority.HIGH).build());
 * String summary = task.result(String.class, Duration.ofMinutes(1)).orElseThrow();
 * }</pre>
 *
 * <p>Every method that asks the queue throws {@link QueueUnavailableException} when it cannot be reached in time.
 */
public interface Agents {

    // --- tasks

    /**
     * Puts a task into the queue. Once this returns, the task survives whatever the queue's durability covers.
     *
     * @param task what to do
     * @return the new task, or the earlier one with the same idempotency key
     * @throws QueueFullException when the queue takes no more
     * @throws IdempotencyConflictException when the key belongs to other work
     */
    TaskHandle submit(TaskRequest task);

    /**
     * Puts many tasks into the queue in one go. A batch is taken or refused as a whole.
     *
     * @param tasks what to do; at most 10,000
     * @return handles in the order of the requests
     * @throws QueueFullException when the queue takes no more
     * @throws IdempotencyConflictException when a key belongs to other work; nothing was taken
     */
    List<TaskHandle> submitAll(List<TaskRequest> tasks);

    /**
     * Finds a task, whoever submitted it.
     *
     * @param taskId its id
     * @return empty when the queue does not know it (any more)
     */
    Optional<TaskHandle> find(String taskId);

    /**
     * Lists tasks, newest first.
     *
     * @param filter which
     * @param cursor the cursor of the page before, or null for the first page
     * @param limit 1 to 1,000
     * @return a page; tasks that change meanwhile may or may not appear
     */
    TaskPage list(TaskFilter filter, @Nullable String cursor, int limit);

    /**
     * Puts dead tasks back into the queue, with the same ids, their history, and new attempts.
     *
     * @param filter which; tasks that are not dead are left alone
     * @return how many
     */
    int replayDead(TaskFilter filter);

    /**
     * Forgets dead tasks.
     *
     * @param filter which; tasks that are not dead are left alone
     * @return how many
     */
    int purgeDead(TaskFilter filter);

    /**
     * Counts.
     *
     * @return a snapshot
     */
    TaskStats stats();

    /**
     * Follows what happens to all tasks of the queue.
     *
     * @param listener called one event at a time, on a thread of the engine's; a slow one loses the oldest events
     * @return ends the subscription when closed
     */
    Subscription onEvent(Consumer<TaskEvent> listener);

    // --- agents

    /**
     * The agents of all processes that share the queue.
     *
     * @return those heard of lately, offline ones included
     */
    List<AgentStatus> agents();

    /**
     * The agent of this process, with its configured profile.
     *
     * @return the same object on every call
     */
    Agent local();

    /**
     * Adds a further agent to this process. It claims nothing before {@link Agent#start()}.
     *
     * @param profile who it is
     * @return the agent; closed with the instance at the latest
     * @throws IllegalStateException when this process has an agent of that id
     */
    Agent register(AgentProfile profile);

    /**
     * Takes what agents that are not in Java report of long work, for the application's HTTP server.
     *
     * @return the same object on every call; the first part of a path is the id of the configured agent
     */
    AgentCallbacks callbacks();

    /**
     * Lets nothing in the scope be claimed, in every process, until it is resumed. Running work goes on.
     *
     * @param scope what to pause
     */
    void pause(TaskScope scope);

    /**
     * Pauses a scope and waits until nothing in it runs any more, in any process. It stays paused.
     *
     * @param scope what to drain
     * @param timeout how long to wait at most
     * @return whether nothing runs any more
     * @throws TaskException when the queue cannot be reached or the thread is interrupted; its interrupt flag is then set again
     */
    boolean drain(TaskScope scope, Duration timeout);

    /**
     * Ends a pause of exactly this scope; harmless when there is none.
     *
     * @param scope what to resume
     */
    void resume(TaskScope scope);

    /**
     * What is paused.
     *
     * @return unmodifiable
     */
    Set<TaskScope> paused();
}
