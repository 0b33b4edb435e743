package ai.primespark.core.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Torn ends, flipped bits, disks that are full or lie. */
class JournalFaultTest {

    private static final boolean EXHAUSTIVE = Boolean.getBoolean("spark.exhaustive");

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
    void anEndThatIsTornAtAnyByteCostsOnlyTheLastEntry() throws Exception {
        for (int i = 0; i < 5; i++) {
            fixture.append("entry " + i);
        }
        fixture.close();
        Path file = fixture.segments().get(0);
        byte[] whole = Files.readAllBytes(file);
        int last = EntryFormat.HEADER_BYTES + "entry 4".length();
        for (int cut = 1; cut <= last; cut++) {
            Files.write(file, java.util.Arrays.copyOf(whole, whole.length - cut));
            assertThat(fixture.replayed())
                    .as("cut %d", cut)
                    .containsExactly("entry 0", "entry 1", "entry 2", "entry 3");
            assertThat(fixture.journal().stats().damaged()).isZero();
            fixture.append("after");
            fixture.reopen();
            assertThat(fixture.replayed())
                    .as("cut %d", cut)
                    .containsExactly("entry 0", "entry 1", "entry 2", "entry 3", "after");
            assertThat(fixture.journal().stats().damaged()).as("cut %d", cut).isZero();
            fixture.close();
            for (Path other : fixture.segments()) {
                Files.delete(other);
            }
        }
    }

