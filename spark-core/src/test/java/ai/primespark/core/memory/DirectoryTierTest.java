package ai.primespark.core.memory;

import static ai.primespark.spi.BlockingMemoryTier.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryTierTest {

    @TempDir
    Path temp;

    private final List<DirectoryTier> opened = new ArrayList<>();

    @AfterEach
    void closeAll() throws IOException {
        for (DirectoryTier tier : opened) {
            tier.close();
        }
    }

    private DirectoryTier open() {
        return open(Long.MAX_VALUE, false);
    }

    private DirectoryTier open(long maxBytes, boolean syncDirectory) {
        DirectoryTier tier =
                new DirectoryTier("disk", temp.resolve("tier"), InstantSource.system(), syncDirectory, maxBytes);
        opened.add(tier);
        tier.start();
        return tier;
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }

    private static TierKey key(String key) {
        return TierKey.of("test", key);
    }

    private static TierRecord value(String key, int version, String text) {
        return TierRecord.value(
                key(key), new Version(version, "n"), TierRecord.NEVER, "text", text.getBytes(StandardCharsets.UTF_8));
    }

    private static Applied put(DirectoryTier tier, TierRecord record) {
        return await(tier.apply(record, Condition.IF_NEWER, soon()));
    }

    private static String text(DirectoryTier tier, String key) {
        TierRecord record = await(tier.get(key(key), soon()));
        return record == null ? null : new String(record.body(), StandardCharsets.UTF_8);
    }

    private Path file(String key) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        String hex = HexFormat.of().formatHex(digest.digest(("test\0" + key).getBytes(StandardCharsets.UTF_8)));
        return temp.resolve("tier/data").resolve(hex.substring(0, 2)).resolve(hex.substring(2) + ".rec");
    }

    @Test
    void recordsLieInFilesNamedByTheHashOfTheKeyInTheDocumentedFormat() throws Exception {
        TierRecord record = value("a/b:c*?", 1, "one");
        put(open(), record);
        assertThat(Files.readAllBytes(file("a/b:c*?"))).isEqualTo(RecordFormat.write(record));
        assertThat(temp.resolve("tier/tmp")).isEmptyDirectory();
    }

    @Test
    void aWriteWhoseRenamingWasLostIsCompletedAtTheNextStart() throws Exception {
        DirectoryTier tier = open();
        put(tier, value("old", 1, "one"));
        tier.close();
        Files.write(temp.resolve("tier/tmp/1.rec"), RecordFormat.write(value("old", 2, "two")));
        Files.write(temp.resolve("tier/tmp/2.rec"), RecordFormat.write(value("new", 1, "fresh")));
        DirectoryTier again = open();
        assertThat(text(again, "old")).isEqualTo("two");
        assertThat(text(again, "new")).isEqualTo("fresh");
        assertThat(temp.resolve("tier/tmp")).isEmptyDirectory();
    }

    @Test
    void olderAndTornFilesOfInterruptedWritesAreThrownAway() throws Exception {
        DirectoryTier tier = open();
        put(tier, value("key", 5, "five"));
        tier.close();
        byte[] newer = RecordFormat.write(value("key", 9, "nine"));
        Files.write(temp.resolve("tier/tmp/1.rec"), RecordFormat.write(value("key", 4, "four")));
        for (int length = 0; length < newer.length; length++) {
            Files.write(temp.resolve("tier/tmp/torn-" + length), java.util.Arrays.copyOf(newer, length));
        }
        byte[] zeroes = newer.clone();
        java.util.Arrays.fill(zeroes, 40, zeroes.length, (byte) 0); // a block that never reached the disk
        Files.write(temp.resolve("tier/tmp/zeroes"), zeroes);
        DirectoryTier again = open();
        assertThat(text(again, "key")).isEqualTo("five");
        assertThat(temp.resolve("tier/tmp")).isEmptyDirectory();
    }

    @Test
    void aDamagedRecordIsReportedUntilItIsReplacedAndNeverReadsAsAbsent() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        DirectoryTier tier = open();
        for (int round = 0; round < 50; round++) {
            String key = "key-" + round;
            put(tier, value(key, 1, "one"));
            put(tier, value("other", round + 1, "whole"));
            byte[] content = Files.readAllBytes(file(key));
            content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file(key), content);
            for (int again = 0; again < 2; again++) {
                assertThatThrownBy(() -> text(tier, key))
                        .as("seed %s round %s", seed, round)
                        .isInstanceOfSatisfying(
                                TierException.class, e -> assertThat(e.kind()).isEqualTo(TierException.Kind.CORRUPT));
            }
            assertThat(text(tier, "other")).isEqualTo("whole");
        }
        Files.write(file("key-0"), new byte[] {1, 2, 3});
        assertThatThrownBy(() -> await(tier.apply(value("key-0", 2, "two"), Condition.IF_ABSENT, soon())))
                .isInstanceOf(TierException.class);
        assertThat(put(tier, value("key-0", 2, "two"))).isEqualTo(Applied.DONE);
        assertThat(text(tier, "key-0")).isEqualTo("two");
        Files.write(file("key-1"), new byte[] {1, 2, 3});
        assertThat(await(tier.purge(key("key-1"), new Version(0, "n"), soon()))).isTrue();
        assertThat(text(tier, "key-1")).isNull();
    }

    @Test
    void aListingLeavesOutDamagedFilesAndStrangeOnes() throws Exception {
        DirectoryTier tier = open();
        put(tier, value("a", 1, "one"));
        put(tier, value("b", 1, "one"));
        Files.write(file("a"), new byte[] {1});
        Files.writeString(file("b").resolveSibling("notes.txt"), "x");
        TierPage page = await(tier.scan("test", "", null, 10, soon()));
        assertThat(page.headers()).extracting(header -> header.key().key()).containsExactly("b");
    }

    @Test
    void aSecondTierOfThisProcessIsRefusedAndTheFirstKeepsItsLock() throws Exception {
        DirectoryTier first = open();
        assertThatThrownBy(this::open)
                .isInstanceOf(TierException.class)
                .hasMessageContaining(temp.resolve("tier").toString())
                .hasMessageContaining("this process");
        assertThat(HoldDirectory.tryToOpen(temp.resolve("tier")))
                .as("another process")
                .contains("in use by process " + ProcessHandle.current().pid());
        first.close();
        assertThat(HoldDirectory.tryToOpen(temp.resolve("tier"))).isEqualTo("opened");
    }

    @Test
    void aDirectoryHeldByAnotherProcessIsRefusedWithItsPidAndARemedy() throws Exception {
        Process other = HoldDirectory.hold(temp.resolve("tier"));
        try {
            assertThatThrownBy(this::open)
                    .isInstanceOf(TierException.class)
                    .hasMessageContaining(temp.resolve("tier").toString())
                    .hasMessageContaining("process " + other.pid())
                    .hasMessageContaining("directory of its own");
        } finally {
            other.destroyForcibly().waitFor();
        }
        put(open(), value("key", 1, "free again, although the holder never closed it"));
    }

    @Test
    void aDirectoryOfSomebodyElseIsLeftAlone() throws Exception {
        Files.createDirectories(temp.resolve("tier"));
        Files.writeString(temp.resolve("tier/thesis.tex"), "x");
        assertThatThrownBy(this::open).isInstanceOf(TierException.class).hasMessageContaining("thesis.tex");
        try (Stream<Path> files = Files.list(temp.resolve("tier"))) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("thesis.tex", "lock");
        }
    }

    @Test
    void aNewerFormatIsRefused() throws Exception {
        open().close();
        Files.writeString(temp.resolve("tier/PRIME-SPARK-TIER"), "format=2\nid=x\n");
        assertThatThrownBy(this::open).isInstanceOf(TierException.class).hasMessageContaining("format=1");
    }

    @Test
    void beyondItsBytesItTakesDeletionsOnly() {
        DirectoryTier tier = open(4_000, true);
        put(tier, value("a", 1, "x".repeat(3_000)));
        assertThatThrownBy(() -> put(tier, value("b", 1, "x".repeat(3_000))))
                .isInstanceOfSatisfying(
                        TierException.class, e -> assertThat(e.kind()).isEqualTo(TierException.Kind.FULL));
        assertThat(put(tier, TierRecord.tombstone(key("a"), new Version(2, "n"), TierRecord.NEVER)))
                .isEqualTo(Applied.DONE);
        assertThat(put(tier, value("b", 1, "x".repeat(3_000)))).isEqualTo(Applied.DONE);
        assertThat(await(tier.usage(soon())).records()).isEqualTo(2);
        assertThat(await(tier.usage(soon())).capacityBytes()).isEqualTo(4_000);
    }

    @Test
    void failuresOfTheDiskAreToldApart() {
        assertThat(kind(new IOException("No space left on device"))).isEqualTo(TierException.Kind.FULL);
        assertThat(kind(new java.nio.file.FileSystemException("f", null, "Disk quota exceeded")))
                .isEqualTo(TierException.Kind.FULL);
        assertThat(kind(new java.io.FileNotFoundException("f (Read-only file system)")))
                .isEqualTo(TierException.Kind.PERMANENT);
        assertThat(kind(new java.nio.file.AccessDeniedException("f"))).isEqualTo(TierException.Kind.PERMANENT);
        assertThat(kind(new IOException("Input/output error"))).isEqualTo(TierException.Kind.TRANSIENT);
    }

    private static TierException.Kind kind(IOException failure) {
        return DiskFaults.classify("disk", failure).kind();
    }

    @Test
    void aDirectoryInPlaceOfARecordIsAFailureAndNotAbsence() throws Exception {
        DirectoryTier tier = open();
        Files.createDirectory(file("key"));
        assertThatThrownBy(() -> text(tier, "key")).isInstanceOf(TierException.class);
    }

    @Test
    void anInterruptedCallerIsServedAndHarmsNobody() {
        DirectoryTier tier = open();
        Thread.currentThread().interrupt();
        try {
            assertThat(put(tier, value("key", 1, "one"))).isEqualTo(Applied.DONE);
            assertThat(text(tier, "key")).isEqualTo("one");
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(text(tier, "key")).isEqualTo("one");
    }

    @Test
    void aMissingShardIsMadeAgain() throws Exception {
        DirectoryTier tier = open();
        Files.delete(file("key").getParent());
        assertThat(put(tier, value("key", 1, "one"))).isEqualTo(Applied.DONE);
        assertThat(text(tier, "key")).isEqualTo("one");
    }
}
