package ai.primespark.core.journal;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One file of the journal and its live entries. Guarded by the journal's lock, except for the constants. */
final class Segment {

    static final String SUFFIX = ".journal";

    final long number;
    final Path file;

    /** The file's length as far as it is known to be on the disk. */
    long bytes;

    int live;
    long liveBytes;

    /** Cannot be read, so its live entries cannot be copied. */
    boolean stuck;

    boolean deleted;

    private @Nullable JournalEntry first;
    private @Nullable JournalEntry last;

    Segment(Path directory, long number) {
        this.number = number;
        this.file = directory.resolve(String.format(Locale.ROOT, "%016x", number) + SUFFIX);
    }

    void add(JournalEntry entry, int offset) {
        entry.place = new JournalEntry.Place(this, offset);
        entry.before = last;
        entry.after = null;
        entry.live = true;
        if (last == null) {
            first = entry;
        } else {
            last.after = entry;
        }
        last = entry;
        live++;
        liveBytes += entry.size();
    }

    void remove(JournalEntry entry) {
        JournalEntry previous = entry.before;
        JournalEntry next = entry.after;
        if (previous == null) {
            first = next;
        } else {
            previous.after = next;
        }
        if (next == null) {
            last = previous;
        } else {
            next.before = previous;
        }
        entry.before = null;
        entry.after = null;
        entry.live = false;
        live--;
        liveBytes -= entry.size();
    }

    /** The first live entries, together about so many bytes, at least one if there is any. */
    List<JournalEntry> firstLive(long atMostBytes) {
        List<JournalEntry> entries = new ArrayList<>();
        long sum = 0;
        for (JournalEntry entry = first; entry != null && sum < atMostBytes; entry = entry.after) {
            entries.add(entry);
            sum += entry.size();
        }
        return entries;
    }

    long oldestMillis() {
        long oldest = Long.MAX_VALUE;
        for (JournalEntry entry = first; entry != null; entry = entry.after) {
            oldest = Math.min(oldest, entry.timeMillis());
        }
        return oldest;
    }

    @Override
    public String toString() {
        return "Segment[" + file.getFileName() + ", " + bytes + " bytes, " + live + " live]";
    }
}
