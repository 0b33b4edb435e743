package ai.primespark.core.journal;

import ai.primespark.spi.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;

/**
 * Entries that survive the process until they are released. Thread-safe.
 *
 * <p>What {@link #append} returned is on the disk: it survives {@code kill -9}, and a power cut as far as the disk keeps its word.
 * Entries that are appended at the same time share one {@code fsync}. An entry that is released may still be replayed after a
 * crash, because releases are written without haste; so what an entry asks for must be harmless when it is done twice.
 *
 * <p>One process at a time uses a directory. The journal is bounded by the bytes of its files and by the number of live entries:
 * when it is full, appending waits or fails, and nothing is dropped. A segment without live entries is deleted; the few live
 * entries of an old segment are copied to the end, so that one stuck entry does not keep everything after it.
 *
 * <p>After a failed write or {@code fsync} a file is not written to again: what it holds is only known up to the last good
 * {@code fsync}. The entries that were not confirmed fail, and the next ones go to a new file.
 *
 * <h2>Format</h2>
 *
 * <p>A directory of segments, {@code <16 hex digits of the number>.journal}, and a file {@code lock}. All numbers are big-endian,
 * all checksums CRC-32C (RFC 3720). A segment begins with
 *
 * <pre>
 * offset  size
 *      0     4  magic "PSJS"
 *      4     4  format, 1
 *      8     8  number of the segment
 *     16     8  sequence number of the next entry when the segment was begun
 *     24     4  zero
 *     28     4  checksum of bytes 0 to 27
 * </pre>
 *
 * and goes on with entries without gaps:
 *
 * <pre>
 *      0     4  magic "PSJE"
 *      4     1  kind: 0 = release, else the user's
 *      5     3  zero
 *      8     8  sequence number; a copy made by compaction has that of its original
 *     16     8  when it was appended, in milliseconds since 1970
 *     24     4  length of the payload
 *     28     4  checksum of the payload
 *     32     4  checksum of bytes 0 to 31, the segment's number (8 bytes) and the entry's offset in the segment (4 bytes)
 *     36        payload
 * </pre>
 *
 * <p>Because the header's checksum covers the place, an entry is valid at its own place only: a payload that happens to hold a
 * journal is never taken for entries when a damaged part is searched for the next whole entry. The payload of a release is a list
 * of sequence numbers of 8 bytes. A release always stands behind the entries that it names, and segments are deleted oldest first.
 */
public interface Journal extends AutoCloseable {

    /** Kinds are 1 to this; each user of the journal has its own. */
    int MAX_KIND = 255;

    /** The largest payload in bytes. */
    int MAX_PAYLOAD_BYTES = 96 << 20;

    /**
     * Appends an entry and waits until it is on the disk.
     *
     * @param kind 1 to {@link #MAX_KIND}
     * @param payload not copied; not to be modified before this returns
     * @param deadline until when to wait for room and for the disk
     * @return the entry, to be released
     * @throws JournalException when it is full, or the disk fails or does not answer in time: {@link JournalException#uncertain()}
     *     says whether the entry may come to be there all the same
     */
    JournalEntry append(int kind, byte[] payload, Deadline deadline);

    /**
     * Appends an entry without waiting.
     *
     * @param kind 1 to {@link #MAX_KIND}
     * @param payload not copied; not to be modified before the future is done
     * @return completes when the entry is on the disk, or with a {@link JournalException}; completed by the journal's own thread, so
     *     what depends on it must be quick
     */
    CompletableFuture<JournalEntry> appendAsync(int kind, byte[] payload);

    /**
     * Waits until there is room.
     *
     * @param payloadBytes how much is going to be appended
     * @param deadline until when
     * @throws JournalException when there is still none, or the journal is closed
     */
    void awaitRoom(long payloadBytes, Deadline deadline);

    /**
     * An entry is not needed any more. A second release of it does nothing. Releases get to the disk in the order in which they were
     * made: after a crash, no entry is back without those that were released after it.
     *
     * @param entry from this journal
     */
    void release(JournalEntry entry);

    /**
     * Reads an entry's payload from the disk.
     *
     * @param entry from this journal, not released
     * @return a new array
     * @throws JournalException when the entry is damaged or released, or cannot be read
     */
    byte[] read(JournalEntry entry);

    /**
     * Gives the entries that were there when the journal was opened and that nobody released, oldest segment first. Entries that
     * compaction moved come late: order by {@link JournalEntry#sequence()} where order matters. Nothing is kept in memory but the
     * entries' places.
     *
     * @param kinds the caller's own kinds
     * @param replay gets each entry once
     * @throws JournalException when the disk fails; a damaged entry is counted and left out
     */
    void replay(IntPredicate kinds, Replay replay);

    /** Gets entries one after another. */
    @FunctionalInterface
    interface Replay {
        /**
         * Takes an entry.
         *
         * @param entry to be released when it is not needed any more
         * @param payload what was appended
         */
        void take(JournalEntry entry, byte[] payload);
    }

    /**
     * Figures of this moment.
     *
     * @return never null
     */
    JournalStats stats();

    /** Writes what was appended, and the releases; waits for it at most 10 seconds. A second close does nothing. */
    @Override
    void close();
}
