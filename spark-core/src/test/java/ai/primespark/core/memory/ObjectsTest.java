package ai.primespark.core.memory;

import static ai.primespark.core.memory.ObjectFixture.CHUNK;
import static ai.primespark.core.memory.ObjectFixture.bytes;
import static ai.primespark.core.memory.ObjectFixture.sha256;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.ObjectStore;
import ai.primespark.memory.ObjectStore.ObjectInfo;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.spi.TierException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ObjectsTest {

    private final ObjectFixture fixture = new ObjectFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private static void assertFlushed(ObjectStore objects) {
        assertThat(objects.flush(Duration.ofSeconds(60))).as("flushed").isTrue();
    }

    @Test
    void objectsOfEverySizeComeBackAsTheyWere() throws Exception {
        ObjectStore objects = fixture.start().objects();
        for (int size : new int[] {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5}) {
            byte[] content = bytes(size, size);
            Path source = Files.write(fixture.path("source"), content);
            List<Long> up = new ArrayList<>();
            ObjectInfo stored = objects.upload("size/" + size, source, up::add);
            assertThat(stored.bytes()).isEqualTo(size);
            assertThat(stored.sha256()).isEqualTo(sha256(content));
            assertThat(objects.stat("size/" + size)).contains(stored);
            List<Long> down = new ArrayList<>();
            Path target = fixture.path("target-" + size);
            assertThat(objects.download("size/" + size, target, down::add)).isEqualTo(stored);
            assertThat(Files.readAllBytes(target)).isEqualTo(content);
            for (List<Long> progress : List.of(up, down)) {
                assertThat(progress).isSorted().last().isEqualTo((long) size);
            }
            try (InputStream in = objects.read("size/" + size, 0, -1)) {
                assertThat(in.readAllBytes()).isEqualTo(content);
            }
        }
        ScanPage page = objects.list("size/", null, 100);
        assertThat(page.entries().stream().map(ScanPage.Entry::bytes).sorted())
                .containsExactly(0L, 1L, CHUNK - 1L, (long) CHUNK, CHUNK + 1L, 3L * CHUNK + 5);
        assertThat(page.missingTiers()).isEmpty();
        try (Stream<Path> left = Files.list(fixture.context.directory())) {
            assertThat(left.filter(file -> file.toString().endsWith(".part"))).isEmpty();
        }
    }

    @Test
    void uploadsReachEveryTierInTheBackgroundAndAlsoAfterARestart() throws Exception {
        ObjectStore objects = fixture.start().objects();
        fixture.failCloud();
        Path source = fixture.file("source", 1, 3 * CHUNK + 7);
        objects.upload("big", source, done -> {});
        assertThat(ObjectFixture.chunks(fixture.path("disk"))).hasSize(4);
        assertThat(objects.flush(Duration.ofMillis(200))).isFalse();
        fixture.stop();
        assertThat(ObjectFixture.chunks(fixture.path("cloud"))).isEmpty();
        objects = fixture.start().objects();
        assertFlushed(objects);
        assertThat(ObjectFixture.chunks(fixture.path("cloud")))
                .isEqualTo(ObjectFixture.chunks(fixture.path("disk")))
                .isEqualTo(ObjectFixture.chunks(fixture.path("nas")));
        try (Stream<Path> notes = Files.list(fixture.path("engine").resolve("objects/todo"))) {
            assertThat(notes).isEmpty();
        }
    }

    @Test
    void nothingGoesToTheCloudWhileTheDrainIsPausedUnlessUrgent() throws Exception {
        Memory memory = fixture.start();
        ObjectStore objects = memory.objects();
        ObjectStore urgent = memory.namespace("urgent", NamespaceOptions.DEFAULT.withUrgent(true))
                .objects();
        fixture.engine.objects.pauseDrain(true);
        byte[] content = bytes(12, 100);
        urgent.upload("now", new ByteArrayInputStream(content), 100, done -> {});
        objects.upload("later", fixture.file("source", 1, CHUNK), done -> {});
        while (ObjectFixture.chunks(fixture.path("cloud")).isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(objects.flush(Duration.ofMillis(300))).isFalse();
        assertThat(ObjectFixture.chunks(fixture.path("cloud"))).containsExactly(sha256(content));
        assertThat(ObjectFixture.chunks(fixture.path("nas"))).hasSize(2);
        fixture.engine.objects.pauseDrain(false);
        assertFlushed(objects);
        assertThat(ObjectFixture.chunks(fixture.path("cloud"))).hasSize(2);
    }

    @Test
    void whatIsThereIsNotSentAgain() throws Exception {
        ObjectStore objects = fixture.start().objects();
        byte[] first = bytes(1, 3 * CHUNK);
        objects.upload("first", new ByteArrayInputStream(first), first.length, done -> {});
        assertFlushed(objects);
        assertThat(fixture.disk.sent).hasValue(3L * CHUNK);
        byte[] second = Arrays.copyOf(first, first.length + 10);
        objects.upload("second", new ByteArrayInputStream(second), -1, done -> {});
        assertFlushed(objects);
        assertThat(fixture.disk.sent).hasValue(3L * CHUNK + 10);
        assertThat(fixture.cloud.sent).hasValue(3L * CHUNK + 10);
    }

    @Test
    void aRangeMovesOnlyTheChunksThatItTouches() throws Exception {
        ObjectStore objects = fixture.start().objects();
        byte[] content = bytes(3, 5 * CHUNK + 100);
        objects.upload("ranged", new ByteArrayInputStream(content), content.length, done -> {});
        assertFlushed(objects);
        fixture.disk.reset();
        int at = 2 * CHUNK + 1_000;
        try (InputStream in = objects.read("ranged", at, 65_536)) {
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, at, at + 65_536));
        }
        assertThat(fixture.disk.fetched).hasValue(CHUNK);
        try (SeekableByteChannel channel = objects.open("ranged")) {
            assertThat(channel.size()).isEqualTo(content.length);
            ByteBuffer some = ByteBuffer.allocate(100);
            channel.position(content.length - 100).read(some);
            assertThat(some.array()).isEqualTo(Arrays.copyOfRange(content, content.length - 100, content.length));
            assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        assertThat(fixture.disk.fetched).hasValue(CHUNK + 100L);
        assertThatThrownBy(() -> objects.read("ranged", content.length - 5, 6))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("has " + content.length + " bytes");
        assertThatThrownBy(() -> objects.read("ranged", -1, 1)).isInstanceOf(MemoryException.class);
    }

    @Test
    void aDamagedChunkIsTakenFromAnotherTierAndMended() throws Exception {
        ObjectStore objects = fixture.start().objects();
        byte[] content = bytes(4, 2 * CHUNK);
        objects.upload("mended", new ByteArrayInputStream(content), content.length, done -> {});
        assertFlushed(objects);
        String address = sha256(Arrays.copyOf(content, CHUNK));
        for (String tier : List.of("disk", "nas")) {
            byte[] flipped = Files.readAllBytes(fixture.chunk(tier, address));
            flipped[CHUNK / 2] ^= 1;
            Files.write(fixture.chunk(tier, address), flipped);
        }
        try (InputStream in = objects.read("mended", 0, -1)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
        for (String tier : List.of("disk", "nas")) {
            assertThat(sha256(Files.readAllBytes(fixture.chunk(tier, address)))).isEqualTo(address);
        }
        Files.write(fixture.chunk("disk", address), new byte[] {1}); // torn: shorter than the head says
        objects.download("mended", fixture.path("target"), done -> {});
        assertThat(Files.readAllBytes(fixture.path("target"))).isEqualTo(content);
        assertThat(Files.size(fixture.chunk("disk", address))).isEqualTo(CHUNK);
    }

    @Test
    void aMissingChunkIsToldFromATierThatIsAway() throws Exception {
        ObjectStore objects = fixture.start().objects();
        byte[] content = bytes(5, CHUNK);
        objects.upload("gone", new ByteArrayInputStream(content), content.length, done -> {});
        assertFlushed(objects);
        String address = sha256(content);
        Files.delete(fixture.chunk("disk", address));
        Files.delete(fixture.chunk("nas", address));
        fixture.failCloud();
        assertThatThrownBy(() -> objects.download("gone", fixture.path("target"), done -> {}))
                .isInstanceOfSatisfying(
                        TierUnavailableException.class,
                        e -> assertThat(e.tiers()).singleElement().asString().startsWith("cloud: "));
        fixture.stop();
        Files.delete(fixture.chunk("cloud", address));
        ObjectStore again = fixture.start().objects();
        assertThatThrownBy(() -> again.download("gone", fixture.path("target"), done -> {}))
                .isInstanceOf(MemoryException.class)
                .isNotInstanceOf(TierUnavailableException.class)
                .hasMessageContaining("missing in every tier [disk, nas, cloud]");
        assertThat(fixture.path("target")).doesNotExist();
    }

    @Test
    void anAbsentObjectIsAbsentAndADeletedOneToo() throws Exception {
        ObjectStore objects = fixture.start().objects();
        assertThat(objects.stat("none")).isEmpty();
        assertThatThrownBy(() -> objects.download("none", fixture.path("target"), done -> {}))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("there is none of this name");
        objects.upload("short", new ByteArrayInputStream(new byte[5]), 5, done -> {});
        objects.delete("short");
        assertThat(objects.stat("short")).isEmpty();
        assertThat(objects.list("", null, 10).entries()).isEmpty();
    }

    @Test
    void aFileThatChangesWhileItIsReadIsNotStored() throws Exception {
        ObjectStore objects = fixture.start().objects();
        Path source = fixture.file("source", 6, 4 * CHUNK);
        assertThatThrownBy(() -> objects.upload("changing", source, done -> change(source, done == CHUNK, 10)))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("changed while it was read");
        assertThatThrownBy(() -> objects.upload("changing", source, done -> append(source, done == CHUNK)))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("changed while it was read");
        assertThat(objects.stat("changing")).isEmpty();
    }

    private static void change(Path file, boolean now, int at) {
        if (now) {
            try (SeekableByteChannel channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
                channel.position(at).write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    private static void append(Path file, boolean now) {
        if (now) {
            try {
                Files.write(file, new byte[] {1}, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    @Test
    void aStreamOfAnotherLengthThanAnnouncedIsNotStored() throws Exception {
        ObjectStore objects = fixture.start().objects();
        for (int announced : new int[] {CHUNK + 4, CHUNK + 6, 0}) {
            assertThatThrownBy(() -> objects.upload(
                            "wrong", new ByteArrayInputStream(new byte[CHUNK + 5]), announced, done -> {}))
                    .as("announced %d", announced)
                    .isInstanceOf(MemoryException.class)
                    .hasMessageContaining("changed while it was read");
        }
        assertThat(objects.stat("wrong")).isEmpty();
    }

    @Test
    void whatACallbackThrowsEndsTheTransferAndTheNextOneMovesTheRest() throws Exception {
        ObjectStore objects = fixture.start().objects();
        Path source = fixture.file("source", 7, 6 * CHUNK);
        IllegalStateException stop = new IllegalStateException("enough");
        assertThatThrownBy(() -> objects.upload("stopped", source, done -> throwAt(done, 3 * CHUNK, stop)))
                .isSameAs(stop);
        assertThat(objects.stat("stopped")).isEmpty();
        long before = fixture.disk.sent.get();
        objects.upload("stopped", source, done -> {});
        assertThat(fixture.disk.sent.get()).isEqualTo(6L * CHUNK).isGreaterThan(before);

        assertFlushed(objects);
        Path target = fixture.path("target");
        assertThatThrownBy(() -> objects.download("stopped", target, done -> throwAt(done, 3 * CHUNK, stop)))
                .isSameAs(stop);
        assertThat(target).doesNotExist();
        fixture.disk.reset();
        objects.download("stopped", target, done -> {});
        assertThat(fixture.disk.fetched).hasValue(3L * CHUNK);
        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
    }

    private static void throwAt(long done, long at, RuntimeException failure) {
        if (done >= at) {
            throw failure;
        }
    }

    @Test
    void nothingOfAnEdgeNamespaceReachesTheCloud() throws Exception {
        Memory memory = fixture.start();
        ObjectStore diary = memory.namespace("diary", NamespaceOptions.DEFAULT.withReach(Zone.EDGE))
                .objects();
        fixture.cloud.reset();
        diary.upload("photo", fixture.file("source", 8, 2 * CHUNK), done -> {});
        assertFlushed(diary);
        diary.download("photo", fixture.path("target"), done -> {});
        assertThat(diary.list("", null, 10).entries()).hasSize(1);
        diary.pin("photo", true);
        diary.delete("photo");
        assertThat(fixture.cloud.calls).as("calls of the cloud").hasValue(0);
        assertThat(ObjectFixture.chunks(fixture.path("nas"))).hasSize(2);
        assertThat(ObjectFixture.chunks(fixture.path("cloud"))).isEmpty();
    }

    @Test
    void ackAllWaitsForEveryTierAndFailsClearlyWhenOneHangs() throws Exception {
        Memory memory = fixture.start();
        ObjectStore all = memory.namespace("all", NamespaceOptions.DEFAULT.withAck(Ack.ALL))
                .objects();
        all.upload("everywhere", fixture.file("source", 9, 2 * CHUNK), done -> {});
        assertThat(ObjectFixture.chunks(fixture.path("cloud"))).hasSize(2);
        fixture.flakyCloud.hang();
        assertThatThrownBy(() -> all.upload("hanging", fixture.file("other", 10, CHUNK), done -> {}))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("cloud")
                .hasMessageContaining("moved nothing for 500 ms");
        assertThat(memory.objects()
                        .upload("journaled", fixture.file("third", 11, CHUNK), done -> {})
                        .bytes())
                .isEqualTo(CHUNK);
    }

    @Test
    void aFullDiskIsLeftOutAndTheNextDurableTierTakesTheObject() throws Exception {
        fixture.diskQuota(2 * CHUNK);
        ObjectStore objects = fixture.start().objects();
        fixture.failCloud();
        fixture.flakyNas.fail(TierException.Kind.FULL);
        assertThatThrownBy(() -> objects.upload("large", fixture.file("source", 12, 3 * CHUNK), done -> {}))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("disk: ")
                .hasMessageContaining("nas: ");
        fixture.flakyNas.heal();
        objects.upload("large", fixture.path("source"), done -> {});
        objects.download("large", fixture.path("target"), done -> {});
        assertThat(Files.mismatch(fixture.path("source"), fixture.path("target")))
                .isEqualTo(-1);
    }

    @Test
    void anObjectThatIsTooLargeIsRefusedBeforeAnythingIsSent() throws Exception {
        fixture.set("max-value-bytes", 600L);
        ObjectStore objects = fixture.start().objects();
        Path source = fixture.file("source", 13, 6 * CHUNK);
        assertThatThrownBy(() -> objects.upload("huge", source, done -> {}))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("the largest object has " + 5L * CHUNK);
        assertThat(fixture.disk.sent).hasValue(0);
        try (InputStream in = Files.newInputStream(source)) {
            assertThatThrownBy(() -> objects.upload("huge", in, -1, done -> {}))
                    .isInstanceOf(MemoryException.class)
                    .hasMessageContaining("too large");
        }
        objects.upload("fits", new ByteArrayInputStream(new byte[5 * CHUNK]), -1, done -> {});
        assertThat(objects.stat("fits")).isPresent();
    }

    @Test
    void twoDownloadsIntoOneFileDoNotMix() throws Exception {
        ObjectStore objects = fixture.start().objects();
        objects.upload("one", fixture.file("source", 14, 3 * CHUNK), done -> {});
        Path target = fixture.path("target");
        AtomicLong refused = new AtomicLong();
        objects.download("one", target, done -> {
            if (done == CHUNK) {
                assertThatThrownBy(() -> objects.download("one", target, inner -> {}))
                        .isInstanceOf(MemoryException.class)
                        .hasMessageContaining("already");
                refused.incrementAndGet();
            }
        });
        assertThat(refused).hasValue(1);
        assertThat(Files.mismatch(fixture.path("source"), target)).isEqualTo(-1);
    }

    @Test
    void modelsAreLocalFilesThatAreCheckedAndFetchedOnce() throws Exception {
        var models = fixture.start().models();
        Path source = fixture.file("tiny-q4.gguf", 15, 2 * CHUNK + 3);
        models.add("llama/tiny-q4.gguf", source, done -> {});
        assertThat(fixture.engine.memory().objects().flush(Duration.ofSeconds(60)))
                .isTrue();
        Path local = models.path("llama/tiny-q4.gguf");
        assertThat(local.getFileName()).hasToString("tiny-q4.gguf");
        assertThat(Files.mismatch(source, local)).isEqualTo(-1);
        fixture.disk.reset();
        assertThat(models.path("llama/tiny-q4.gguf")).isEqualTo(local);
        assertThat(fixture.disk.fetched).as("fetched again").hasValue(0);
        Files.write(local, new byte[] {0}, StandardOpenOption.APPEND);
        assertThat(Files.mismatch(source, models.path("llama/tiny-q4.gguf"))).isEqualTo(-1);
        Path newer = fixture.file("newer", 16, CHUNK);
        models.add("llama/tiny-q4.gguf", newer, done -> {});
        Path replaced = models.path("llama/tiny-q4.gguf");
        assertThat(Files.mismatch(newer, replaced)).isEqualTo(-1);
        assertThat(local).doesNotExist();
        assertThat(models.list())
                .singleElement()
                .satisfies(model -> assertThat(model.name()).isEqualTo("llama/tiny-q4.gguf"));
        models.remove("llama/tiny-q4.gguf");
        assertThat(replaced).doesNotExist();
        assertThat(models.list()).isEmpty();
    }
}
