package ai.primespark.core.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out what a directory's journal holds. Used once. */
final class Recovery {

    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    final ArrayDeque<Segment> segments = new ArrayDeque<>();
    final List<String> damage = new ArrayList<>();
    long nextSequence = 1;
    long nextSegment = 1;
    long entries;

    private final Path directory;
    private final Map<Long, JournalEntry> live = new HashMap<>();

    Recovery(Path directory) {
        this.directory = directory;
    }

    void run() throws IOException {
        TreeMap<Long, Path> files = new TreeMap<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*" + Segment.SUFFIX)) {
            for (Path file : found) {
                String name = file.getFileName().toString();
                String digits = name.substring(0, name.length() - Segment.SUFFIX.length());
                if (digits.matches("[0-7][0-9a-f]{15}")) {
                    files.put(Long.parseLong(digits, 16), file);
                }
            }
        }
        for (Map.Entry<Long, Path> each : files.entrySet()) {
            scan(each.getKey(), each.getValue(), each.getKey().equals(files.lastKey()));
        }
        entries = live.size();
        live.clear();
        if (!damage.isEmpty()) {
            LOG.error(
                    "The journal in {} is damaged in {} places, and what stood there is lost on this machine; everything else"
                            + " was read. The first of them: {}",
                    directory,
                    damage.size(),
                    damage.subList(0, Math.min(10, damage.size())));
        }
    }

    private void scan(long number, Path file, boolean last) throws IOException {
        Segment segment = new Segment(directory, number);
        SegmentScan.Result result;
        try (SegmentScan scan = new SegmentScan(file, number)) {
            result = scan.run((header, offset, release) -> take(segment, header, offset, release));
        }
        nextSegment = number + 1;
        nextSequence = Math.max(nextSequence, result.nextSequence());
        segment.bytes = result.length();
        segments.add(segment);
        result.gaps().forEach(gap -> report(segment, gap.offset(), gap.bytes()));
        long rest = result.length() - result.end();
        if (rest > 0 && last) {
            LOG.info(
                    "The journal's end was cut off when it was last written: {} bytes of {} that nobody was told to be safe",
                    rest,
                    file);
            cut(segment, result.end());
        } else if (rest > 0) {
            report(segment, result.end(), rest);
        }
    }

    private void take(Segment segment, EntryFormat.Header header, int offset, byte @Nullable [] release) {
        nextSequence = Math.max(nextSequence, header.sequence() + 1);
        if (release != null) {
            ByteBuffer released = ByteBuffer.wrap(release);
            while (released.remaining() >= 8) {
                long sequence = released.getLong();
                nextSequence = Math.max(nextSequence, sequence + 1);
                remove(live.remove(sequence));
            }
            return;
        }
        JournalEntry entry = new JournalEntry(header.kind(), header.sequence(), header.timeMillis(), header.length());
        remove(live.put(header.sequence(), entry)); // compaction had copied it when the process ended
        segment.add(entry, offset);
    }

    private static void remove(@Nullable JournalEntry entry) {
        JournalEntry.Place place = entry == null ? null : entry.place;
        if (entry != null && place != null) {
            place.segment().remove(entry);
        }
    }

    private void report(Segment segment, long offset, long bytes) {
        damage.add(segment.file.getFileName() + " at " + offset + ": " + bytes + " bytes");
    }

    /** What is cut off here would look like damage when another segment follows. */
    private static void cut(Segment segment, long length) {
        try (FileChannel channel = FileChannel.open(segment.file, StandardOpenOption.WRITE)) {
            FileChannel unused = channel.truncate(length);
            channel.force(true);
            segment.bytes = length;
        } catch (IOException e) {
            LOG.debug("Cannot cut {} at {}", segment.file, length, e);
        }
    }
}
