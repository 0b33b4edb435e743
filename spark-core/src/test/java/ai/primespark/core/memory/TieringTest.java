package ai.primespark.core.memory;

import static ai.primespark.core.memory.UpkeepFixture.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.Ack;
import ai.primespark.memory.KeyPlaces;
import ai.primespark.memory.KeyPlaces.Place;
import ai.primespark.memory.KeyPlaces.Presence;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.SweepReport;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What leaves a tier, and what never does. */
class TieringTest {

    private static final int VALUE_BYTES = 1_000;

    private final UpkeepFixture fixture = new UpkeepFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private void advance(Duration time) {
        fixture.context.clock().advance(time);
    }

    private void fill(int keys) {
        for (int i = 0; i < keys; i++) {
            fixture.memory().put("key-" + i, new byte[VALUE_BYTES]);
            advance(Duration.ofMinutes(1));
        }
        fixture.flush();
    }

    @Test
    void aFullTierLetsTheLongestUnusedGoUntilItsLowWaterMark() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        MemoryEngine engine = fixture.start();
        fixture.memory();
        disk.capacity = 1_000_000;
        engine.upkeep.tiering.measure(); // it learns of the capacity, and notes from now on what is used
        fill(100);
        advance(Duration.ofHours(10));
        for (int i = 0; i < 10; i++) { // old, but used
            assertThat(fixture.memory().get("key-" + i, byte[].class).isFound()).isTrue();
        }
        advance(Duration.ofMinutes(5));
        disk.capacity = 105_000; // 100,000 are used, the high water mark is 94,500, the low one 84,000

        engine.upkeep.tick();
        await().until(() -> disk.content().size() < 100);
        await().until(() -> fixture.events.stream().anyMatch(SparkEvent.MemoryEvicted.class::isInstance));

