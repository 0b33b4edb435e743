package ai.primespark.core.llm;

import ai.primespark.ProviderSpec;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.SemanticCacheUse;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What {@code primespark.llm} understands. */
public final class LlmSettings {

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(7);

    /** The backends. */
    public static final Setting<List<ProviderSpec>> BACKENDS = Setting.providers(
                    "backends", "The servers that are asked; equals are tried in this order.")
            .optional();

    /** The order. */
    public static final Setting<RoutingStrategy> STRATEGY = Setting.choice(
                    "strategy", RoutingStrategy.class, "In which order backends are tried.")
            .defaultsTo(RoutingStrategy.EDGE_FIRST);

    /** The model of requests that name none. */
    public static final Setting<String> DEFAULT_MODEL = Setting.text(
                    "default-model", "The logical name of the model for requests that name none.")
            .optional();

    /** Other names of models. */
    public static final Setting<Map<String, String>> ALIASES = Setting.textMap(
                    "aliases", "Real names of models, by \"logical name\" or \"backend/logical name\".")
            .defaultsTo(Map.of());

    /** What stands in for what. */
    public static final Setting<Map<String, String>> SMALLER_MODELS = Setting.textMap(
                    "smaller-models",
                    "Smaller models that are asked on the edge when nobody could answer with the one that a request wants, and"
                            + " before it while power is short (power.saving.smaller-models): logical names by logical names. Such answers are marked. Requests with tools have no stand-in.")
            .must(SmallerModels::comeToAnEnd, "a map in which no model is, over others, a smaller one of itself")
            .defaultsTo(Map.of());

    /** Whether to leave the edge. */
    public static final Setting<Boolean> CLOUD_FALLBACK = Setting.bool(
                    "cloud-fallback", "Whether requests may go to backends beyond the edge.")
            .defaultsTo(true);

    /** How often to try again. */
    public static final Setting<Long> RETRIES = Setting.number(
                    "retries",
                    "How often one backend is tried again when no other is left, where trying again is safe.")
            .atLeast(0L)
            .atMost(10L)
            .defaultsTo(1L);

    /** How long to wait before that. */
    public static final Setting<Duration> RETRY_BACKOFF = Setting.duration(
                    "retry-backoff",
                    "How long to wait, at most, before a backend is tried again; twice as long each further time. A server that"
                            + " says how long to wait is obeyed instead.")
            .atLeast(SHORTEST)
            .atMost(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofMillis(200));

    /** Limit on connecting. */
    public static final Setting<Duration> CONNECT =
            limit("limits.connect", "How long connecting may take.", CallLimits.DEFAULT.connect());

    /** Limit until any answer. */
    public static final Setting<Duration> FIRST_BYTE = limit(
            "limits.first-byte",
            "How long a backend may take until it says anything, loading a model included.",
            CallLimits.DEFAULT.firstByte());

    /** Limit until the first token. */
    public static final Setting<Duration> FIRST_TOKEN = limit(
            "limits.first-token",
            "How long a backend may take until its first token.",
            CallLimits.DEFAULT.firstToken());

    /** Limit on silence. */
    public static final Setting<Duration> IDLE =
            limit("limits.idle", "How long a backend may be silent between tokens.", CallLimits.DEFAULT.idle());

    /** Limit on the whole call. */
    public static final Setting<Duration> TOTAL =
            limit("limits.total", "How long a whole call may take, failover included.", CallLimits.DEFAULT.total());

    /** Limit on the answer. */
    public static final Setting<Long> OUTPUT_CHARS = Setting.number(
                    "limits.output-chars", "The longest answer in characters; what goes beyond is cut.")
            .atLeast(1L)
            .atMost((long) Integer.MAX_VALUE)
            .defaultsTo((long) CallLimits.DEFAULT.outputChars());

    /** How often to ask again for another form. */
    public static final Setting<Long> RE_ASKS = Setting.number(
                    "structured.re-asks",
                    "How often a model is told what is wrong and asked again when its answer does not have the form that"
                            + " was asked for.")
            .atLeast(0L)
            .atMost(5L)
            .defaultsTo(1L);

    /** How long tools run. */
    public static final Setting<Duration> TOOLS_TIMEOUT = Setting.duration(
                    "tools.timeout",
                    "How long a tool may run, unless it or its toolbox says otherwise; then it is interrupted, and the model is"
                            + " told.")
            .atLeast(SHORTEST)
            .atMost(LONGEST)
            .defaultsTo(Duration.ofSeconds(30));

    /** Whether to cache. */
    public static final Setting<Boolean> CACHE_ENABLED = Setting.bool(
                    "cache.enabled", "Whether the same question is answered from memory.")
            .defaultsTo(true);

