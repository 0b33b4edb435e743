package ai.primespark.spi;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A task that an agent holds for a while.
 *
 * @param ref what names the lease
 * @param task the task
 * @param attempt 1 for the first
 * @param failures how many attempts failed before
 * @param losses how many attempts ended with a lease that was lost
 * @param saved the last checkpoint, or null when there is none; not to be modified
 */
public record TaskLease(Ref ref, TaskEnvelope task, int attempt, int failures, int losses, byte @Nullable [] saved) {

    /** Refuses nulls. */
    public TaskLease {
        Objects.requireNonNull(ref, "ref");
        Objects.requireNonNull(task, "task");
    }

    /**
     * The last checkpoint.
     *
     * @return the array itself, not to be modified; empty when there is none
     */
    public Optional<byte[]> checkpoint() {
        return Optional.ofNullable(saved);
    }

    /**
     * What names a lease.
     *
     * @param taskId the task
     * @param agentId who holds it
     * @param fence grows with every lease of the task
     */
    public record Ref(String taskId, String agentId, long fence) {

        /** Refuses nulls. */
        public Ref {
            Objects.requireNonNull(taskId, "taskId");
            Objects.requireNonNull(agentId, "agentId");
        }
    }

    /**
     * How far an attempt is.
     *
     * @param ref the lease
     * @param fraction 0 to 1
     * @param note what the handler says; may be empty
     */
    public record Progress(Ref ref, double fraction, String note) {

        /** Refuses nulls. */
        public Progress {
            Objects.requireNonNull(ref, "ref");
            Objects.requireNonNull(note, "note");
        }
    }
}
