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
         * Sets how long to wait, at most, before a backend is tried again; twice as long each further time.
         *
         * @param time 1 ms to 1 min
         * @return this builder
         */
        public Builder retryBackoff(Duration time) {
            return set("retry-backoff", time);
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
         * Sets how long a tool may run, unless it or its toolbox says otherwise.
         *
         * @param limit positive
         * @return this builder
         */
        public Builder toolTimeout(Duration limit) {
            return set("tools.timeout", limit);
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
         * Sets how many calls may run on one backend at once. Without it, 16 on the edge and 64 beyond.
         *
         * @param calls 1 to 10,000
         * @return this builder
         */
        public Builder maxInFlight(int calls) {
            return set("max-in-flight", (long) calls);
        }

        /**
         * Sets the same for single backends.
         *
         * @param calls 1 to 10,000, by the backend's id
         * @return this builder
         */
        public Builder maxInFlightOn(Map<String, Integer> calls) {
            return set("max-in-flight-on", texts(calls));
        }

        /**
         * Sets how many further calls may wait for a place on one backend.
         *
         * @param calls 0 to 100,000
         * @return this builder
         */
        public Builder queueSize(int calls) {
            return set("queue.size", (long) calls);
        }

        /**
         * Sets how long a call waits for a place on one backend at most.
         *
         * @param time positive
         * @return this builder
         */
        public Builder queueWait(Duration time) {
            return set("queue.wait", time);
        }

        /**
         * Sets how often backends that are in use are asked which models they have loaded.
         *
         * @param time at least a second
         * @return this builder
         */
        public Builder statusInterval(Duration time) {
            return set("status-interval", time);
        }

        /**
         * Sets what backends cost. Decides between backends that are expected to be about equally fast.
         *
         * @param perMillionTokens in any one currency, by the backend's id; 0 for those that are not named
         * @return this builder
         */
        public Builder cost(Map<String, Double> perMillionTokens) {
            return set("cost", texts(perMillionTokens));
        }

        /**
         * Sets whether a second backend is asked when the first takes unusually long to begin.
         *
         * @param enabled true to ask
         * @return this builder
         */
        public Builder hedge(boolean enabled) {
            return set("hedge.enabled", enabled);
        }

        /**
         * Sets how many second attempts there may be.
         *
         * @param percent of requests, 1 to 50
         * @return this builder
         */
        public Builder hedgeMaxShare(int percent) {
            return set("hedge.max-share", (long) percent);
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

        private static Map<String, String> texts(Map<String, ? extends Number> numbers) {
            Map<String, String> texts = new LinkedHashMap<>();
            numbers.forEach((backend, number) -> texts.put(backend, number.toString()));
            return Map.copyOf(texts);
        }

        private Builder set(String name, Object value) {
            values.put(name, Objects.requireNonNull(value, name));
            return this;
        }
    }
}
