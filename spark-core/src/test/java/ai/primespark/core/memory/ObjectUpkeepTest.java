package ai.primespark.core.memory;

import static ai.primespark.core.memory.ObjectFixture.CHUNK;
import static ai.primespark.core.memory.ObjectFixture.bytes;
import static ai.primespark.core.memory.ObjectFixture.sha256;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.memory.GarbageReport;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.ObjectStore;
import ai.primespark.memory.ObjectStore.ObjectInfo;
import ai.primespark.memory.SweepReport;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.spi.TierException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to chunks besides being moved: collected, pinned, evicted. */
@Timeout(180)
class ObjectUpkeepTest {

    private static final int RACES = Boolean.getBoolean("spark.exhaustive") ? 2_000 : 60;

    private final ObjectFixture fixture = new ObjectFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private static ObjectInfo put(ObjectStore objects, String name, byte[] content) throws Exception {
        return objects.upload(name, new ByteArrayInputStream(content), content.length, done -> {});
    }

    private void age(String tier, Duration age) throws Exception {
        for (String address : ObjectFixture.chunks(fixture.path(tier))) {
            Files.setLastModifiedTime(
                    fixture.chunk(tier, address), FileTime.fromMillis(System.currentTimeMillis() - age.toMillis()));
        }
    }

    @Test
    void chunksThatNoObjectNeedsAreRemovedFromEveryTierAfterTheGrace() throws Exception {
        Memory memory = fixture.start();
        ObjectStore objects = memory.objects();
        ObjectStore others = memory.namespace("others").objects();
        byte[] shared = bytes(1, CHUNK);
        byte[] longer = Arrays.copyOf(shared, 3 * CHUNK);
        put(objects, "deleted", longer);
        put(others, "kept", shared);
        assertThat(objects.flush(Duration.ofSeconds(60))).isTrue();
        objects.delete("deleted");
        assertThat(memory.flush(Duration.ofSeconds(30))).isTrue();
        assertThat(objects.collectGarbage(Duration.ofHours(24)).chunks())
                .as("younger than the grace")
                .isZero();
        for (String tier : List.of("disk", "nas", "cloud")) {
            age(tier, Duration.ofHours(25));
        }
        GarbageReport report = objects.collectGarbage(Duration.ofHours(24));
        assertThat(report.chunks()).isEqualTo(3); // both further chunks are zeros, so one chunk in three tiers
        assertThat(report.bytes()).isEqualTo(3L * CHUNK);
        assertThat(report.skippedTiers()).isEmpty();
        for (String tier : List.of("disk", "nas", "cloud")) {
            assertThat(ObjectFixture.chunks(fixture.path(tier))).containsExactly(sha256(shared));
        }
        others.download("kept", fixture.path("target"), done -> {});
        assertThat(Files.readAllBytes(fixture.path("target"))).isEqualTo(shared);
    }

    @Test
    void nothingIsCollectedWhileNotAllObjectsCanBeSeen() throws Exception {
        ObjectStore objects = fixture.start().objects();
        put(objects, "deleted", bytes(2, 100));
        assertThat(objects.flush(Duration.ofSeconds(60))).isTrue();
        objects.delete("deleted");
        fixture.failCloud();
        assertThatThrownBy(() -> objects.collectGarbage(Duration.ZERO)).isInstanceOf(TierUnavailableException.class);
        assertThat(ObjectFixture.chunks(fixture.path("disk"))).hasSize(1);
    }

