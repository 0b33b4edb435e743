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

    /** When the next tier is asked as well. */
    public static final Setting<Duration> PATIENCE = Setting.duration(
                    "patience", "How long a read waits for one tier before it asks the next one as well.")
            .atLeast(Duration.ofMillis(1))
            .defaultsTo(Duration.ofMillis(50));

    /** The life of what the near tier holds under news. */
    public static final Setting<Duration> NEAR_LIFE = Setting.duration(
                    "near-life",
                    "How long the near tier answers by itself for tiers that others write to, while one of these tells of"
                            + " changes; without such news it is 5 s.")
            .atLeast(Duration.ofMillis(1))
            .defaultsTo(Duration.ofMinutes(5));

    /** The life of a lease on a load. */
    public static final Setting<Duration> LOAD_LEASE = Setting.duration(
                    "load-lease",
                    "How long the machines wait for the one that loads a missing value; longer than loaders take.")
            .atLeast(Duration.ofMillis(100))
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(10));

    /** Whether concurrent reads travel together. */
    public static final Setting<Boolean> BATCH_READS = Setting.bool(
                    "batch-reads", "Whether reads that threads make of one distant tier at once are sent together.")
            .defaultsTo(true);

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

    /** All of them, in the order of the reference. */
    public static final List<Setting<?>> ALL = List.of(
            TIERS,
            ACK,
            TIMEOUT,
            TIER_TIMEOUT,
            PATIENCE,
            NEAR_LIFE,
            LOAD_LEASE,
            BATCH_READS,
            TOMBSTONE_LIFE,
            MAX_VALUE_BYTES);

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
