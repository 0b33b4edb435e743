package ai.primespark.memory.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Connects with a cluster. Here Lettuce itself reconnects to nodes and follows moving slots, for which reason there is no news of
 * changes: nothing could make sure that a node tracks before the first read of a new connection to it.
 */
final class ClusterConnector implements Connector {

    private static final Duration REFRESH = Duration.ofSeconds(30);

    private final Greeting greeting;
    private final ClientResources resources;
    private final RedisClusterClient client;

    ClusterConnector(RedisConfig config) {
        this.greeting = new Greeting(config);
        this.resources = Lettuce.resources();
        this.client = RedisClusterClient.create(resources, config.uris());
        ClusterClientOptions.Builder options = ClusterClientOptions.builder();
        Lettuce.configure(options, config);
        client.setOptions(options.autoReconnect(true)
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enablePeriodicRefresh(REFRESH)
                        .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
                        .build())
                .build());
    }

    @Override
    public CompletableFuture<Greeted> connect(Attempt attempt) {
        return client.refreshPartitionsAsync() // asks a node which others there are; connecting alone would not
                .thenCompose(known -> client.connectAsync(Commands.CODEC))
                .thenCompose(this::greet)
                .toCompletableFuture();
    }

    private CompletableFuture<Greeted> greet(StatefulRedisClusterConnection<byte[], byte[]> connection) {
        return greeting.greet(new ClusterSession(connection)).whenComplete((greeted, failure) -> {
            if (failure != null) {
                var unused = connection.closeAsync();
            }
        });
    }

    @Override
    public void close() {
        Lettuce.close(client, resources);
    }

    /** All nodes of a cluster. */
    private record ClusterSession(StatefulRedisClusterConnection<byte[], byte[]> connection) implements Session {

        @Override
        public StatefulConnection<byte[], byte[]> data() {
            return connection;
        }

        @Override
        public StatefulConnection<byte[], byte[]> side() {
            return connection;
        }

        @Override
        public List<String> nodes() {
            return connection.getPartitions().stream()
                    .filter(node ->
                            node.getRole().isUpstream() && !node.getSlots().isEmpty())
                    .map(ClusterSession::name)
                    .sorted()
                    .toList();
        }

        private static String name(RedisClusterNode node) {
            return node.getUri().getHost() + ':' + node.getUri().getPort();
        }

        /** By address: those are the connections that commands with keys use, too, and they must be open before them. */
        @Override
        public CompletableFuture<? extends StatefulConnection<byte[], byte[]>> node(String name) {
            int colon = name.lastIndexOf(':');
            return connection.getConnectionAsync(name.substring(0, colon), Integer.parseInt(name.substring(colon + 1)));
        }

        @Override
        public boolean isTracked() {
            return false;
        }

        @Override
        public void close() {
            var unused = connection.closeAsync();
        }
    }
}
