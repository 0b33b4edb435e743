package ai.primespark.testkit;

import ai.primespark.spi.MemoryTier;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A tier that is far away: every operation takes longer, and any number of them may be under way at once. Thread-safe.
 *
 * <pre>{@code
 * SlowTier cloud = new SlowTier(new InMemoryTier(TierTrait.PERSISTENT), Duration.ofMillis(120));
 * }</pre>
 */
public final class SlowTier extends DelegatingTier {

    private volatile Duration delay;

    /**
     * Wraps a tier.
     *
     * @param tier what works underneath; closed together with this
     * @param delay how much longer each operation takes
     */
    public SlowTier(MemoryTier tier, Duration delay) {
        super(tier);
        this.delay = Objects.requireNonNull(delay, "delay");
    }

    /**
     * Changes the distance, for operations from now on.
     *
     * @param longer how much longer each takes; zero for not at all
     */
    public void delay(Duration longer) {
        delay = Objects.requireNonNull(longer, "longer");
    }

    @Override
    protected <R extends @Nullable Object> CompletionStage<R> pass(Supplier<CompletionStage<R>> operation) {
        Duration longer = delay;
        if (longer.isZero()) {
            return operation.get();
        }
        return CompletableFuture.supplyAsync(
                        () -> true, CompletableFuture.delayedExecutor(longer.toNanos(), TimeUnit.NANOSECONDS))
                .thenCompose(now -> operation.get());
    }
}
