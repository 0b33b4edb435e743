package ai.primespark.benchmarks.memory;

import com.alicp.jetcache.Cache;
import com.alicp.jetcache.SimpleCacheManager;
import com.alicp.jetcache.anno.CacheConsts;
import com.alicp.jetcache.anno.CacheType;
import com.alicp.jetcache.embedded.CaffeineCacheBuilder;
import com.alicp.jetcache.redis.lettuce.RedisLettuceCacheBuilder;
import com.alicp.jetcache.support.Kryo5ValueDecoder;
import com.alicp.jetcache.support.Kryo5ValueEncoder;
import com.alicp.jetcache.template.CacheBuilderTemplate;
import com.alicp.jetcache.template.QuickConfig;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** JetCache in its mode BOTH with invalidation by broadcast, as its manual sets it up. */
final class JetCacheNode implements Node {

    private final RedisClient client;
    private final SimpleCacheManager manager = new SimpleCacheManager();
    private final Cache<String, String> cache;

    JetCacheNode(int redisPort, int nearEntries, boolean protect) {
        this.client = RedisClient.create("redis://127.0.0.1:" + redisPort);
        var local = CaffeineCacheBuilder.createCaffeineCacheBuilder().limit(nearEntries);
        var remote = RedisLettuceCacheBuilder.createRedisLettuceCacheBuilder()
                .redisClient(client)
                .pubSubConnection(client.connectPubSub())
                .keyConvertor((Function<Object, Object>) key -> key)
                .valueEncoder(Kryo5ValueEncoder.INSTANCE)
                .valueDecoder(Kryo5ValueDecoder.INSTANCE)
                .keyPrefix("jetcache-")
                .broadcastChannel("bench");
        local.keyConvertor((Function<Object, Object>) key -> key);
        CacheBuilderTemplate template = new CacheBuilderTemplate(
                false, Map.of(CacheConsts.DEFAULT_AREA, local), Map.of(CacheConsts.DEFAULT_AREA, remote));
        manager.setCacheBuilderTemplate(template);
        var broadcast = remote.createBroadcastManager(manager);
        broadcast.startSubscribe();
        manager.putBroadcastManager(CacheConsts.DEFAULT_AREA, broadcast);
        this.cache = manager.getOrCreateCache(QuickConfig.newBuilder("bench:")
                .cacheType(CacheType.BOTH)
                .syncLocal(true)
                .localLimit(nearEntries)
                .penetrationProtect(protect)
                .expire(Duration.ofHours(1))
                .build());
    }

    @Override
    public @Nullable String get(String key) {
        return cache.get(key);
    }

    @Override
    public void put(String key, String value) {
        cache.put(key, value);
    }

    @Override
    public void remove(String key) {
        boolean unused = cache.remove(key);
    }

    @Override
    public @Nullable String getOrLoad(String key, Callable<String> loader) {
        return cache.computeIfAbsent(key, missing -> {
            try {
                return loader.call();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Override
    public void close() {
        manager.close();
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }
}
