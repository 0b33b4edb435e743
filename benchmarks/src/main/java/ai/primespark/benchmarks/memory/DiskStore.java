package ai.primespark.benchmarks.memory;

import org.jspecify.annotations.Nullable;

/** A store on this machine's disk with a small cache before it. */
interface DiskStore extends AutoCloseable {

    void put(String key, String value) throws Exception;

    @Nullable
    String get(String key) throws Exception;

    /** Waits until what was put is on the disk and can be read from there. */
    default void settle() throws Exception {}

    @Override
    void close();
}
