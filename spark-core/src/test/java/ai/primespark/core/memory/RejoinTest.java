package ai.primespark.core.memory;

import static ai.primespark.core.memory.UpkeepFixture.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.event.SparkEvent;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.MemoryStats.TierState;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierRecord;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Tiers that come back: late, replaced, or put back to an earlier state. */
class RejoinTest {

    private final UpkeepFixture fixture = new UpkeepFixture().set("tombstone-life", "1 h");

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private MemoryEngine startAndMark() {
        MemoryEngine engine = fixture.start();
        engine.memory();
        engine.upkeep.tick();
        return engine;
    }

    private void advance(Duration time) {
        fixture.context.clock().advance(time);
    }

    /** Deletes a key and lets its tombstone be forgotten everywhere but where it is away. */
    private void deleteAndForget(String key, ShelfTier... there) {
        fixture.memory().delete(key);
        fixture.flush();
        for (ShelfTier tier : there) {
            tier.lose(key(key));
        }
    }

    private void awaitBelieved(MemoryEngine engine) {
        await().until(() -> engine.stats().tiers().stream().allMatch(tier -> tier.state() == TierState.UP));
    }

    @Test
    void aTierThatWasPutBackToAnEarlierStateDoesNotBringDeletedValuesBack() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        MemoryEngine first = startAndMark();
        fixture.memory().put("deleted", "v");
        fixture.memory().put("kept", "v");
        fixture.flush();
        List<TierRecord> backup = nas.backup();
        advance(Duration.ofHours(2));
        deleteAndForget("deleted", disk, nas);
        advance(Duration.ofHours(2));
        fixture.memory().put("later", "v");
        fixture.flush();
        advance(Duration.ofMinutes(10));
        first.upkeep.tick(); // a new mark
        fixture.stop();
        nas.restore(backup);

        MemoryEngine engine = fixture.start();

