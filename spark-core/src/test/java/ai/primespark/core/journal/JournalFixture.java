package ai.primespark.core.journal;

import ai.primespark.spi.Deadline;
import ai.primespark.testkit.MutableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A journal that a test closes, damages and opens again. */
final class JournalFixture implements AutoCloseable {

    final MutableClock clock = new MutableClock(Instant.parse("2026-11-25T10:00:00Z"));
    final Path directory;
    JournalOptions options = new JournalOptions(4 << 20, 100_000, 64 << 10, Duration.ZERO);
    SegmentFiles files = new SegmentFiles();
    private DiskJournal journal;

    JournalFixture(Path temp) {
        this.directory = temp.resolve("journal");
    }

    DiskJournal journal() {
        if (journal == null) {
            journal = DiskJournal.open(directory, options, clock, files);
        }
        return journal;
    }

    DiskJournal reopen() {
        close();
        return journal();
    }

    JournalEntry append(String text) {
        return journal().append(1, bytes(text), soon());
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }

    /** What a replay gives, in the order of the sequence numbers. */
    List<String> replayed() {
        TreeMap<Long, String> found = new TreeMap<>();
        journal().replay(kind -> true, (entry, payload) -> found.put(entry.sequence(), text(payload)));
        return new ArrayList<>(found.values());
    }

    List<Path> segments() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> file.toString().endsWith(Segment.SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    @Override
    public void close() {
        if (journal != null) {
            journal.close();
            journal = null;
        }
    }
}
