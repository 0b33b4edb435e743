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

    /** The size of chunks. */
    public static final Setting<Long> OBJECT_CHUNK_BYTES = Setting.bytes(
                    "objects.chunk-bytes",
                    "The size of the chunks that objects are cut into. Larger ones allow larger objects and need more"
                            + " memory: two chunks for each transfer.")
            .atLeast(1L << 20)
            .atMost(16L << 20)
            .defaultsTo(8L << 20);

    /** When a transfer counts as hanging. */
    public static final Setting<Duration> OBJECT_STALL_TIMEOUT = Setting.duration(
                    "objects.stall-timeout",
                    "How long a transfer of an object may move nothing before it fails or turns to another tier.")
            .atLeast(Duration.ofMillis(100))
            .defaultsTo(Duration.ofSeconds(30));

    /** The speed of background transfers. */
    public static final Setting<Long> OBJECT_DRAIN_RATE = Setting.bytes(
                    "objects.drain-rate",
                    "How many bytes a second of objects go to further tiers in the background at most. Without it: as fast"
                            + " as they take them.")
            .atLeast(1L << 10)
            .optional();

    /** All of them, in the order of the reference. */
    public static final List<Setting<?>> ALL = List.of(
            TIERS,
            ACK,
            TIMEOUT,
            TIER_TIMEOUT,
            TOMBSTONE_LIFE,
            MAX_VALUE_BYTES,
            OBJECT_CHUNK_BYTES,
            OBJECT_STALL_TIMEOUT,
            OBJECT_DRAIN_RATE);

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
