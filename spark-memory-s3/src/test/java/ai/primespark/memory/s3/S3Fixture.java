package ai.primespark.memory.s3;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.testkit.S3FaultServer;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/** A test server, tiers on it, and short forms of their methods. */
final class S3Fixture implements AutoCloseable {

    static final String BUCKET = "memory";
    static final String ACCESS_KEY = "test-access";
    static final String SECRET_KEY = "test-5ecret-key";
    static final String IDENTITY = "prime-spark/identity";
    static final Duration PATIENCE = Duration.ofSeconds(30);

    final S3FaultServer server;
    final TestContext context = TestContext.create();
    private final List<S3Tier> tiers = new ArrayList<>();

    S3Fixture() throws IOException {
        server = S3FaultServer.start();
        server.createBucket(BUCKET);
    }

    static Map<String, Object> settings(S3FaultServer server) {
        return Map.of(
                "endpoint",
                server.uri().toString(),
                "bucket",
                BUCKET,
                "create-bucket",
                true,
                "access-key",
                ACCESS_KEY,
                "secret-key",
                SECRET_KEY);
    }

    /** A started tier that has tried out the server. */
    S3Tier open(Object... more) {
        S3Tier tier = start(more);
        apply(tier, value("first", 1, "x"));
        server.resetCounts();
        return tier;
    }

    /** A started tier. The bucket is not made by it unless said so. */
    S3Tier start(Object... more) {
        Map<String, Object> settings = new HashMap<>(settings(server));
        settings.put("create-bucket", false);
        for (int i = 0; i < more.length; i += 2) {
            settings.put((String) more[i], more[i + 1]);
        }
        S3TierProvider provider = new S3TierProvider();
        S3Tier tier = (S3Tier) provider.create(context.with(provider, settings));
        tiers.add(tier);
        tier.start();
        return tier;
    }

    static Deadline deadline() {
        return Deadline.in(PATIENCE);
    }

    static <T extends @Nullable Object> T result(CompletionStage<T> stage) {
        return BlockingMemoryTier.await(stage);
    }

    static Applied apply(S3Tier tier, TierRecord record) {
        return result(tier.apply(record, Condition.IF_NEWER, deadline()));
    }

    static @Nullable String text(S3Tier tier, String key) {
        TierRecord record = result(tier.get(key(key), deadline()));
        return record == null || record.isTombstone() ? null : new String(record.body(), StandardCharsets.UTF_8);
    }

    static List<TierPage.Header> scan(S3Tier tier, String prefix, int limit) {
        List<TierPage.Header> all = new ArrayList<>();
        String cursor = null;
        do {
            TierPage page = result(tier.scan("ns", prefix, cursor, limit, deadline()));
            all.addAll(page.headers());
            cursor = page.next();
        } while (cursor != null);
        return all;
    }

    static TierException failure(CompletionStage<?> stage) {
        return Assertions.catchThrowableOfType(TierException.class, () -> result(stage));
    }

    static TierKey key(String key) {
        return TierKey.of("ns", key);
    }

    static Version version(long step) {
        return Version.of(1_700_000_000_000L + step, 0, "test");
    }

    static TierRecord value(String key, long step, String body) {
        return TierRecord.value(
                key(key), version(step), TierRecord.NEVER, "text", body.getBytes(StandardCharsets.UTF_8));
    }

    static String object(String key) {
        return new S3Names("prime-spark").record(key(key));
    }

    static String sha256(byte[] content) {
        return HexFormat.of().formatHex(S3Client.digest("SHA-256", content, content.length));
    }

    static BlobTier blobs(S3Tier tier) {
        return tier.blobs().orElseThrow();
    }

    @Override
    public void close() {
        tiers.forEach(S3Tier::close);
        server.close();
        context.close();
    }
}
