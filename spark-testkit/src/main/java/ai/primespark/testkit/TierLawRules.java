package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TIER-01 to TIER-04: what is stored, and which record wins. */
abstract class TierLawRules extends TierRules {

    static final int WRITERS = 8;
    private static final int VERSIONS = 40;

    @Test
    @DisplayName("TIER-01 what was applied is what is read, with every field of the record")
    void everyFieldComesBack() {
        MemoryTier tier = open();
        List<TierRecord> records = List.of(
                TierRecord.value(key("plain"), version(1), TierRecord.NEVER, "json", new byte[] {1, 2, 3}),
                TierRecord.value(key("no-encoding"), version(2), TierRecord.NEVER, "", new byte[] {0}),
                TierRecord.value(key("long-encoding"), version(3), TierRecord.NEVER, "e".repeat(100), new byte[] {0}),
                TierRecord.value(
                        key("long-node"),
                        Version.of((1L << 47) - 1, 65_535, "n".repeat(32)),
                        TierRecord.NEVER,
                        "json",
                        new byte[] {0}),
                TierRecord.value(key("least-version"), new Version(0, "0"), TierRecord.NEVER, "json", new byte[] {0}),
                TierRecord.value(key("expiring"), version(4), inOneHour(), "json", new byte[] {0}));
        records.forEach(record -> assertThat(apply(tier, record)).isEqualTo(Applied.DONE));
        records.forEach(record -> assertSame(get(tier, record.key()), record));
    }

    @Test
    @DisplayName("TIER-01 bodies come back byte for byte, from none to a mebibyte")
    void bodiesOfEverySizeComeBack() {
        MemoryTier tier = open();
        Random random = new Random(42);
        int largest = (int) Math.min(1 << 20, tier.limits().maxBodyBytes());
        for (int size : new int[] {0, 1, 2, 255, 256, 4_096, 65_535, 65_537, largest}) {
            if (size <= largest) {
                byte[] body = new byte[size];
                random.nextBytes(body);
                TierRecord record = TierRecord.value(key("size-" + size), version(1), TierRecord.NEVER, "bytes", body);
                assertThat(apply(tier, record)).isEqualTo(Applied.DONE);
                assertSame(get(tier, record.key()), record);
            }
        }
    }

