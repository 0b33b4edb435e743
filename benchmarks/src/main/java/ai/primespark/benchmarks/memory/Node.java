package ai.primespark.benchmarks.memory;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** One machine's view of a store: a cache in its heap before something farther away. Several nodes share the latter. */
interface Node extends AutoCloseable {

    /** The value, or null where the library says that there is none. */
    @Nullable
    String get(String key);

    void put(String key, String value);

    void remove(String key);

    /** The value, or what the loader gives, loaded as seldom as the library can. */
    @Nullable
    String getOrLoad(String key, Callable<String> loader);

    @Override
    void close();
}
