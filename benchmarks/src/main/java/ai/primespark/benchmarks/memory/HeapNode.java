package ai.primespark.benchmarks.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Everything in the heap: what no cache before a server can surpass. */
final class HeapNode implements Node {

    private final Cache<String, String> cache =
            Caffeine.newBuilder().maximumSize(10_000_000).build();

    @Override
    public @Nullable String get(String key) {
        return cache.getIfPresent(key);
    }

    @Override
    public void put(String key, String value) {
        cache.put(key, value);
    }

    @Override
    public void remove(String key) {
        cache.invalidate(key);
    }

    @Override
    public @Nullable String getOrLoad(String key, Callable<String> loader) {
        return cache.get(key, missing -> {
            try {
                return loader.call();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Override
    public void close() {}
}
