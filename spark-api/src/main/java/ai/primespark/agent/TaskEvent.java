package ai.primespark.agent;

import java.time.Instant;
import java.util.Objects;

/**
 * Something that happened to a task.
 *
 * @param taskId the task
 * @param kind what happened
 * @param at when, by the queue's clock
 * @param note for people: the agent, the reason or the progress; may be empty
 */
public record TaskEvent(String taskId, Kind kind, Instant at, String note) {

    /** Refuses nulls. */
    public TaskEvent {
        Objects.requireNonNull(taskId, "taskId");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(note, "note");
    }

    /** What can happen. */
    public enum Kind {
        /** It was taken into the queue. */
        SUBMITTED,
        /** Nobody may or can run it now; the note says why. */
        PARKED,
        /** An agent began an attempt. */
        STARTED,
        /** It came further. */
        PROGRESS,
        /** Its handler {@linkplain TaskContext#emit emitted} something; the note is that. */
        OUTPUT,
        /** An attempt failed and another will follow. */
        RETRYING,
        /** Somebody asked to cancel it while it was running; its agent is to stop. */
        CANCELLING,
        /** Its agent died or lost the lease. */
        LOST,
        /** Its agent handed it back, for power or shutdown. */
        RELEASED,
        /** A dead task was put back into the queue. */
        REPLAYED,
        /** It is over; the note is the final {@link TaskStatus}. */
        ENDED
    }
}