        assertThat(engine.memory().get("deleted", String.class)).isNotInstanceOf(Lookup.Found.class);
        awaitBelieved(engine);
        assertThat(engine.memory().get("deleted", String.class)).isInstanceOf(Lookup.Absent.class);
        assertThat(nas.content()).isEqualTo(disk.content()).containsOnlyKeys("default/kept", "default/later");
        assertThat(fixture.events)
                .anyMatch(event -> event instanceof SparkEvent.TierRejoined rejoined
                        && !rejoined.believed()
                        && rejoined.reason().contains("earlier state"))
                .anyMatch(event -> event instanceof SparkEvent.TierRejoined rejoined && rejoined.believed());
    }

    @Test
    void aTierThatWasAwayForTooLongIsNotReadUntilItHasBeenCompared() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        MemoryEngine engine = startAndMark();
        fixture.memory().put("deleted", "v");
        fixture.flush();
        advance(Duration.ofMinutes(10));
        engine.upkeep.tick();
        nas.down = true;
        for (int i = 0; i < 10; i++) { // until its circuit opens
            fixture.memory().get("nothing-" + i, String.class);
        }
        advance(Duration.ofHours(3));
        fixture.memory().put("new", "v");
        disk.lose(key("deleted")); // deleted by another machine, and the tombstone is collected already
        disk.scanGate = new CountDownLatch(1);

        nas.down = false;

        await().until(() -> engine.stats().tiers().get(1).state() == TierState.DEGRADED);
        assertThat(engine.stats().tiers().get(1).detail()).contains("being compared");
        assertThat(engine.memory().get("deleted", String.class))
                .isInstanceOf(Lookup.Unknown.class)
                .asString()
                .contains("being compared");
        disk.scanGate.countDown();
        awaitBelieved(engine);
        assertThat(engine.memory().get("deleted", String.class)).isInstanceOf(Lookup.Absent.class);
        assertThat(nas.held(key("deleted"))).isNull();
        await().until(() -> nas.held(key("new")) != null);
    }

    @Test
    void aTierBeyondThisMachineIsComparedOnlyWhenPowerIsNoLongerShort() {
        fixture.disk();
        ShelfTier nas = fixture.nas();
        MemoryEngine engine = startAndMark();
        fixture.memory().put("kept", "v");
        fixture.flush();
        nas.down = true;
        for (int i = 0; i < 10; i++) { // until its circuit opens
            fixture.memory().get("nothing-" + i, String.class);
        }
        advance(Duration.ofHours(3));
        AtomicBoolean saving = new AtomicBoolean(true);
        AtomicInteger asked = new AtomicInteger();
        engine.upkeep.pauseWhile(() -> {
            asked.incrementAndGet();
            return saving.get();
        });

        nas.down = false;

        await().until(() -> asked.get() >= 2); // it waits, and looks again
        assertThat(engine.stats().tiers().get(1).state()).isEqualTo(TierState.DEGRADED);
        saving.set(false);
        awaitBelieved(engine);
    }

    @Test
    void whatATierGotFromOthersWhileItWasOutOfSightIsKept() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        MemoryEngine engine = startAndMark();
        nas.down = true;
        for (int i = 0; i < 10; i++) {
            fixture.memory().get("nothing-" + i, String.class);
        }
        advance(Duration.ofHours(3));
        TierRecord theirs = TierRecord.value(
                key("theirs"),
                Version.of(fixture.context.clock().millis() - 60_000, 0, "node-b"),
                TierRecord.NEVER,
                "text",
                new byte[] {'v'});
        nas.hold(theirs);

        nas.down = false;

        await().until(() -> disk.held(key("theirs")) != null);
        awaitBelieved(engine);
        assertThat(nas.held(key("theirs"))).isNotNull();
    }

    @Test
    void whatOthersMayHaveLetGoFromASharedTierIsNotTakenForDeleted() {
        ShelfTier nas = fixture.nas();
        ShelfTier cloud = fixture.cloud();
        MemoryEngine engine = startAndMark();
        fixture.memory().put("demoted by another machine", "v", PutOptions.ack(Ack.ALL));
        fixture.flush();
        advance(Duration.ofMinutes(10));
        engine.upkeep.tick();
        nas.lose(key("demoted by another machine"));
        fixture.stop();
        advance(Duration.ofHours(5));
        cloud.identity = "another bucket";

        MemoryEngine again = fixture.start();

        awaitBelieved(again);
        assertThat(cloud.held(key("demoted by another machine"))).isNotNull();
        assertThat(again.memory()
                        .get("demoted by another machine", String.class)
                        .isFound())
                .isTrue();
    }

    @Test
    void whatThisMachinesDiskMayNeverHaveGotIsNotTakenForDeleted() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        MemoryEngine engine = startAndMark();
        TierRecord theirs = TierRecord.value(
                key("theirs"),
                Version.of(fixture.context.clock().millis() - 60_000, 0, "node-b"),
                TierRecord.NEVER,
                "text",
                new byte[] {'v'});
        nas.hold(theirs);
        advance(Duration.ofMinutes(30));
        engine.upkeep.tick();
        fixture.stop();
        advance(Duration.ofHours(5));
        nas.identity = "another NAS";

        MemoryEngine again = fixture.start();

        awaitBelieved(again);
        assertThat(nas.held(key("theirs"))).isNotNull();
        assertThat(disk.held(key("theirs"))).isNotNull();
    }

    @Test
    void anotherStorageIsComparedBeforeItIsReadAndAnEmptyOneIsRefilled() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        startAndMark();
        fixture.memory().put("k", "v");
        fixture.flush();
        fixture.stop();
        nas.restore(List.of());
        nas.identity = "another disk";

        MemoryEngine engine = fixture.start();

        awaitBelieved(engine);
        await().untilAsserted(() ->
                assertThat(nas.content()).isEqualTo(disk.content()).hasSize(1));
        assertThat(fixture.events)
                .anyMatch(event -> event instanceof SparkEvent.TierRejoined rejoined
                        && rejoined.reason().contains("another one"));
    }

    @Test
    void twoTiersThatAreBothNotBelievedAreMergedAndNothingIsRemoved() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        startAndMark();
        fixture.memory().put("k", "v");
        fixture.memory().put("l", "v");
        fixture.flush();
        advance(Duration.ofHours(5));
        fixture.stop();
        disk.identity = "another disk";
        nas.identity = "another NAS";
        disk.lose(key("k"));
        nas.lose(key("l"));

        MemoryEngine engine = fixture.start();

        awaitBelieved(engine);
        assertThat(disk.content()).isEqualTo(nas.content()).hasSize(2);
    }

    @Test
    void aComparisonThatTheProcessDidNotFinishIsDoneByTheNextOne() {
        fixture.disk();
        ShelfTier nas = fixture.nas();
        startAndMark();
        fixture.memory().put("k", "v");
        fixture.flush();
        fixture.stop();
        nas.identity = "another NAS";
        nas.scanGate = new CountDownLatch(1);
        MemoryEngine interrupted = fixture.start();
        await().until(() -> interrupted.stats().tiers().get(1).detail().contains("being compared"));
        fixture.stop();
        nas.scanGate.countDown();
        fixture.events.clear();

        MemoryEngine engine = fixture.start();

        awaitBelieved(engine);
        assertThat(fixture.events)
                .anyMatch(event -> event instanceof SparkEvent.TierRejoined rejoined
                        && rejoined.reason().contains("process before"));
    }

    private void stopAndLetOthersDelete(ShelfTier nas) {
        MemoryEngine before = startAndMark();
        fixture.memory().put("deleted", "v");
        fixture.flush();
        advance(Duration.ofMinutes(10));
        before.upkeep.tick();
        fixture.stop();
        nas.lose(key("deleted")); // others deleted it, and its tombstone is collected already
    }

    @RepeatedTest(10) // the disk is compared while the other tier is still being looked at, or after that
    void aMachineThatWasOffForTooLongComparesItsDiskWithWhatOthersShare() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        stopAndLetOthersDelete(nas);
        advance(Duration.ofHours(5));

        MemoryEngine engine = fixture.start();

        assertThat(engine.memory().get("deleted", String.class)).isNotInstanceOf(Lookup.Found.class);
        awaitBelieved(engine);
        assertThat(disk.content()).isEmpty();
        assertThat(nas.content()).isEmpty();
    }

    @Test
    void nothingThatWasDeletedComesBackWhileItIsNotKnownWhetherTheOtherTierMayBeBelieved() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        stopAndLetOthersDelete(nas);
        int scans = nas.scans.get();
        advance(Duration.ofHours(5));
        nas.probeGate = new CountDownLatch(1);

        MemoryEngine engine = fixture.start();
        await().during(Duration.ofMillis(300)).until(() -> nas.scans.get() == scans);
        nas.probeGate.countDown();

        awaitBelieved(engine);
        assertThat(disk.content()).isEmpty();
        assertThat(nas.content()).isEmpty();
    }

    @Test
    void aMachineThatWasOffForLongWithTiersOfItsOwnOnlyTrustsThem() {
        ShelfTier disk = fixture.disk();
        startAndMark();
        fixture.memory().put("k", "v");
        fixture.stop();
        advance(Duration.ofDays(100));

        MemoryEngine engine = fixture.start();

        assertThat(engine.memory().find("k", String.class)).contains("v");
        assertThat(disk.content()).hasSize(1);
    }

    @Test
    void conditionalWritesWaitForTheComparisonOfTheTierThatDecides() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        startAndMark();
        fixture.memory().put("k", "v");
        fixture.flush();
        fixture.stop();
        disk.identity = "another disk";
        nas.scanGate = new CountDownLatch(1);

        MemoryEngine engine = fixture.start();

        await().until(() -> engine.stats().tiers().get(0).detail().contains("being compared"));
        assertThatThrownBy(() -> engine.memory().putIfAbsent("k", "w", PutOptions.DEFAULT))
                .isInstanceOf(TierUnavailableException.class)
                .hasMessageContaining("being compared");
        nas.scanGate.countDown();
        awaitBelieved(engine);
        assertThat(engine.memory().putIfAbsent("k", "w", PutOptions.DEFAULT).isStored())
                .isFalse();
    }

    @Test
    void aTierThatIsDownAtTheStartIsLookedAtWhenItAnswers() {
        fixture.disk();
        ShelfTier nas = fixture.nas();
        startAndMark();
        fixture.memory().put("k", "v");
        fixture.flush();
        fixture.stop();
        nas.identity = "another NAS";
        nas.down = true;
        MemoryEngine engine = fixture.start();
        assertThat(engine.memory().find("k", String.class)).contains("v");

        nas.down = false;

        await().untilAsserted(() -> assertThat(fixture.events)
                .anyMatch(event -> event instanceof SparkEvent.TierRejoined rejoined && rejoined.believed()));
    }

    @Test
    void aDamagedFileOfWhatIsKnownCountsAsNone() throws Exception {
        fixture.disk();
        fixture.nas();
        startAndMark();
        fixture.memory().put("k", "v");
        fixture.flush();
        fixture.stop();
        Files.writeString(fixture.context.directory().resolve("engine/tiers.json"), "{\"format\":1,\"tie");

        MemoryEngine engine = fixture.start();

        assertThat(engine.memory().find("k", String.class)).contains("v");
        assertThat(engine.stats().tiers()).allMatch(tier -> tier.state() == TierState.UP);
    }

    @Test
    void theEnginesOwnNamespaceIsNotForApplications() {
        fixture.disk();
        MemoryEngine engine = fixture.start();

        assertThatThrownBy(() -> engine.memory().namespace("primespark.system"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("engine's own");
    }
}
