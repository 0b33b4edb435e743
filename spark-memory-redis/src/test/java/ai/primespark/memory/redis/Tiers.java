package ai.primespark.memory.redis;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.TestContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Opens tiers for tests, and closes them. Short forms of their methods. */
final class Tiers implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);

    final TestContext context = TestContext.create();
    private final List<MemoryTier> opened = new ArrayList<>();

    /** A started tier with a long time limit, for whatever the server's speed. */
    MemoryTier open(LocalRedis redis, Object... settings) throws Exception {
        Map<String, Object> values = new HashMap<>(Map.of("url", redis.url(), "timeout", "20s"));
        for (int i = 0; i < settings.length; i += 2) {
            values.put((String) settings[i], settings[i + 1]);
        }
        return open(values);
    }

    MemoryTier open(Map<String, Object> settings) throws Exception {
        RedisTierProvider provider = new RedisTierProvider();
        MemoryTier tier = provider.create(context.with(provider, settings));
        opened.add(tier);
        tier.start();
        return tier;
    }

    static Deadline soon() {
        return Deadline.in(PATIENCE);
    }

    static TierKey key(String key) {
        return TierKey.of("test", key);
    }

    static Version version(long step) {
        return Version.of(1_700_000_000_000L + step, 0, "node");
    }

    static TierRecord value(String key, long step, String body) {
        return TierRecord.value(
                key(key), version(step), TierRecord.NEVER, "text", body.getBytes(StandardCharsets.UTF_8));
    }

    static Applied apply(MemoryTier tier, TierRecord record) {
        return await(tier.apply(record, Condition.IF_NEWER, soon()));
    }

    static TierRecord get(MemoryTier tier, String key) {
        return await(tier.get(key(key), soon()));
    }

    static String text(MemoryTier tier, String key) {
        TierRecord record = get(tier, key);
        return record == null || record.isTombstone() ? null : new String(record.body(), StandardCharsets.UTF_8);
    }

    static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof TierException known ? known : new CompletionException(e.getCause());
        } catch (TimeoutException | InterruptedException e) {
            throw new AssertionError("no answer within " + PATIENCE, e);
        }
    }

    /** How an operation fails, or null. */
    static TierException failure(CompletionStage<?> stage) {
        try {
            await(stage);
            return null;
        } catch (TierException e) {
            return e;
        }
    }

    /** What a listener has heard, in order. */
    static final class News implements InvalidationFeed.Listener {

        final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();

        @Override
        public void onInvalidate(List<TierKey> keys) {
            keys.forEach(key -> heard.add(key.toString()));
        }

        @Override
        public void onInvalidateAll() {
            heard.add("all");
        }

        @Override
        public void onGap() {
            heard.add("gap");
        }

        @Override
        public void onRestored() {
            heard.add("restored");
        }
    }

    @Override
    public void close() throws Exception {
        try {
            for (MemoryTier tier : opened) {
                tier.close();
            }
        } finally {
            context.close();
        }
    }
}
