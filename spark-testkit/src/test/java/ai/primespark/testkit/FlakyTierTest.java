package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FlakyTierTest {

    private final FlakyTier tier = new FlakyTier(new InMemoryTier(TierTrait.PERSISTENT));
    private final TierRecord record =
            TierRecord.value(TierKey.of("n", "k"), Version.of(1, 0, "t"), TierRecord.NEVER, "text", new byte[] {1});

    private CompletableFuture<Applied> apply() {
        return tier.apply(record, Condition.IF_NEWER, soon()).toCompletableFuture();
    }

    private CompletableFuture<TierRecord> get() {
        return tier.get(record.key(), soon()).toCompletableFuture();
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30));
    }

    @Test
    void worksUntilToldOtherwise() {
        assertThat(apply().join()).isEqualTo(Applied.DONE);
        assertThat(get().join()).isSameAs(record);
        assertThat(tier.traits()).containsExactly(TierTrait.PERSISTENT);
        assertThat(tier.operations()).isEqualTo(2);
    }

    @Test
    void failsUntilItIsHealed() {
        tier.fail(Kind.FULL);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> BlockingMemoryTier.await(apply()))
                    .isInstanceOfSatisfying(
                            TierException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FULL));
        }
        tier.heal();
        assertThat(get().join()).as("nothing was stored meanwhile").isNull();
        assertThat(apply().join()).isEqualTo(Applied.DONE);
    }

    @Test
    void failsAsOftenAsItIsTold() {
        tier.failNext(2, Kind.TRANSIENT);
        assertThat(apply()).isCompletedExceptionally();
        assertThat(get()).isCompletedExceptionally();
        assertThat(apply().join()).isEqualTo(Applied.DONE);
    }

    @Test
    void hangsAndGoesOnWhenItIsHealed() throws Exception {
        tier.hang();
        CompletableFuture<Applied> applied = apply();
        assertThat(applied).isNotDone();
        assertThat(tier.hanging()).isEqualTo(1);
        tier.heal();
        assertThat(applied.get(20, TimeUnit.SECONDS)).isEqualTo(Applied.DONE);
        assertThat(tier.hanging()).isZero();
    }

    @Test
    void whatHangsFailsWhenTheTierIsClosed() throws Exception {
        tier.hang();
        CompletableFuture<Applied> applied = apply();
        tier.close();
        assertThatThrownBy(() -> BlockingMemoryTier.await(applied)).isInstanceOf(TierException.class);
    }

    @Test
    void slowOperationsTakeAsLongAsTold() throws Exception {
        tier.slow(Duration.ofMillis(50));
        long start = System.nanoTime();
        assertThat(apply().get(20, TimeUnit.SECONDS)).isEqualTo(Applied.DONE);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(50));
        tier.heal();
        assertThat(get()).isDone();
    }
}
