package ai.primespark.memory;

import ai.primespark.Experimental;
import ai.primespark.memory.ObjectStore.ObjectInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Model files, such as GGUF, that programs open as local files. Kept as objects of the namespace {@code models}, so every
 * machine that shares a tier finds them. Thread-safe.
 *
 * <pre>{@code
 * ModelStore models = spark.memory().models();
 * models.add("llama/tiny-q4.gguf", Path.of("/downloads/tiny-q4.gguf"), done -> {});
 * Path file = models.path("llama/tiny-q4.gguf");   // on this machine, whole and checked
 * }</pre>
 */
@Experimental
public interface ModelStore {

    /**
     * Stores a model.
     *
     * @param name the model's name; may contain slashes, and its ending becomes the local file's
     * @param file a regular file
     * @param progress gets the number of bytes done so far; called often, must be fast
     * @return what was stored
     * @throws IOException when the file cannot be read
     * @throws MemoryException when no tier takes it
     */
    ObjectInfo add(String name, Path file, LongConsumer progress) throws IOException;

    /**
     * The model as a file on this machine.
     *
     * @param name the model's name
     * @return see {@link #path(String, LongConsumer)}
     * @throws IOException when the file cannot be written
     * @throws MemoryException when there is no such model, or it cannot be fetched
     */
    default Path path(String name) throws IOException {
        return path(name, done -> {});
    }

    /**
     * The model as a file on this machine. Fetched when it is not there, or is there with other content; its hash was found
     * right when it was fetched, and is checked again when its size or time of modification has changed since.
     *
     * @param name the model's name
     * @param progress gets the number of bytes fetched so far; called often, must be fast
     * @return a file below the data directory; read it, do not write or move it
     * @throws IOException when the file cannot be written
     * @throws MemoryException when there is no such model, or it cannot be fetched
     */
    Path path(String name, LongConsumer progress) throws IOException;

    /**
     * All models.
     *
     * @return by name
     * @throws TierUnavailableException when some may be missing because a tier cannot be asked
     */
    List<ObjectInfo> list();

    /**
     * Deletes a model, and its file on this machine.
     *
     * @param name the model's name
     * @return the version of the deletion, and the tiers that do not know of it yet
     * @throws IOException when the local file cannot be removed; the model is deleted all the same
     */
    Stored remove(String name) throws IOException;

    /**
     * Keeps a model's chunks in the tier on this machine, or lets them go. Its file from {@link #path(String)} stays until the
     * model is removed, pinned or not.
     *
     * @param name the model's name
     * @param pinned true to keep
     */
    void pin(String name, boolean pinned);
}
