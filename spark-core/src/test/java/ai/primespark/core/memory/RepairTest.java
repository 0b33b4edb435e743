package ai.primespark.core.memory;

import static ai.primespark.core.memory.UpkeepFixture.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.RepairOptions;
import ai.primespark.memory.UpkeepProgress;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.memory.UpkeepRun;
import ai.primespark.memory.VerifyOptions;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RepairTest {

    private final UpkeepFixture fixture = new UpkeepFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private static TierRecord record(String key, long millis, String value) {
        return TierRecord.value(
                key(key),
                Version.of(millis, 0, "node-b"),
                TierRecord.NEVER,
                "text",
                value.getBytes(StandardCharsets.UTF_8));
    }

    private void fill(Memory memory, int keys) {
        for (int i = 0; i < keys; i++) {
            memory.put("key-" + i, "value-" + i);
        }
        fixture.flush();
    }

    @Test
    void aTierThatLostEverythingIsRefilled() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fill(fixture.memory(), 2_500);
        Map<String, Version> before = disk.content();
        nas.restore(List.of());

        UpkeepReport report = fixture.repair();

        assertThat(nas.content()).isEqualTo(before).hasSize(2_500);
        assertThat(report.mended()).containsExactlyEntriesOf(Map.of("nas", 2_500L));
        assertThat(report.isClean()).isTrue();
        assertThat(fixture.repair().differing()).as("a second look").isZero();
    }

    @Test
    void recordsThatTiersLostAtRandomAreMendedInBothDirectionsByTheLaw() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        ShelfTier cloud = fixture.cloud();
        fixture.start();
        fill(fixture.memory(), 1_000);
        fixture.memory().delete("key-7");
        fixture.flush();
        Map<String, Version> truth = disk.content();
        long now = fixture.context.clock().millis();
        for (int i = 0; i < 1_000; i++) {
            ShelfTier one = List.of(disk, nas, cloud).get(random.nextInt(3));
            switch (random.nextInt(8)) {
                case 0 -> one.lose(key("key-" + i));
                case 1 -> { // put back to an older version
                    one.lose(key("key-" + i));
                    one.hold(record("key-" + i, now - 10_000, "old"));
                }
                case 2 -> { // somebody else wrote to one tier only
                    TierRecord newer = record("key-" + i, now + 1_000, "newer");
                    one.hold(newer);
                    truth.put(newer.key().toString(), newer.version());
                }
                default -> {}
            }
        }

        UpkeepReport report = fixture.repair();

        assertThat(disk.content()).as("seed %d", seed).isEqualTo(truth);
        assertThat(nas.content()).as("seed %d", seed).isEqualTo(truth);
        assertThat(cloud.content()).as("seed %d", seed).isEqualTo(truth);
        assertThat(report.differing()).isPositive();
        assertThat(fixture.repair().mended()).isEmpty();
    }

    @Test
    void onlyTheKeysThatDifferAreRead() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fill(fixture.memory(), 5_000);
        nas.lose(key("key-1"));
        nas.lose(key("key-4711"));
        int before = disk.reads.get();

        UpkeepReport report = fixture.repair();

        assertThat(report.mended()).containsEntry("nas", 2L);
        assertThat(disk.reads.get() - before).isEqualTo(2);
    }

    @Test
    void aMendedKeyIsReadAnewAlthoughTheNearTierKnewAnOlderValue() {
        fixture.near();
        ShelfTier disk = fixture.disk();
        ShelfTier archive =
                fixture.shelf("archive", Zone.EDGE, TierTrait.PERSISTENT); // nobody else writes, as far as is known
        fixture.start();
        fixture.memory().put("k", "old");
        fixture.flush();
        assertThat(fixture.memory().find("k", String.class)).contains("old");
        archive.hold(record("k", fixture.context.clock().millis() + 500, "new"));

        fixture.repair();

        assertThat(fixture.memory().find("k", String.class)).contains("new");
        assertThat(disk.held(key("k")).body()).asString(StandardCharsets.UTF_8).isEqualTo("new");
    }

    @Test
    void aNamespaceOfTheEdgeIsNeverCopiedToTheCloud() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        ShelfTier cloud = fixture.cloud();
        fixture.start();
        Memory diary = fixture.memory().namespace("diary", NamespaceOptions.DEFAULT.withReach(Zone.EDGE));
        diary.put("today", "private");
        fixture.flush();
        nas.lose(TierKey.of("diary", "today"));

        UpkeepReport report = fixture.repair();

        assertThat(report.mended()).containsExactlyEntriesOf(Map.of("nas", 1L));
        assertThat(cloud.content()).isEmpty();
        assertThat(disk.content()).hasSize(1);
    }

    @Test
    void aCacheTierIsNeitherComparedNorFilled() {
        fixture.disk();
        ShelfTier redis = fixture.shelf("redis", Zone.EDGE, TierTrait.SHARED, TierTrait.MAY_EVICT);
        fixture.nas();
        fixture.start();
        fill(fixture.memory(), 20);
        redis.restore(List.of());

        UpkeepReport report = fixture.repair();

        assertThat(report.differing()).isZero();
        assertThat(redis.content()).isEmpty();
    }

    @Test
    void aTierWithWaterMarksIsBroughtUpToDateButNotRefilled() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        disk.capacity = 1 << 20;
        fixture.start();
        fill(fixture.memory(), 50);
        disk.lose(key("key-1")); // as if it had been evicted
        nas.lose(key("key-2")); // the coldest must hold everything
        TierRecord newer = record("key-3", fixture.context.clock().millis() + 1_000, "newer");
        nas.hold(newer);

        UpkeepReport report = fixture.repair();

        assertThat(disk.held(key("key-1"))).isNull();
        assertThat(nas.held(key("key-2"))).isNotNull();
        assertThat(disk.held(key("key-3")).version()).isEqualTo(newer.version());
        assertThat(report.mended()).isEqualTo(Map.of("disk", 1L, "nas", 1L));
    }

    @Test
    void aPinnedKeyIsBroughtBackToThisMachineEvenThere() {
        ShelfTier disk = fixture.disk();
        fixture.nas();
        disk.capacity = 1 << 20;
        fixture.start();
        fill(fixture.memory(), 5);
        fixture.memory().pin("key-1", true);
        disk.lose(key("key-1"));

        disk.lose(key("key-2"));

        fixture.repair();

        assertThat(disk.held(key("key-1"))).isNotNull();
        assertThat(disk.held(key("key-2"))).isNull();
    }

    @Test
    void verifyingCountsDifferencesAndMendsNone() {
        fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fill(fixture.memory(), 300);
        nas.lose(key("key-5"));
        nas.lose(key("key-6"));

        UpkeepReport report = fixture.verify(VerifyOptions.DEFAULT);

        assertThat(report.differing()).isEqualTo(2);
        assertThat(report.mended()).isEmpty();
        assertThat(nas.held(key("key-5"))).isNull();
    }

    @Test
    void aTierThatIsDownIsLeftOutAndNamed() {
        fixture.disk();
        ShelfTier nas = fixture.nas();
        ShelfTier cloud = fixture.cloud();
        fixture.start();
        fill(fixture.memory(), 100);
        cloud.lose(key("key-1"));
        nas.down = true;

        UpkeepReport report = fixture.repair();

        assertThat(cloud.held(key("key-1"))).isNotNull();
        assertThat(report.skipped()).anyMatch(reason -> reason.startsWith("default: nas: "));
        assertThat(report.isClean()).isFalse();
        assertThat(report.complete()).isTrue();
    }

    @Test
    void endedRecordsAreNoDifference() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        disk.hold(TierRecord.value(key("over"), Version.of(1_000, 0, "node-a"), 2_000, "text", new byte[] {1}));
        fill(fixture.memory(), 3);

        UpkeepReport report = fixture.repair();

        assertThat(report.differing()).isZero();
        assertThat(nas.held(key("over"))).isNull();
    }

    @Test
    void anEndedRecordReplacesAnOlderOneThatWouldBeSeenAgain() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fixture.memory();
        nas.hold(record("k", 1_000, "without end"));
        disk.hold(TierRecord.value(key("k"), Version.of(5_000, 0, "node-a"), 6_000, "text", new byte[] {1}));

        fixture.repair();

        assertThat(nas.held(key("k")).version()).isEqualTo(Version.of(5_000, 0, "node-a"));
    }

    @Test
    void aRunCanBeWatchedAndCancelledAndReportsWhatWasDone() {
        fixture.set("repair.records-per-second", 100);
        ShelfTier nas = fixture.nas();
        fixture.disk();
        fixture.start();
        for (int i = 0; i < 3_000; i++) {
            nas.hold(record("key-" + i, 1_000, "v"));
        }
        fixture.memory();
        ConcurrentLinkedQueue<UpkeepProgress> heard = new ConcurrentLinkedQueue<>();

        UpkeepRun<UpkeepReport> run = fixture.memory().admin().repair(RepairOptions.DEFAULT, heard::add);
        await().until(() -> run.progress().mended() > 0);
        run.cancel();
        UpkeepReport report = run.await(Duration.ofSeconds(20)).orElseThrow();

        assertThat(report.complete()).isFalse();
        assertThat(report.mended().get("disk")).isBetween(1L, 2_999L);
        assertThat(heard).anyMatch(progress -> progress.namespace().equals("default") && progress.examined() > 0);
    }

    @Test
    void tooManyRunsAreRefusedAndClosingEndsThemAll() {
        ShelfTier nas = fixture.nas();
        fixture.disk();
        fixture.start();
        Memory memory = fixture.memory();
        nas.scanGate = new CountDownLatch(1);
        UpkeepRun<UpkeepReport> first = memory.admin().repair(RepairOptions.DEFAULT, progress -> {});
        await().until(() -> nas.scans.get() > 0);
        List<UpkeepRun<UpkeepReport>> others = java.util.stream.IntStream.range(0, UpkeepQueue.MOST_WAITING)
                .mapToObj(i -> memory.admin().verify(VerifyOptions.DEFAULT, progress -> {}))
                .toList();

        assertThatThrownBy(() -> memory.admin().sweep())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("wait for their turn");
        nas.scanGate.countDown();
        fixture.stop();

        assertThat(first.await(Duration.ofSeconds(20))).isPresent();
        assertThat(others)
                .allSatisfy(run -> assertThat(run.await(Duration.ofSeconds(20))).isPresent());
    }

    @Test
    void anUnknownNamespaceIsNamedInTheReport() {
        fixture.disk();
        fixture.start();
        fixture.memory();

        UpkeepReport report = fixture.verify(VerifyOptions.DEFAULT.withNamespaces(List.of("typo")));

        assertThat(report.skipped()).containsExactly("typo: no such namespace");
    }

    @Test
    void repairAnnouncesItself() {
        fixture.disk();
        fixture.start();
        fixture.memory();

        fixture.repair();

        assertThat(fixture.events).anyMatch(SparkEvent.MemoryRepaired.class::isInstance);
    }
}
