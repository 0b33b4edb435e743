package ai.primespark.core.power;

import ai.primespark.ProviderSpec;
import ai.primespark.power.PowerMode;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.util.List;

/** The settings of {@code primespark.power}. */
public final class PowerSettings {

    public static final Setting<List<ProviderSpec>> SOURCES = Setting.providers(
                    "sources",
                    "What is asked how this machine is fed. Without it: what a plugin on the run-time path says it can find out by"
                            + " itself.")
            .optional();

    public static final Setting<PowerMode> MODE = Setting.choice(
                    "mode", PowerMode.class, "Whether to work as on mains, as on battery, or as the readings say.")
            .defaultsTo(PowerMode.AUTO);

    static final Setting<MergeRule> MERGE = Setting.choice(
                    "merge",
                    MergeRule.class,
                    "What several sources mean together: as bad as the worst (the machine needs all of them), as good as the"
                            + " best (any can feed it alone), or good when min-supplies of them are.")
            .defaultsTo(MergeRule.WORST);

    static final Setting<Long> MIN_SUPPLIES = Setting.number(
                    "min-supplies", "How many sources must be good at the same time, with merge = quorum.")
            .atLeast(1L)
            .atMost(100L)
            .defaultsTo(1L);

    static final Setting<Duration> POLL = Setting.duration("poll-interval", "How often each source is read on mains.")
            .atLeast(Duration.ofMillis(100))
            .atMost(Duration.ofSeconds(50)) // NUT's server ends connections that say nothing for a minute
            .defaultsTo(Duration.ofSeconds(5));

    static final Setting<Duration> POLL_ON_BATTERY = Setting.duration(
                    "poll-interval-on-battery", "How often each source is read while any of them is not on mains.")
            .atLeast(Duration.ofMillis(100))
            .atMost(Duration.ofSeconds(50))
            .defaultsTo(Duration.ofSeconds(2));

    static final Setting<Duration> TIMEOUT = Setting.duration(
                    "timeout", "How long one read may take before it counts as failed.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofSeconds(4));

    static final Setting<Long> STALE_POLLS = Setting.number(
                    "stale-polls", "After how many intervals without a fresh reading a source is stale.")
            .atLeast(1L)
            .atMost(100L)
            .defaultsTo(3L);

    static final Setting<Duration> DEAD_TIME = Setting.duration(
                    "dead-time",
                    "After how long without a fresh reading a source is lost. One that was on battery is then taken for nearly"
                            + " empty. NUT's DEADTIME.")
            .atLeast(Duration.ofMillis(100))
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(15));

    static final Setting<StandardPowerPolicy.AssumeOnLost> ASSUME_ON_LOST = Setting.choice(
                    "assume-on-lost",
                    StandardPowerPolicy.AssumeOnLost.class,
                    "What a lost source means that last spoke of mains, or never spoke: all goes on as it is (mains), or a"
                            + " battery feeds the machine.")
            .defaultsTo(StandardPowerPolicy.AssumeOnLost.MAINS);

    static final Setting<Double> FULL = percent("charge.full", "From which charge on the battery is called full.", 95);
    static final Setting<Double> HIGH = percent("charge.high", "From which charge on it is called high.", 60);
    static final Setting<Double> LOW = percent("charge.low", "Up to which charge it is called low.", 20);

    static final Setting<Double> CRITICAL = percent(
            "charge.critical",
            "Up to which charge on battery the profile is critical: only what is urgent is done.",
            10);

    static final Setting<Double> SHUTDOWN = percent(
            "charge.shutdown",
            "Up to which charge on battery everything is made ready for the end of the power, even if no UPS orders it; 0 for"
                    + " never. Predictions take the battery for empty there.",
            5);

    static final Setting<Double> RESUME = percent(
            "charge.resume",
            "From which charge on the return of mains means full power; below it the machine goes on saving, so that the next"
                    + " outage finds a battery. 0 for at once.",
            30);

