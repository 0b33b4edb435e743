package ai.primespark.examples.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the contracts cannot know: the tier's own setting. */
class HeapTierTest {

    private final HeapTierProvider provider = new HeapTierProvider();
    private TestContext context;
    private MemoryTier tier;

    @BeforeEach
    void fillTheTier() {
        context = TestContext.create();
        tier = provider.create(context.with(provider, Map.of("max-records", 2)));
        apply(value("a", 1));
        apply(value("b", 1));
    }

    @AfterEach
    void close() throws Exception {
        tier.close();
        context.close();
    }

    @Test
    void refusesANewKeyWhenItIsFull() {
        assertThatExceptionOfType(TierException.class)
                .isThrownBy(() -> apply(value("c", 1)))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(TierException.Kind.FULL));
        assertThat(BlockingMemoryTier.await(tier.usage(soon())).records()).isEqualTo(2);
    }

    @Test
    void replacesAndDeletesWhenItIsFull() {
        assertThat(apply(value("a", 2))).isEqualTo(Applied.DONE);
        assertThat(apply(TierRecord.tombstone(key("c"), version(1), TierRecord.NEVER)))
                .isEqualTo(Applied.DONE);
    }

    @Test
    void hasRoomAgainAfterAPurge() {
        BlockingMemoryTier.await(tier.purge(key("a"), version(1), soon()));
        assertThat(apply(value("c", 1))).isEqualTo(Applied.DONE);
    }

    private Applied apply(TierRecord record) {
        return BlockingMemoryTier.await(tier.apply(record, Condition.IF_NEWER, soon()));
    }

    private static TierRecord value(String key, int version) {
        return TierRecord.value(key(key), version(version), TierRecord.NEVER, "bytes", new byte[] {1});
    }

    private static TierKey key(String key) {
        return TierKey.of("default", key);
    }

    private static Version version(int step) {
        return Version.of(1_700_000_000_000L, step, "test");
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30));
    }
}
