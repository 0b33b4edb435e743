package ai.primespark.agent;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a task is, at one moment. Holds neither payload nor result. Immutable and thread-safe. */
public final class TaskSnapshot {

    private final String id;
    private final String type;
    private final TaskStatus status;
    private final Priority priority;
    private final Instant submittedAt;
    private final String submitter;
    private final int attempts;
    private final int failures;
    private final int losses;
    private final double progress;
    private final String progressNote;
    private final @Nullable String agentId;
    private final @Nullable String error;
    private final List<String> errors;
    private final @Nullable String parkedReason;
    private final @Nullable Instant notBefore;
    private final @Nullable Instant deadline;
    private final @Nullable Instant startedAt;
    private final @Nullable Instant endedAt;

    private TaskSnapshot(Builder b) {
        this.id = b.id;
        this.type = b.type;
        this.status = b.status;
        this.priority = b.priority;
        this.submittedAt = b.submittedAt;
        this.submitter = b.submitter;
        this.attempts = b.attempts;
        this.failures = b.failures;
        this.losses = b.losses;
        this.progress = b.progress;
        this.progressNote = b.progressNote;
        this.agentId = b.agentId;
        this.error = b.error;
        this.errors = List.copyOf(b.errors);
        this.parkedReason = b.parkedReason;
        this.notBefore = b.notBefore;
        this.deadline = b.deadline;
        this.startedAt = b.startedAt;
        this.endedAt = b.endedAt;
    }

    /**
     * Starts a snapshot; for queues.
     *
     * @param id the task's id
     * @param type which handler is meant
     * @param status where it is in its life
     * @param priority how urgent it is
     * @param submittedAt when it was submitted
     * @return a builder
     */
    public static Builder builder(String id, String type, TaskStatus status, Priority priority, Instant submittedAt) {
        return new Builder(id, type, status, priority, submittedAt);
    }

    /**
     * Starts a snapshot that differs from this one.
     *
     * @return a builder with all that this one says
     */
    public Builder toBuilder() {
        return new Builder(id, type, status, priority, submittedAt)
                .submitter(submitter)
                .counts(attempts, failures, losses)
                .progress(progress, progressNote)
                .agentId(agentId)
                .error(error)
                .errors(errors)
                .parkedReason(parkedReason)
                .notBefore(notBefore)
                .deadline(deadline)
                .startedAt(startedAt)
                .endedAt(endedAt);
    }

    /**
     * The task's id.
     *
     * @return unique in its queue
     */
    public String id() {
        return id;
    }

    /**
     * Which handler is meant.
     *
     * @return the type
     */
    public String type() {
        return type;
    }

    /**
     * Where it is in its life.
     *
     * @return the state
     */
    public TaskStatus status() {
        return status;
    }

    /**
     * How urgent it is.
     *
     * @return the priority
     */
    public Priority priority() {
        return priority;
    }

    /**
     * When it was submitted, by the queue's clock.
     *
     * @return the moment
     */
    public Instant submittedAt() {
        return submittedAt;
    }

    /**
     * For whom it is done; see {@link TaskRequest.Builder#submitter}.
     *
     * @return as the application named it, otherwise the id of the node that submitted it; empty from a queue that does not keep it
     */
    public String submitter() {
        return submitter;
    }

    /**
     * How many attempts were begun.
     *
     * @return not negative
     */
    public int attempts() {
        return attempts;
    }

    /**
     * How many attempts failed.
     *
     * @return not negative
     */
    public int failures() {
        return failures;
    }

    /**
     * How many attempts were lost with their agent.
     *
     * @return not negative
     */
    public int losses() {
        return losses;
    }

    /**
     * How far the current attempt is.
     *
     * @return 0 to 1
     */
    public double progress() {
        return progress;
    }

    /**
     * What the handler says of its progress.
     *
     * @return may be empty
     */
    public String progressNote() {
        return progressNote;
    }

    /**
     * Which agent holds it, or held it last.
     *
     * @return empty before the first attempt
     */
    public Optional<String> agentId() {
        return Optional.ofNullable(agentId);
    }

    /**
     * Why the last attempt failed or the task ended.
     *
     * @return empty when nothing failed
     */
    public Optional<String> error() {
        return Optional.ofNullable(error);
    }

    /**
     * Why nobody runs it although it is ready, for example {@code "no agent has hailo"}.
     *
     * @return empty unless parked
     */
    public Optional<String> parkedReason() {
        return Optional.ofNullable(parkedReason);
    }

    /**
     * When the next attempt may start.
     *
     * @return empty for at once
     */
    public Optional<Instant> notBefore() {
        return Optional.ofNullable(notBefore);
    }

    /**
     * When it is of no more use.
     *
     * @return empty for never
     */
    public Optional<Instant> deadline() {
        return Optional.ofNullable(deadline);
    }

