package ai.primespark.core.memory;

import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A cache that is not asked while it may hold values that were overwritten when it was away: reading fails as if it were away
 * still, and writing goes on. Thread-safe.
 */
final class DoubtedTier extends ForwardingTier {

    private final String id;
    private volatile boolean doubted;

    /** Marks failures that say nothing about how the tier is doing. */
    private static final class Doubt extends Exception {
        private static final long serialVersionUID = 1L;

        Doubt() {
            super("not asked", null, false, false);
        }
    }

    DoubtedTier(String id, MemoryTier tier) {
        super(tier);
        this.id = id;
    }

    /** Whether what a tier misses may be forgotten, because it forgets by itself. */
    static boolean isCache(MemoryTier tier) {
        Set<TierTrait> traits = tier.traits();
        return !(tier instanceof CaffeineTier)
                && !traits.contains(TierTrait.PERSISTENT)
                && (traits.contains(TierTrait.SHARED) || traits.contains(TierTrait.MAY_EVICT));
    }

    static boolean isDoubt(TierException failure) {
        return failure.getCause() instanceof Doubt;
    }

    void doubt(boolean now) {
        doubted = now;
    }

    boolean isDoubted() {
        return doubted;
    }

    /** The tier itself, for whoever removes what is not to be believed. */
    MemoryTier beneath() {
        return tier;
    }

    private <R extends @Nullable Object> CompletionStage<R> refuse() {
        return CompletableFuture.failedFuture(new TierException(
                TierException.Kind.TRANSIENT,
                "tier '" + id + "' was away for longer than hint-life and is being emptied of outdated values",
                new Doubt()));
    }

    @Override
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        return doubted ? refuse() : tier.get(key, deadline);
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return doubted && !(condition instanceof Condition.IfNewer)
                ? refuse()
                : tier.apply(record, condition, deadline);
    }

    @Override
    public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
        return doubted ? refuse() : tier.getAll(keys, deadline);
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        return doubted ? refuse() : tier.scan(namespace, prefix, cursor, limit, deadline);
    }
}
