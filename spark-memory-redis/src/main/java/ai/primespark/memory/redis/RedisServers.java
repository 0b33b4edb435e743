package ai.primespark.memory.redis;

import ai.primespark.Secret;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.EpollProvider;
import io.lettuce.core.resource.IOUringProvider;
import io.lettuce.core.resource.KqueueProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where the servers are and how to talk to them: what the memory tier and the task queue of this module have in common, and for
 * nobody else. Prints no secret. Immutable and thread-safe.
 */
public final class RedisServers {

    private static final int REDIS_PORT = 6379;
    private static final int SENTINEL_PORT = 26379;

    private final List<RedisURI> uris;
    private final boolean cluster;
    private final RedisTls tls;
    private final Duration connectTimeout;

    private RedisServers(List<RedisURI> uris, boolean cluster, RedisTls tls, Duration connectTimeout) {
        this.uris = List.copyOf(uris);
        this.cluster = cluster;
        this.tls = tls;
        this.connectTimeout = connectTimeout;
    }

    /**
     * The settings that say where the servers are.
     *
     * @return in the order in which documentation shows them
     */
    public static List<Setting<?>> settings() {
        return List.of(
                RedisTierProvider.URL,
                RedisTierProvider.USERNAME,
                RedisTierProvider.PASSWORD,
                RedisTierProvider.DATABASE,
                RedisTierProvider.SENTINELS,
                RedisTierProvider.MASTER,
                RedisTierProvider.SENTINEL_PASSWORD,
                RedisTierProvider.CLUSTER,
                RedisTierProvider.TLS,
                RedisTierProvider.TLS_CA_FILE,
                RedisTierProvider.TLS_TRUST_STORE,
                RedisTierProvider.TLS_TRUST_STORE_PASSWORD,
                RedisTierProvider.TLS_KEY_STORE,
                RedisTierProvider.TLS_KEY_STORE_PASSWORD,
                RedisTierProvider.TLS_VERIFY,
                RedisTierProvider.CONNECT_TIMEOUT);
    }

    /**
     * Checks the settings against each other.
     *
     * @param id the product's id, by which the servers know its connections
     * @param settings checked values of {@link #settings()}, and others
     * @return where the servers are
     * @throws IllegalArgumentException when they do not fit together; the message says how to mend it
     */
    public static RedisServers of(String id, Settings settings) {
        Optional<List<String>> sentinels = settings.find(RedisTierProvider.SENTINELS);
        Optional<List<String>> cluster = settings.find(RedisTierProvider.CLUSTER);
        Optional<Secret> url = settings.find(RedisTierProvider.URL);
        int ways = (url.isPresent() ? 1 : 0) + (sentinels.isPresent() ? 1 : 0) + (cluster.isPresent() ? 1 : 0);
        check(ways <= 1, "set only one of url, sentinels and cluster: each says where the server is");
        check(
                sentinels.isPresent() || settings.find(RedisTierProvider.MASTER).isEmpty(),
                "master needs sentinels; in a url of redis-sentinel:// it stands behind the #");
        List<RedisURI> uris;
        if (sentinels.isPresent()) {
            uris = List.of(sentinels(sentinels.get(), settings));
        } else if (cluster.isPresent()) {
            uris = nodes("cluster", cluster.get(), REDIS_PORT);
        } else {
            uris = List.of(url.map(RedisServers::parse).orElseGet(() -> RedisURI.create("127.0.0.1", REDIS_PORT)));
        }
        boolean viaSentinel = !uris.get(0).getSentinels().isEmpty();
        Optional<Secret> sentinelPassword = settings.find(RedisTierProvider.SENTINEL_PASSWORD);
        check(viaSentinel || sentinelPassword.isEmpty(), "sentinel-password needs sentinels");
        RedisTls tls = RedisTls.of(settings, uris.get(0).isSsl());
        for (RedisURI uri : uris) {
            credentials(uri, settings);
            database(uri, settings, cluster.isPresent());
            List<RedisURI> all = new ArrayList<>(uri.getSentinels());
            all.add(uri);
            for (RedisURI each : all) {
                each.setTimeout(settings.get(RedisTierProvider.CONNECT_TIMEOUT));
                if (tls.enabled()) {
                    each.setSsl(true);
                    each.setVerifyPeer(SslVerifyMode.valueOf(tls.verify().name()));
                }
            }
            uri.setClientName("prime-spark-" + id);
            sentinelPassword.ifPresent(secret -> uri.getSentinels()
                    .forEach(each -> each.setAuthentication(secret.reveal().toCharArray())));
        }
        return new RedisServers(uris, cluster.isPresent(), tls, settings.get(RedisTierProvider.CONNECT_TIMEOUT));
    }

    /**
     * The servers, for messages.
     *
     * @return without secrets
     */
    public String where() {
        return describe(uris, cluster);
    }

    /**
     * One server, the sentinels' address, or some nodes of a cluster.
     *
     * @return never empty; holds passwords
     */
    public List<RedisURI> uris() {
        return uris;
    }

    /**
     * Whether they are a cluster.
     *
     * @return constant
     */
    public boolean isCluster() {
        return cluster;
    }

    /**
     * How long an attempt to connect and to log in may take.
     *
     * @return positive
     */
    public Duration connectTimeout() {
        return connectTimeout;
    }

    RedisTls tls() {
        return tls;
    }

    /**
     * The client's threads: few, all daemons.
     *
     * @return to be shut down by the caller
     */
    public ClientResources resources() {
        return Lettuce.resources();
    }

