package ai.primespark.core.memory;

import ai.primespark.ProviderSpec;
import ai.primespark.memory.Ack;
import ai.primespark.spi.Setting;
import java.time.Duration;
import java.util.List;

/** What {@code primespark.memory} understands; {@link ai.primespark.memory.MemoryOptions} says the same as typed objects. */
public final class MemorySettings {

    /** The tiers. */
    public static final Setting<List<ProviderSpec>> TIERS = Setting.providers(
                    "tiers", "The tiers, hottest first. Without it: an in-process cache and a local directory.")
            .optional();

    /** The acknowledgement level. */
    public static final Setting<String> ACK = Setting.text(
                    "ack", "When a write counts as done, unless the namespace or the write says otherwise.")
            .must(MemorySettings::isAck, "memory, journaled, tier(n) or all")
            .defaultsTo("journaled");

    /** The time limit of an operation. */
    public static final Setting<Duration> TIMEOUT = Setting.duration(
                    "timeout", "How long an operation may take in all.")
            .atLeast(Duration.ofMillis(1))
            .defaultsTo(Duration.ofSeconds(5));

    /** The time limit of one tier. */
    public static final Setting<Duration> TIER_TIMEOUT = Setting.duration(
                    "tier-timeout", "How long one tier may take to answer one operation.")
            .atLeast(Duration.ofMillis(1))
            .defaultsTo(Duration.ofSeconds(2));

    /** The life of tombstones. */
    public static final Setting<Duration> TOMBSTONE_LIFE = Setting.duration(
                    "tombstone-life", "How long a deletion is remembered: longer than any tier is ever away.")
            .atLeast(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofDays(7));

    /** The largest value. */
    public static final Setting<Long> MAX_VALUE_BYTES = Setting.bytes(
                    "max-value-bytes", "The largest value after the codec; larger data belongs into objects.")
            .atLeast(1L)
            .atMost(64L << 20)
            .defaultsTo(1L << 20);

    /** How often the tiers are compared. */
    public static final Setting<Duration> REPAIR_INTERVAL = Setting.duration(
                    "repair.interval", "How often the tiers are compared with each other and mended; 0 for never.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofDays(365))
            .defaultsTo(Duration.ofHours(24));

    /** How fast they are. */
    public static final Setting<Long> REPAIR_SPEED = Setting.number(
                    "repair.records-per-second",
                    "How many records repair reads or writes a second at most; one that is only listed counts a twentieth.")
            .atLeast(1L)
            .atMost(1_000_000L)
            .defaultsTo(500L);

    /** How often it is cleared away. */
    public static final Setting<Duration> SWEEP_INTERVAL = Setting.duration(
                    "sweep.interval",
                    "How often ended values, old deletions and records that may leave are looked for; 0 for never.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofDays(365))
            .defaultsTo(Duration.ofHours(1));

    /** The high water mark. */
    public static final Setting<Double> HIGH_WATER = Setting.decimal(
                    "tiering.high-water",
                    "The share of its capacity from which a tier lets records go that a colder tier has.")
            .atLeast(0.01)
            .atMost(1.0)
            .defaultsTo(0.9);

    /** The low water mark. */
    public static final Setting<Double> LOW_WATER = Setting.decimal(
                    "tiering.low-water", "The share of its capacity at which it stops; less than the high water mark.")
            .atLeast(0.0)
            .atMost(1.0)
            .defaultsTo(0.8);

    /** The age rule. */
    public static final Setting<Duration> COLD_AFTER = Setting.duration(
                    "tiering.cold-after",
                    "How long a record must not have been read or written to leave the tiers that have a colder one."
                            + " Without it: only a full tier lets records go.")
            .atLeast(Duration.ofMinutes(1))
            .optional();

    /** All of them, in the order of the reference. */
    public static final List<Setting<?>> ALL = List.of(
            TIERS,
            ACK,
            TIMEOUT,
            TIER_TIMEOUT,
            TOMBSTONE_LIFE,
            MAX_VALUE_BYTES,
            REPAIR_INTERVAL,
            REPAIR_SPEED,
            SWEEP_INTERVAL,
            HIGH_WATER,
            LOW_WATER,
            COLD_AFTER);

    private MemorySettings() {}

    private static boolean isAck(String text) {
        try {
            Ack.parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
