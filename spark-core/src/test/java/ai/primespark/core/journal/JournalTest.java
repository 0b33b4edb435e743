package ai.primespark.core.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.spi.Deadline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {

    @TempDir
    Path temp;

    private JournalFixture fixture;

    @BeforeEach
    void setUp() {
        fixture = new JournalFixture(temp);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void whatWasAppendedIsReplayedUntilItIsReleased() {
        JournalEntry one = fixture.append("one");
        JournalEntry two = fixture.append("two");
        fixture.append("three");
        fixture.journal().release(two);
        fixture.journal().release(two);
        assertThat(fixture.journal().read(one)).isEqualTo("one".getBytes(StandardCharsets.UTF_8));
        fixture.reopen();
        assertThat(fixture.replayed()).containsExactly("one", "three");
        JournalEntry four = fixture.append("four");
        assertThat(four.sequence()).isGreaterThan(two.sequence());
        assertThat(fixture.replayed()).as("only what was there before").containsExactly("one", "three");
        fixture.reopen();
        assertThat(fixture.replayed()).containsExactly("one", "three", "four");
    }

    @Test
    void payloadsOfEverySizeComeBackWhole() {
        fixture.options = new JournalOptions(64 << 20, 1000, 1 << 20, Duration.ZERO);
        List<Integer> sizes = List.of(0, 1, 4095, 65_536, (256 << 10) - 36, (256 << 10) - 35, 3 << 20);
        List<JournalEntry> entries = new ArrayList<>();
        sizes.forEach(size -> entries.add(fixture.journal().append(7, pattern(size), JournalFixture.soon())));
        for (int i = 0; i < sizes.size(); i++) {
            assertThat(fixture.journal().read(entries.get(i))).isEqualTo(pattern(sizes.get(i)));
        }
        fixture.reopen();
        List<byte[]> found = new ArrayList<>();
        fixture.journal().replay(kind -> kind == 7, (entry, payload) -> found.add(payload));
        assertThat(found).hasSize(sizes.size());
        for (int i = 0; i < sizes.size(); i++) {
            assertThat(found.get(i)).isEqualTo(pattern(sizes.get(i)));
        }
    }

    private static byte[] pattern(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 + size);
        }
        return bytes;
    }

    @Test
    void eachUserGetsItsOwnKinds() {
        fixture.journal().append(1, JournalFixture.bytes("memory"), JournalFixture.soon());
        fixture.journal().append(9, JournalFixture.bytes("task"), JournalFixture.soon());
        fixture.reopen();
        List<String> tasks = new ArrayList<>();
        fixture.journal().replay(kind -> kind == 9, (entry, payload) -> tasks.add(JournalFixture.text(payload)));
        assertThat(tasks).containsExactly("task");
        assertThatThrownBy(() -> fixture.journal().appendAsync(0, new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void manyWritersShareSyncs() {
        List<CompletableFuture<JournalEntry>> all = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            all.add(fixture.journal().appendAsync(1, new byte[100]));
        }
        all.forEach(CompletableFuture::join);
        JournalStats stats = fixture.journal().stats();
        assertThat(stats.appends()).isEqualTo(2_000);
        assertThat(stats.entries()).isEqualTo(2_000);
        assertThat(stats.syncs()).isLessThan(1_000);
    }

    @Test
    void aCommitIntervalKeepsSyncsApart() {
        fixture.options = new JournalOptions(4 << 20, 1_000, 64 << 10, Duration.ofMillis(50));
        long began = System.nanoTime();
        for (int i = 0; i < 6; i++) {
            fixture.append("x" + i);
        }
        long elapsed = System.nanoTime() - began;
        assertThat(fixture.journal().stats().syncs()).isLessThanOrEqualTo(elapsed / 50_000_000 + 1);
    }

    @Test
    void segmentsWithoutLiveEntriesAreDeleted() throws Exception {
        List<JournalEntry> entries = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            entries.add(fixture.journal().append(1, new byte[2_000], JournalFixture.soon()));
        }
        assertThat(fixture.segments()).hasSizeGreaterThan(5);
        entries.forEach(fixture.journal()::release);
        await().until(() -> fixture.segments().size() == 1);
        assertThat(fixture.journal().stats().entries()).isZero();
        assertThat(fixture.journal().stats().fileBytes()).isLessThan(100_000);
        fixture.reopen();
        assertThat(fixture.replayed()).isEmpty();
    }

    @Test
    void oneEntryThatNobodyReleasesDoesNotKeepAllThatFollowsIt() throws Exception {
        JournalEntry stuck = fixture.append("stuck");
        for (int i = 0; i < 3_000; i++) {
            fixture.journal().release(fixture.journal().append(1, new byte[2_000], JournalFixture.soon()));
        }
        await().until(() -> fixture.journal().stats().fileBytes() < 400_000);
        assertThat(fixture.journal().read(stuck)).isEqualTo(JournalFixture.bytes("stuck"));
        fixture.reopen();
        assertThat(fixture.replayed()).containsExactly("stuck");
    }

    @Test
    void aFullJournalLetsAppendersWaitAndFailsTheOthersAndDropsNothing() {
        fixture.options = new JournalOptions(256 << 10, 100_000, 16 << 10, Duration.ZERO);
        List<JournalEntry> entries = new ArrayList<>();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        entries.add(fixture.journal()
                                .append(
                                        1,
                                        JournalFixture.bytes("v" + i + "x".repeat(1_000)),
                                        Deadline.in(Duration.ofMillis(50))));
                    }
                })
                .isInstanceOfSatisfying(JournalException.class, e -> {
                    assertThat(e.kind()).isEqualTo(JournalException.Kind.FULL);
                    assertThat(e.retryable()).isTrue();
                })
                .hasMessageContaining("262144");
        assertThat(entries).hasSizeBetween(200, 260);
        assertThat(fixture.journal().appendAsync(1, new byte[1_000])).isCompletedExceptionally();
        CompletableFuture<JournalEntry> waiting = CompletableFuture.supplyAsync(
                () -> fixture.journal().append(1, new byte[1_000], JournalFixture.soon()));
        for (int i = 0; i < entries.size(); i += 2) { // half of every segment
            fixture.journal().release(entries.get(i));
        }
        assertThat(waiting.join()).isNotNull(); // compaction made room
        fixture.reopen();
        assertThat(fixture.replayed()).hasSize(entries.size() / 2 + 1);
    }

    @Test
    void theNumberOfEntriesIsBoundedToo() {
        fixture.options = new JournalOptions(4 << 20, 10, 64 << 10, Duration.ZERO);
        List<JournalEntry> entries = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            entries.add(fixture.append("x"));
        }
        assertThatThrownBy(() -> fixture.journal().awaitRoom(1, Deadline.in(Duration.ZERO)))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("10 of 10 entries");
        fixture.journal().release(entries.get(3));
        assertThat(fixture.append("y")).isNotNull();
    }

    @Test
    void aSecondUserIsKeptOutWithAClearSentence() {
        fixture.append("one");
        assertThatThrownBy(() -> DiskJournal.open(fixture.directory, fixture.options, fixture.clock))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("in use")
                .hasMessageContaining("primespark.data-dir");
        assertThat(fixture.append("two")).as("the first one keeps its lock").isNotNull();
    }

    @Test
    void agesGoByTheJournalsClock() {
        assertThat(fixture.journal().stats().oldestMillis()).isEqualTo(-1);
        JournalEntry old = fixture.append("old");
        long then = fixture.clock.millis();
        fixture.clock.advance(Duration.ofHours(3));
        fixture.append("new");
        assertThat(fixture.journal().stats().oldestMillis()).isEqualTo(then);
        fixture.journal().release(old);
        assertThat(fixture.journal().stats().oldestMillis()).isEqualTo(fixture.clock.millis());
    }

    @Test
    void afterCloseAppendsAreRefusedAndAnIdleJournalHasNoThread() {
        DiskJournal journal = fixture.journal();
        assertThat(journalThreads()).isEmpty();
        fixture.append("one");
        assertThat(journalThreads()).hasSize(1);
        journal.close();
        journal.close();
        assertThat(journalThreads()).isEmpty();
        assertThatThrownBy(() -> journal.append(1, new byte[1], JournalFixture.soon()))
                .isInstanceOfSatisfying(
                        JournalException.class, e -> assertThat(e.kind()).isEqualTo(JournalException.Kind.CLOSED));
    }

    private static Set<String> journalThreads() {
        Set<String> names = ConcurrentHashMap.newKeySet();
        Thread.getAllStackTraces().keySet().forEach(thread -> {
            if (thread.isAlive() && thread.getName().equals("spark-journal")) {
                names.add(thread.getName() + thread.getId());
            }
        });
        return names;
    }

    @Test
    void anInterruptedAppenderHurtsNobodyElse() {
        fixture.append("one");
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> fixture.append("two")).isInstanceOf(JournalException.class);
        assertThat(Thread.interrupted()).isTrue();
        JournalEntry three = fixture.append("three");
        Thread.currentThread().interrupt();
        assertThat(fixture.journal().read(three)).isEqualTo(JournalFixture.bytes("three"));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void aNewerFormatIsRefused() throws IOException {
        fixture.append("one");
        fixture.close();
        byte[] header = EntryFormat.segmentHeader(1, 1);
        header[7] = 2;
        java.nio.ByteBuffer.wrap(header).putInt(28, EntryFormat.checksum(header, 0, 28));
        try (java.io.RandomAccessFile file =
                new java.io.RandomAccessFile(fixture.segments().get(0).toFile(), "rw")) {
            file.write(header);
        }
        assertThatThrownBy(fixture::journal)
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("format 2");
    }
}
