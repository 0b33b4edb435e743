package ai.primespark.benchmarks.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** What one writes in ten lines: fast, and never told of what other nodes write. */
final class NaiveNode implements Node {

    private final RedisClient client;
    private final StatefulRedisConnection<String, String> connection;
    private final Cache<String, String> near;

    NaiveNode(int redisPort, int nearEntries) {
        this.client = RedisClient.create("redis://127.0.0.1:" + redisPort);
        this.connection = client.connect();
        this.near = Caffeine.newBuilder().maximumSize(nearEntries).build();
    }

    @Override
    public @Nullable String get(String key) {
        return near.get(key, missing -> connection.sync().get(missing));
    }

    @Override
    public void put(String key, String value) {
        connection.sync().set(key, value);
        near.put(key, value);
    }

    @Override
    public void remove(String key) {
        connection.sync().del(key);
        near.invalidate(key);
    }

    @Override
    public @Nullable String getOrLoad(String key, Callable<String> loader) {
        return near.get(key, missing -> {
            try {
                String there = connection.sync().get(missing);
                if (there == null) {
                    there = loader.call();
                    connection.sync().set(missing, there);
                }
                return there;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }
}