    @Test
    @DisplayName("TIER-01 nothing is read where nothing was applied, and many are read in the order of their keys")
    void manyComeBackInOrder() {
        MemoryTier tier = open();
        assertThat(get(tier, key("never-applied"))).isNull();
        List<TierRecord> records = new ArrayList<>();
        List<TierKey> keys = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            records.add(value(key("many-" + i), version(i), "body " + i));
            keys.add(key("many-" + i));
            keys.add(key("missing-" + i));
        }
        assertThat(wait("applyAll", tier.applyAll(records, deadline())))
                .hasSize(50)
                .allSatisfy(outcome -> assertThat(outcome).isEqualTo(Applied.DONE));
        Collections.reverse(keys);
        List<@Nullable TierRecord> found = wait("getAll", tier.getAll(keys, deadline()));
        assertThat(found).hasSize(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            boolean stored = keys.get(i).key().startsWith("many-");
            TierRecord record = found.get(i);
            assertThat(record == null ? null : record.key()).isEqualTo(stored ? keys.get(i) : null);
        }
        assertThat(wait("applyAll", tier.applyAll(records, deadline())))
                .as("the same records again")
                .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Applied.Older.class));
    }

    @Test
    @DisplayName("TIER-01 a key of 1,024 bytes fits, and limits are sensible")
    void limitsAreSensible() {
        MemoryTier tier = open();
        assertThat(tier.limits().maxKeyBytes()).isGreaterThanOrEqualTo(TierKey.MAX_KEY_BYTES);
        assertThat(tier.limits().maxBodyBytes()).isPositive();
        assertThat(tier.limits().preferredBatch()).isPositive();
        assertThat(tier.limits()).as("limits are constant").isEqualTo(tier.limits());
        assertThat(tier.traits()).as("traits are constant").isEqualTo(tier.traits());
        TierRecord record = value(key("k".repeat(TierKey.MAX_KEY_BYTES)), version(1), "long");
        apply(tier, record);
        assertSame(get(tier, record.key()), record);
    }

    @Test
    @DisplayName("TIER-02 a newer record replaces; an older or equal one changes nothing and is told the version held")
    void onlyNewerRecordsReplace() {
        MemoryTier tier = open();
        TierKey key = key("law");
        assertThat(apply(tier, value(key, version(10), "ten"))).isEqualTo(Applied.DONE);
        assertThat(apply(tier, value(key, version(9), "nine"))).isEqualTo(new Applied.Older(version(10)));
        assertThat(apply(tier, value(key, version(10), "ten again"))).isEqualTo(new Applied.Older(version(10)));
        assertThat(text(get(tier, key))).isEqualTo("ten");
        assertThat(apply(tier, value(key, version(11), "eleven"))).isEqualTo(Applied.DONE);
        assertThat(text(get(tier, key))).isEqualTo("eleven");
    }

    @Test
    @DisplayName("TIER-02 versions are compared by clock, then counter, then node")
    void versionsAreComparedInFull() {
        MemoryTier tier = open();
        TierKey key = key("ties");
        List<Version> rising = List.of(
                new Version(0, "z"),
                new Version(9, "a"),
                new Version(10, "a"),
                Version.of(1_700_000_000_000L, 0, "a"),
                Version.of(1_700_000_000_000L, 0, "a-b"),
                Version.of(1_700_000_000_000L, 0, "ab"),
                Version.of(1_700_000_000_000L, 0, "b"),
                Version.of(1_700_000_000_000L, 9, "a"),
                Version.of(1_700_000_000_000L, 10, "a"),
                Version.of(1_700_000_000_000L, 40_000, "a"),
                Version.of(1_700_000_000_001L, 0, "a"),
                Version.of((1L << 47) - 1, 65_535, "a"));
        for (int i = 0; i < rising.size(); i++) {
            assertThat(apply(tier, value(key, rising.get(i), "v" + i))).isEqualTo(Applied.DONE);
            if (i > 0) {
                assertThat(apply(tier, value(key, rising.get(i - 1), "old")))
                        .isEqualTo(new Applied.Older(rising.get(i)));
            }
        }
        assertThat(text(get(tier, key))).isEqualTo("v" + (rising.size() - 1));
    }

    @Test
    @DisplayName("TIER-02 whatever the order and however many threads, the newest record remains and wins once")
    void concurrentWritersEndAtTheNewest() {
        MemoryTier tier = open();
        raceForTheNewest(List.of(tier), "one-tier");
    }

    @Test
    @DisplayName("TIER-02 tiers that share a storage read what the others applied and keep the law together")
    void sharingTiersKeepTheLawTogether() {
        MemoryTier tier = open();
        boolean shared = tier.traits().contains(TierTrait.SHARED);
        MemoryTier other = shared ? open() : tier; // a tier that does not share keeps the law alone
        assertThat(apply(tier, value(key("shared"), version(2), "two"))).isEqualTo(Applied.DONE);
        assertThat(text(get(other, key("shared")))).isEqualTo("two");
        assertThat(apply(other, value(key("shared"), version(1), "one"))).isEqualTo(new Applied.Older(version(2)));
        assertThat(apply(other, value(key("shared"), version(3), "three"))).isEqualTo(Applied.DONE);
        assertThat(text(get(tier, key("shared")))).isEqualTo("three");
        boolean atomic = tier.traits().contains(TierTrait.ATOMIC_CAS);
        raceForTheNewest(atomic ? List.of(tier, other) : List.of(tier), "several-tiers");
    }

    private void raceForTheNewest(List<MemoryTier> tiers, String name) {
        for (int round = 0; round < 5; round++) {
            TierKey key = key(name + round);
            AtomicIntegerArray done = new AtomicIntegerArray(VERSIONS);
            long seed = round;
            together(WRITERS, writer -> {
                List<Integer> order = new ArrayList<>();
                for (int i = 0; i < VERSIONS; i++) {
                    order.add(i);
                }
                Collections.shuffle(order, new Random(seed * WRITERS + writer));
                for (int i : order) {
                    Applied outcome = apply(tiers.get(writer % tiers.size()), value(key, version(i), "body " + i));
                    if (outcome instanceof Applied.Done) {
                        done.incrementAndGet(i);
                    }
                }
            });
            assertThat(text(get(tiers.get(0), key))).isEqualTo("body " + (VERSIONS - 1));
            assertThat(done.get(VERSIONS - 1))
                    .as("times that the newest was stored")
                    .isEqualTo(1);
            for (int i = 0; i < VERSIONS; i++) {
                assertThat(done.get(i))
                        .as("times that version %s was stored", i)
                        .isLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    @DisplayName("TIER-03 a tombstone is stored, read and listed like any other record")
    void tombstonesAreRecords() {
        MemoryTier tier = open();
        TierKey key = key("grave");
        apply(tier, value(key, version(1), "alive"));
        TierRecord tombstone = TierRecord.tombstone(key, version(2), inOneHour());
        assertThat(apply(tier, tombstone)).isEqualTo(Applied.DONE);
        assertSame(get(tier, key), tombstone);
        assertThat(scanAll(tier, space(), "grave", 10)).containsOnly(TierPage.Header.of(tombstone));
        TierRecord alone = TierRecord.tombstone(key("never-lived"), version(1), TierRecord.NEVER);
        assertThat(apply(tier, alone)).isEqualTo(Applied.DONE);
        assertSame(get(tier, alone.key()), alone);
    }

    @Test
    @DisplayName("TIER-03 a tombstone keeps older records out and gives way to newer ones")
    void tombstonesKeepTheLaw() {
        MemoryTier tier = open();
        TierKey key = key("grave");
        apply(tier, TierRecord.tombstone(key, version(5), inOneHour()));
        assertThat(apply(tier, value(key, version(4), "late"))).isEqualTo(new Applied.Older(version(5)));
        TierRecord held = Objects.requireNonNull(get(tier, key), "the tombstone is gone");
        assertThat(held.isTombstone()).isTrue();
        assertThat(apply(tier, value(key, version(6), "again"))).isEqualTo(Applied.DONE);
        assertThat(text(get(tier, key))).isEqualTo("again");
        assertThat(apply(tier, TierRecord.tombstone(key, version(5), inOneHour())))
                .isEqualTo(new Applied.Older(version(6)));
        assertThat(text(get(tier, key))).isEqualTo("again");
    }

    @Test
    @DisplayName("TIER-04 an ended record never makes an older one visible again")
    void endedRecordsUncoverNothing() {
        MemoryTier tier = open();
        TierKey key = key("ended");
        apply(tier, value(key, version(1), "old"));
        TierRecord ended = TierRecord.value(key, version(2), 1_000, "text", new byte[] {1});
        assertThat(apply(tier, ended)).isEqualTo(Applied.DONE);
        assertGoneOrSame(tier, ended);
        MemoryTier later = open(tier);
        assertGoneOrSame(later, ended);
    }

    @Test
    @DisplayName("TIER-04 a record that ends while it is held is dropped or returned, and uncovers nothing")
    void recordsMayEndWhileTheyAreHeld() {
        MemoryTier tier = open();
        TierKey key = key("ending");
        apply(tier, value(key, version(1), "old"));
        TierRecord ending = TierRecord.value(key, version(2), inOneHour(), "text", new byte[] {1});
        apply(tier, ending);
        assertSame(get(tier, key), ending);
        context().clock().advance(Duration.ofHours(2));
        assertGoneOrSame(tier, ending);
        assertThat(apply(tier, value(key, version(3), "new"))).isEqualTo(Applied.DONE);
        assertThat(text(get(tier, key))).isEqualTo("new");
    }

    /** The same storage after a restart, if it may be forgotten; otherwise the tier itself. */
    private MemoryTier open(MemoryTier tier) {
        if (!tier.traits().contains(TierTrait.PERSISTENT)) {
            return tier;
        }
        close(tier);
        return open();
    }

    private void assertGoneOrSame(MemoryTier tier, TierRecord ended) {
        TierRecord found = get(tier, ended.key());
        if (found != null) {
            assertSame(found, ended);
        }
        assertThat(scanAll(tier, space(), ended.key().key(), 10))
                .as("listed")
                .allSatisfy(header -> assertThat(header).isEqualTo(TierPage.Header.of(ended)));
    }

    final long inOneHour() {
        return context().clock().millis() + 3_600_000;
    }

    static void assertSame(@Nullable TierRecord found, TierRecord expected) {
        assertThat(found).as("record read for %s", shown(expected)).isNotNull();
        TierRecord record = Objects.requireNonNull(found);
        assertThat(record.key()).isEqualTo(expected.key());
        assertThat(record.version()).isEqualTo(expected.version());
        assertThat(record.expiresAtMillis()).isEqualTo(expected.expiresAtMillis());
        assertThat(record.isTombstone()).isEqualTo(expected.isTombstone());
        assertThat(record.encoding()).isEqualTo(expected.encoding());
        assertThat(Arrays.equals(record.body(), expected.body()))
                .as("body of %s read back", shown(expected))
                .isTrue();
    }

    private static String shown(TierRecord record) {
        String text = record.toString();
        return text.length() > 120 ? text.substring(0, 120) + "…" : text;
    }

    /** Runs the same work on several threads that begin at the same moment. */
    final void together(int threads, Work work) {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<FutureTask<@Nullable Object>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            Callable<@Nullable Object> one = () -> {
                start.await(tierPatience().toSeconds(), TimeUnit.SECONDS);
                work.run(number);
                return null;
            };
            tasks.add(Bounded.start("writer " + i, one));
        }
        tasks.forEach(task -> Bounded.result(tierPatience().multipliedBy(2), "concurrent writers", task));
    }

    @FunctionalInterface
    interface Work {
        void run(int number) throws Exception;
    }

    static Condition ifVersion(long step) {
        return Condition.ifVersion(version(step));
    }
}