    @Test
    void theSweepRemovesChunksThatNoObjectNeedsOnceTheyAreOlderThanTheGrace() throws Exception {
        ObjectStore objects =
                fixture.set("objects.garbage-grace", "24 h").start().objects();
        put(objects, "deleted", bytes(4, 100));
        put(objects, "kept", bytes(5, 100));
        assertThat(objects.flush(Duration.ofSeconds(60))).isTrue();
        objects.delete("deleted");
        assertThat(fixture.sweep().chunks()).as("younger than the grace").isZero();
        for (String tier : List.of("disk", "nas", "cloud")) {
            age(tier, Duration.ofHours(25));
        }
        fixture.failCloud();
        SweepReport blind = fixture.sweep();
        assertThat(blind.chunks()).as("not all objects can be seen").isZero();
        assertThat(blind.skipped()).anyMatch(reason -> reason.startsWith("chunks of objects: "));
        fixture.flakyCloud.heal();
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(fixture.sweep().chunks()).isEqualTo(3));
        for (String tier : List.of("disk", "nas", "cloud")) {
            assertThat(ObjectFixture.chunks(fixture.path(tier))).containsExactly(sha256(bytes(5, 100)));
        }
    }

    @Test
    void theSweepLeavesChunksAloneWithoutAGrace() throws Exception {
        ObjectStore objects =
                fixture.set("objects.garbage-grace", "0 s").start().objects();
        put(objects, "deleted", bytes(6, 100));
        objects.delete("deleted");
        age("disk", Duration.ofDays(100));
        assertThat(fixture.sweep().chunks()).isZero();
        assertThat(ObjectFixture.chunks(fixture.path("disk"))).hasSize(1);
    }

    @Test
    void namespacesThatOnlyAnotherMachineOpenedKeepTheirChunks() throws Exception {
        Memory memory = fixture.start();
        ObjectStore theirs = memory.namespace("theirs", NamespaceOptions.DEFAULT.withTtl(Duration.ofDays(30)))
                .objects();
        put(theirs, "kept", bytes(3, 100));
        assertThat(theirs.flush(Duration.ofSeconds(60))).isTrue();
        fixture.stop();
        Files.delete(fixture.path("engine/namespaces.json")); // as on a machine that never opened it
        ObjectStore ours = fixture.start().namespace("ours").objects();
        assertThat(ours.collectGarbage(Duration.ZERO).chunks()).isZero();
        assertThat(ObjectFixture.chunks(fixture.path("nas"))).hasSize(1);
    }

    /** Every upload that returned can be read, whatever the collector did meanwhile. */
    @Test
    void theCollectorTakesNothingFromUploadsUnderWay() throws Exception {
        long seed = System.nanoTime();
        System.out.println("ObjectUpkeepTest seed " + seed);
        ObjectStore objects = fixture.start().objects();
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong removed = new AtomicLong();
        Future<?> collecting = fixture.context.blocking().submit(() -> {
            while (!over.get()) {
                removed.addAndGet(objects.collectGarbage(Duration.ZERO).chunks());
            }
        });
        List<Future<?>> uploading = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int number = i;
            uploading.add(fixture.context.blocking().submit(() -> {
                Random random = new Random(seed + number);
                for (int round = 0; round < RACES || removed.get() == 0 && round < 200 * RACES; round++) {
                    // contents that come again and again: old chunks are found, garbage one moment and needed the next
                    byte[] content = bytes(random.nextInt(40), 20_000);
                    String name = "racing-" + number;
                    put(objects, name, content);
                    try (InputStream in = objects.read(name, 0, -1)) {
                        assertThat(in.readAllBytes())
                                .as("round %d, seed %d", round, seed)
                                .isEqualTo(content);
                    }
                    if (random.nextBoolean()) {
                        objects.delete(name);
                    }
                }
                return null;
            }));
        }
        try {
            for (Future<?> each : uploading) {
                each.get();
            }
        } finally {
            over.set(true);
        }
        collecting.get();
        assertThat(removed).as("chunks collected meanwhile").hasPositiveValue();
    }

    @Test
    void aFullDiskMakesRoomByWhatOthersHaveAndKeepsWhatIsPinned() throws Exception {
        fixture.diskQuota(5 * CHUNK);
        ObjectStore objects = fixture.start().objects();
        byte[] pinned = bytes(10, CHUNK);
        byte[] old = bytes(11, CHUNK);
        put(objects, "pinned", pinned);
        objects.pin("pinned", true);
        age("disk", Duration.ofHours(5));
        put(objects, "old", old);
        assertThat(objects.flush(Duration.ofSeconds(60))).isTrue();
        Files.setLastModifiedTime(
                fixture.chunk("disk", sha256(old)),
                FileTime.fromMillis(
                        System.currentTimeMillis() - Duration.ofHours(3).toMillis()));
        byte[] large = bytes(12, 3 * CHUNK);
        put(objects, "large", large);
        assertThat(fixture.chunk("disk", sha256(old))).doesNotExist();
        assertThat(fixture.chunk("disk", sha256(pinned))).exists();
        assertThat(ObjectFixture.chunks(fixture.path("disk"))).hasSize(4);
        assertThat(objects.stat("pinned").orElseThrow().pinned()).isTrue();
        for (String name : List.of("pinned", "old", "large")) {
            objects.download(name, fixture.path(name), done -> {});
        }
        assertThat(Files.readAllBytes(fixture.path("old"))).isEqualTo(old);
        assertThat(Files.readAllBytes(fixture.path("large"))).isEqualTo(large);
    }

    @Test
    void chunksThatNoColderTierHasAreNotEvicted() throws Exception {
        fixture.diskQuota(3 * CHUNK);
        ObjectStore objects = fixture.start().objects();
        fixture.failCloud();
        fixture.flakyNas.fail(TierException.Kind.TRANSIENT);
        put(objects, "only", bytes(13, 2 * CHUNK));
        assertThatThrownBy(() -> put(objects, "more", bytes(14, 2 * CHUNK)))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("max-bytes");
        try (InputStream in = objects.read("only", 0, -1)) {
            assertThat(in.readAllBytes()).isEqualTo(bytes(13, 2 * CHUNK));
        }
    }

    @Test
    void pinningFetchesWhatIsMissingHereAndIsRememberedOverARestart() throws Exception {
        ObjectStore objects = fixture.start().objects();
        byte[] content = bytes(15, 2 * CHUNK);
        put(objects, "wanted", content);
        assertThat(objects.flush(Duration.ofSeconds(60))).isTrue();
        for (String address : ObjectFixture.chunks(fixture.path("disk"))) {
            Files.delete(fixture.chunk("disk", address));
        }
        objects.pin("wanted", true);
        assertThat(ObjectFixture.chunks(fixture.path("disk"))).hasSize(2);
        fixture.stop();
        ObjectStore again = fixture.start().objects();
        assertThat(again.stat("wanted").orElseThrow().pinned()).isTrue();
        again.pin("wanted", false);
        assertThat(again.stat("wanted").orElseThrow().pinned()).isFalse();
        assertThatThrownBy(() -> again.pin("unknown", true))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("none of this name");
    }

    @Test
    void whatAnUploadCutOffHasLeftIsSweptAtTheNextStart() throws Exception {
        fixture.start();
        Path leftover = fixture.path("disk/blobs/tmp/1-" + "0".repeat(64));
        Files.createDirectories(leftover.getParent());
        Files.write(leftover, new byte[100]);
        fixture.stop();
        fixture.start();
        assertThat(leftover).doesNotExist();
    }
}
