package ai.primespark.core.journal;

import org.jspecify.annotations.Nullable;

/** A handle of an entry in a {@link Journal}: small, so that what waits need not be in memory. Compared by identity. */
public final class JournalEntry {

    private final int kind;
    private final long sequence;
    private final long timeMillis;
    private final int length;

    // the list of a segment's live entries, and whether this is one of them; guarded by the journal's lock
    @Nullable
    JournalEntry before;

    @Nullable
    JournalEntry after;

    boolean live;

    /** Where it stands; changes when compaction moves it; null before it is on the disk and when it is found damaged. */
    volatile @Nullable Place place;

    /** A place in a segment. */
    record Place(Segment segment, int offset) {}

    JournalEntry(int kind, long sequence, long timeMillis, int length) {
        this.kind = kind;
        this.sequence = sequence;
        this.timeMillis = timeMillis;
        this.length = length;
    }

    /**
     * What it was appended as.
     *
     * @return 1 to {@link Journal#MAX_KIND}
     */
    public int kind() {
        return kind;
    }

    /**
     * Its number: entries appended later have greater ones.
     *
     * @return positive
     */
    public long sequence() {
        return sequence;
    }

    /**
     * When it was appended, by the journal's clock.
     *
     * @return milliseconds since 1970
     */
    public long timeMillis() {
        return timeMillis;
    }

    /**
     * The size of its payload.
     *
     * @return bytes
     */
    public int length() {
        return length;
    }

    /** What it takes in a file. */
    int size() {
        return EntryFormat.HEADER_BYTES + length;
    }

    @Override
    public String toString() {
        return "JournalEntry[" + sequence + ", kind " + kind + ", " + length + " bytes]";
    }
}
