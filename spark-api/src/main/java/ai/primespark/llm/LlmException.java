package ai.primespark.llm;

import ai.primespark.SparkException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A call did not succeed. Says what kind of failure it was, on which backend, and whether trying again is safe and where. */
public sealed class LlmException extends SparkException permits AnswerFormatException, StepLimitException {

    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** The connection was refused, or the host is not known or not reachable. */
        UNREACHABLE(true, false),
        /** A limit was over; the message says which. */
        TIMEOUT(true, true),
        /** The server is too busy (HTTP 429 or 503). */
        OVERLOADED(true, true),
        /** The server does not have the model. */
        MODEL_NOT_FOUND(true, false),
        /** The server refuses the request as it is; it would do so again. */
        REJECTED(false, false),
        /** The server wants other credentials, or forbids the call. */
        UNAUTHORIZED(true, false),
        /** The server failed. */
        SERVER_ERROR(true, true),
        /** The connection broke in the middle of the answer. */
        RESET(true, true),
        /** The answer ended without saying that it was complete. */
        TRUNCATED(true, true),
        /** The server spoke something that is not its protocol. */
        PROTOCOL(true, false),
        /** Going on would have broken the request's privacy. */
        PRIVACY(false, false),
        /** Only budgets that are used up stand in the way; {@link #retryAfter()} says when the next period begins. */
        BUDGET(true, false),
        /** No backend was left to try; the trace says what was tried. */
        NO_BACKEND(true, true),
        /** The model answered, but not in the form that was asked for; see {@link AnswerFormatException}. */
        INVALID_ANSWER(true, true),
        /** The model asked for tools too often; see {@link StepLimitException}. */
        STEP_LIMIT(false, false),
        /** The caller cancelled. */
        CANCELLED(false, false);

        private final boolean elsewhere;
        private final boolean sameBackend;

        Kind(boolean elsewhere, boolean sameBackend) {
            this.elsewhere = elsewhere;
            this.sameBackend = sameBackend;
        }
    }

    private final Kind kind;
    private final String backend;
    private final int charsDelivered;
    private final transient @Nullable String textDelivered;
    private final @Nullable Duration retryAfter;
    private final transient @Nullable RouteTrace trace;

    LlmException(Builder builder) {
        super(builder.message, builder.cause);
        this.kind = builder.kind;
        this.backend = builder.backend;
        this.charsDelivered = builder.charsDelivered;
        this.textDelivered = builder.textDelivered;
        this.retryAfter = builder.retryAfter;
        this.trace = builder.trace;
    }

    /**
     * Starts an exception.
     *
     * @param kind what went wrong
     * @param backend the backend's id
     * @param message what failed and what to do about it; never a prompt or an answer
     * @return a builder
     */
    public static Builder builder(Kind kind, String backend, String message) {
        return new Builder(kind, backend, message);
    }

    /**
     * What went wrong.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Where it went wrong.
     *
     * @return the backend's id, or {@code router}
     */
    public String backend() {
        return backend;
    }

    /**
     * How much text had been delivered.
     *
     * @return characters; 0 means that trying elsewhere is invisible
     */
    public int charsDelivered() {
        return charsDelivered;
    }

    /**
     * The text that had been delivered, for whoever did not read it as it came. Private data: it is neither in the message nor in
     * {@link #toString()}, and is left out when the exception is serialized.
     *
     * @return empty when there was none, or it is not known
     */
    public String textDelivered() {
        return textDelivered == null ? "" : textDelivered;
    }

    /**
     * Whether the same request may succeed on another backend, or later.
     *
     * @return true when it may
     */
    @Override
    public boolean retryable() {
        return kind.elsewhere;
    }

    /**
     * Whether the same request may succeed on the same backend.
     *
     * @return true when it may
     */
    public boolean sameBackendRetryable() {
        return kind.sameBackend;
    }

    @Override
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /**
     * What the router tried.
     *
     * @return empty for a failure of one backend
     */
    public Optional<RouteTrace> trace() {
        return Optional.ofNullable(trace);
    }

    /** Collects an exception's facts. Not thread-safe. */
    public static final class Builder {

        private final Kind kind;
        private final String backend;
        private final String message;
        private int charsDelivered;
        private @Nullable String textDelivered;
        private @Nullable Duration retryAfter;
        private @Nullable RouteTrace trace;
        private @Nullable Throwable cause;

        private Builder(Kind kind, String backend, String message) {
            this.kind = Objects.requireNonNull(kind, "kind");
            this.backend = Objects.requireNonNull(backend, "backend");
            this.message = Objects.requireNonNull(message, "message");
        }

        /**
         * Sets the original failure.
         *
         * @param cause the failure, or null
         * @return this builder
         */
        public Builder cause(@Nullable Throwable cause) {
            this.cause = cause;
            return this;
        }

        /**
         * Sets how much text had been delivered.
         *
         * @param chars not negative
         * @return this builder
         */
        public Builder charsDelivered(int chars) {
            this.charsDelivered = chars;
            return this;
        }

        /**
         * Sets the text that had been delivered, and how much that is.
         *
         * @param text private data
         * @return this builder
         */
        public Builder delivered(String text) {
            this.textDelivered = text;
            this.charsDelivered = text.length();
            return this;
        }

        /**
         * Sets how long the server asked to wait.
         *
         * @param wait the time, or null when it did not say
         * @return this builder
         */
        public Builder retryAfter(@Nullable Duration wait) {
            this.retryAfter = wait;
            return this;
        }

        /**
         * Sets what the router tried.
         *
         * @param trace the trace, or null
         * @return this builder
         */
        public Builder trace(@Nullable RouteTrace trace) {
            this.trace = trace;
            return this;
        }

        /**
         * Makes the exception.
         *
         * @return the exception
         */
        public LlmException build() {
            return new LlmException(this);
        }
    }
}
