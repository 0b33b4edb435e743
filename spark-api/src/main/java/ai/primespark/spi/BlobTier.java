package ai.primespark.spi;

import ai.primespark.Experimental;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Storage for large binaries in immutable chunks, addressed by the SHA-256 of their content. Thread-safe. Stages fail with
 * {@link TierException} only.
 */
@Experimental
public interface BlobTier {

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
     * @param content read to its end and not closed
     * @param length number of bytes
     * @param deadline when the answer is of no more use
     * @return when it is as durable as the tier's traits say
     */
    CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline);

    /**
     * Reads a part of a chunk.
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
     * @param storedAtMillis about when it was stored, in milliseconds since 1970 by the storage's own clock
     */
    record Chunk(String sha256, long bytes, long storedAtMillis) {}
}
