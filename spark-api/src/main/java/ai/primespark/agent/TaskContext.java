package ai.primespark.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** One attempt at a task, as its handler sees it. Thread-safe; of no use after the handler has returned. */
public interface TaskContext {

    /**
     * The task.
     *
     * @return its id, the same in every attempt
     */
    String taskId();

    /**
     * The number of this attempt.
     *
     * @return 1 for the first
     */
    int attempt();

    /**
     * Grows with every attempt of the task. Store it with what you write, and refuse to overwrite a larger one: then a worker that
     * was thought dead cannot undo the work of its successor.
     *
     * @return positive
     */
    long fence();

    /**
     * The idempotency key for effects elsewhere, for example an {@code Idempotency-Key} header.
     *
     * @return the same in every attempt
     */
    String effectKey();

    /**
     * By when the task must be done.
     *
     * @return empty for no deadline
     */
    Optional<Instant> deadline();

    /**
     * Why the attempt is to stop. A handler that runs for longer than a second or so should look at this often, or use
     * {@link #onCancel}; its thread is interrupted, too.
     *
     * @return empty while it is to go on
     */
    Optional<CancelReason> cancelled();

    /**
     * Registers what to do when the attempt is to stop; runs at once if that is so already. Called at most once, on a thread of
     * the engine's; must not block.
     *
     * @param action gets the reason
     */
    void onCancel(Consumer<CancelReason> action);

    /**
     * The time that is left before the power goes or the process ends, once the attempt is to stop for that.
     *
     * @return empty when there is no such limit
     */
    Optional<Duration> drainTimeLeft();

    /**
     * Says how far the work is. Cheap: only the newest is sent, with the next heartbeat.
     *
     * @param fraction 0 to 1
     * @param note for people; may be empty
     */
    void progress(double fraction, String note);

    /**
     * Sends a piece of what the work produces to whoever follows the task, at once: for example the text of an answer as it is
     * written. Followers see it as {@link TaskEvent.Kind#OUTPUT}; nothing keeps it, so the result must hold everything.
     *
     * @param piece at most 64 KiB of UTF-8
     * @throws IllegalArgumentException when it is larger
     */
    void emit(String piece);

    /**
     * What an earlier attempt saved.
     *
     * @param type what to read it as
     * @param <C> the type
     * @return empty when nothing was saved
     */
    <C> Optional<C> checkpoint(Class<C> type);

    /**
     * Saves where a later attempt can go on; it survives retries, lost agents and power drains as the queue's durability says.
     * Returns when it is saved; while the queue is away it waits, as long as the attempt is not to stop.
     *
     * @param state encoded like a payload; replaces the earlier checkpoint
     * @throws TaskException when it cannot be saved, or when this attempt no longer holds the task
     */
    void saveCheckpoint(Object state);
}
