package ai.primespark.memory.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How Lettuce is set up here. */
final class Lettuce {

    /** Operations that may wait for an answer; more are refused at once. */
    static final int MOST_WAITING = 16_384;

    private static final Logger LOG = LoggerFactory.getLogger(Lettuce.class);

    private Lettuce() {}

    /** Few threads, all daemons, none of which is started before the first connection. */
    static ClientResources resources() {
        return DefaultClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .build();
    }

    static void configure(ClientOptions.Builder options, RedisConfig config) {
        configure(options, config.connectTimeout(), config.tls());
        if (config.tracking()) {
            options.protocolVersion(ProtocolVersion.RESP3);
        }
    }

    static void configure(ClientOptions.Builder options, Duration connectTimeout, RedisTls tls) {
        options.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(MOST_WAITING)
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(connectTimeout)
                        .tcpNoDelay(true)
                        .keepAlive(true)
                        .build());
        if (tls.enabled()) {
            options.sslOptions(tls.options());
        }
    }

    static void close(AbstractRedisClient client, ClientResources resources) {
        try {
            client.shutdownAsync(0, 1, TimeUnit.SECONDS).get(2, TimeUnit.SECONDS);
            resources.shutdown(0, 1, TimeUnit.SECONDS).get(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Closing the Redis client was not clean", e);
        }
    }
}