    /**
     * When the last attempt began.
     *
     * @return empty before the first attempt
     */
    public Optional<Instant> startedAt() {
        return Optional.ofNullable(startedAt);
    }

    /**
     * When it was over.
     *
     * @return empty until then
     */
    public Optional<Instant> endedAt() {
        return Optional.ofNullable(endedAt);
    }

    /**
     * What went wrong in its attempts.
     *
     * @return oldest first, the last 16 at most, of at most 1,000 characters each; unmodifiable
     */
    public List<String> errors() {
        return errors;
    }

    @Override
    public String toString() {
        return "TaskSnapshot[" + id + ", " + type + ", " + status + ", " + attempts + " attempts]";
    }

    /** Collects a snapshot. Not thread-safe. */
    public static final class Builder {

        private final String id;
        private final String type;
        private final TaskStatus status;
        private final Priority priority;
        private final Instant submittedAt;
        private String submitter = "";
        private int attempts;
        private int failures;
        private int losses;
        private double progress;
        private String progressNote = "";
        private @Nullable String agentId;
        private @Nullable String error;
        private List<String> errors = List.of();
        private @Nullable String parkedReason;
        private @Nullable Instant notBefore;
        private @Nullable Instant deadline;
        private @Nullable Instant startedAt;
        private @Nullable Instant endedAt;

        private Builder(String id, String type, TaskStatus status, Priority priority, Instant submittedAt) {
            this.id = Objects.requireNonNull(id, "id");
            this.type = Objects.requireNonNull(type, "type");
            this.status = Objects.requireNonNull(status, "status");
            this.priority = Objects.requireNonNull(priority, "priority");
            this.submittedAt = Objects.requireNonNull(submittedAt, "submittedAt");
        }

        /**
         * Sets submitter; see {@link TaskSnapshot#submitter()}.
         *
         * @param value empty when it is not known
         * @return this builder
         */
        public Builder submitter(String value) {
            this.submitter = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets the counts.
         *
         * @param begun attempts that were begun
         * @param failed attempts that failed
         * @param lost attempts that were lost
         * @return this builder
         */
        public Builder counts(int begun, int failed, int lost) {
            this.attempts = begun;
            this.failures = failed;
            this.losses = lost;
            return this;
        }

        /**
         * Sets how far the current attempt is.
         *
         * @param fraction taken into 0 to 1; not a number counts as 0
         * @param note what the handler says; may be empty
         * @return this builder
         */
        public Builder progress(double fraction, String note) {
            this.progress = fraction > 0 ? Math.min(1, fraction) : 0;
            this.progressNote = Objects.requireNonNull(note, "note");
            return this;
        }

        /**
         * Sets agentId; see {@link TaskSnapshot#agentId()}.
         *
         * @param value null for none
         * @return this builder
         */
        public Builder agentId(@Nullable String value) {
            this.agentId = value;
            return this;
        }

        /**
         * Sets error; see {@link TaskSnapshot#error()}.
         *
         * @param value null for none
         * @return this builder
         */
        public Builder error(@Nullable String value) {
            this.error = value;
            return this;
        }

        /**
         * Sets errors; see {@link TaskSnapshot#errors()}.
         *
         * @param value oldest first
         * @return this builder
         */
        public Builder errors(List<String> value) {
            this.errors = List.copyOf(value);
            return this;
        }

        /**
         * Sets parkedReason; see {@link TaskSnapshot#parkedReason()}.
         *
         * @param value null for none
         * @return this builder
         */
        public Builder parkedReason(@Nullable String value) {
            this.parkedReason = value;
            return this;
        }

        /**
         * Sets notBefore; see {@link TaskSnapshot#notBefore()}.
         *
         * @param value null for none
         * @return this builder
         */
        public Builder notBefore(@Nullable Instant value) {
            this.notBefore = value;
            return this;
        }

        /**
         * Sets deadline; see {@link TaskSnapshot#deadline()}.
         *
         * @param value null for none
         * @return this builder
         */
        public Builder deadline(@Nullable Instant value) {
            this.deadline = value;
            return this;
        }

        /**
         * Sets startedAt; see {@link TaskSnapshot#startedAt()}.
         *
         * @param value null for none
         * @return this builder
         */
        public Builder startedAt(@Nullable Instant value) {
            this.startedAt = value;
            return this;
        }

        /**
         * Sets endedAt; see {@link TaskSnapshot#endedAt()}.
         *
         * @param value null for none
         * @return this builder
         */
        public Builder endedAt(@Nullable Instant value) {
            this.endedAt = value;
            return this;
        }

        /**
         * Makes the snapshot.
         *
         * @return a new snapshot
         */
        public TaskSnapshot build() {
            return new TaskSnapshot(this);
        }
    }
}
