package ai.primespark.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What to do, when, and by whom. Immutable (as far as the payload is) and thread-safe; never prints the payload. */
public final class TaskRequest {

    private final String type;
    private final Object payload;
    private final Priority priority;
    private final Requirements requirements;
    private final @Nullable Instant notBefore;
    private final @Nullable Instant deadline;
    private final RetryPolicy retry;
    private final @Nullable String idempotencyKey;
    private final Duration retention;
    private final Set<String> after;
    private final PowerNeeds power;
    private final @Nullable String preferred;
    private final String submitter;
    private final @Nullable Duration maxRuntime;

    private TaskRequest(Builder b) {
        this.type = b.type;
        this.payload = b.payload;
        this.priority = b.priority;
        this.requirements = b.requirements;
        this.notBefore = b.notBefore;
        this.deadline = b.deadline;
        this.retry = b.retry;
        this.idempotencyKey = b.idempotencyKey;
        this.retention = b.retention;
        this.after = Set.copyOf(b.after);
        this.power = b.power == null ? PowerNeeds.of(b.priority) : b.power;
        this.preferred = b.preferred;
        this.submitter = b.submitter;
        this.maxRuntime = b.maxRuntime;
    }

    /**
     * Starts a request.
     *
     * @param type which handler is meant: 1 to 128 of {@code [A-Za-z0-9._:-]}
     * @param payload what the handler gets: {@code byte[]}, {@link String}, or anything that the JSON codec can write
     * @return a builder
     * @throws IllegalArgumentException for a type that is not allowed
     */
    public static Builder of(String type, Object payload) {
        if (!isName(type, 128, "._:-")) {
            throw new IllegalArgumentException("a task's type has 1 to 128 of [A-Za-z0-9._:-]: '" + type + "'");
        }
        return new Builder(type, Objects.requireNonNull(payload, "payload"));
    }

    /**
     * The same request with another payload; the engine uses it to hand encoded bytes to the queue.
     *
     * @param other the payload
     * @return a new request
     */
    public TaskRequest withPayload(Object other) {
        return new TaskRequest(this, Objects.requireNonNull(other, "other"), submitter);
    }

    /**
     * The same request of another submitter; the engine puts the node's id where the application named none.
     *
     * @param other see {@link Builder#submitter}
     * @return a new request
     */
    public TaskRequest withSubmitter(String other) {
        return new TaskRequest(this, payload, checkedSubmitter(other));
    }

    /** Every task is copied on its way into a queue, so this takes no detour through a builder. */
    private TaskRequest(TaskRequest that, Object payload, String submitter) {
        this.type = that.type;
        this.payload = payload;
        this.priority = that.priority;
        this.requirements = that.requirements;
        this.notBefore = that.notBefore;
        this.deadline = that.deadline;
        this.retry = that.retry;
        this.idempotencyKey = that.idempotencyKey;
        this.retention = that.retention;
        this.after = that.after;
        this.power = that.power;
        this.preferred = that.preferred;
        this.submitter = submitter;
        this.maxRuntime = that.maxRuntime;
    }

    private static String checkedSubmitter(String value) {
        if (!isName(value, 64, "._@-")) {
            throw new IllegalArgumentException("a submitter has 1 to 64 of [A-Za-z0-9._@-]: '" + value + "'");
        }
        return value;
    }

