package ai.primespark.spi;

import ai.primespark.Experimental;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Storage for large binaries in immutable chunks, addressed by the SHA-256 of their content. Thread-safe. Stages fail with
 * {@link TierException} only; a deadline that is over fails the stage with a transient one.
 *
 * <p>What chunks hold, which objects need them, and when they are removed is the engine's business. A chunk has 0 to
 * {@value #MAX_CHUNK_BYTES} bytes. Rules that {@code MemoryTierContract} in the testkit checks of every tier that has blobs:
 *
 * <ul>
 *   <li>TIER-14 What was written is what is read, byte for byte, whole and by every range inside, from no byte to
 *       {@value #MAX_CHUNK_BYTES}.
 *   <li>TIER-15 {@link #has} is true from the moment a write is done, and false for what was never written; reading a chunk
 *       that is not there, or beyond its end, fails instead of giving less.
 *   <li>TIER-16 A write whose content is not what its address says, ends early, goes on too long or breaks, fails and leaves
 *       nothing behind, neither a chunk nor an entry of the listing.
 *   <li>TIER-17 Writing what is there is harmless; of many writers of one chunk at once all succeed, and a wrong one among
 *       them fails and harms nothing.
 *   <li>TIER-18 {@link #list} gives every chunk that was there throughout, with its size and about its time, in pages, and
 *       ends.
 *   <li>TIER-19 {@link #delete} removes a chunk and no other; deleting what is not there is harmless; what was deleted can be
 *       written again.
 *   <li>TIER-20 With {@link TierTrait#PERSISTENT}, what was written is there after close and open, whole, and a write that
 *       was cut off has left nothing.
 *   <li>TIER-21 After the tier's end every method fails with a {@link TierException}; so does an address that is not 64
 *       lower-case hexadecimal digits, without touching the storage.
 * </ul>
 */
@Experimental
public interface BlobTier {

    /** The largest chunk that a tier is ever given, in bytes: what 16 MiB grow to at most when they are sealed. */
    int MAX_CHUNK_BYTES = (16 << 20) + (64 << 10);

    /**
     * Whether a chunk is there, whole.
     *
     * @param sha256 64 lower-case hexadecimal digits
     * @param deadline when the answer is of no more use
     * @return true when it is
     */
    CompletionStage<Boolean> has(String sha256, Deadline deadline);

    /**
     * Stores a chunk. Storing one that is there is harmless and may be skipped.
     *
     * @param sha256 of the content; a mismatch fails and leaves nothing behind
     * @param content read to its end and not closed; on whatever thread the tier works on, until the stage is done
     * @param length number of bytes; content that is shorter or longer is a mismatch, too
     * @param deadline when the answer is of no more use
     * @return when it is as durable as the tier's traits say
     */
    CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline);

    /**
     * Reads a part of a chunk. Fails when the chunk is not there or ends before the part does.
     *
     * @param sha256 of the whole chunk
     * @param offset of the first byte
     * @param length number of bytes
     * @param deadline for the first byte
     * @return a stream; the reader closes it and checks the content
     */
    CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline);

    /**
     * Removes a chunk, if it is there.
     *
     * @param sha256 of the content
     * @param deadline when the answer is of no more use
     * @return when it is gone
     */
    CompletionStage<Void> delete(String sha256, Deadline deadline);

    /**
     * Lists chunks, for the collection of those that no object needs any more.
     *
     * @param cursor the cursor of the page before, or null for the first page
     * @param limit at least 1
     * @param deadline when the answer is of no more use
     * @return a page in any order; chunks stored or removed meanwhile may or may not appear
     */
    CompletionStage<Page> list(@Nullable String cursor, int limit, Deadline deadline);

    /**
     * One page of the listing.
     *
     * @param chunks what is there
     * @param next what to pass for the next page, or null at the end
     */
    record Page(List<Chunk> chunks, @Nullable String next) {

        /** Copies the list. */
        public Page {
            chunks = List.copyOf(chunks);
        }
    }

    /**
     * A chunk that is there.
     *
     * @param sha256 64 lower-case hexadecimal digits
     * @param bytes its size
     * @param storedAtMillis about when it was stored, in milliseconds since 1970 by the storage's own clock; a tier may give
     *     about when it was last read instead, if that is later
     */
    record Chunk(String sha256, long bytes, long storedAtMillis) {}
}