    /** How long a cached answer is good. */
    public static final Setting<Duration> CACHE_LIFE = Setting.duration(
                    "cache.life",
                    "How long a cached answer is good. When nothing else can answer, it is given up to 7 days long,"
                            + " marked as stale.")
            .atLeast(SHORTEST)
            .atMost(Duration.ofDays(365))
            .defaultsTo(Duration.ofHours(24));

    /** Whether to keep answers beyond the process. */
    public static final Setting<Boolean> CACHE_TIERS = Setting.bool(
                    "cache.tiers",
                    "Whether answers are also kept in the memory's tiers that the request's privacy allows, where they survive a"
                            + " restart and are shared with other machines. The texts of answers are on disk then.")
            .defaultsTo(true);

    /** How long to wait for them. */
    public static final Setting<Duration> CACHE_PATIENCE = Setting.duration(
                    "cache.patience",
                    "How long a call waits for an answer from the memory's tiers before it asks a model. While a tier owes an"
                            + " answer for longer than that, other calls do not ask.")
            .atLeast(SHORTEST)
            .atMost(Duration.ofSeconds(10))
            .defaultsTo(Duration.ofMillis(100));

    /** Whether to answer as similar questions were answered. */
    public static final Setting<Boolean> SEMANTIC_ENABLED = Setting.bool(
                    "semantic-cache.enabled",
                    "Whether a question may get the answer to another one that asks the same in other words. Such answers are"
                            + " marked.")
            .defaultsTo(false);

    /** When to do so. */
    public static final Setting<SemanticCacheUse> SEMANTIC_USE = Setting.choice(
                    "semantic-cache.use",
                    SemanticCacheUse.class,
                    "When: offline, if no backend can answer and the very same question was never answered; or always, before"
                            + " any backend is asked.")
            .defaultsTo(SemanticCacheUse.OFFLINE);

    /** The embedding model. */
    public static final Setting<String> SEMANTIC_MODEL = Setting.text(
                    "semantic-cache.model",
                    "The logical name of the embedding model that compares questions, such as nomic-embed-text.")
            .optional();

    /** How similar is similar. */
    public static final Setting<Double> SEMANTIC_THRESHOLD = Setting.decimal(
                    "semantic-cache.threshold",
                    "How similar two questions must be, as the cosine of their vectors. Models differ; try yours.")
            .atLeast(0.5)
            .atMost(1.0)
            .defaultsTo(0.95);

    /** How many answers. */
    public static final Setting<Long> SEMANTIC_MAX_ENTRIES = Setting.number(
                    "semantic-cache.max-entries",
                    "How many answers are kept for similar questions; those that were not asked for longest go first.")
            .atLeast(1L)
            .atMost(1_000_000L)
            .defaultsTo(10_000L);

    /** How long to wait for vectors. */
    public static final Setting<Duration> SEMANTIC_PATIENCE = Setting.duration(
                    "semantic-cache.patience",
                    "How long comparing questions may hold up a call; then it goes on without.")
            .atLeast(SHORTEST)
            .atMost(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofSeconds(1));

    /** Admission. */
    public static final Setting<Long> MAX_IN_FLIGHT = Setting.number(
                    "max-in-flight",
                    "How many calls may run on one backend at once. Without it, 16 on the edge and 64 beyond.")
            .atLeast(1L)
            .atMost(10_000L)
            .optional();

    /** Admission, for single backends. */
    public static final Setting<Map<String, String>> MAX_IN_FLIGHT_ON = Setting.textMap(
                    "max-in-flight-on", "The same for single backends: a number by the backend's id.")
            .defaultsTo(Map.of());

    /** How many wait. */
    public static final Setting<Long> QUEUE_SIZE = Setting.number(
                    "queue.size",
                    "How many further calls may wait for a place on one backend, when no other is expected to be sooner.")
            .atLeast(0L)
            .atMost(100_000L)
            .defaultsTo(64L);

    /** How long they wait. */
    public static final Setting<Duration> QUEUE_WAIT = Setting.duration(
                    "queue.wait", "How long a call waits for such a place at most; its own deadline may be sooner.")
            .atLeast(SHORTEST)
            .atMost(LONGEST)
            .defaultsTo(Duration.ofSeconds(60));

    /** How often to look what is loaded where. */
    public static final Setting<Duration> STATUS_INTERVAL = Setting.duration(
                    "status-interval",
                    "How often backends that are in use are asked which models they have loaded; less often"
                            + " (power.saving.stretch) while power is short.")
            .atLeast(Duration.ofSeconds(1))
            .atMost(Duration.ofHours(24))
            .defaultsTo(Duration.ofSeconds(15));

