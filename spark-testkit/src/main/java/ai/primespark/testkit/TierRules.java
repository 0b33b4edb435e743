package ai.primespark.testkit;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the rules of {@link MemoryTierContract} stand on: opening tiers, short forms of their methods, bounded waits. */
abstract class TierRules {

    private final List<MemoryTier> opened = new ArrayList<>();
    private TestContext context;
    private String space;

    abstract MemoryTierProvider tierProvider();

    abstract Map<String, Object> tierSettings(Path directory);

    abstract Duration tierPatience();

    @BeforeEach
    void contractOpensContext() {
        context = TestContext.create();
        space = "contract-" + UUID.randomUUID().toString().substring(0, 13);
    }

    @AfterEach
    void contractClosesTiers() {
        try {
            for (MemoryTier tier : opened) {
                Bounded.failure(tierPatience(), "close()", () -> {
                    tier.close();
                    return null;
                });
            }
        } finally {
            context.close();
        }
    }

    final TestContext context() {
        return context;
    }

    /** Where the tier may write. Some levels deep, so that a key that climbs out of it lands where the rules look. */
    final Path storage() {
        return context.directory().resolve("a/b/c/d/storage");
    }

    /** A namespace that no other test uses, because a shared server keeps what earlier tests left there. */
    final String space() {
        return space;
    }

    /** Opens a tier over the one storage of this test. */
    final MemoryTier open() {
        TestContext own = context.with(tierProvider(), tierSettings(storage()));
        MemoryTier tier =
                Bounded.run(tierPatience(), "create()", () -> tierProvider().create(own));
        opened.add(tier);
        Bounded.run(tierPatience(), "start()", () -> {
            tier.start();
            return null;
        });
        return tier;
    }

    final void close(MemoryTier tier) {
        Bounded.run(tierPatience(), "close()", () -> {
            tier.close();
            return null;
        });
    }

    final Deadline deadline() {
        return Deadline.in(tierPatience());
    }

    final <T extends @Nullable Object> T wait(String what, CompletionStage<T> stage) {
        return Bounded.stage(tierPatience(), what, stage);
    }

    final @Nullable TierRecord get(MemoryTier tier, TierKey key) {
        return wait("get", tier.get(key, deadline()));
    }

    final Applied apply(MemoryTier tier, TierRecord record) {
        return apply(tier, record, Condition.IF_NEWER);
    }

    final Applied apply(MemoryTier tier, TierRecord record, Condition condition) {
        return wait("apply", tier.apply(record, condition, deadline()));
    }

    final boolean purge(MemoryTier tier, TierKey key, Version atMost) {
        return wait("purge", tier.purge(key, atMost, deadline()));
    }

    /** Everything under a prefix, page by page. */
    final List<TierPage.Header> scanAll(MemoryTier tier, String namespace, String prefix, int limit) {
        List<TierPage.Header> all = new ArrayList<>();
        String cursor = null;
        int pages = 0;
        do {
            TierPage page = wait("scan", tier.scan(namespace, prefix, cursor, limit, deadline()));
            all.addAll(page.headers());
            cursor = page.next();
            if (++pages > 20_000) {
                throw new AssertionError("scan does not end: 20000 pages and still a cursor");
            }
        } while (cursor != null);
        return all;
    }

    final TierKey key(String key) {
        return TierKey.of(space, key);
    }

    static Version version(long step) {
        return Version.of(1_700_000_000_000L + step, 0, "contract");
    }

    static TierRecord value(TierKey key, Version version, String body) {
        return TierRecord.value(key, version, TierRecord.NEVER, "text", body.getBytes(StandardCharsets.UTF_8));
    }

    static @Nullable String text(@Nullable TierRecord record) {
        return record == null || record.isTombstone() ? null : new String(record.body(), StandardCharsets.UTF_8);
    }
}
