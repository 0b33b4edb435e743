package ai.primespark.memory;

import ai.primespark.Experimental;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Large binaries, streamed with bounded memory, resumable in both directions and readable by range. Thread-safe.
 *
 * <p>Names follow the rules of keys and may contain slashes.
 */
@Experimental
public interface ObjectStore {

    /**
     * Stores a file. A second call with the same file after a crash sends only what is missing.
     *
     * @param name the object's name
     * @param file a regular file
     * @param progress gets the number of bytes done so far; called often, must be fast
     * @return what was stored
     * @throws IOException when the file cannot be read
     * @throws MemoryException when no tier takes it
     */
    ObjectInfo upload(String name, Path file, LongConsumer progress) throws IOException;

    /**
     * Fetches an object into a file, through a temporary file beside it. A second call after a crash fetches only what is
     * missing. The content is checked before the file appears.
     *
     * @param name the object's name
     * @param file the target; replaced if it exists
     * @param progress gets the number of bytes done so far; called often, must be fast
     * @return what was fetched
     * @throws IOException when the file cannot be written
     * @throws MemoryException when the object is absent or damaged in every tier
     */
    ObjectInfo download(String name, Path file, LongConsumer progress) throws IOException;

    /**
     * Reads a part of an object.
     *
     * @param name the object's name
     * @param offset of the first byte, from 0
     * @param length number of bytes, or -1 for all that follow
     * @return a stream; close it
     * @throws MemoryException when the object is absent, or the range lies outside of it
     */
    InputStream read(String name, long offset, long length);

    /**
     * Describes an object.
     *
     * @param name the object's name
     * @return empty when absent
     * @throws TierUnavailableException when it is unknown whether it exists
     */
    Optional<ObjectInfo> stat(String name);

    /**
     * Lists objects.
     *
     * @param prefix what the names begin with; empty for all
     * @param cursor the cursor of the page before, or null for the first page
     * @param limit 1 to 10,000
     * @return a page; {@link ScanPage.Entry#bytes()} is the object's size
     */
    ScanPage list(String prefix, @Nullable String cursor, int limit);

    /**
     * Deletes an object.
     *
     * @param name the object's name
     * @return the version of the deletion, and the tiers that do not know of it yet
     */
    Stored delete(String name);

    /**
     * Keeps an object on this machine, or lets it go.
     *
     * @param name the object's name
     * @param pinned true to keep
     */
    void pin(String name, boolean pinned);

    /**
     * An object's description.
     *
     * @param name the object's name
     * @param bytes its size
     * @param sha256 of its content, 64 lower-case hexadecimal digits
     * @param version when and where it was stored
     * @param storedAt when it was stored
     * @param pinned whether it is kept on this machine
     */
    record ObjectInfo(String name, long bytes, String sha256, Version version, Instant storedAt, boolean pinned) {}
}