    @Test
    void aFlippedBitAnywhereCostsAtMostOneEntryAndIsReported() throws Exception {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            fixture.append("entry " + i);
            all.add("entry " + i);
        }
        fixture.close();
        Path file = fixture.segments().get(0);
        byte[] whole = Files.readAllBytes(file);
        for (int at = 0; at < whole.length; at++) {
            byte[] bad = whole.clone();
            bad[at] ^= (byte) (1 << at % 8);
            Files.write(file, bad);
            List<String> found = fixture.replayed();
            JournalStats stats = fixture.journal().stats();
            if (at < EntryFormat.SEGMENT_HEADER_BYTES) {
                assertThat(found).as("byte %d", at).isEqualTo(all);
                assertThat(stats.damaged()).isEqualTo(1);
            } else {
                int size = EntryFormat.HEADER_BYTES + 7;
                int hit = (at - EntryFormat.SEGMENT_HEADER_BYTES) / size;
                List<String> expected = new ArrayList<>(all);
                expected.remove(hit);
                assertThat(found).as("byte %d", at).isEqualTo(expected);
                assertThat(stats.damaged())
                        .as("the last one looks like a torn end")
                        .isEqualTo(hit == 5 ? 0 : 1);
                if (hit != 5) {
                    int begin = EntryFormat.SEGMENT_HEADER_BYTES + hit * size;
                    assertThat(stats.damage().get(0)).contains(file.getFileName() + " at " + begin + ": " + size);
                }
            }
            fixture.close();
        }
    }

    @Test
    void randomDamageInManySegmentsNeverCostsWhatItDidNotHit() throws Exception {
        long seed = System.nanoTime();
        System.out.println("JournalFaultTest damage seed " + seed);
        Random random = new Random(seed);
        fixture.options = new JournalOptions(4 << 20, 10_000, 8 << 10, Duration.ZERO);
        List<JournalEntry> entries = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            texts.add(i + " " + "y".repeat(random.nextInt(900)));
            entries.add(fixture.append(texts.get(i)));
        }
        List<long[]> places = new ArrayList<>();
        entries.forEach(
                entry -> places.add(new long[] {entry.place.segment().number, entry.place.offset(), entry.size()}));
        fixture.close();
        List<Path> files = fixture.segments();
        List<byte[]> whole = new ArrayList<>();
        for (Path file : files) {
            whole.add(Files.readAllBytes(file));
        }
        for (int round = 0; round < (EXHAUSTIVE ? 500 : 40); round++) {
            Set<String> mayMiss = new HashSet<>();
            for (int i = 0; i < files.size(); i++) {
                byte[] bad = whole.get(i).clone();
                int from = random.nextInt(bad.length);
                int length = Math.min(bad.length - from, 1 + random.nextInt(1_500));
                for (int at = from; at < from + length; at++) {
                    bad[at] = (byte) random.nextInt();
                }
                Files.write(files.get(i), bad);
                for (int e = 0; e < places.size(); e++) {
                    long[] place = places.get(e);
                    if (place[0] == i + 1 && place[1] < from + length && place[1] + place[2] > from) {
                        mayMiss.add(texts.get(e));
                    }
                }
            }
            List<String> found = fixture.replayed();
            List<String> expected = new ArrayList<>(texts);
            expected.removeIf(text -> mayMiss.contains(text) && !found.contains(text));
            assertThat(found).as("seed %d round %d", seed, round).isEqualTo(expected);
            fixture.close();
        }
    }

    @Test
    void aPayloadThatHoldsAJournalIsNotMistakenForEntries() throws Exception {
        fixture.append("inner");
        fixture.close();
        Path file = fixture.segments().get(0);
        byte[] inner = Files.readAllBytes(file);
        Files.delete(file);
        fixture.journal().append(1, inner, JournalFixture.soon());
        fixture.append("behind");
        fixture.close();
        byte[] outer = Files.readAllBytes(file);
        outer[EntryFormat.SEGMENT_HEADER_BYTES + 2] ^= 1; // the search begins inside the outer entry
        Files.write(file, outer);
        assertThat(fixture.replayed()).containsExactly("behind");
    }

    /** A disk that fails when told to. */
    private static final class BadDisk extends SegmentFiles {
        final AtomicInteger failWrites = new AtomicInteger();
        final AtomicInteger failForces = new AtomicInteger();
        final AtomicInteger failCreates = new AtomicInteger();
        final AtomicInteger failTruncates = new AtomicInteger();
        final AtomicInteger created = new AtomicInteger();

        private static void failIf(AtomicInteger counter, String what) throws IOException {
            if (counter.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new IOException(what);
            }
        }

        @Override
        Output create(Path file) throws IOException {
            failIf(failCreates, "No space left on device");
            created.incrementAndGet();
            Output real = super.create(file);
            return new Output() {
                @Override
                public void write(ByteBuffer bytes) throws IOException {
                    if (failWrites.get() > 0) { // half of it gets there
                        ByteBuffer half = bytes.duplicate().limit(bytes.position() + bytes.remaining() / 2);
                        real.write(half);
                    }
                    failIf(failWrites, "No space left on device");
                    real.write(bytes);
                }

                @Override
                public void force() throws IOException {
                    failIf(failForces, "Input/output error");
                    real.force();
                }

                @Override
                public void truncate(long length) throws IOException {
                    failIf(failTruncates, "Input/output error");
                    real.truncate(length);
                }

                @Override
                public void close() throws IOException {
                    real.close();
                }
            };
        }
    }

    @Test
    void afterAFailedSyncTheFileIsNeverTrustedAgain() {
        BadDisk disk = new BadDisk();
        fixture.files = disk;
        fixture.append("good");
        disk.failForces.set(1);
        disk.failTruncates.set(1); // so the failed entry is really in the file
        assertThatThrownBy(() -> fixture.append("unconfirmed"))
                .isInstanceOfSatisfying(JournalException.class, e -> {
                    assertThat(e.kind()).isEqualTo(JournalException.Kind.DISK);
                    assertThat(e.retryable()).isTrue();
                })
                .hasMessageContaining("Input/output error");
        assertThat(fixture.journal().stats().trouble()).contains("Input/output error");
        fixture.append("next");
        assertThat(disk.created).hasValue(2);
        assertThat(fixture.journal().stats().trouble()).isEmpty();
        assertThat(fixture.journal().stats().entries()).isEqualTo(2);
        fixture.reopen();
        assertThat(fixture.replayed()).containsExactly("good", "next");
    }

    @Test
    void aWriteThatFailsHalfWayIsNotAcknowledgedAndLeavesNoMess() throws Exception {
        BadDisk disk = new BadDisk();
        fixture.files = disk;
        fixture.append("good");
        for (int i = 0; i < 5; i++) {
            disk.failWrites.set(1);
            assertThatThrownBy(() -> fixture.append("x".repeat(10_000))).isInstanceOf(JournalException.class);
        }
        disk.failCreates.set(3);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> fixture.append("y")).isInstanceOf(JournalException.class);
        }
        assertThat(fixture.segments()).hasSizeLessThanOrEqualTo(2);
        fixture.append("again");
        fixture.reopen();
        assertThat(fixture.replayed()).containsExactly("good", "again");
        assertThat(fixture.journal().stats().damaged()).isZero();
    }

    @Test
    void aReleaseThatCouldNotBeWrittenIsWrittenLater() {
        BadDisk disk = new BadDisk();
        fixture.files = disk;
        JournalEntry one = fixture.append("one");
        fixture.append("two");
        fixture.journal().release(one);
        disk.failForces.set(1);
        assertThatThrownBy(() -> fixture.append("three")).isInstanceOf(JournalException.class);
        fixture.append("four");
        org.awaitility.Awaitility.await().until(() -> {
            fixture.append("tick");
            Set<String> there = new HashSet<>();
            Path copy = temp.resolve("copy" + System.nanoTime());
            Files.createDirectories(copy);
            for (Path file : fixture.segments()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
            try (DiskJournal other = DiskJournal.open(copy, fixture.options, fixture.clock)) {
                other.replay(kind -> true, (entry, payload) -> there.add(JournalFixture.text(payload)));
            }
            return there.containsAll(Set.of("two", "four")) && !there.contains("one") && !there.contains("three");
        });
    }

    @Test
    void aFullDiskFailsLoudlyAndWorksAgainWhenThereIsRoom() throws Exception {
        Path mount = Files.createDirectories(temp.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount.toString());
        try {
            fixture = new JournalFixture(mount);
            fixture.options = new JournalOptions(64 << 20, 100_000, 64 << 10, Duration.ZERO);
            List<JournalEntry> entries = new ArrayList<>();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1_000; i++) {
                            entries.add(fixture.append("v" + i + " " + "x".repeat(5_000)));
                        }
                    })
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("No space left");
            assertThat(entries).hasSizeBetween(100, 210);
            for (JournalEntry entry : entries) {
                assertThat(fixture.journal().read(entry)).hasSizeGreaterThan(5_000);
            }
            assertThatThrownBy(() -> fixture.append("x".repeat(100_000))).isInstanceOf(JournalException.class);
            assertThat(fixture.reopen().stats().entries()).isEqualTo(entries.size());
            List<JournalEntry> again = new ArrayList<>();
            fixture.journal().replay(kind -> true, (entry, payload) -> again.add(entry));
            again.subList(0, again.size() / 2).forEach(fixture.journal()::release);
            org.awaitility.Awaitility.await().until(() -> {
                try {
                    return fixture.append("fits again") != null;
                } catch (JournalException e) {
                    return false;
                }
            });
            fixture.reopen();
            assertThat(fixture.replayed()).hasSize(again.size() - again.size() / 2 + 1);
            fixture.close();
        } finally {
            fixture.close();
            run("umount", mount.toString());
        }
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }
}
