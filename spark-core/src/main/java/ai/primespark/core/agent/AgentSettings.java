package ai.primespark.core.agent;

import ai.primespark.ProviderSpec;
import ai.primespark.agent.AgentProfile;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TaskClaim;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What {@code primespark.agents} understands. */
public final class AgentSettings {

    private static final String AGENT_ID = "[A-Za-z0-9._-]{1,64}";
    private static final String NAME = "[a-z][a-z0-9._-]{0,63}";

    /** Where tasks are kept. */
    public static final Setting<ProviderSpec> QUEUE = Setting.provider(
                    "queue", "Where tasks are kept; by default in this process, where they end with it.")
            .optional();

    /** Agents that run elsewhere. */
    public static final Setting<List<ProviderSpec>> REMOTE = Setting.providers(
                    "remote", "Agents that run elsewhere and know no queue; this process claims tasks for them.")
            .optional();

    /** Who the agent of this process is. */
    public static final Setting<String> ID = Setting.text(
                    "id",
                    "The name of this process's agent, unique among all agents of the queue. By default the node's id.")
            .must(id -> id.matches(AGENT_ID), "1 to 64 of [A-Za-z0-9._-]")
            .optional();

    /** What kind of agent it is. */
    public static final Setting<String> TYPE =
            Setting.text("type", "What kind of agent this is, for people.").defaultsTo("worker");

    /** How much it does at once. */
    public static final Setting<Long> SLOTS = Setting.number(
                    "slots",
                    "How many tasks this process's agent runs at once. By default as many as there are processors, and at least"
                            + " two.")
            .atLeast(1L)
            .atMost(10_000L)
            .optional();

    /** What it can do. */
    public static final Setting<List<String>> CAPABILITIES = Setting.texts(
                    "capabilities", "What this process's agent can do, as tasks require it, such as gpu or camera.")
            .must(names -> names.stream().allMatch(n -> n.matches(NAME)), "a list of [a-z][a-z0-9._-]*")
            .defaultsTo(List.of());

    /** What else is to be known of it. */
    public static final Setting<Map<String, String>> LABELS = Setting.textMap(
                    "labels",
                    "What else tasks may require or prefer of this process's agent, such as {location = attic}.")
            .must(
                    labels -> labels.keySet().stream().allMatch(n -> n.matches(NAME)),
                    "a map with names [a-z][a-z0-9._-]*")
            .defaultsTo(Map.of());

    /** What it has. */
    public static final Setting<Map<String, String>> RESOURCES = Setting.textMap(
                    "resources", "Amounts that tasks may require of this process's agent, such as {\"memory.gb\" = 8}.")
            .must(AgentSettings::areAmounts, "a map of numbers that are not negative, with names [a-z][a-z0-9._-]*")
            .defaultsTo(Map.of());

    /** Whether it begins by itself. */
    public static final Setting<Boolean> AUTOSTART = Setting.bool(
                    "autostart",
                    "Whether this process's agent claims tasks as soon as the instance is built, not only when the program starts"
                            + " it.")
            .defaultsTo(false);

    /** What it can do without the application. */
    public static final Setting<List<String>> BUILTIN = Setting.texts(
                    "builtin",
                    "The groups of handlers that this process's agent has by itself: llm for llm.generate and llm.embed, memory for"
                            + " memory.get, memory.put, memory.delete and memory.scan. An empty list for none.")
            .must(groups -> Set.of("llm", "memory").containsAll(groups), "a list of llm and memory")
            .defaultsTo(List.of("llm", "memory"));

