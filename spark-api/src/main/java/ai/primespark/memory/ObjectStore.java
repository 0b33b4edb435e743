package ai.primespark.memory;

import ai.primespark.Experimental;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Large binaries, streamed with bounded memory, resumable in both directions and readable by range. Thread-safe.
 *
 * <p>Names follow the rules of keys and may contain slashes. An object is cut into chunks that are addressed by their content,
 * so what two objects have in common is stored once; its name, size and hash are a value like any other and follow the
 * namespace's reach, acknowledgement level, time to live and encryption.
 *
 * <p>A transfer uses memory for two chunks, three where the namespace is encrypted. Callbacks get numbers that never go down
 * and never go beyond the object's size; what a callback throws ends the transfer and comes out as it is, and what was moved
 * so far is not moved again the next time. An operation ends with an error when a tier that it needs has moved nothing for
 * {@code primespark.memory.objects.stall-timeout}.
 */
@Experimental
public interface ObjectStore {

    /**
     * Stores a file. A second call with the same file after a crash sends only what is missing. Returns when the chunks and
     * then the name are where the namespace's acknowledgement level wants them: for {@link Ack#JOURNALED} in the nearest tier
     * that is durable, for {@link Ack#ALL} in all; the other tiers get the chunks in the background, also after a restart.
     *
     * @param name the object's name
     * @param file a regular file
     * @param progress gets the number of bytes done so far; called often, must be fast
     * @return what was stored
     * @throws IOException when the file cannot be read
     * @throws MemoryException when no tier takes it, it is larger than the largest object, or it changes while it is read
     */
    ObjectInfo upload(String name, Path file, LongConsumer progress) throws IOException;

    /**
     * Stores what a stream gives.
     *
     * @param name the object's name
     * @param content read to its end and not closed
     * @param length number of bytes that it gives, or -1 when that is not known
     * @param progress gets the number of bytes done so far; called often, must be fast
     * @return what was stored
     * @throws IOException when the stream fails
     * @throws MemoryException when no tier takes it, it is larger than the largest object, or the stream gives fewer or more
     *     bytes than announced
     */
    ObjectInfo upload(String name, InputStream content, long length, LongConsumer progress) throws IOException;

    /**
     * Stores what a stream gives if what it replaces is as expected when it has come.
     *
     * @param name the object's name
     * @param content read to its end and not closed
     * @param length number of bytes that it gives, or -1 when that is not known
     * @param progress gets the number of bytes done so far; called often, must be fast
     * @param expected the version that it replaces, or null for none
     * @return what was stored
     * @throws IOException when the stream fails
     * @throws ObjectConflictException when another version is there
     * @throws TierUnavailableException when the tier that decides cannot be asked
     * @throws MemoryException see {@link #upload(String, InputStream, long, LongConsumer)}
     */
    ObjectInfo uploadIf(
            String name, InputStream content, long length, LongConsumer progress, @Nullable Version expected)
            throws IOException;

    /**
     * Begins an upload that comes in pieces, and can go on after connections and processes have ended.
     *
     * @param name the object's name
     * @param length its size in bytes
     * @return the upload, of which nothing has come yet
     * @throws IOException when this machine's disk cannot be written
     * @throws UploadException when there is no room for it, or there are too many
     * @throws MemoryException when the namespace is encrypted on the edge: what waits on this machine's disk would not be
     */
    ObjectUpload beginUpload(String name, long length) throws IOException;

    /**
     * Finds an upload that was begun in this namespace on this machine.
     *
     * @param id see {@link ObjectUpload#id()}
     * @return empty when there is none, or it is over its time
     */
    Optional<ObjectUpload> findUpload(String id);

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
     * Reads a part of an object. Only the chunks that the part touches are moved, each whole, because only whole ones can be
     * checked; a part inside of one chunk moves one chunk.
     *
     * @param name the object's name
     * @param offset of the first byte, from 0
     * @param length number of bytes, or -1 for all that follow
     * @return a stream; close it
     * @throws MemoryException when the object is absent, or the range lies outside of it; also while the stream is read, when
     *     a chunk is damaged or missing in every tier
     */
    InputStream read(String name, long offset, long length);

    /**
     * Opens an object for reading at any place.
     *
     * @param name the object's name
     * @return its content; close it
     * @throws MemoryException when the object is absent
     */
    ObjectContent open(String name);

    /**
     * Opens an object for reading at any place, for callers to whom absent is an answer.
     *
     * @param name the object's name
     * @return its content, close it; empty when absent
     * @throws TierUnavailableException when it is unknown whether it exists
     */
    Optional<ObjectContent> find(String name);

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
     * Deletes an object. Its chunks go when a collection finds that no object needs them.
     *
     * @param name the object's name
     * @return the version of the deletion, and the tiers that do not know of it yet
     */
    Stored delete(String name);

    /**
     * Deletes an object if it has the expected version.
     *
     * @param name the object's name
     * @param expected the version that was seen
     * @return stored, or the conflict
     * @throws TierUnavailableException when the tier that decides cannot be asked
     */
    WriteResult deleteIf(String name, Version expected);

    /**
     * Keeps an object on this machine, or lets it go. Pinning fetches now what is missing here. What is not pinned leaves a
     * full tier of this machine when a colder tier has it, the longest unused first. Remembered over restarts.
     *
     * @param name the object's name
     * @param pinned true to keep
     * @throws MemoryException when the object is absent or cannot be fetched, or no tier is on a disk of this machine
     */
    void pin(String name, boolean pinned);

    /**
     * Removes chunks that no object of any namespace needs any more. Safe beside uploads of this process. On machines that
     * share a tier, one should do it, with a grace that is longer than an upload ever takes.
     *
     * @param grace chunks younger than this stay; 24 hours are right for most, zero only when nobody else uploads
     * @return what was removed
     * @throws TierUnavailableException when not all objects can be seen; then nothing is removed
     */
    GarbageReport collectGarbage(Duration grace);

    /**
     * Waits until the chunks of everything uploaded so far, in all namespaces, have reached all their tiers.
     *
     * @param timeout how long to wait at most
     * @return false when the time was over first
     */
    boolean flush(Duration timeout);

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