        Set<String> left = disk.content().keySet();
        assertThat(left).hasSizeBetween(82, 88);
        for (int i = 0; i < 10; i++) {
            assertThat(left).as("used lately").contains("default/key-" + i);
        }
        assertThat(left).as("used least").doesNotContain("default/key-10", "default/key-11", "default/key-15");
        assertThat(left).contains("default/key-99");
        assertThat(nas.content()).hasSize(100);
        assertThat(fixture.memory().get("key-10", byte[].class))
                .isInstanceOfSatisfying(
                        Lookup.Found.class, found -> assertThat(found.tier()).isEqualTo("nas"));
    }

    @Test
    void aTierThatRefusesAWriteMakesRoomAtOnce() {
        ShelfTier disk = fixture.disk();
        fixture.nas();
        MemoryEngine engine = fixture.start();
        fixture.memory();
        disk.capacity = 10_500;
        engine.upkeep.tiering.measure();
        fill(10);

        PutOptions there = PutOptions.ack(Ack.tier(1));
        assertThatThrownBy(() -> fixture.memory().put("one too many", new byte[VALUE_BYTES], there))
                .isInstanceOf(MemoryException.class)
                .matches(failure -> ((MemoryException) failure).retryable());
        await().until(() -> disk.content().size() < 10);

        assertThat(fixture.memory()
                        .put("one too many", new byte[VALUE_BYTES], there)
                        .version())
                .isNotNull();
    }

    @Test
    void pinnedAndUnsentRecordsAndWhatNoColderTierHasStay() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        MemoryEngine engine = fixture.start();
        Memory memory = fixture.memory();
        disk.capacity = 1_000_000;
        engine.upkeep.tiering.measure();
        fill(20);
        memory.pin("key-0", true);
        memory.pin("key-1", true);
        nas.lose(key("key-2")); // the only copy is on the disk now
        nas.damage(key("key-3")); // as good as lost
        nas.lose(key("key-4"));
        nas.hold(TierRecord.value(
                key("key-4"), Version.of(1_000, 0, "node-b"), TierRecord.NEVER, "bytes", new byte[1])); // an older one
        disk.capacity = 2_000; // nearly everything should go

        SweepReport report = fixture.sweep();

        assertThat(disk.content().keySet())
                .containsExactlyInAnyOrder(
                        "default/key-0", "default/key-1", "default/key-2", "default/key-3", "default/key-4");
        assertThat(report.evicted()).containsEntry("disk", 15L);
    }

    @Test
    void nothingLeavesWhileTheColderTierIsDownAndTombstonesNeverDo() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        MemoryEngine engine = fixture.start();
        disk.capacity = 1_000_000;
        fixture.memory();
        engine.upkeep.tiering.measure();
        fill(10);
        fixture.memory().delete("key-0");
        fixture.flush();
        disk.capacity = 500;
        nas.down = true;

        fixture.sweep();
        assertThat(disk.content()).hasSize(10);
        nas.down = false;
        await().until(() -> engine.stats().tiers().get(1).state().name().equals("UP"));
        fixture.sweep();

        assertThat(disk.content()).containsOnlyKeys("default/key-0");
        assertThat(disk.held(key("key-0")).isTombstone()).isTrue();
    }

    @Test
    void whatHasNotBeenUsedForLongLeavesByTheAgeRule() {
        fixture.set("tiering.cold-after", "30 d");
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fill(5);
        advance(Duration.ofDays(20));
        assertThat(fixture.memory().get("key-3", byte[].class).isFound()).isTrue();
        advance(Duration.ofDays(15));

        SweepReport report = fixture.sweep();

        assertThat(disk.content()).containsOnlyKeys("default/key-3");
        assertThat(nas.content()).hasSize(5);
        assertThat(report.evicted()).containsEntry("disk", 4L);
        assertThat(fixture.memory().find("key-1", byte[].class)).isPresent();
    }

    @Test
    void whatWasUsedIsRememberedOverARestart() {
        fixture.set("tiering.cold-after", "30 d");
        ShelfTier disk = fixture.disk();
        fixture.nas();
        fixture.start();
        fill(2);
        advance(Duration.ofDays(20));
        assertThat(fixture.memory().get("key-1", byte[].class).isFound()).isTrue();
        fixture.stop();
        fixture.start();
        fixture.memory();
        advance(Duration.ofDays(15));

        fixture.sweep();

        assertThat(disk.content()).containsOnlyKeys("default/key-1");
    }

    /** Namespaces of the library's own: what the tier does not have that decides is not there, so it lets nothing go. */
    @Test
    void whatOneTierDecidesStaysThereAndNobodyElseIsNeeded() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        MemoryEngine engine = fixture.start();
        Memory own = engine.namespace("spark-own", NamespaceOptions.DEFAULT);
        disk.capacity = 1_000_000;
        engine.upkeep.tiering.measure();
        for (int i = 0; i < 20; i++) { // the longest unused
            assertThat(own.putIfAbsent("key-" + i, new byte[VALUE_BYTES], PutOptions.DEFAULT)
                            .isStored())
                    .isTrue();
        }
        fill(80);
        advance(Duration.ofHours(10));
        disk.capacity = 105_000;

        engine.upkeep.tick();
        await().until(() -> fixture.events.stream().anyMatch(SparkEvent.MemoryEvicted.class::isInstance));
        assertThat(disk.content().keySet().stream().filter(key -> key.startsWith("spark-own/")))
                .hasSize(20);
        assertThat(own.demote("key-1")).isFalse();

        nas.down = true;
        assertThat(own.get("no such key", byte[].class)).isInstanceOf(Lookup.Absent.class);
        assertThat(fixture.memory().get("no such key", byte[].class)).isInstanceOf(Lookup.Unknown.class);
        assertThat(own.putIfAbsent("fresh", new byte[1], PutOptions.DEFAULT).isStored())
                .isTrue();
        assertThat(own.scan("", null, 100).missingTiers()).isEmpty();
        assertThat(own.scan("", null, 100).entries()).hasSize(21);

        nas.down = false;
        disk.down = true;
        assertThat(own.get("no such key", byte[].class)).isInstanceOf(Lookup.Unknown.class);
        assertThat(own.scan("", null, 100).missingTiers()).contains("disk");
    }

    @Test
    void demotingLeavesAValueInTheColdestTierOnly() {
        CaffeineTier near = fixture.near();
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        ShelfTier cloud = fixture.cloud();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.flush();

        assertThat(fixture.memory().demote("k")).isTrue();

        assertThat(near.peek("default", "k")).isNull();
        assertThat(disk.held(key("k"))).isNull();
        assertThat(nas.held(key("k"))).isNull();
        assertThat(cloud.held(key("k"))).isNotNull();
        assertThat(fixture.repair().mended())
                .as("repair does not bring it back")
                .isEmpty();
        assertThat(fixture.memory().find("k", String.class)).contains("v");
    }

    @Test
    void demotingDoesNothingToWhatIsPinnedAbsentOrHasNoColderTier() {
        ShelfTier disk = fixture.disk();
        fixture.nas();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.memory().pin("k", true);
        fixture.flush();

        assertThat(fixture.memory().demote("k")).isFalse();
        assertThat(fixture.memory().demote("absent")).isFalse();
        assertThat(disk.held(key("k"))).isNotNull();
        fixture.memory().pin("k", false);
        assertThat(fixture.memory().demote("k")).isTrue();
        assertThat(disk.held(key("k"))).isNull();
    }

    @Test
    void demotingFailsWhenTheTierThatShouldKeepTheValueIsDown() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.flush();
        nas.down = true;

        assertThatThrownBy(() -> fixture.memory().demote("k")).isInstanceOf(TierUnavailableException.class);
        assertThat(disk.held(key("k"))).isNotNull();
    }

    @Test
    void pinsAreRememberedAndBringAValueToThisMachine() throws Exception {
        ShelfTier disk = fixture.disk();
        fixture.nas();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.flush();
        assertThat(fixture.memory().demote("k")).isTrue();

        fixture.memory().pin("k", true);

        assertThat(disk.held(key("k"))).isNotNull();
        fixture.stop();
        fixture.start();
        assertThat(fixture.memory().admin().pinned()).containsExactly("k");
        assertThat(fixture.memory().admin().where("k").pinned()).isTrue();
        fixture.stop();
        Files.writeString(fixture.context.directory().resolve("engine/pins.json"), "{");
        assertThatThrownBy(fixture::start)
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("pins.json")
                .hasMessageContaining("pin again");
    }

    @Test
    void anOperatorSeesWhatIsWhere() {
        fixture.near();
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        ShelfTier cloud = fixture.cloud();
        fixture.start();
        Version version = fixture.memory().put("k", "value").version();
        fixture.flush();
        disk.lose(key("k"));
        nas.damage(key("k"));
        cloud.down = true;

        KeyPlaces places = fixture.memory().admin().where("k");

        assertThat(places.places()).extracting(Place::tier).containsExactly("near", "disk", "nas", "cloud");
        assertThat(places.places())
                .extracting(Place::presence)
                .containsExactly(Presence.PRESENT, Presence.ABSENT, Presence.DAMAGED, Presence.UNKNOWN);
        assertThat(places.places().get(0).version()).isEqualTo(version);
        assertThat(places.places().get(0).bytes()).isEqualTo(5);
        assertThat(places.places().get(3).detail()).contains("the test lets it fail");
    }

    @Test
    void namespacesOfEarlierRunsAreLookedAfterToo() {
        fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fixture.memory()
                .namespace("chat", NamespaceOptions.DEFAULT.withReach(Zone.EDGE))
                .put("k", "v");
        fixture.flush();
        fixture.stop();
        nas.lose(TierKey.of("chat", "k"));

        fixture.start(); // opens no namespace by itself

        assertThat(fixture.memory().admin().namespaces()).containsKey("chat");
        fixture.repair();
        assertThat(nas.held(TierKey.of("chat", "k"))).isNotNull();
    }

    @Test
    void evictionNeverRemovesTheOnlyCopyWhateverFails() throws Exception {
        int rounds = Boolean.getBoolean("spark.exhaustive") ? 60 : 3;
        for (int round = 0; round < rounds; round++) {
            long seed = System.nanoTime();
            System.out.println("eviction under failures: seed " + seed);
            try (UpkeepFixture mine = new UpkeepFixture().set("tiering.cold-after", "1 h")) {
                evictUnderFailures(mine, new Random(seed), "seed " + seed);
            }
        }
    }

    private static void evictUnderFailures(UpkeepFixture mine, Random random, String seed) {
        ShelfTier disk = mine.disk();
        ShelfTier nas = mine.shelf("nas", Zone.EDGE, TierTrait.PERSISTENT);
        ShelfTier cloud = mine.shelf("cloud", Zone.CLOUD, TierTrait.PERSISTENT);
        MemoryEngine engine = mine.start();
        Memory memory = engine.memory();
        disk.capacity = 60_000;
        nas.capacity = 90_000;
        engine.upkeep.tiering.measure();
        Map<TierKey, Version> acknowledged = new HashMap<>();
        for (int step = 0; step < 150; step++) {
            TierKey key = key("key-" + random.nextInt(120));
            switch (random.nextInt(10)) {
                case 0 -> nas.fails = () -> random.nextInt(3) == 0;
                case 1 -> cloud.fails = () -> random.nextInt(3) == 0;
                case 2 -> disk.fails = () -> random.nextInt(6) == 0;
                case 3 -> {
                    nas.fails = () -> false;
                    cloud.fails = () -> false;
                    disk.fails = () -> false;
                    mine.context.clock().advance(Duration.ofMinutes(40));
                    mine.sweep();
                }
                case 4 -> {
                    try {
                        boolean unused = memory.demote(key.key());
                    } catch (MemoryException e) {
                        // a tier failed
                    }
                }
                default -> {
                    try {
                        acknowledged.put(
                                key,
                                memory.put(key.key(), new byte[VALUE_BYTES]).version());
                    } catch (MemoryException e) {
                        // refused: it may or may not be there, and a later one may stand above it
                    }
                }
            }
            if (step % 10 == 0) {
                mine.sweep();
            }
            checkNothingIsLost(engine, acknowledged, disk, nas, cloud, seed);
        }
        assertThat(acknowledged).as(seed).isNotEmpty();
    }

    private static void checkNothingIsLost(
            MemoryEngine engine,
            Map<TierKey, Version> acknowledged,
            ShelfTier disk,
            ShelfTier nas,
            ShelfTier cloud,
            String seed) {
        Set<TierKey> lost = new HashSet<>();
        acknowledged.forEach((key, version) -> {
            boolean held = false;
            for (ShelfTier tier : new ShelfTier[] {disk, nas, cloud}) {
                TierRecord record = tier.held(key);
                held |= record != null && !version.isNewerThan(record.version());
            }
            held |= engine.links().stream().anyMatch(link -> engine.isPending(link, key)); // in the journal
            if (!held) {
                lost.add(key);
            }
        });
        assertThat(lost).as(seed).isEmpty();
        assertThat(engine.stats().tiers()).hasSize(3);
    }
}