    /** What backends cost. */
    public static final Setting<Map<String, String>> COST = Setting.textMap(
                    "cost",
                    "What a million tokens cost, by the backend's id and in any one currency. Of backends that are expected to"
                            + " be about equally fast, balanced takes the cheapest.")
            .defaultsTo(Map.of());

    /** What backends cost, apart for prompts and answers. */
    public static final Setting<List<Settings>> PRICES = SpendingSettings.PRICES;

    /** What may be used up. */
    public static final Setting<List<Settings>> BUDGETS = SpendingSettings.BUDGETS;

    /** Where periods begin. */
    public static final Setting<String> BUDGET_TIME_ZONE = SpendingSettings.BUDGET_TIME_ZONE;

    /** Whether to hedge. */
    public static final Setting<Boolean> HEDGE_ENABLED = Setting.bool(
                    "hedge.enabled",
                    "Whether a second backend of the same zone is asked when the first takes longer to begin than in 95 of 100"
                            + " calls. Never on battery, and never where the model would have to be loaded.")
            .defaultsTo(false);

    /** How much of it. */
    public static final Setting<Long> HEDGE_MAX_SHARE = Setting.number(
                    "hedge.max-share", "How many such second attempts there may be, in percent of the requests.")
            .atLeast(1L)
            .atMost(50L)
            .defaultsTo(5L);

    /** When a circuit opens. */
    public static final Setting<Long> CIRCUIT_FAILURE_PERCENT = Setting.number(
                    "circuit.failure-percent", "The share of failed attempts at which a backend's circuit opens.")
            .atLeast(1L)
            .atMost(100L)
            .defaultsTo(50L);

    /** Over how many attempts. */
    public static final Setting<Long> CIRCUIT_WINDOW = Setting.number(
                    "circuit.window",
                    "Over how many attempts that share is taken; it counts from half as many attempts on.")
            .atLeast(1L)
            .atMost(1_000L)
            .defaultsTo(10L);

    /** How long it stays open. */
    public static final Setting<Duration> CIRCUIT_OPEN_TIME = Setting.duration(
                    "circuit.open-time", "How long a circuit stays open before the backend is tried again.")
            .atLeast(SHORTEST)
            .atMost(LONGEST)
            .defaultsTo(Duration.ofSeconds(15));

    /** Whether to log what is private. */
    public static final Setting<Boolean> LOG_PROMPTS = Setting.bool(
                    "log-prompts",
                    "Whether prompts and answers may be logged, as DEBUG lines of ai.primespark.llm.prompts. Those of requests"
                            + " whose privacy is not ANY are not logged even then, because a log travels.")
            .defaultsTo(false);

    /** All of them. */
    public static final List<Setting<?>> ALL = List.of(
            BACKENDS,
            STRATEGY,
            DEFAULT_MODEL,
            ALIASES,
            SMALLER_MODELS,
            CLOUD_FALLBACK,
            RETRIES,
            RETRY_BACKOFF,
            CONNECT,
            FIRST_BYTE,
            FIRST_TOKEN,
            IDLE,
            TOTAL,
            OUTPUT_CHARS,
            RE_ASKS,
            TOOLS_TIMEOUT,
            CACHE_ENABLED,
            CACHE_LIFE,
            CACHE_TIERS,
            CACHE_PATIENCE,
            SEMANTIC_ENABLED,
            SEMANTIC_USE,
            SEMANTIC_MODEL,
            SEMANTIC_THRESHOLD,
            SEMANTIC_MAX_ENTRIES,
            SEMANTIC_PATIENCE,
            MAX_IN_FLIGHT,
            MAX_IN_FLIGHT_ON,
            QUEUE_SIZE,
            QUEUE_WAIT,
            STATUS_INTERVAL,
            COST,
            PRICES,
            BUDGETS,
            BUDGET_TIME_ZONE,
            HEDGE_ENABLED,
            HEDGE_MAX_SHARE,
            CIRCUIT_FAILURE_PERCENT,
            CIRCUIT_WINDOW,
            CIRCUIT_OPEN_TIME,
            LOG_PROMPTS);

    private LlmSettings() {}

    private static Setting<Duration> limit(String name, String description, Duration usual) {
        return Setting.duration(name, description)
                .atLeast(SHORTEST)
                .atMost(LONGEST)
                .defaultsTo(usual);
    }

    static CallLimits limits(Settings settings) {
        return new CallLimits(
                settings.get(CONNECT),
                settings.get(FIRST_BYTE),
                settings.get(FIRST_TOKEN),
                settings.get(IDLE),
                settings.get(TOTAL),
                settings.get(OUTPUT_CHARS).intValue());
    }
}