    /**
     * Sets what all clients of this module have in common.
     *
     * @param options the options
     * @throws ai.primespark.spi.TierException when a file for TLS is not there
     */
    public void configure(ClientOptions.Builder options) {
        Lettuce.configure(options, connectTimeout, tls);
    }

    /**
     * What a failure means.
     *
     * @param failure what the client said
     * @return a clause that begins with the servers, for people
     */
    public String explain(Throwable failure) {
        return String.valueOf(RedisErrors.classify(where(), failure).getMessage());
    }

    private static RedisURI parse(Secret url) {
        RedisURI uri;
        try {
            uri = RedisURI.create(url.reveal());
        } catch (RuntimeException e) { // its message may hold the password
            throw new IllegalArgumentException(
                    "url: must look like redis://host:6379/0, rediss://user:password@host:6380,"
                            + " redis-sentinel://host:26379,host:26379/0#master or redis-socket:///run/redis.sock; special"
                            + " characters in a password must be percent-encoded, or use the setting password");
        }
        if (uri.getSocket() != null) {
            check(
                    EpollProvider.isAvailable() || KqueueProvider.isAvailable() || IOUringProvider.isAvailable(),
                    "url: redis-socket:// needs one of Netty's native transports on the class path, for example"
                            + " io.netty:netty-transport-native-epoll with the classifier of the platform");
        } else if (uri.getSentinels().isEmpty()) {
            check(uri.getHost() != null && !uri.getHost().isBlank(), "url: names no host");
        } else {
            check(
                    uri.getSentinelMasterId() != null
                            && !uri.getSentinelMasterId().isBlank(),
                    "url: a redis-sentinel:// address ends in # and the master's name");
        }
        return uri;
    }

    private static RedisURI sentinels(List<String> hosts, Settings settings) {
        String master = settings.find(RedisTierProvider.MASTER)
                .orElseThrow(
                        () -> new IllegalArgumentException("sentinels need master: the name that they know it by"));
        RedisURI uri = new RedisURI();
        uri.setSentinelMasterId(master);
        uri.getSentinels().addAll(nodes("sentinels", hosts, SENTINEL_PORT));
        return uri;
    }

    private static List<RedisURI> nodes(String setting, List<String> texts, int port) {
        check(!texts.isEmpty(), setting + ": must name at least one host");
        return texts.stream().map(text -> node(setting, text.strip(), port)).toList();
    }

    /** {@code host}, {@code host:port}, or an IPv6 address in brackets with or without a port. */
    private static RedisURI node(String setting, String text, int defaultPort) {
        int colon = text.lastIndexOf(':');
        boolean hasPort = colon > 0 && !text.endsWith("]") && (text.indexOf(':') == colon || text.startsWith("["));
        String host = hasPort ? text.substring(0, colon) : text;
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        int port = defaultPort;
        if (hasPort) {
            try {
                port = Integer.parseInt(text.substring(colon + 1));
            } catch (NumberFormatException e) {
                port = -1;
            }
        }
        check(
                !host.isBlank() && port > 0 && port < 65_536 && host.chars().noneMatch(c -> c == '/' || c == '@'),
                setting + ": each must be host or host:port, without scheme and password");
        return RedisURI.create(host, port);
    }

    private static void credentials(RedisURI uri, Settings settings) {
        Optional<String> username = settings.find(RedisTierProvider.USERNAME);
        Optional<Secret> password = settings.find(RedisTierProvider.PASSWORD);
        check(username.isEmpty() || password.isPresent(), "username needs password");
        if (password.isEmpty()) {
            return;
        }
        boolean inUrl = uri.getCredentialsProvider()
                .resolveCredentials()
                .blockOptional(Duration.ofSeconds(1)) // a constant: answers at once
                .map(found -> found.hasPassword() || found.hasUsername())
                .orElse(false);
        check(!inUrl, "the url already holds a password; set it there or as password, not both");
        char[] clear = password.get().reveal().toCharArray();
        if (username.isPresent()) {
            uri.setAuthentication(username.get(), clear);
        } else {
            uri.setAuthentication(clear);
        }
    }

    private static void database(RedisURI uri, Settings settings, boolean cluster) {
        int database = Math.toIntExact(settings.find(RedisTierProvider.DATABASE).orElse(0L));
        check(!cluster || database == 0, "database: a cluster has only database 0");
        if (database != 0) {
            check(
                    uri.getDatabase() == 0 || uri.getDatabase() == database,
                    "the url names database " + uri.getDatabase() + ", but database is " + database
                            + "; set it in one place");
            uri.setDatabase(database);
        }
    }

    private static String describe(List<RedisURI> uris, boolean cluster) {
        RedisURI first = uris.get(0);
        if (first.getSocket() != null) {
            return "Redis at " + first.getSocket();
        }
        if (!first.getSentinels().isEmpty()) {
            return "Redis master '" + first.getSentinelMasterId() + "' of sentinels " + hosts(first.getSentinels());
        }
        return (cluster ? "Redis cluster at " : "Redis at ") + hosts(uris);
    }

    private static String hosts(List<RedisURI> uris) {
        return uris.stream().map(uri -> uri.getHost() + ':' + uri.getPort()).collect(Collectors.joining(", "));
    }

    private static void check(boolean fits, String otherwise) {
        RedisConfig.check(fits, otherwise);
    }

    @Override
    public String toString() {
        return "RedisServers[" + where() + "]";
    }
}
