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
        if (!type.matches("[A-Za-z0-9._:-]{1,128}")) {
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
        Builder b = new Builder(type, Objects.requireNonNull(other, "other"));
        b.priority = priority;
        b.requirements = requirements;
        b.notBefore = notBefore;
        b.deadline = deadline;
        b.retry = retry;
        b.idempotencyKey = idempotencyKey;
        b.retention = retention;
        b.after.addAll(after);
        b.power = power;
        return new TaskRequest(b);
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
