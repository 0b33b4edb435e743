package ai.primespark.memory.nfs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.testkit.TestContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Opens tiers, and says the usual things shortly. */
final class NfsFixture implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestContext context = TestContext.create();
    private final List<NfsTier> opened = new ArrayList<>();
    private Path mountTable = MountTable.SELF;

    Path directory() {
        return context.directory();
    }

    TestContext context() {
        return context;
    }

    /** From now on tiers read this table of mounts. */
    void mountTable(Path table) {
        mountTable = table;
    }

    NfsTier open(Path path, Map<String, Object> more) {
        Map<String, Object> values = new HashMap<>(more);
        values.put("path", path);
        NfsTier tier = new NfsTier(context.with(new NfsTierProvider(), values), mountTable);
        opened.add(tier);
        tier.start();
        return tier;
    }

    /** A tier in a plain directory. */
    NfsTier openLocal(Path path) {
        return open(path, Map.of("init", "if-empty", "allow-same-device", true));
    }

    static Deadline soon() {
        return Deadline.in(PATIENCE);
    }

    static TierKey key(String key) {
        return TierKey.of("nfs", key);
    }

    static Version version(long step) {
        return Version.of(1_700_000_000_000L + step, 0, "test");
    }

    static TierRecord value(String key, long version, String body) {
        return TierRecord.value(
                key(key), version(version), TierRecord.NEVER, "text", body.getBytes(StandardCharsets.UTF_8));
    }

    static Applied put(MemoryTier tier, String key, long version, String body) {
        return BlockingMemoryTier.await(tier.apply(value(key, version, body), Condition.IF_NEWER, soon()));
    }

    static String text(MemoryTier tier, String key) {
        TierRecord record = BlockingMemoryTier.await(tier.get(key(key), soon()));
        return record == null ? "(absent)" : new String(record.body(), StandardCharsets.UTF_8);
    }

    static TierException failure(CompletionStage<?> stage) {
        try {
            Object result = stage.toCompletableFuture().join();
            throw new AssertionError("did not fail, but gave " + result);
        } catch (CompletionException e) {
            assertThat(e.getCause()).isInstanceOf(TierException.class);
            return (TierException) e.getCause();
        }
    }

    @Override
    public void close() {
        opened.forEach(NfsTier::close);
        context.close();
    }
}
