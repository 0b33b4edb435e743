package ai.primespark.memory.nfs;

import static ai.primespark.memory.nfs.NfsFixture.failure;
import static ai.primespark.memory.nfs.NfsFixture.key;
import static ai.primespark.memory.nfs.NfsFixture.put;
import static ai.primespark.memory.nfs.NfsFixture.soon;
import static ai.primespark.memory.nfs.NfsFixture.text;
import static ai.primespark.memory.nfs.NfsFixture.value;
import static ai.primespark.memory.nfs.NfsFixture.version;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.Applied;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException.Kind;
import ai.primespark.spi.TierPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Damage, dead and slow writers, quota, leftovers. */
class NfsRecordsTest {

    private NfsFixture fixture;
    private Path root;
    private NfsTier tier;
    private Layout layout;

    @BeforeEach
    void open() throws IOException {
        fixture = new NfsFixture();
        root = Files.createDirectory(fixture.directory().resolve("nas"));
        layout = new Layout(root);
        NfsStorage.initialise(root, true);
        tier = fixture.openLocal(root);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private Path file(String key) {
        return Path.of(layout.record(layout.hash(key(key))));
    }

    private Path lock(String key) {
        return layout.lock(layout.hash(key(key)));
    }

    private WriteTicket ticket(byte[] content) throws IOException {
        return WriteTicket.prepare(new WriteTicket.Dir("a slow writer", layout.tmp(), "slow", 10_000), content);
    }

    private static void age(Path file, Duration by) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(by)));
    }

    @Test
    void theLayoutIsTheSameInEveryProcessAndOnEveryPlatform() {
        // printf 'nfs\0a key' | sha256sum
        assertThat(layout.hash(key("a key")))
                .isEqualTo("93c1b14ccccd3f3927dfda3a54fd3e9195ea96275b7a094c21de81541c2d2728");
        put(tier, "a key", 1, "one");
        assertThat(file("a key")).exists();
        assertThat(root.relativize(file("a key")).toString()).matches("data/[0-9a-f]{2}/[0-9a-f]{62}\\.rec");
    }

    @Test
    void aBitFlippedRecordIsReportedAndKeptAsideWhenANewerOneComes() throws IOException {
        put(tier, "k", 1, "one");
        byte[] bytes = Files.readAllBytes(file("k"));
        bytes[bytes.length - 6] ^= 1;
        Files.write(file("k"), bytes);
        var damaged = failure(tier.get(key("k"), soon()));
        assertThat(damaged.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(damaged)
                .hasMessageContaining("checksum")
                .hasMessageContaining(file("k").toString());
        assertThat(failure(tier.apply(value("k", 2, "two"), Condition.ifVersion(version(1)), soon()))
                        .kind())
                .as("it decides no condition")
                .isEqualTo(Kind.CORRUPT);
        assertThat(failure(tier.apply(value("k", 2, "two"), Condition.IF_ABSENT, soon()))
                        .kind())
                .isEqualTo(Kind.CORRUPT);
        assertThat(put(tier, "k", 1, "one"))
                .as("the same version, from a tier that has it whole")
                .isEqualTo(Applied.DONE);
        assertThat(text(tier, "k")).isEqualTo("one");
        try (Stream<Path> aside = Files.list(layout.damaged())) {
            assertThat(aside).singleElement().satisfies(kept -> {
                assertThat(kept.getFileName().toString()).startsWith(layout.hash(key("k")));
                assertThat(kept).hasBinaryContent(bytes);
            });
        }
    }

    @Test
    void aTornRecordIsReportedForItsKeyAndHidesNoOther() throws IOException {
        put(tier, "torn", 1, "one");
        put(tier, "whole", 1, "one");
        byte[] bytes = Files.readAllBytes(file("torn"));
        Files.write(file("torn"), java.util.Arrays.copyOf(bytes, 20));
        assertThat(failure(tier.get(key("torn"), soon())).kind()).isEqualTo(Kind.CORRUPT);
        TierPage page = BlockingMemoryTier.await(tier.scan("nfs", "", null, 10, soon()));
        assertThat(page.headers()).extracting(header -> header.key().key()).containsExactly("whole");
        assertThat(BlockingMemoryTier.await(tier.purge(key("torn"), version(1), soon())))
                .isTrue();
        assertThat(text(tier, "torn")).isEqualTo("(absent)");
        try (Stream<Path> aside = Files.list(layout.damaged())) {
            assertThat(aside).hasSize(1);
        }
    }

    @Test
    void aRecordInTheWrongPlaceIsNoAnswer() throws IOException {
        put(tier, "mine", 1, "one");
        put(tier, "other", 1, "one");
        Files.copy(file("other"), file("mine"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(failure(tier.get(key("mine"), soon())).kind()).isEqualTo(Kind.CORRUPT);
    }

    @Test
    void aLiveWritersLockIsRespectedUntilTheTimeLimit() throws IOException {
        put(tier, "k", 1, "one");
        try (WriteTicket other = ticket(RecordFormat.write(value("k", 2, "two")))) {
            assertThat(other.claim(lock("k"), soon())).isTrue();
            var busy = failure(
                    tier.apply(value("k", 3, "three"), Condition.IF_NEWER, Deadline.in(Duration.ofMillis(300))));
            assertThat(busy.kind()).isEqualTo(Kind.TRANSIENT);
            assertThat(text(tier, "k")).as("readers need no lock").isEqualTo("one");
            assertThat(other.publish(file("k"), false, soon())).isTrue();
        }
        assertThat(text(tier, "k")).isEqualTo("two");
        assertThat(put(tier, "k", 3, "three")).isEqualTo(Applied.DONE);
        assertThat(lock("k")).doesNotExist();
    }

    @Test
    void aDeadWritersLockIsBrokenAndASlowOneCannotPublishAfterThat() throws IOException {
        put(tier, "k", 1, "one");
        try (WriteTicket slow = ticket(RecordFormat.write(value("k", 2, "two")))) {
            assertThat(slow.claim(lock("k"), soon())).isTrue();
            try (Stream<Path> entries = Files.list(lock("k"))) {
                age(entries.findFirst().orElseThrow(), Duration.ofSeconds(11));
            }
            assertThat(put(tier, "k", 3, "three")).isEqualTo(Applied.DONE);
            // it wakes up and goes on where it was
            assertThat(slow.publish(file("k"), false, soon())).isFalse();
            assertThat(text(tier, "k")).isEqualTo("three");
            // while a third one writes
            try (WriteTicket third = ticket(RecordFormat.write(value("k", 4, "four")))) {
                assertThat(third.claim(lock("k"), soon())).isTrue();
                assertThat(slow.publish(file("k"), false, soon())).isFalse();
                slow.close();
                assertThat(lock("k")).as("the third one's lock").exists();
                assertThat(third.publish(file("k"), false, soon())).isTrue();
            }
        }
        assertThat(text(tier, "k")).isEqualTo("four");
        assertThat(lock("k")).doesNotExist();
    }

    @Test
    void aSlowRemoverWhoseLockWasBrokenRemovesNothing() throws IOException {
        put(tier, "k", 1, "one");
        WriteTicket.Dir dir = new WriteTicket.Dir("a slow remover", layout.tmp(), "slow", 10_000);
        try (WriteTicket slow = WriteTicket.prepareRemoval(dir)) {
            assertThat(slow.claim(lock("k"), soon())).isTrue();
            try (Stream<Path> entries = Files.list(lock("k"))) {
                age(entries.findFirst().orElseThrow(), Duration.ofSeconds(11));
            }
            assertThat(put(tier, "k", 2, "two")).isEqualTo(Applied.DONE);
            assertThat(slow.remove(file("k"))).isFalse();
        }
        assertThat(text(tier, "k")).isEqualTo("two");
    }

    @Test
    void anEmptyLockThatADeadWriterLeftIsNoHindrance() throws IOException {
        put(tier, "k", 1, "one");
        Files.createDirectory(lock("k"));
        assertThat(put(tier, "k", 2, "two")).isEqualTo(Applied.DONE);
        assertThat(lock("k")).doesNotExist();
    }

    @Test
    void aSingleWriterTakesNoLocksAndKeepsTheLaw() throws IOException {
        NfsTier single = fixture.open(root, Map.of("allow-same-device", true, "writers", "single"));
        assertThat(put(single, "k", 2, "two")).isEqualTo(Applied.DONE);
        assertThat(put(single, "k", 1, "one")).isEqualTo(new Applied.Older(version(2)));
        assertThat(put(single, "k", 3, "three")).isEqualTo(Applied.DONE);
        assertThat(BlockingMemoryTier.await(single.purge(key("k"), version(3), soon())))
                .isTrue();
        assertThat(text(single, "k")).isEqualTo("(absent)");
        try (Stream<Path> left = Files.list(layout.tmp())) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void whatServersAndWritersLeaveIsNotListedOrCounted() throws IOException {
        put(tier, "k", 1, "one");
        Path shard = file("k").getParent();
        Files.writeString(shard.resolve(".nfs0000000000c0ffee00000001"), "x");
        Files.writeString(shard.resolve("x".repeat(62) + ".rec"), "not hexadecimal");
        Files.createDirectory(shard.resolve("0".repeat(62) + ".lock"));
        assertThat(BlockingMemoryTier.await(tier.scan("nfs", "", null, 10, soon()))
                        .headers())
                .hasSize(1);
        NfsTier fresh = fixture.openLocal(root);
        Files.delete(shard.resolve("x".repeat(62) + ".rec"));
        assertThat(BlockingMemoryTier.await(fresh.usage(soon())).records()).isEqualTo(1);
        assertThat(BlockingMemoryTier.await(fresh.usage(soon())).bytes()).isEqualTo(Files.size(file("k")));
    }

    @Test
    void theQuotaStopsValuesAndLetsDeletionsThrough() {
        NfsTier small = fixture.open(root, Map.of("allow-same-device", true, "max-bytes", "1 MiB"));
        assertThat(put(small, "a", 1, "x".repeat(700_000))).isEqualTo(Applied.DONE);
        var full = failure(small.apply(value("b", 1, "x".repeat(700_000)), Condition.IF_NEWER, soon()));
        assertThat(full.kind()).isEqualTo(Kind.FULL);
        assertThat(full).hasMessageContaining("max-bytes");
        assertThat(BlockingMemoryTier.await(small.usage(soon())).capacityBytes())
                .isEqualTo(1 << 20);
        assertThat(BlockingMemoryTier.await(small.purge(key("a"), version(1), soon())))
                .isTrue();
        assertThat(put(small, "b", 1, "x".repeat(700_000))).isEqualTo(Applied.DONE);
        assertThat(BlockingMemoryTier.await(small.usage(soon())).records()).isEqualTo(1);
    }

    @Test
    void leftoversOfADayAreSweptAndYoungOnesStay() throws IOException {
        put(tier, "k", 1, "one");
        Path old = Files.createDirectory(layout.tmp().resolve("dead-1"));
        Path oldEntry = Files.writeString(old.resolve("dead-1.new"), "x");
        age(oldEntry, Duration.ofHours(25));
        age(old, Duration.ofHours(25));
        Path young = Files.writeString(layout.tmp().resolve("blob-young"), "x");
        Path deadLock = Files.createDirectory(lock("k"));
        age(deadLock, Duration.ofHours(25));
        Path aside = Files.writeString(layout.damaged().resolve("0-1.rec"), "x");
        age(aside, Duration.ofDays(31));
        Path kept = Files.writeString(layout.damaged().resolve("0-2.rec"), "x");
        for (int step = 0; step <= Layout.SHARDS; step++) {
            tier.maintenance().run(step);
        }
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(deadLock).doesNotExist();
        assertThat(aside).doesNotExist();
        assertThat(kept).exists();
        assertThat(text(tier, "k")).isEqualTo("one");
        assertThat(BlockingMemoryTier.await(tier.usage(soon())).records()).isEqualTo(1);
    }
}