    static final Setting<Double> HYSTERESIS = percent(
            "charge.hysteresis",
            "How many points above a threshold the charge must be to count as recovered from it.",
            10);

    static final Setting<Double> JUMP = percent(
            "charge.jump",
            "By how many points the charge may change from one reading to the next; a single reading beyond that is not"
                    + " believed.",
            20);

    static final Setting<Duration> RUNTIME_LOW =
            left("runtime.low", "Up to which time left on battery it is called low.", Duration.ofMinutes(10));

    static final Setting<Duration> RUNTIME_CRITICAL = left(
            "runtime.critical", "Up to which time left on battery the profile is critical.", Duration.ofMinutes(2));

    static final Setting<Duration> RUNTIME_SHUTDOWN = left(
            "runtime.shutdown",
            "Up to which time left on battery everything is made ready for the end of the power; 0 for never.",
            Duration.ofMinutes(1));

    static final Setting<Duration> ON_BATTERY_DELAY = Setting.duration(
                    "on-battery-delay", "How long the battery must feed the machine without a break before it saves.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(5));

    static final Setting<Duration> RECOVER_DELAY = Setting.duration(
                    "recover-delay", "For how long things must be better without a break before less is saved.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(30));

    static final Setting<Duration> OFF_DELAY = Setting.duration(
                    "off-delay",
                    "How long a UPS must say that its output is off before that is believed. NUT's OFFDURATION.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(30));

    static final Setting<Long> CONFIRMATIONS = Setting.number(
                    "confirmations", "How many fresh readings in a row must show a charge or time below its threshold.")
            .atLeast(1L)
            .atMost(100L)
            .defaultsTo(2L);

    static final Setting<Long> MAX_CHANGES = Setting.number(
                    "max-changes",
                    "How many changes of the profile there may be within max-changes-window. Then it stays as sparing as it is;"
                            + " steps further down are never held up.")
            .atLeast(2L)
            .atMost(1_000L)
            .defaultsTo(6L);

    static final Setting<Duration> MAX_CHANGES_WINDOW = Setting.duration(
                    "max-changes-window", "Over how long changes are counted.")
            .atLeast(Duration.ofSeconds(1))
            .atMost(Duration.ofDays(1))
            .defaultsTo(Duration.ofMinutes(10));

    static final Setting<OnBattery> ON_BATTERY = Setting.choice(
                    "on-battery",
                    OnBattery.class,
                    "Where calls of language models may go on battery: edge only, any zone, or the cheapest in energy of what"
                            + " was measured. Never farther than a call's privacy allows.")
            .defaultsTo(OnBattery.EDGE);

    static final Setting<Double> NETWORK_JOULES = Setting.decimal(
                    "network-joules-per-token",
                    "What a token from another machine is taken to cost this one, in joules, with on-battery = cheapest.")
            .atLeast(0.0)
            .atMost(1_000.0)
            .defaultsTo(0.5);

    static final Setting<Boolean> SMALLER_MODELS = Setting.bool(
                    "saving.smaller-models",
                    "Whether calls that are not urgent prefer the smaller models of llm.smaller-models while power is short.")
            .defaultsTo(true);

    static final Setting<Boolean> THINKING_OFF = Setting.bool(
                    "saving.thinking-off",
                    "Whether models do not think while power is short, in calls that are not urgent and do not say how much.")
            .defaultsTo(true);

    static final Setting<Long> STRETCH = Setting.number(
                    "saving.stretch", "How many times as far apart probes and health checks are while power is short.")
            .atLeast(1L)
            .atMost(100L)
            .defaultsTo(4L);

    static final Setting<Duration> RESUME_SPREAD = Setting.duration(
                    "resume-spread",
                    "Back on mains, what waited to be sent begins at a random moment within this time, so that machines behind"
                            + " one UPS do not all begin at once.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(10));

    static final Setting<Duration> DRAIN_LIMIT = Setting.duration(
                    "drain.limit",
                    "How long getting ready for the end of the power may take. A UPS that says how long it waits shortens it.")
            .atLeast(Duration.ofMillis(100))
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(30));

    static final Setting<Duration> DRAIN_MARGIN = Setting.duration(
                    "drain.margin",
                    "How long before the battery is empty everything must be ready, so that the machine can halt; half of what"
                            + " is left at most.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(20));

    /** All of them. */
    public static final List<Setting<?>> ALL = List.of(
            SOURCES,
            MODE,
            MERGE,
            MIN_SUPPLIES,
            POLL,
            POLL_ON_BATTERY,
            TIMEOUT,
            STALE_POLLS,
            DEAD_TIME,
            ASSUME_ON_LOST,
            FULL,
            HIGH,
            LOW,
            CRITICAL,
            SHUTDOWN,
            RESUME,
            HYSTERESIS,
            JUMP,
            RUNTIME_LOW,
            RUNTIME_CRITICAL,
            RUNTIME_SHUTDOWN,
            ON_BATTERY_DELAY,
            RECOVER_DELAY,
            OFF_DELAY,
            CONFIRMATIONS,
            MAX_CHANGES,
            MAX_CHANGES_WINDOW,
            ON_BATTERY,
            NETWORK_JOULES,
            SMALLER_MODELS,
            THINKING_OFF,
            STRETCH,
            RESUME_SPREAD,
            DRAIN_LIMIT,
            DRAIN_MARGIN);

    private PowerSettings() {}

    private static Setting<Double> percent(String name, String description, double usual) {
        return Setting.decimal(name, description).atLeast(0.0).atMost(100.0).defaultsTo(usual);
    }

    private static Setting<Duration> left(String name, String description, Duration usual) {
        return Setting.duration(name, description)
                .atLeast(Duration.ZERO)
                .atMost(Duration.ofDays(1))
                .defaultsTo(usual);
    }

    /** Back on mains, within what time what waited begins. */
    public static Duration resumeSpread(Settings settings) {
        return settings.get(RESUME_SPREAD);
    }

    static SourceState.Rules ages(Settings settings) {
        return new SourceState.Rules(
                settings.get(POLL),
                settings.get(POLL_ON_BATTERY),
                settings.get(STALE_POLLS).intValue(),
                settings.get(DEAD_TIME),
                settings.get(JUMP),
                settings.get(SHUTDOWN));
    }

    static DrainBudget drainBudget(Settings settings) {
        return new DrainBudget(settings.get(DRAIN_LIMIT), settings.get(DRAIN_MARGIN), settings.get(POLL));
    }

    /** The configured policy; refuses thresholds that do not fit together. */
    static StandardPowerPolicy policy(Settings settings) {
        inOrder(settings, SHUTDOWN, CRITICAL);
        inOrder(settings, CRITICAL, LOW);
        inOrder(settings, LOW, HIGH);
        inOrder(settings, HIGH, FULL);
        inOrder(settings, RUNTIME_SHUTDOWN, RUNTIME_CRITICAL);
        inOrder(settings, RUNTIME_CRITICAL, RUNTIME_LOW);
        return new StandardPowerPolicy(new StandardPowerPolicy.Limits(
                settings.get(ON_BATTERY_DELAY),
                settings.get(RECOVER_DELAY),
                settings.get(OFF_DELAY),
                settings.get(CONFIRMATIONS).intValue(),
                settings.get(CRITICAL),
                settings.get(RUNTIME_CRITICAL),
                settings.get(SHUTDOWN),
                settings.get(RUNTIME_SHUTDOWN),
                settings.get(RESUME),
                settings.get(HYSTERESIS),
                settings.get(ASSUME_ON_LOST)));
    }

    private static <T extends Comparable<T>> void inOrder(Settings settings, Setting<T> lower, Setting<T> upper) {
        T low = settings.get(lower);
        T high = settings.get(upper);
        if (low.compareTo(high) > 0) {
            throw new IllegalArgumentException(lower.name() + " is " + low + ", which is above " + upper.name() + ", "
                    + high + "; it must be at most that");
        }
    }
}
