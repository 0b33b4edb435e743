package ai.primespark.llm;

import ai.primespark.ProviderSpec;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What {@code primespark.llm} in a configuration file says, as typed objects. Options left alone keep their configured or
 * default value. Immutable and thread-safe.
 */
public final class LlmOptions {

    private final Map<String, Object> values;

    private LlmOptions(Map<String, Object> values) {
        this.values = Map.copyOf(values);
    }

    /**
     * Starts.
     *
     * @return a builder with nothing set
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The settings as a configuration file would say them.
     *
     * @return values by setting name below {@code primespark.llm}; unmodifiable
     */
    public Map<String, Object> toMap() {
        return values;
    }

    @Override
    public String toString() {
        return "LlmOptions" + values.keySet();
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder {

        private final Map<String, Object> values = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets the backends.
         *
         * @param backends in the order in which equals are tried
         * @return this builder
         */
        public Builder backends(ProviderSpec... backends) {
            return set("backends", List.of(backends));
        }

        /**
         * Sets the order in which backends are tried.
         *
         * @param strategy the order
         * @return this builder
         */
        public Builder strategy(RoutingStrategy strategy) {
            return set("strategy", strategy);
        }

        /**
         * Sets the model for requests that name none.
         *
         * @param model a logical name
         * @return this builder
         */
        public Builder defaultModel(String model) {
            return set("default-model", model);
        }

        /**
         * Sets other names of models on backends.
         *
         * @param aliases by {@code logical name} or {@code backend/logical name}
         * @return this builder
         */
        public Builder aliases(Map<String, String> aliases) {
            return set("aliases", Map.copyOf(aliases));
        }

        /**
         * Sets whether failed requests go on to backends beyond the edge.
         *
         * @param enabled true to go on
         * @return this builder
         */
        public Builder cloudFallback(boolean enabled) {
            return set("cloud-fallback", enabled);
        }

        /**
         * Sets how often one backend is tried again when no other is left, where trying again is safe.
         *
         * @param retries 0 to 10
         * @return this builder
         */
        public Builder retries(int retries) {
            return set("retries", (long) retries);
        }

        /**
         * Sets how long connecting may take.
         *
         * @param limit positive
         * @return this builder
         */
        public Builder connectTimeout(Duration limit) {
            return set("limits.connect", limit);
        }

        /**
         * Sets how long a backend may take until it says anything, loading a model included.
         *
         * @param limit positive
         * @return this builder
         */
        public Builder firstByteTimeout(Duration limit) {
            return set("limits.first-byte", limit);
        }

        /**
         * Sets how long a backend may take until its first token.
         *
         * @param limit positive
         * @return this builder
         */
        public Builder firstTokenTimeout(Duration limit) {
            return set("limits.first-token", limit);
        }

        /**
         * Sets how long a backend may be silent between tokens.
         *
         * @param limit positive
         * @return this builder
         */
        public Builder idleTimeout(Duration limit) {
            return set("limits.idle", limit);
        }

        /**
         * Sets how long a whole call may take, failover included.
         *
         * @param limit positive
         * @return this builder
         */
        public Builder totalTimeout(Duration limit) {
            return set("limits.total", limit);
        }

        /**
         * Sets the longest answer; what goes beyond is cut, and the answer says so.
         *
         * @param chars positive
         * @return this builder
         */
        public Builder maxOutputChars(int chars) {
            return set("limits.output-chars", (long) chars);
        }

        /**
         * Sets how often a model is asked again when its answer does not have the form that was asked for.
         *
         * @param times 0 to 5
         * @return this builder
         */
        public Builder structuredReAsks(int times) {
            return set("structured.re-asks", (long) times);
        }

        /**
         * Sets whether answers are cached.
         *
         * @param enabled true to cache
         * @return this builder
         */
        public Builder cache(boolean enabled) {
            return set("cache.enabled", enabled);
        }

        /**
         * Sets how long a cached answer is good.
         *
         * @param life positive
         * @return this builder
         */
        public Builder cacheLife(Duration life) {
            return set("cache.life", life);
        }

        /**
         * Sets how many calls may run on one backend at once.
         *
         * @param calls 1 to 10,000
         * @return this builder
         */
        public Builder maxInFlight(int calls) {
            return set("max-in-flight", (long) calls);
        }

        /**
         * Sets the share of failed attempts at which a backend's circuit opens.
         *
         * @param percent 1 to 100
         * @return this builder
         */
        public Builder circuitFailurePercent(int percent) {
            return set("circuit.failure-percent", (long) percent);
        }

        /**
         * Sets over how many attempts that share is taken.
         *
         * @param attempts 1 to 1,000
         * @return this builder
         */
        public Builder circuitWindow(int attempts) {
            return set("circuit.window", (long) attempts);
        }

        /**
         * Sets how long a circuit stays open before the backend is tried again.
         *
         * @param time positive
         * @return this builder
         */
        public Builder circuitOpenTime(Duration time) {
            return set("circuit.open-time", time);
        }

        /**
         * Makes the options.
         *
         * @return the options
         */
        public LlmOptions build() {
            return new LlmOptions(values);
        }

        private Builder set(String name, Object value) {
            values.put(name, Objects.requireNonNull(value, name));
            return this;
        }
    }
}
