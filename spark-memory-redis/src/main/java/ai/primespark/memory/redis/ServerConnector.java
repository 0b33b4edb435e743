package ai.primespark.memory.redis;

import ai.primespark.spi.TierKey;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.push.PushMessage;
import io.lettuce.core.resource.ClientResources;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects with one server, or with the master that sentinels name.
 *
 * <p>Lettuce's own reconnecting is off. It would let commands through before the server tracks what is read, and it does not
 * order tracking again at all; a session that breaks is replaced by a new one, for which sentinels are asked again.
 */
final class ServerConnector implements Connector {

    private static final Logger LOG = LoggerFactory.getLogger(ServerConnector.class);

    private final RedisConfig config;
    private final RedisFeed feed;
    private final RedisKeys keys;
    private final Greeting greeting;
    private final ClientResources resources;
    private final RedisClient client;

    ServerConnector(RedisConfig config, RedisFeed feed) {
        this.config = config;
        this.feed = feed;
        this.keys = new RedisKeys(config.prefix());
        this.greeting = new Greeting(config);
        this.resources = Lettuce.resources();
        this.client = RedisClient.create(resources);
        ClientOptions.Builder options = ClientOptions.builder();
        Lettuce.configure(options, config);
        client.setOptions(options.autoReconnect(false).build());
    }

    @Override
    public CompletableFuture<Greeted> connect(Attempt attempt) {
        RedisURI uri = config.uris().get(0);
        CompletableFuture<StatefulRedisConnection<byte[], byte[]>> data = open(uri);
        // a cache without news needs no second connection: nothing that is read is tracked
        CompletableFuture<StatefulRedisConnection<byte[], byte[]>> side = config.tracking() ? open(uri) : data;
        return data.handle((opened, failure) -> failure)
                .thenCombine(side.handle((opened, failure) -> failure), RedisErrors::moreTelling)
                .thenCompose(failure -> failure == null
                        ? data.thenCombine(side, Opened::new)
                        : CompletableFuture.<Opened>failedFuture(failure))
                .thenCompose(opened -> greet(opened, attempt))
                .whenComplete((greeted, failure) -> {
                    if (failure != null) {
                        var unused = data.thenCompose(StatefulConnection::closeAsync);
                        var unusedToo = side.thenCompose(StatefulConnection::closeAsync);
                    }
                });
    }

    private CompletableFuture<StatefulRedisConnection<byte[], byte[]>> open(RedisURI uri) {
        return client.connectAsync(Commands.CODEC, uri).toCompletableFuture();
    }

    private CompletableFuture<Greeted> greet(Opened opened, Attempt attempt) {
        RedisConnectionStateListener end = new RedisConnectionStateListener() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
                attempt.ended();
            }
        };
        opened.data.addListener(end);
        opened.side.addListener(end);
        if (!opened.data.isOpen() || !opened.side.isOpen()) { // before anybody listened
            attempt.ended();
        }
        if (!config.tracking()) {
            return greeting.greet(opened.session(false));
        }
        opened.data.addListener(this::onPush);
        return RedisCalls.dispatch(opened.data, Commands.track())
                .handle((ok, failure) -> {
                    if (failure != null) {
                        LOG.warn(
                                "Tier '{}': {} sends no news of changes, so near copies are trusted for a short time only: {}",
                                config.id(),
                                config.where(),
                                RedisErrors.classify("it", failure).getMessage());
                    }
                    return opened.session(failure == null);
                })
                .thenCompose(greeting::greet);
    }

    /** On the thread that also completes the replies before and after it. */
    private void onPush(PushMessage message) {
        if (!"invalidate".equals(message.getType())) {
            return;
        }
        List<Object> content = message.getContent();
        Object changed = content.size() > 1 ? content.get(1) : null;
        if (!(changed instanceof List<?> names)) { // null: the whole database has been emptied
            feed.invalidateAll();
            return;
        }
        List<TierKey> touched = new ArrayList<>(names.size());
        for (Object name : names) {
            TierKey key = keys.parse(bytes(name));
            if (key != null) {
                touched.add(key);
            }
        }
        feed.invalidate(touched);
    }

    private static byte[] bytes(Object name) {
        if (name instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return bytes;
        }
        return name instanceof byte[] bytes ? bytes : String.valueOf(name).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        Lettuce.close(client, resources);
    }

    private record Opened(StatefulRedisConnection<byte[], byte[]> data, StatefulRedisConnection<byte[], byte[]> side) {

        Session session(boolean tracked) {
            return new ServerSession(data, side, tracked);
        }
    }

    /** One server. */
    private record ServerSession(
            StatefulConnection<byte[], byte[]> data, StatefulConnection<byte[], byte[]> side, boolean isTracked)
            implements Session {

        @Override
        public List<String> nodes() {
            return List.of("");
        }

        @Override
        public CompletableFuture<StatefulConnection<byte[], byte[]>> node(String name) {
            return CompletableFuture.completedFuture(side);
        }

        @Override
        public void close() {
            var unused = data.closeAsync();
            if (side != data) {
                var unusedToo = side.closeAsync();
            }
        }
    }
}
