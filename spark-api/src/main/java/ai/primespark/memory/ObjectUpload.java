package ai.primespark.memory;

import ai.primespark.Experimental;
import ai.primespark.memory.ObjectStore.ObjectInfo;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * An object that comes in pieces, over as many connections as it takes, and over restarts of this process. What has come is in a
 * file of this machine until {@link #finish(LongConsumer)} stores it. Thread-safe; one thread at a time may append, finish or
 * abort.
 *
 * <p>Begin one with {@link ObjectStore#beginUpload(String, long)} and find it again with {@link ObjectStore#findUpload(String)}.
 */
@Experimental
public interface ObjectUpload {

    /**
     * Names the upload.
     *
     * @return 32 hexadecimal digits that cannot be guessed
     */
    String id();

    /**
     * What the object will be called.
     *
     * @return the name
     */
    String name();

    /**
     * How large the object will be.
     *
     * @return bytes
     */
    long length();

    /**
     * How much of it has come.
     *
     * @return bytes; after a crash perhaps fewer than before it, never more than are really there
     */
    long offset();

    /**
     * Until when it can go on. Each piece that comes puts it off.
     *
     * @return by the wall clock
     */
    Instant expiresAt();

    /**
     * What was stored.
     *
     * @return empty until it is finished
     */
    Optional<ObjectInfo> stored();

    /**
     * Takes the next piece. What has come before a stream fails is kept, on disk when this returns or throws.
     *
     * @param offset where the piece begins; must be {@link #offset()}
     * @param content read to its end and not closed
     * @return the new offset
     * @throws IOException when the stream fails
     * @throws UploadException when the piece begins elsewhere or goes beyond the length, or somebody else is at work on it
     * @throws MemoryException when the piece cannot be written
     */
    long append(long offset, InputStream content) throws IOException;

    /**
     * Stores the object, once all of it has come. Repeating it gives the same answer.
     *
     * @param progress gets the number of bytes stored so far; called often, must be fast
     * @return what was stored
     * @throws IOException when what has come cannot be read
     * @throws UploadException when something is missing, or somebody else is at work on it
     * @throws MemoryException when no tier takes it; try again later
     */
    ObjectInfo finish(LongConsumer progress) throws IOException;

    /**
     * Forgets what has come. What is stored already stays. Harmless when repeated.
     *
     * @throws IOException when it cannot be removed
     * @throws UploadException when somebody else is at work on it
     */
    void abort() throws IOException;
}
