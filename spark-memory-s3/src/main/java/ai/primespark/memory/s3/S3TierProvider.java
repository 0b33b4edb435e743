package ai.primespark.memory.s3;

import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.memory.s3.S3Options.ConditionalWrites;
import ai.primespark.memory.s3.S3Options.PathStyle;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import io.minio.credentials.Provider;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes tiers in the buckets of S3-compatible object stores: type {@code s3}. Stateless. */
public final class S3TierProvider implements MemoryTierProvider {

    static final Setting<URI> ENDPOINT = Setting.httpUrl(
                    "endpoint", "Address of the server, without a path. Without it: Amazon's.")
            .defaultsTo(URI.create("https://s3.amazonaws.com"));

    static final Setting<String> BUCKET = Setting.text("bucket", "The bucket.")
            .must(
                    name -> name.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]") && !name.contains(".."),
                    "3 to 63 characters of [a-z0-9.-]");

    static final Setting<String> PREFIX = Setting.text(
                    "prefix",
                    "What the names of all the tier's objects begin with, so that a bucket can hold other things besides; may be"
                            + " empty.")
            .must(
                    prefix -> prefix.isEmpty()
                            || prefix.length() <= 128
                                    && prefix.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*"),
                    "at most 128 characters of [A-Za-z0-9._-], parted by single slashes")
            .defaultsTo("prime-spark");

    static final Setting<String> REGION = Setting.text(
                    "region", "The bucket's region; most servers but Amazon's do not care.")
            .must(name -> name.matches("[A-Za-z0-9-]{1,64}"), "1 to 64 characters of [A-Za-z0-9-]")
            .defaultsTo("us-east-1");

    static final Setting<PathStyle> PATH_STYLE = Setting.choice(
                    "path-style",
                    PathStyle.class,
                    "Whether the bucket's name stands in the path (true) or in the host's name (false); auto is false for"
                            + " Amazon's servers only.")
            .defaultsTo(PathStyle.AUTO);

    static final Setting<Boolean> CREATE_BUCKET =
            Setting.bool("create-bucket", "Make the bucket if it is not there.").defaultsTo(false);

    static final Setting<Secret> ACCESS_KEY = Setting.secret(
                    "access-key",
                    "The access key's id. Without it: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of the"
                            + " environment.")
            .optional();

    static final Setting<Secret> SECRET_KEY =
            Setting.secret("secret-key", "The access key's secret.").optional();

    static final Setting<Secret> SESSION_TOKEN =
            Setting.secret("session-token", "The token of temporary keys.").optional();

    static final Setting<Boolean> ANONYMOUS = Setting.bool(
                    "anonymous", "Send requests without a signature, for buckets that let everybody in.")
            .defaultsTo(false);

    static final Setting<Path> CA_FILE = Setting.path(
                    "ca-file",
                    "PEM file with the certificates of the authorities to trust, for servers with certificates of one's own.")
            .optional();

    static final Setting<String> SSE = Setting.text(
                    "sse", "Encryption by the server: none (or what the bucket says), s3, or kms:<key-id>.")
            .must(
                    sse -> sse.equals("none") || sse.equals("s3") || sse.matches("kms:[!-~]+"),
                    "none, s3 or kms:<key-id>")
            .defaultsTo("none");

    static final Setting<String> STORAGE_CLASS = Setting.text(
                    "storage-class",
                    "Storage class of what is written, for example STANDARD_IA; not one that must be thawed.")
            .must(name -> name.matches("[A-Z0-9_]{1,40}"), "1 to 40 characters of [A-Z0-9_]")
            .must(
                    name -> !name.equals("GLACIER") && !name.equals("DEEP_ARCHIVE"),
                    "one from which objects can be read at once")
            .optional();

    static final Setting<ConditionalWrites> CONDITIONAL_WRITES = Setting.choice(
                    "conditional-writes",
                    ConditionalWrites.class,
                    "required: writes fail if the server ignores If-Match and If-None-Match. auto: they are used if it honours"
                            + " them. off: they are not sent. With auto and off the tier does not promise that several machines"
                            + " keep from overwriting one another.")
            .defaultsTo(ConditionalWrites.REQUIRED);

    static final Setting<Long> MAX_CONNECTIONS = Setting.number(
                    "max-connections", "How many requests are under way at once; more wait.")
            .atLeast(1L)
            .atMost(256L)
            .defaultsTo(16L);

    static final Setting<Duration> CONNECT_TIMEOUT = Setting.duration(
                    "connect-timeout", "How long connecting may take. The deadline of each operation holds besides.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(5))
            .defaultsTo(Duration.ofSeconds(3));

    static final Setting<Duration> READ_TIMEOUT = Setting.duration(
                    "read-timeout", "How long the server may say nothing.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(5))
            .defaultsTo(Duration.ofSeconds(15));

    static final Setting<Duration> WRITE_TIMEOUT = Setting.duration(
                    "write-timeout", "How long the server may take nothing of what is sent.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(5))
            .defaultsTo(Duration.ofSeconds(15));

    static final Setting<Long> PART_SIZE = Setting.bytes(
                    "part-size",
                    "Larger chunks of binaries are sent in parts of this size; each upload under way holds one in memory.")
            .atLeast(5L << 20)
            .atMost(256L << 20)
            .defaultsTo(16L << 20);

    static final Setting<Long> MAX_UPLOADS = Setting.number(
                    "max-uploads", "How many chunks of binaries are sent at once; more wait.")
            .atLeast(1L)
            .atMost(64L)
            .defaultsTo(2L);

    static final Setting<Long> CACHED_HEADERS = Setting.number(
                    "cached-headers",
                    "How many records' headers are remembered, about 400 bytes each, so that listing them again or writing them"
                            + " again costs fewer requests.")
            .atLeast(0L)
            .atMost(1_000_000L)
            .defaultsTo(10_000L);

    /** For {@link java.util.ServiceLoader}. */
    public S3TierProvider() {}

    @Override
    public String name() {
        return "s3";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public Zone defaultZone() {
        return Zone.CLOUD;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(
                ENDPOINT,
                BUCKET,
                PREFIX,
                REGION,
                PATH_STYLE,
                CREATE_BUCKET,
                ACCESS_KEY,
                SECRET_KEY,
                SESSION_TOKEN,
                ANONYMOUS,
                CA_FILE,
                SSE,
                STORAGE_CLASS,
                CONDITIONAL_WRITES,
                MAX_CONNECTIONS,
                CONNECT_TIMEOUT,
                READ_TIMEOUT,
                WRITE_TIMEOUT,
                PART_SIZE,
                MAX_UPLOADS,
                CACHED_HEADERS);
    }

    @Override
    public MemoryTier create(ProviderContext context) {
        Settings settings = context.settings();
        URI endpoint = settings.get(ENDPOINT);
        String path = endpoint.getPath();
        if (path != null && !path.isEmpty() && !path.equals("/")) {
            throw new IllegalArgumentException("endpoint: must have no path, but has " + path
                    + "; the bucket goes into bucket, the rest into prefix");
        }
        return new S3Tier(
                context,
                new S3Options(
                        context.id(),
                        endpoint,
                        settings.get(BUCKET),
                        settings.get(PREFIX),
                        settings.get(REGION),
                        settings.get(PATH_STYLE),
                        settings.get(CREATE_BUCKET),
                        settings.find(CA_FILE).orElse(null),
                        writeHeaders(settings),
                        settings.get(CONDITIONAL_WRITES),
                        Math.toIntExact(settings.get(MAX_CONNECTIONS)),
                        settings.get(CONNECT_TIMEOUT),
                        settings.get(READ_TIMEOUT),
                        settings.get(WRITE_TIMEOUT),
                        Math.toIntExact(settings.get(PART_SIZE)),
                        Math.toIntExact(settings.get(MAX_UPLOADS)),
                        Math.toIntExact(settings.get(CACHED_HEADERS))),
                credentials(context.id(), settings));
    }

    private static Map<String, String> writeHeaders(Settings settings) {
        Map<String, String> headers = new HashMap<>();
        String sse = settings.get(SSE);
        if (sse.equals("s3")) {
            headers.put("x-amz-server-side-encryption", "AES256");
        } else if (sse.startsWith("kms:")) {
            headers.put("x-amz-server-side-encryption", "aws:kms");
            headers.put("x-amz-server-side-encryption-aws-kms-key-id", sse.substring("kms:".length()));
        }
        settings.find(STORAGE_CLASS).ifPresent(name -> headers.put("x-amz-storage-class", name));
        return Map.copyOf(headers);
    }

    private static @Nullable Provider credentials(String id, Settings settings) {
        Optional<Secret> accessKey = settings.find(ACCESS_KEY);
        Optional<Secret> secretKey = settings.find(SECRET_KEY);
        Optional<Secret> sessionToken = settings.find(SESSION_TOKEN);
        if (accessKey.isPresent() != secretKey.isPresent()) {
            throw new IllegalArgumentException("access-key and secret-key go together; set both or none");
        }
        if (sessionToken.isPresent() && accessKey.isEmpty()) {
            throw new IllegalArgumentException("session-token needs access-key and secret-key");
        }
        if (settings.get(ANONYMOUS)) {
            if (accessKey.isPresent()) {
                throw new IllegalArgumentException(
                        "anonymous = true and access-key exclude each other; set one of them");
            }
            return null;
        }
        return accessKey.isEmpty()
                ? S3Credentials.environment(id, System::getenv)
                : S3Credentials.fixed(accessKey.get(), secretKey.orElseThrow(), sessionToken.orElse(null));
    }
}
