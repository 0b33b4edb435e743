package ai.primespark.llm;

import ai.primespark.ProviderSpec;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
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
         * Sets which smaller models stand in for larger ones on the edge, when these cannot answer. Such an answer is marked as
         * {@link AnswerSource#SMALLER_MODEL}. Requests with tools have no stand-in.
         *
         * @param models logical names by logical names, for example {@code qwen3:14b} to {@code qwen3:1.7b}; a smaller model may
         *     have a smaller one itself, but never in a circle
         * @return this builder
         */
        public Builder smallerModels(Map<String, String> models) {
            return set("smaller-models", Map.copyOf(models));
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
         * Sets whether answers are kept in the memory's tiers as well, where they survive a restart. True unless set.
         *
         * @param enabled true to keep them
         * @return this builder
         */
        public Builder cacheTiers(boolean enabled) {
            return set("cache.tiers", enabled);
        }

        /**
         * Sets how long a call waits for an answer from the memory's tiers, before it asks a model.
         *
         * @param patience 1 ms to 10 s
         * @return this builder
         */
        public Builder cachePatience(Duration patience) {
            return set("cache.patience", patience);
        }

        /**
         * Sets whether a question may get the answer to another one that asks the same in other words. Needs
         * {@link #semanticCacheModel}.
         *
         * @param enabled true if it may
         * @return this builder
         */
        public Builder semanticCache(boolean enabled) {
            return set("semantic-cache.enabled", enabled);
        }

        /**
         * Sets when it may.
         *
         * @param use when
         * @return this builder
         */
        public Builder semanticCacheUse(SemanticCacheUse use) {
            return set("semantic-cache.use", use);
        }

        /**
         * Sets the embedding model that compares questions.
         *
         * @param model a logical name
         * @return this builder
         */
        public Builder semanticCacheModel(String model) {
            return set("semantic-cache.model", model);
        }

        /**
         * Sets how similar two questions must be.
         *
         * @param cosine of their vectors, 0.5 to 1
         * @return this builder
         */
        public Builder semanticCacheThreshold(double cosine) {
            return set("semantic-cache.threshold", cosine);
        }

        /**
         * Sets how many answers are kept for similar questions.
         *
         * @param answers 1 to 1,000,000
         * @return this builder
         */
        public Builder semanticCacheMaxEntries(int answers) {
            return set("semantic-cache.max-entries", (long) answers);
        }

        /**
         * Sets how long comparing questions may hold up a call.
         *
         * @param time 1 ms to 1 min
         * @return this builder
         */
        public Builder semanticCachePatience(Duration time) {
            return set("semantic-cache.patience", time);
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
         * Sets what backends cost, for prompts and answers alike; see {@link #prices} for two prices. Decides between backends that are expected to be about equally fast.
         *
         * @param perMillionTokens in any one currency, by the backend's id; 0 for those that are not named
         * @return this builder
         */
        public Builder cost(Map<String, Double> perMillionTokens) {
            return set("cost", texts(perMillionTokens));
        }

        /**
         * Sets what backends or single models cost, apart for prompts and answers. Wins over {@link #cost}.
         *
         * @param prices in any one currency, the same as for {@link #cost}
         * @return this builder
         */
        public Builder prices(Price... prices) {
            return set("prices", Arrays.stream(prices).map(Builder::entry).toList());
        }

        private static Map<String, Object> entry(Price price) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("backend", price.backend());
            price.modelName().ifPresent(model -> entry.put("model", model));
            entry.put("prompt", price.prompt());
            entry.put("answer", price.answer());
            return entry;
        }

        /**
         * Sets how much may be used up in each hour, day or month.
         *
         * @param budgets with distinct names
         * @return this builder
         */
        public Builder budgets(Budget... budgets) {
            return set("budgets", Arrays.stream(budgets).map(Builder::entry).toList());
        }

        private static Map<String, Object> entry(Budget budget) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("name", budget.name());
            switch (budget.unit()) {
                case TOKENS -> entry.put("tokens", (long) budget.limit());
                case MONEY -> entry.put("money", budget.limit());
                case JOULES -> entry.put("joules", budget.limit());
            }
            entry.put("per", budget.per());
            budget.onBackend().ifPresent(id -> entry.put("backend", id));
            budget.inZone().ifPresent(zone -> entry.put("zone", zone));
            return entry;
        }

        /**
         * Sets where the days and months of budgets begin.
         *
         * @param zone UTC without it
         * @return this builder
         */
        public Builder budgetTimeZone(ZoneId zone) {
            return set("budget-time-zone", zone.getId());
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
         * Sets whether prompts and answers may be logged, as DEBUG lines of {@code ai.primespark.llm.prompts}. Those of requests
         * whose privacy is not {@code ANY} are not logged even then.
         *
         * @param enabled false by default
         * @return this builder
         */
        public Builder logPrompts(boolean enabled) {
            return set("log-prompts", enabled);
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