    /** How long leases hold. */
    public static final Setting<Duration> LEASE = Setting.duration(
                    "lease",
                    "How long a task stays with an agent that is not heard of; then another one gets it. At least three times"
                            + " heartbeat.")
            .atLeast(Duration.ofMillis(300))
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(10));

    /** How often leases are extended. */
    public static final Setting<Duration> HEARTBEAT = Setting.duration(
                    "heartbeat",
                    "How often an agent extends its leases, tells how it is doing (seldom while it has nothing to do), and"
                            + " learns of cancellations from elsewhere.")
            .atLeast(Duration.ofMillis(20))
            .atMost(Duration.ofMinutes(5))
            .defaultsTo(Duration.ofSeconds(1));

    /** How long the queue may take. */
    public static final Setting<Duration> QUEUE_TIMEOUT = Setting.duration(
                    "queue-timeout", "How long the queue may take to answer.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(5))
            .defaultsTo(Duration.ofSeconds(5));

    private static final Setting<String> LIMIT_TYPE = Setting.text("type", "The type of task.")
            .must(t -> t.matches("[A-Za-z0-9._:-]{1,128}"), "1 to 128 of [A-Za-z0-9._:-]");
    private static final Setting<Long> LIMIT_CONCURRENCY = Setting.number(
                    "concurrency", "How many run at once, over all agents.")
            .atLeast(1L)
            .atMost((long) Integer.MAX_VALUE)
            .defaultsTo((long) Integer.MAX_VALUE);
    private static final Setting<Double> LIMIT_RATE = Setting.decimal(
                    "rate", "How many start a second, over all agents, on average.")
            .must(rate -> rate > 0, "positive")
            .optional();

    /** How much of one type goes on at once. */
    public static final Setting<List<Settings>> LIMITS = Setting.objects(
                    "limits",
                    "How much of one type of task may go on at once, over all agents; give each process the same.",
                    List.of(LIMIT_TYPE, LIMIT_CONCURRENCY, LIMIT_RATE))
            .must(AgentSettings::areDistinct, "a list that limits no type twice")
            .defaultsTo(List.of());

    /** How long a preferred agent is waited for. */
    public static final Setting<Duration> PATIENCE = Setting.duration(
                    "preference-patience",
                    "How long a task is left to the agent that it prefers, while that one is there and has room.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(5));

    /** How long the worst agent hesitates. */
    public static final Setting<Duration> BID_DELAY = Setting.duration(
                    "bid-delay",
                    "How long an agent that is busy, loaded or on battery hesitates at most before it takes new work, so that a"
                            + " better one is first. An idle agent on mains does not hesitate.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofSeconds(1))
            .defaultsTo(Duration.ofMillis(50));

    /** How much is done on battery. */
    public static final Setting<Double> BATTERY_SHARE = Setting.decimal(
                    "battery-share", "Which share of its slots an agent uses on battery; at least one.")
            .must(share -> share > 0 && share <= 1, "above 0, at most 1")
            .defaultsTo(0.5);

    /** How much battery is kept back. */
    public static final Setting<Duration> RUNTIME_MARGIN = Setting.duration(
                    "runtime-margin",
                    "How much of the battery's time is kept for shutting down: a task is not begun when 95 of 100 of its type"
                            + " take longer than what is left without it.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(30));

    /** How long a handler may take to stop. */
    public static final Setting<Duration> CANCEL_GRACE = Setting.duration(
                    "cancel-grace",
                    "How long a handler may take to stop when it was told to; then the task's outcome is recorded without it and"
                            + " another thread takes its slot.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(10));

    /** How many may be left behind. */
    public static final Setting<Long> MAX_ABANDONED = Setting.number(
                    "max-abandoned",
                    "How many handlers that ignore cancellation are replaced by further threads; beyond, their slots stay"
                            + " occupied.")
            .atLeast(0L)
            .atMost(1_000L)
            .defaultsTo(8L);

    /** All of them. */
    public static final List<Setting<?>> ALL = List.of(
            QUEUE,
            REMOTE,
            ID,
            TYPE,
            SLOTS,
            CAPABILITIES,
            LABELS,
            RESOURCES,
            AUTOSTART,
            BUILTIN,
            LEASE,
            HEARTBEAT,
            QUEUE_TIMEOUT,
            LIMITS,
            PATIENCE,
            BID_DELAY,
            BATTERY_SHARE,
            RUNTIME_MARGIN,
            CANCEL_GRACE,
            MAX_ABANDONED);

    private AgentSettings() {}

    /** The configured profile. */
    static AgentProfile profile(Settings settings, String nodeId) {
        int processors = Runtime.getRuntime().availableProcessors();
        AgentProfile.Builder profile = AgentProfile.builder(settings.find(ID).orElse(nodeId))
                .type(settings.get(TYPE))
                .slots(settings.find(SLOTS).map(Long::intValue).orElse(Math.max(2, processors)))
                .capabilities(settings.get(CAPABILITIES).stream().distinct().toArray(String[]::new));
        settings.get(LABELS).forEach(profile::label);
        settings.get(RESOURCES).forEach((name, amount) -> profile.resource(name, Double.parseDouble(amount)));
        return profile.build();
    }

    static Map<String, TaskClaim.Limit> limits(Settings settings) {
        Map<String, TaskClaim.Limit> limits = new HashMap<>();
        for (Settings limit : settings.get(LIMITS)) {
            limits.put(
                    limit.get(LIMIT_TYPE),
                    new TaskClaim.Limit(
                            limit.get(LIMIT_CONCURRENCY).intValue(),
                            limit.find(LIMIT_RATE).orElse(Double.POSITIVE_INFINITY)));
        }
        return Map.copyOf(limits);
    }

    private static boolean areAmounts(Map<String, String> resources) {
        return resources.entrySet().stream()
                .allMatch(entry -> entry.getKey().matches(NAME) && isAmount(entry.getValue()));
    }

    private static boolean isAmount(String text) {
        try {
            double amount = Double.parseDouble(text);
            return amount >= 0 && amount < Double.POSITIVE_INFINITY;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static boolean areDistinct(List<Settings> limits) {
        Set<String> seen = new HashSet<>();
        return limits.stream().allMatch(limit -> seen.add(limit.get(LIMIT_TYPE)));
    }
}
