package ai.primespark.core.memory;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Hands every call on to another tier; what stands in front of one for a reason of its own overrides what it changes. */
abstract class ForwardingTier implements MemoryTier {

    final MemoryTier tier;

    ForwardingTier(MemoryTier tier) {
        this.tier = tier;
    }

    @Override
    public void start() throws Exception {
        tier.start();
    }

    @Override
    public Set<TierTrait> traits() {
        return tier.traits();
    }

    @Override
    public TierLimits limits() {
        return tier.limits();
    }

    @Override
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        return tier.get(key, deadline);
    }

    @Override
    public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
        return tier.getAll(keys, deadline);
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return tier.apply(record, condition, deadline);
    }

    @Override
    public CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
        return tier.applyAll(records, deadline);
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        return tier.scan(namespace, prefix, cursor, limit, deadline);
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return tier.purge(key, atMost, deadline);
    }

    @Override
    public CompletionStage<TierIdentity> probe(Deadline deadline) {
        return tier.probe(deadline);
    }

    @Override
    public CompletionStage<TierUsage> usage(Deadline deadline) {
        return tier.usage(deadline);
    }

    @Override
    public Optional<BlobTier> blobs() {
        return tier.blobs();
    }

    @Override
    public Optional<InvalidationFeed> invalidations() {
        return tier.invalidations();
    }

    @Override
    public Optional<LeaseTier> leases() {
        return tier.leases();
    }

    @Override
    public void close() throws Exception {
        tier.close();
    }

    @Override
    public String toString() {
        return tier.toString();
    }
}
