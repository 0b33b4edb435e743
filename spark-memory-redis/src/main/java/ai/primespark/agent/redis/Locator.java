package ai.primespark.agent.redis;

import ai.primespark.memory.redis.RedisServers;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens connections to the one server that holds the queue: the server itself, the master that sentinels name now, or the node
 * that has the queue's slot now. Connecting again asks again. Thread-safe.
 */
final class Locator implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Locator.class);

    private final RedisServers servers;
    private final int slot;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Clients clients;
    private boolean closed;

    /** What connects, and the threads that it has. */
    private record Clients(
            ClientResources resources,
            RedisClient client,
            @Nullable RedisClusterClient cluster) {}

    /** Starts no thread and opens nothing. */
    Locator(RedisServers servers, byte[] base) {
        this.servers = servers;
        this.slot = SlotHash.getSlot(base);
    }

    CompletableFuture<StatefulRedisConnection<byte[], byte[]>> connect() {
        Clients all = clients();
        return locate(all)
                .thenCompose(uri ->
                        all.client().connectAsync(ByteArrayCodec.INSTANCE, uri).toCompletableFuture());
    }

    CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>> connectPubSub() {
        Clients all = clients();
        return locate(all)
                .thenCompose(uri -> all.client()
                        .connectPubSubAsync(ByteArrayCodec.INSTANCE, uri)
                        .toCompletableFuture());
    }

    private Clients clients() {
        lock.lock();
        try {
            if (closed) {
                throw new RedisException("closed");
            }
            if (clients == null) {
                clients = make();
            }
            return clients;
        } finally {
            lock.unlock();
        }
    }

    private Clients make() {
        ClientOptions.Builder options = ClientOptions.builder();
        servers.configure(options);
        ClusterClientOptions.Builder clusterOptions = ClusterClientOptions.builder();
        servers.configure(clusterOptions);
        ClientResources resources = servers.resources();
        RedisClient client = RedisClient.create(resources);
        client.setOptions(options.autoReconnect(false)
                .timeoutOptions(
                        TimeoutOptions.builder().timeoutCommands(false).build()) // one command blocks on purpose
                .build());
        if (!servers.isCluster()) {
            return new Clients(resources, client, null);
        }
        RedisClusterClient cluster = RedisClusterClient.create(resources, servers.uris());
        cluster.setOptions(clusterOptions.build());
        return new Clients(resources, client, cluster);
    }

    private CompletableFuture<RedisURI> locate(Clients all) {
        RedisURI seed = servers.uris().get(0);
        RedisClusterClient nodes = all.cluster();
        if (nodes == null) {
            return CompletableFuture.completedFuture(seed);
        }
        return nodes.refreshPartitionsAsync().toCompletableFuture().thenApply(known -> {
            RedisClusterNode node = nodes.getPartitions().getPartitionBySlot(slot);
            if (node == null) {
                throw new RedisException("no node of the cluster has slot " + slot + " now");
            }
            return RedisURI.builder(seed)
                    .withHost(node.getUri().getHost())
                    .withPort(node.getUri().getPort())
                    .build();
        });
    }

    @Override
    public void close() {
        Clients last;
        lock.lock();
        try {
            closed = true;
            last = clients;
            clients = null;
        } finally {
            lock.unlock();
        }
        if (last != null) {
            close(last);
        }
    }

    private static void close(Clients all) {
        try {
            RedisClusterClient cluster = all.cluster();
            if (cluster != null) {
                cluster.shutdownAsync(0, 1, TimeUnit.SECONDS).get(2, TimeUnit.SECONDS);
            }
            all.client().shutdownAsync(0, 1, TimeUnit.SECONDS).get(2, TimeUnit.SECONDS);
            all.resources().shutdown(0, 1, TimeUnit.SECONDS).get(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Closing the Redis client was not clean", e);
        }
    }
}
