package ai.primespark.llm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to ask, and how. Immutable and thread-safe; {@link #toString()} never shows a message.
 *
 * <pre>{@code
 * LlmRequest.prompt("Summarise this.").model("llama3.2").privacy(Privacy.EDGE_ONLY).maxTokens(200).build()
 * }</pre>
 */
public final class LlmRequest {

    private final List<Message> messages;
    private final @Nullable String model;
    private final SamplingOptions sampling;
    private final List<Tool> tools;
    private final OutputFormat format;
    private final Thinking thinking;
    private final Privacy privacy;
    private final @Nullable Failover failover;
    private final CacheMode cache;
    private final @Nullable RoutingStrategy strategy;
    private final @Nullable Duration timeout;
    private final boolean urgent;

    private LlmRequest(Builder builder) {
        this.messages = List.copyOf(builder.messages);
        this.model = builder.model;
        this.sampling = new SamplingOptions(
                builder.temperature,
                builder.topP,
                builder.topK,
                builder.maxTokens,
                builder.contextTokens,
                builder.seed,
                builder.stop);
        this.tools = List.copyOf(builder.tools);
        this.format = builder.format;
        this.thinking = builder.thinking;
        this.privacy = builder.privacy;
        this.failover = builder.failover;
        this.cache = builder.cache;
        this.strategy = builder.strategy;
        this.timeout = builder.timeout;
        this.urgent = builder.urgent;
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("a request needs at least one message");
        }
    }

    /**
     * Starts a request with one question.
     *
     * @param text the question
     * @return a builder
     */
    public static Builder prompt(String text) {
        return new Builder().message(Message.user(text));
    }

    /**
     * Starts a request with a conversation.
     *
     * @param messages oldest first
     * @return a builder
     */
    public static Builder chat(List<Message> messages) {
        Builder builder = new Builder();
        messages.forEach(builder::message);
        return builder;
    }

    /**
     * Starts a copy.
     *
     * @return a builder that holds all of this request
     */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.messages.addAll(messages);
        builder.model = model;
        builder.temperature = sampling.temperature();
        builder.topP = sampling.topP();
        builder.topK = sampling.topK();
        builder.maxTokens = sampling.maxTokens();
        builder.contextTokens = sampling.contextTokens();
        builder.seed = sampling.seed();
        builder.stop = sampling.stop();
        builder.tools.addAll(tools);
        builder.format = format;
        builder.thinking = thinking;
        builder.privacy = privacy;
        builder.failover = failover;
        builder.cache = cache;
        builder.strategy = strategy;
        builder.timeout = timeout;
        builder.urgent = urgent;
        return builder;
    }

    /**
     * The conversation.
     *
     * @return oldest first, never empty; unmodifiable
     */
    public List<Message> messages() {
        return messages;
    }

    /**
     * The model.
     *
     * @return a logical name; empty for the backend's default
     */
    public Optional<String> model() {
        return Optional.ofNullable(model);
    }

    /**
     * How the model chooses its words.
     *
     * @return the options
     */
    public SamplingOptions sampling() {
        return sampling;
    }

    /**
     * The tools that the model may ask for.
     *
     * @return unmodifiable
     */
    public List<Tool> tools() {
        return tools;
    }

    /**
     * The form that the answer must have.
     *
     * @return the format
     */
    public OutputFormat format() {
        return format;
    }

    /**
     * How much to reason.
     *
     * @return the level
     */
    public Thinking thinking() {
        return thinking;
    }

    /**
     * How far the request may travel.
     *
     * @return {@link Privacy#ANY} unless set
     */
    public Privacy privacy() {
        return privacy;
    }

    /**
     * What to do when a backend fails in the middle of the answer.
     *
     * @return what was set, else {@link Failover#FAIL} with tools or a format, else {@link Failover#RESTART}
     */
    public Failover failover() {
        if (failover != null) {
            return failover;
        }
        return tools.isEmpty() && format instanceof OutputFormat.Plain ? Failover.RESTART : Failover.FAIL;
    }

    /**
     * How to use the cache.
     *
     * @return {@link CacheMode#USE} unless set
     */
    public CacheMode cache() {
        return cache;
    }

    /**
     * The order in which to try backends.
     *
     * @return empty for the configured one
     */
    public Optional<RoutingStrategy> strategy() {
        return Optional.ofNullable(strategy);
    }

    /**
     * How long the whole call may take.
     *
     * @return empty for the configured limit
     */
    public Optional<Duration> timeout() {
        return Optional.ofNullable(timeout);
    }

    /**
     * Whether a model is asked even when hardly any power is left. Without it the cache and backends without a model answer while
     * the power profile is {@link ai.primespark.power.PowerProfile#CRITICAL}, and while it is
     * {@link ai.primespark.power.PowerProfile#SAVING} a smaller model may be preferred. During a shutdown nothing is urgent enough.
     *
     * @return false unless set
     */
    public boolean urgent() {
        return urgent;
    }

    @Override
    public String toString() {
        return "LlmRequest[" + messages.size() + " messages, model=" + model + ", " + privacy + "]";
    }

    /** Collects a request. Not thread-safe. */
    public static final class Builder {

        private final List<Message> messages = new ArrayList<>();
        private final List<Tool> tools = new ArrayList<>();
        private @Nullable String model;
        private @Nullable Double temperature;
        private @Nullable Double topP;
        private @Nullable Integer topK;
        private @Nullable Integer maxTokens;
        private @Nullable Integer contextTokens;
        private @Nullable Long seed;
        private List<String> stop = List.of();
        private OutputFormat format = OutputFormat.PLAIN;
        private Thinking thinking = Thinking.DEFAULT;
        private Privacy privacy = Privacy.ANY;
        private @Nullable Failover failover;
        private CacheMode cache = CacheMode.USE;
        private @Nullable RoutingStrategy strategy;
        private @Nullable Duration timeout;
        private boolean urgent;

        private Builder() {}

        /**
         * Adds a message at the end.
         *
         * @param message the message
         * @return this builder
         */
        public Builder message(Message message) {
            messages.add(Objects.requireNonNull(message, "message"));
            return this;
        }

        /**
         * Puts a conversation in the place of what was said so far.
         *
         * @param conversation oldest first
         * @return this builder
         */
        public Builder messages(List<Message> conversation) {
            List<Message> copy = List.copyOf(conversation);
            messages.clear();
            messages.addAll(copy);
            return this;
        }

        /**
         * Adds instructions for the model before all other messages.
         *
         * @param text the instructions
         * @return this builder
         */
        public Builder system(String text) {
            messages.add(0, Message.system(text));
            return this;
        }

        /**
         * Sets the model.
         *
         * @param name a logical name; an alias of the configuration may give it another name on each backend
         * @return this builder
         */
        public Builder model(String name) {
            this.model = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets {@link SamplingOptions#temperature()}.
         *
         * @param temperature 0 to 2
         * @return this builder
         */
        public Builder temperature(double temperature) {
            this.temperature = temperature;
            return this;
        }

        /**
         * Sets {@link SamplingOptions#topP()}.
         *
         * @param topP above 0 and up to 1
         * @return this builder
         */
        public Builder topP(double topP) {
            this.topP = topP;
            return this;
        }

        /**
         * Sets {@link SamplingOptions#topK()}.
         *
         * @param topK positive
         * @return this builder
         */
        public Builder topK(int topK) {
            this.topK = topK;
            return this;
        }

        /**
         * Sets {@link SamplingOptions#maxTokens()}.
         *
         * @param tokens positive
         * @return this builder
         */
        public Builder maxTokens(int tokens) {
            this.maxTokens = tokens;
            return this;
        }

        /**
         * Sets {@link SamplingOptions#contextTokens()}.
         *
         * @param tokens positive
         * @return this builder
         */
        public Builder contextTokens(int tokens) {
            this.contextTokens = tokens;
            return this;
        }

        /**
         * Sets {@link SamplingOptions#seed()}.
         *
         * @param seed any number
         * @return this builder
         */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets {@link SamplingOptions#stop()}.
         *
         * @param texts texts that end the answer
         * @return this builder
         */
        public Builder stop(String... texts) {
            this.stop = List.of(texts);
            return this;
        }

        /**
         * Adds a tool.
         *
         * @param tool the tool
         * @return this builder
         */
        public Builder tool(Tool tool) {
            tools.add(Objects.requireNonNull(tool, "tool"));
            return this;
        }

        /**
         * Puts tools in the place of those added so far.
         *
         * @param offered the tools; may be empty
         * @return this builder
         */
        public Builder tools(List<Tool> offered) {
            List<Tool> copy = List.copyOf(offered);
            tools.clear();
            tools.addAll(copy);
            return this;
        }

        /**
         * Sets the form that the answer must have.
         *
         * @param format the format
         * @return this builder
         */
        public Builder format(OutputFormat format) {
            this.format = Objects.requireNonNull(format, "format");
            return this;
        }

        /**
         * Sets how much to reason.
         *
         * @param thinking the level
         * @return this builder
         */
        public Builder thinking(Thinking thinking) {
            this.thinking = Objects.requireNonNull(thinking, "thinking");
            return this;
        }

        /**
         * Sets how far the request may travel.
         *
         * @param privacy the bound
         * @return this builder
         */
        public Builder privacy(Privacy privacy) {
            this.privacy = Objects.requireNonNull(privacy, "privacy");
            return this;
        }

        /**
         * Sets what to do when a backend fails in the middle of the answer.
         *
         * @param failover what to do
         * @return this builder
         */
        public Builder failover(Failover failover) {
            this.failover = Objects.requireNonNull(failover, "failover");
            return this;
        }

        /**
         * Sets how to use the cache.
         *
         * @param cache the mode
         * @return this builder
         */
        public Builder cache(CacheMode cache) {
            this.cache = Objects.requireNonNull(cache, "cache");
            return this;
        }

        /**
         * Sets the order in which to try backends, for this request.
         *
         * @param strategy the order
         * @return this builder
         */
        public Builder strategy(RoutingStrategy strategy) {
            this.strategy = Objects.requireNonNull(strategy, "strategy");
            return this;
        }

        /**
         * Sets how long the whole call may take.
         *
         * @param timeout positive; the configured limit applies besides
         * @return this builder
         */
        public Builder timeout(Duration timeout) {
            if (timeout.isZero() || timeout.isNegative()) {
                throw new IllegalArgumentException("a timeout must be positive: " + timeout);
            }
            this.timeout = timeout;
            return this;
        }

        /**
         * Sets whether a model is asked even when hardly any power is left.
         *
         * @param urgent see {@link LlmRequest#urgent()}
         * @return this builder
         */
        public Builder urgent(boolean urgent) {
            this.urgent = urgent;
            return this;
        }

        /**
         * Makes the request.
         *
         * @return the request
         * @throws IllegalArgumentException when there is no message, or an option is out of range
         */
        public LlmRequest build() {
            return new LlmRequest(this);
        }
    }
}