    /** Letters, digits and some others; by hand, because every task passes here and a pattern takes ten times as long. */
    private static boolean isName(String text, int longest, String others) {
        boolean fits = !text.isEmpty() && text.length() <= longest;
        for (int i = 0; fits && i < text.length(); i++) {
            char c = text.charAt(i);
            fits = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || others.indexOf(c) >= 0;
        }
        return fits;
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
     * What the handler gets.
     *
     * @return the object itself
     */
    public Object payload() {
        return payload;
    }

    /**
     * How urgent it is.
     *
     * @return {@link Priority#NORMAL} unless set
     */
    public Priority priority() {
        return priority;
    }

    /**
     * What is asked of the agent.
     *
     * @return {@link Requirements#NONE} unless set
     */
    public Requirements requirements() {
        return requirements;
    }

    /**
     * When it may start.
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
     * How often and when it is tried again.
     *
     * @return {@link RetryPolicy#DEFAULT} unless set
     */
    public RetryPolicy retry() {
        return retry;
    }

    /**
     * What makes a repeated submission the same task.
     *
     * @return empty for none
     */
    public Optional<String> idempotencyKey() {
        return Optional.ofNullable(idempotencyKey);
    }

    /**
     * How long the task, its result and its idempotency key are kept after its end; dead tasks are kept until purged.
     *
     * @return one day unless set
     */
    public Duration retention() {
        return retention;
    }

    /**
     * The tasks that must have succeeded before.
     *
     * @return ids; unmodifiable
     */
    public Set<String> after() {
        return after;
    }

    /**
     * How it stands to electricity.
     *
     * @return {@link PowerNeeds#of} its priority unless set
     */
    public PowerNeeds power() {
        return power;
    }

    /**
     * Who should do it, if that is possible soon.
     *
     * @return an agent's id, or {@code label=value}; empty for no preference
     */
    public Optional<String> preferred() {
        return Optional.ofNullable(preferred);
    }

    /**
     * For whom it is done; the queue shares its agents among submitters.
     *
     * @return empty for "the node that submits it"
     */
    public String submitter() {
        return submitter;
    }

    /**
     * How long one attempt may take.
     *
     * @return empty for no limit besides the deadline
     */
    public Optional<Duration> maxRuntime() {
        return Optional.ofNullable(maxRuntime);
    }

    @Override
    public String toString() {
        return "TaskRequest[" + type + ", " + priority + ", " + requirements.signature() + "]";
    }

    /** Collects a request. Not thread-safe. */
    public static final class Builder {

        private final String type;
        private final Object payload;
        private Priority priority = Priority.NORMAL;
        private Requirements requirements = Requirements.NONE;
        private @Nullable Instant notBefore;
        private @Nullable Instant deadline;
        private RetryPolicy retry = RetryPolicy.DEFAULT;
        private @Nullable String idempotencyKey;
        private Duration retention = Duration.ofDays(1);
        private final Set<String> after = new LinkedHashSet<>();
        private @Nullable PowerNeeds power;
        private @Nullable String preferred;
        private String submitter = "";
        private @Nullable Duration maxRuntime;

        private Builder(String type, Object payload) {
            this.type = type;
            this.payload = payload;
        }

        /**
         * Sets how urgent it is.
         *
         * @param value the priority
         * @return this builder
         */
        public Builder priority(Priority value) {
            this.priority = Objects.requireNonNull(value, "priority");
            return this;
        }

        /**
         * Sets what is asked of the agent.
         *
         * @param value the requirements
         * @return this builder
         */
        public Builder requires(Requirements value) {
            this.requirements = Objects.requireNonNull(value, "requirements");
            return this;
        }

        /**
         * Sets when it may start.
         *
         * @param value the moment, by the queue's clock
         * @return this builder
         */
        public Builder notBefore(Instant value) {
            this.notBefore = Objects.requireNonNull(value, "notBefore");
            return this;
        }

        /**
         * Sets when it is of no more use: not started or retried after that, and running work is cancelled.
         *
         * @param value the moment, by the queue's clock
         * @return this builder
         */
        public Builder deadline(Instant value) {
            this.deadline = Objects.requireNonNull(value, "deadline");
            return this;
        }

        /**
         * Sets how often and when it is tried again.
         *
         * @param value the policy
         * @return this builder
         */
        public Builder retry(RetryPolicy value) {
            this.retry = Objects.requireNonNull(value, "retry");
            return this;
        }

        /**
         * Makes repeated submissions one task, while the queue remembers it.
         *
         * @param value 1 to 256 characters
         * @return this builder
         */
        public Builder idempotencyKey(String value) {
            if (value.isEmpty() || value.length() > 256) {
                throw new IllegalArgumentException("an idempotency key has 1 to 256 characters");
            }
            this.idempotencyKey = value;
            return this;
        }

        /**
         * Sets how long the task and its result are kept after its end.
         *
         * @param value not negative
         * @return this builder
         */
        public Builder retention(Duration value) {
            if (value.isNegative()) {
                throw new IllegalArgumentException("a retention must not be negative: " + value);
            }
            this.retention = value;
            return this;
        }

        /**
         * Adds tasks that must have succeeded before; when one of them ends otherwise, this one is cancelled.
         *
         * @param taskIds ids in the same queue
         * @return this builder
         */
        public Builder after(String... taskIds) {
            after.addAll(Set.of(taskIds));
            return this;
        }

        /**
         * Sets how it stands to electricity.
         *
         * @param value the needs
         * @return this builder
         */
        public Builder power(PowerNeeds value) {
            this.power = Objects.requireNonNull(value, "power");
            return this;
        }

        /**
         * Sets who should do it: other agents that could leave it to that one for a while, as long as it is there and has room.
         *
         * @param value an agent's id, or {@code label=value} for any agent with this label, for example {@code location=attic}
         * @return this builder
         */
        public Builder prefer(String value) {
            if (!value.matches("[A-Za-z0-9._-]{1,64}(=[A-Za-z0-9._-]{1,64})?")) {
                throw new IllegalArgumentException(
                        "a preference is an agent's id or label=value of [A-Za-z0-9._-]: '" + value + "'");
            }
            this.preferred = value;
            return this;
        }

        /**
         * Sets for whom it is done: a user, an application. One who submits thousands of tasks at once does not keep the others
         * waiting behind all of them.
         *
         * @param value 1 to 64 of {@code [A-Za-z0-9._@-]}
         * @return this builder
         */
        public Builder submitter(String value) {
            this.submitter = checkedSubmitter(value);
            return this;
        }

        /**
         * Sets how long one attempt may take; one that takes longer is stopped and counts as failed.
         *
         * @param value positive
         * @return this builder
         */
        public Builder maxRuntime(Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException("a run time must be positive: " + value);
            }
            this.maxRuntime = value;
            return this;
        }

        /**
         * Makes the request.
         *
         * @return a new request
         * @throws IllegalArgumentException when the deadline is not after the start
         */
        public TaskRequest build() {
            if (notBefore != null && deadline != null && !deadline.isAfter(notBefore)) {
                throw new IllegalArgumentException("the deadline " + deadline + " is not after the start " + notBefore);
            }
            return new TaskRequest(this);
        }
    }
}
