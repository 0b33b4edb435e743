package ai.primespark.benchmarks.memory;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RLocalCachedMap;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.LocalCachedMapOptions;
import org.redisson.config.Config;

/** Redisson's map with a local cache, invalidating other nodes and clearing after a reconnect. */
final class RedissonNode implements Node {

    private final RedissonClient client;
    private final RLocalCachedMap<String, String> map;

    RedissonNode(int redisPort, int nearEntries, boolean caffeine) {
        Config config = new Config();
        config.useSingleServer().setAddress("redis://127.0.0.1:" + redisPort);
        this.client = Redisson.create(config);
        this.map = client.getLocalCachedMap(LocalCachedMapOptions.<String, String>name("redisson-bench")
                .cacheSize(nearEntries)
                .evictionPolicy(LocalCachedMapOptions.EvictionPolicy.LRU)
                .cacheProvider(
                        caffeine
                                ? LocalCachedMapOptions.CacheProvider.CAFFEINE
                                : LocalCachedMapOptions.CacheProvider.REDISSON)
                .syncStrategy(LocalCachedMapOptions.SyncStrategy.INVALIDATE)
                .reconnectionStrategy(LocalCachedMapOptions.ReconnectionStrategy.CLEAR));
    }

    @Override
    public @Nullable String get(String key) {
        return map.get(key);
    }

    @Override
    public void put(String key, String value) {
        boolean unused = map.fastPut(key, value);
    }

    @Override
    public void remove(String key) {
        long unused = map.fastRemove(key);
    }

    /** The pattern of its manual: a distributed lock around the load. */
    @Override
    public @Nullable String getOrLoad(String key, Callable<String> loader) {
        String there = map.get(key);
        if (there != null) {
            return there;
        }
        RLock lock = map.getLock(key);
        lock.lock();
        try {
            there = map.get(key);
            if (there == null) {
                there = loader.call();
                boolean unused = map.fastPut(key, there);
            }
            return there;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        client.shutdown();
    }
}
