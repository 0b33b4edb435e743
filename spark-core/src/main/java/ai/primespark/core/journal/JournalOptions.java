package ai.primespark.core.journal;

import java.time.Duration;

/**
 * How a journal works.
 *
 * @param maxBytes how large its files may become in all; compaction may need one segment more for a moment
 * @param maxEntries how many live entries there may be: each takes about 100 bytes of the heap
 * @param segmentBytes when the next segment is begun
 * @param commitInterval the least time between two {@code fsync}s, to spare an SD card; zero for as fast as the disk can
 */
public record JournalOptions(long maxBytes, long maxEntries, int segmentBytes, Duration commitInterval) {

    /** Checks the ranges. */
    public JournalOptions {
        boolean legal = maxBytes >= 1 << 16
                && maxEntries >= 1
                && segmentBytes >= 1 << 12
                && segmentBytes <= Math.min(maxBytes / 4, 1 << 30)
                && !commitInterval.isNegative();
        if (!legal) {
            throw new IllegalArgumentException(
                    "a journal needs at least 64 KiB, one entry, segments between 4 KiB and a quarter of its size, and a commit"
                            + " interval that is not negative");
        }
    }

    /**
     * Options with segments that suit the size.
     *
     * @param maxBytes how large the files may become in all
     * @param maxEntries how many live entries there may be
     * @param commitInterval the least time between two {@code fsync}s
     * @return the options
     */
    public static JournalOptions of(long maxBytes, long maxEntries, Duration commitInterval) {
        int segment = (int) Math.max(1 << 12, Math.min(16 << 20, maxBytes / 16));
        return new JournalOptions(maxBytes, maxEntries, segment, commitInterval);
    }
}
