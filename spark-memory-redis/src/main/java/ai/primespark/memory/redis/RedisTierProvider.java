package ai.primespark.memory.redis;

import ai.primespark.Secret;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Makes tiers on a Redis server, 6.2 or later, with or without Sentinel, or on a Redis Cluster: type {@code redis}.
 *
 * <p>Unless told otherwise the tier is a cache: shared, fast, and free to forget. Its {@code ATOMIC_CAS} is true all the same,
 * since every condition is decided in the server; the engine lets a tier that may evict decide conditional writes only when no
 * persistent tier of the namespace can, and then "absent" means what it means for a cache. With {@code durable = true} the
 * operator declares that the server keeps what it acknowledged; the tier then is persistent, may become the arbiter, and refuses
 * to work on a server that may evict.
 */
public final class RedisTierProvider implements MemoryTierProvider {

    static final Setting<Secret> URL = Setting.secret(
                    "url",
                    "Address of the server: redis://host:port/database, rediss:// for TLS, redis-sentinel://host,host#master or"
                            + " redis-socket:///path; may hold a user and a password, so it is never shown. Without it, sentinels"
                            + " and cluster: redis://127.0.0.1:6379.")
            .optional();

    static final Setting<String> USERNAME = Setting.text(
                    "username", "Name of the ACL user; without it, the password is the default user's.")
            .must(text -> !text.isBlank(), "not blank")
            .optional();

    static final Setting<Secret> PASSWORD =
            Setting.secret("password", "Password of the server's user.").optional();

    static final Setting<Long> DATABASE = Setting.number("database", "Number of the database; a cluster has only 0.")
            .atLeast(0L)
            .atMost(65_535L)
            .optional();

    static final Setting<List<String>> SENTINELS = Setting.texts(
                    "sentinels", "Sentinels that know where the master is, each as host or host:port (26379).")
            .optional();

    static final Setting<String> MASTER = Setting.text("master", "Name of the master that the sentinels watch.")
            .must(text -> !text.isBlank(), "not blank")
            .optional();

    static final Setting<Secret> SENTINEL_PASSWORD = Setting.secret(
                    "sentinel-password", "Password of the sentinels, if they ask for one.")
            .optional();

    static final Setting<List<String>> CLUSTER = Setting.texts(
                    "cluster", "Some nodes of a Redis Cluster, each as host or host:port (6379); the others are found.")
            .optional();

    static final Setting<Boolean> TLS = Setting.bool("tls.enabled", "Encrypt the connection; rediss:// does the same.")
            .optional();

    static final Setting<Path> TLS_CA_FILE = Setting.path(
                    "tls.ca-file", "Certificates (PEM) of the authorities to trust, instead of the platform's.")
            .optional();

    static final Setting<Path> TLS_TRUST_STORE = Setting.path(
                    "tls.trust-store", "Key store (PKCS #12 or JKS) with the authorities to trust.")
            .optional();

    static final Setting<Secret> TLS_TRUST_STORE_PASSWORD = Setting.secret(
                    "tls.trust-store-password", "Password of the trust store.")
            .optional();

    static final Setting<Path> TLS_KEY_STORE = Setting.path(
                    "tls.key-store",
                    "Key store (PKCS #12 or JKS) with our own certificate, for servers that ask for one.")
            .optional();

    static final Setting<Secret> TLS_KEY_STORE_PASSWORD = Setting.secret(
                    "tls.key-store-password", "Password of the key store.")
            .optional();

    static final Setting<TlsVerify> TLS_VERIFY = Setting.choice(
                    "tls.verify",
                    TlsVerify.class,
                    "What of the server's certificate must be right: its authority and host name (full), its authority only"
                            + " (ca), or nothing (none).")
            .optional();

    static final Setting<Duration> TIMEOUT = Setting.duration(
                    "timeout", "How long an operation may take, unless its deadline is earlier.")
            .atLeast(Duration.ofMillis(1))
            .atMost(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofMillis(250));

    static final Setting<Duration> CONNECT_TIMEOUT = Setting.duration(
                    "connect-timeout", "How long an attempt to connect and to log in may take.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(5))
            .defaultsTo(Duration.ofSeconds(2));

    static final Setting<String> PREFIX = Setting.text("prefix", "What the names of all keys in Redis begin with.")
            .must(
                    text -> text.matches("[!-z|~]{1,64}"),
                    "1 to 64 visible ASCII characters without braces, which would pin all keys to one node of a cluster")
            .defaultsTo("ps:");

    static final Setting<Boolean> TRACKING = Setting.bool(
                    "tracking",
                    "Ask the server for news of changes, so that near copies never outlive them; a cluster has no such news.")
            .defaultsTo(true);

    static final Setting<Boolean> DURABLE = Setting.bool(
                    "durable",
                    "Declare that the server keeps what it has acknowledged (append-only file, no eviction): the tier then counts"
                            + " as persistent and may decide conditional writes.")
            .defaultsTo(false);

    static final Setting<Long> MAX_BODY = Setting.bytes(
                    "max-body", "Largest value; larger ones would hold up everybody else's operations in the server.")
            .atLeast(1L << 10)
            .atMost(64L << 20)
            .defaultsTo(1L << 20);

    /** How much of a server's certificate is checked. */
    enum TlsVerify {
        FULL,
        CA,
        NONE
    }

    /** For {@link java.util.ServiceLoader}. */
    public RedisTierProvider() {}

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(
                URL,
                USERNAME,
                PASSWORD,
                DATABASE,
                SENTINELS,
                MASTER,
                SENTINEL_PASSWORD,
                CLUSTER,
                TLS,
                TLS_CA_FILE,
                TLS_TRUST_STORE,
                TLS_TRUST_STORE_PASSWORD,
                TLS_KEY_STORE,
                TLS_KEY_STORE_PASSWORD,
                TLS_VERIFY,
                TIMEOUT,
                CONNECT_TIMEOUT,
                PREFIX,
                TRACKING,
                DURABLE,
                MAX_BODY);
    }

    @Override
    public MemoryTier create(ProviderContext context) {
        return new RedisTier(RedisConfig.of(context.id(), context.settings()), context);
    }
}
