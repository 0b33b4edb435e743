package ai.primespark.memory.redis;

import ai.primespark.spi.Settings;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.List;

/**
 * A tier's settings, found to fit together. Prints no secret.
 *
 * @param id the tier's id
 * @param where the servers, as messages name them
 * @param uris one server or the sentinels' address; with a cluster, some of its nodes
 * @param cluster whether it is a cluster
 * @param tls how to encrypt
 * @param timeout of an operation
 * @param connectTimeout of an attempt to connect
 * @param prefix of all keys
 * @param tracking whether to ask for news of changes
 * @param durable whether the server is declared to keep what it acknowledged
 * @param maxBody largest value in bytes
 */
record RedisConfig(
        String id,
        String where,
        List<RedisURI> uris,
        boolean cluster,
        RedisTls tls,
        Duration timeout,
        Duration connectTimeout,
        String prefix,
        boolean tracking,
        boolean durable,
        long maxBody) {

    /**
     * Checks the settings against each other.
     *
     * @throws IllegalArgumentException when they do not fit together
     */
    static RedisConfig of(String id, Settings settings) {
        RedisServers servers = RedisServers.of(id, settings);
        return new RedisConfig(
                id,
                servers.where(),
                servers.uris(),
                servers.isCluster(),
                servers.tls(),
                settings.get(RedisTierProvider.TIMEOUT),
                servers.connectTimeout(),
                settings.get(RedisTierProvider.PREFIX),
                settings.get(RedisTierProvider.TRACKING) && !servers.isCluster(),
                settings.get(RedisTierProvider.DURABLE),
                settings.get(RedisTierProvider.MAX_BODY));
    }

    boolean sentinel() {
        return !uris.get(0).getSentinels().isEmpty();
    }

    static void check(boolean fits, String otherwise) {
        if (!fits) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    @Override
    public String toString() {
        return "RedisConfig[" + id + ", " + where + "]";
    }
}
