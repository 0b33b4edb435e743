package ai.primespark.core.memory;

import ai.primespark.ProviderSpec;
import ai.primespark.memory.Ack;
import ai.primespark.spi.Setting;
import java.time.Duration;
import java.util.ArrayList;
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

    /** How many operations one tier may have under way. */
    public static final Setting<Long> TIER_MAX_IN_FLIGHT = Setting.number(
                    "tier-max-in-flight",
                    "How many operations may be under way in one tier; more are refused at once, so that a tier that hangs"
                            + " does not take all threads along.")
            .atLeast(1L)
            .atMost(100_000L)
            .defaultsTo(256L);

    /** The life of hints. */
    public static final Setting<Duration> HINT_LIFE = Setting.duration(
                    "hint-life",
                    "How long writes are kept for a cache that is away, such as Redis without persistence. After that the"
                            + " cache is emptied of older values, before it is asked again, instead of being brought up to"
                            + " date.")
            .atLeast(Duration.ofSeconds(1))
            .defaultsTo(Duration.ofHours(1));

    /** The journal's size. */
    public static final Setting<Long> JOURNAL_MAX_BYTES = Setting.bytes(
                    "journal.max-bytes",
                    "How large the journal of writes that tiers have still to get may become; beyond, writes wait and then"
                            + " fail, and nothing is dropped.")
            .atLeast(1L << 20)
            .defaultsTo(1L << 30);

    /** The journal's length. */
    public static final Setting<Long> JOURNAL_MAX_RECORDS = Setting.number(
                    "journal.max-records",
                    "How many records the journal may hold; each takes about 500 bytes of the heap, wherever its value is.")
            .atLeast(100L)
            .atMost(100_000_000L)
            .defaultsTo(250_000L);

    /** How much of the journal stays in memory, too. */
    public static final Setting<Long> JOURNAL_HEAP_BYTES = Setting.bytes(
                    "journal.heap-bytes",
                    "How many bytes of values that wait in the journal are kept in memory, too; others are read from the"
                            + " journal when they are needed.")
            .atLeast(0L)
            .defaultsTo(16L << 20);

    /** The pace of the journal. */
    public static final Setting<Duration> JOURNAL_COMMIT_INTERVAL = Setting.duration(
                    "journal.commit-interval",
                    "The least time between two syncs of the journal, to spare an SD card: writes wait up to that long."
                            + " 0 for as fast as the disk can.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofSeconds(1))
            .defaultsTo(Duration.ZERO);

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

    /** When a chunk that nobody needs goes. */
    public static final Setting<Duration> OBJECT_GARBAGE_GRACE = Setting.duration(
                    "objects.garbage-grace",
                    "How old a chunk that no object needs must be to be removed, which the sweep does once a day; 0 leaves it to"
                            + " collectGarbage().")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofDays(3650))
            .defaultsTo(Duration.ofDays(7));

    /** All of them, in the order of the reference. */
    public static final List<Setting<?>> ALL = all();

    private static List<Setting<?>> all() {
        List<Setting<?>> all = new ArrayList<>(List.of(
                TIERS,
                ACK,
                TIMEOUT,
                TIER_TIMEOUT,
                TIER_MAX_IN_FLIGHT,
                PATIENCE,
                NEAR_LIFE,
                LOAD_LEASE,
                BATCH_READS,
                TOMBSTONE_LIFE,
                MAX_VALUE_BYTES,
                HINT_LIFE,
                JOURNAL_MAX_BYTES,
                JOURNAL_MAX_RECORDS,
                JOURNAL_HEAP_BYTES,
                JOURNAL_COMMIT_INTERVAL,
                REPAIR_INTERVAL,
                REPAIR_SPEED,
                SWEEP_INTERVAL,
                HIGH_WATER,
                LOW_WATER,
                COLD_AFTER,
                OBJECT_CHUNK_BYTES,
                OBJECT_STALL_TIMEOUT,
                OBJECT_DRAIN_RATE,
                OBJECT_GARBAGE_GRACE));
        all.add(NamespaceSettings.NAMESPACES);
        all.addAll(EncryptionSettings.ALL);
        return List.copyOf(all);
    }

    private MemorySettings() {}

    static boolean isAck(String text) {
        try {
            Ack.parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
