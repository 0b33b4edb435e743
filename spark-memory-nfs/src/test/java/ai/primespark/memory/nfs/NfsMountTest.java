package ai.primespark.memory.nfs;

import static ai.primespark.memory.nfs.NfsFixture.failure;
import static ai.primespark.memory.nfs.NfsFixture.key;
import static ai.primespark.memory.nfs.NfsFixture.put;
import static ai.primespark.memory.nfs.NfsFixture.soon;
import static ai.primespark.memory.nfs.NfsFixture.text;
import static ai.primespark.memory.nfs.NfsFixture.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.health.HealthIndicator;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierRecord;
import ai.primespark.testkit.LoopFileSystem;
import ai.primespark.testkit.NeedsLoopDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a file system of its own that hangs, fills, becomes read-only, goes and comes back. */
@NeedsLoopDevice
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NfsMountTest {

    private static final Map<String, Object> INIT = Map.of("init", "if-empty");

    private NfsFixture fixture;
    private LoopFileSystem disk;

    @BeforeEach
    void mount() throws IOException {
        fixture = new NfsFixture();
        disk = LoopFileSystem.create(fixture.directory(), 64);
    }

    @AfterEach
    void unmount() throws IOException {
        disk.thaw();
        fixture.close(); // first, so that nothing is open
        disk.close();
    }

    @Test
    void aMountOfItsOwnIsUsedAndNamed() {
        NfsTier tier = fixture.open(disk.mountPoint(), INIT);
        assertThat(put(tier, "k", 1, "one")).isEqualTo(Applied.DONE);
        TierIdentity identity = BlockingMemoryTier.await(tier.probe(soon()));
        assertThat(identity.storage()).matches("[0-9a-f-]{36}");
        assertThat(identity.detail()).startsWith("ext4 from /dev/loop").contains("MiB free", "options rw");
    }

    @Test
    void aNewMountIsNotMarkedUnasked() throws IOException {
        NfsTier tier = fixture.open(disk.mountPoint(), Map.of());
        TierException refused = failure(tier.get(key("k"), soon()));
        assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
        assertThat(refused).hasMessageContaining("init = if-empty");
        assertThat(names(disk.mountPoint())).containsExactly("lost+found");
    }

    @Test
    void initialisingMarksOnceAndKeepsTheMark() throws IOException {
        String id = NfsStorage.initialise(disk.mountPoint(), false);
        assertThat(NfsStorage.initialise(disk.mountPoint(), false)).isEqualTo(id);
        NfsTier tier = fixture.open(disk.mountPoint(), Map.of("uuid", id));
        assertThat(put(tier, "k", 1, "one")).isEqualTo(Applied.DONE);
    }

    @Test
    void anUnmountedMountPointIsNeitherReadNorWritten() throws IOException {
        NfsTier tier = fixture.open(disk.mountPoint(), INIT);
        put(tier, "k", 1, "one");
        disk.unmount();
        // at once, within the second for which the last look at the mount holds
        assertThat(failure(tier.get(key("k"), soon())).getMessage()).contains("not a mount point");
        assertThat(failure(tier.apply(value("k", 2, "two"), Condition.IF_NEWER, soon())))
                .isInstanceOf(TierException.class);
        failure(tier.scan("nfs", "", null, 10, soon()));
        failure(tier.usage(soon()));
        failure(tier.probe(soon()));
        failure(tier.blobs().orElseThrow().has("0".repeat(64), soon()));
        failure(tier.leases().orElseThrow().acquire(key("k"), Duration.ofSeconds(1), soon()));
        // and by a new process, which is even allowed to mark an empty directory
        NfsTier second = fixture.open(disk.mountPoint(), INIT);
        TierException refused = failure(second.apply(value("k", 2, "two"), Condition.IF_NEWER, soon()));
        assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
        assertThat(names(disk.mountPoint()))
                .as("files in the empty mount point")
                .isEmpty();

        disk.mount();
        assertThat(text(tier, "k")).isEqualTo("one");
        assertThat(put(tier, "k", 2, "two")).isEqualTo(Applied.DONE);
    }

    @Test
    void unmountedInTheMiddleOfWritesNothingLandsInTheMountPoint() throws IOException {
        NfsTier tier = fixture.open(disk.mountPoint(), INIT);
        put(tier, "k", 1, "one");
        List<CompletableFuture<Applied>> writes = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            writes.add(tier.apply(value("k" + i, 1, "x"), Condition.IF_NEWER, soon())
                    .toCompletableFuture());
            if (i == 100) {
                writes.get(0).join();
                disk.unmount();
            }
        }
        int done = 0;
        List<Integer> acknowledged = new ArrayList<>();
        for (int i = 0; i < writes.size(); i++) {
            try {
                writes.get(i).join();
                acknowledged.add(i);
                done++;
            } catch (RuntimeException e) {
                assertThat(e.getCause()).isInstanceOf(TierException.class);
            }
        }
        assertThat(names(disk.mountPoint())).isEmpty();
        assertThat(done).isBetween(1, 399);
        disk.mount();
        for (int i : acknowledged) {
            assertThat(text(tier, "k" + i)).isEqualTo("x");
        }
    }

    @Test
    void anotherStorageAtTheSamePlaceIsRefused() throws IOException {
        NfsTier tier = fixture.open(disk.mountPoint(), INIT);
        put(tier, "k", 1, "one");
        Path marker = disk.mountPoint().resolve(Layout.MARKER);
        String mine = Files.readString(marker);
        Files.writeString(marker, mine.replaceAll("id=.*", "id=00000000-0000-0000-0000-000000000000"));
        // absent keys are believed only of the right storage, and that without waiting a second
        TierException refused = failure(tier.get(key("other"), soon()));
        assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
        assertThat(refused).hasMessageContaining("another storage").hasMessageContaining("uuid =");
        assertThat(failure(tier.probe(soon())).kind()).isEqualTo(Kind.PERMANENT);
        Files.writeString(marker, mine);
        assertThat(text(tier, "k")).isEqualTo("one");
    }

    @Test
    void withoutItsMarkerAStorageIsRefusedAndNotMarkedAgain() throws IOException {
        NfsTier tier = fixture.open(disk.mountPoint(), INIT);
        put(tier, "k", 1, "one");
        Files.delete(disk.mountPoint().resolve(Layout.MARKER));
        Files.writeString(disk.mountPoint().resolve("something-else"), "x");
        TierException refused = failure(tier.get(key("other"), soon()));
        assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
        assertThat(names(disk.mountPoint())).doesNotContain(Layout.MARKER);
    }

    @Test
    void aFullDiskIsFullForWritesOnlyAndHeals() throws IOException {
        NfsTier tier = fixture.open(disk.mountPoint(), INIT);
        put(tier, "k", 1, "one");
        Path ballast = disk.mountPoint().resolve("ballast");
        byte[] block = new byte[1 << 20];
        try (var out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space");
        }
        String large = "x".repeat(3 << 20);
        TierException refused = failure(tier.apply(value("big", 1, large), Condition.IF_NEWER, soon()));
        assertThat(refused.kind()).isEqualTo(Kind.FULL);
        assertThat(refused).hasMessageContaining("full");
        assertThat(text(tier, "k")).isEqualTo("one");
        assertThat(text(tier, "big")).isEqualTo("(absent)");
        Files.delete(ballast);
        assertThat(put(tier, "big", 1, large)).isEqualTo(Applied.DONE);
        assertThat(names(disk.mountPoint().resolve("tmp"))).as("leftovers").isEmpty();
    }

    @Test
    void aReadOnlyDiskIsReadAndSaysSo() throws IOException {
        NfsTier tier = fixture.open(disk.mountPoint(), INIT);
        put(tier, "k", 1, "one");
        disk.remount(true);
        assertThat(text(tier, "k")).isEqualTo("one");
        TierException refused = failure(tier.apply(value("k", 2, "two"), Condition.IF_NEWER, soon()));
        assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
        assertThat(refused).hasMessageContaining("read-only");
        assertThat(failure(tier.probe(soon())).kind()).isEqualTo(Kind.PERMANENT);
        disk.remount(false);
        assertThat(put(tier, "k", 2, "two")).isEqualTo(Applied.DONE);
    }

    @Test
    void aHungMountHoldsUpNobodyAndHeals() throws Exception {
        NfsTier tier = fixture.open(disk.mountPoint(), Map.of("init", "if-empty", "threads", 3));
        for (int i = 0; i < 20; i++) {
            put(tier, "k" + i, 1, "one");
        }
        disk.freeze();
        List<CompletableFuture<Applied>> writes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            writes.add(tier.apply(value("k" + i, 2, "two"), Condition.IF_NEWER, Deadline.in(Duration.ofMillis(300)))
                    .toCompletableFuture());
        }
        for (CompletableFuture<Applied> write : writes) { // ends, although nothing on the disk does
            assertThat(failure(write).kind()).isEqualTo(Kind.TRANSIENT);
        }
        await().atMost(NfsFixture.PATIENCE).until(() -> tier.threads().stuck() == 3);
        HealthIndicator health = tier.health().orElseThrow();
        assertThat(health.check().status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(health.check().message()).startsWith("3 threads wait for the mount, which does not answer");
        assertThat(threads()).as("threads in the mount").hasSizeLessThanOrEqualTo(4);
        // now it fails without a thread, whatever the deadline says
        CompletableFuture<TierRecord> late =
                tier.get(key("k1"), Deadline.in(Duration.ofDays(1))).toCompletableFuture();
        assertThat(late).isCompletedExceptionally();
        assertThat(failure(late)).hasMessageContaining("do not answer".replace("do not", "does not"));
        failure(tier.probe(Deadline.in(Duration.ofMillis(200))));
        assertThat(threads())
                .as("threads in the mount, with the one that tries it")
                .hasSizeLessThanOrEqualTo(4);

        disk.thaw();
        await().atMost(NfsFixture.PATIENCE).until(() -> tier.threads().stuck() == 0);
        assertThat(health.check().status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(BlockingMemoryTier.await(tier.probe(soon())).storage()).isNotBlank();
        for (int i = 0; i < 20; i++) {
            assertThat(text(tier, "k" + i)).isIn("one", "two"); // what failed may have been stored all the same
            put(tier, "k" + i, 3, "three");
            assertThat(text(tier, "k" + i)).isEqualTo("three");
        }
        assertThat(tier.threads().live()).isLessThanOrEqualTo(3);
    }

    @Test
    void closingDoesNotWaitForAHungMount() throws Exception {
        NfsTier tier = fixture.open(disk.mountPoint(), INIT);
        put(tier, "k", 1, "one");
        disk.freeze();
        CompletableFuture<Applied> hanging = tier.apply(
                        value("k", 2, "two"), Condition.IF_NEWER, Deadline.in(Duration.ofDays(1)))
                .toCompletableFuture();
        await().atMost(NfsFixture.PATIENCE).until(() -> threads().stream().anyMatch(NfsMountTest::isInTheKernel));
        tier.close();
        assertThat(hanging).isCompletedExceptionally();
        disk.thaw();
        await().atMost(NfsFixture.PATIENCE).until(() -> threads().isEmpty());
    }

    private static boolean isInTheKernel(Thread thread) {
        return Stream.of(thread.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().startsWith("mkdir")
                        || frame.getMethodName().startsWith("open"));
    }

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("spark-nfs-"))
                .toList();
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}
