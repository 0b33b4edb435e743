package ai.primespark.core.journal;

import java.util.List;

/**
 * Figures of a journal.
 *
 * @param entries live ones
 * @param bytes that the live ones take
 * @param fileBytes the size of the files, of which the rest is not needed any more
 * @param maxBytes the limit of the files
 * @param segments how many files there are
 * @param appends entries appended since the start
 * @param syncs how often files were forced to the disk since the start
 * @param oldestMillis when the oldest live entry was appended, in milliseconds since 1970; -1 when there is none
 * @param damaged places found damaged since the start
 * @param damage the first of them: file, offset and length
 * @param trouble why the last write failed; empty when it did not
 */
public record JournalStats(
        long entries,
        long bytes,
        long fileBytes,
        long maxBytes,
        int segments,
        long appends,
        long syncs,
        long oldestMillis,
        long damaged,
        List<String> damage,
        String trouble) {

    /** Copies the list. */
    public JournalStats {
        damage = List.copyOf(damage);
    }
}
