package ai.primespark.it.memory;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Stops the process, as kill -9 does, before or after the n-th time that any of a process's tiers changes something. */
final class HaltingTier implements MemoryTier {

    private final MemoryTier tier;
    private final AtomicInteger left;
    private final boolean after;

    /**
     * Wraps a tier.
     *
     * @param tier the tier
     * @param left how many changes from now on, shared with the other tiers
     * @param after whether the last change is done still
     */
    HaltingTier(MemoryTier tier, AtomicInteger left, boolean after) {
        this.tier = tier;
        this.left = left;
        this.after = after;
    }

    private <R> CompletionStage<R> change(Supplier<CompletionStage<R>> change) {
        boolean last = left.decrementAndGet() == 0;
        if (last && !after) {
            Runtime.getRuntime().halt(9);
        }
        CompletionStage<R> stage = change.get();
        return last
                ? stage.whenComplete((result, failure) -> Runtime.getRuntime().halt(9))
                : stage;
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
    public CompletionStage<TierRecord> get(TierKey key, Deadline deadline) {
        return tier.get(key, deadline);
    }

    @Override
    public CompletionStage<List<TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
        return tier.getAll(keys, deadline);
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return change(() -> tier.apply(record, condition, deadline));
    }

    @Override
    public CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
        return change(() -> tier.applyAll(records, deadline));
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, String cursor, int limit, Deadline deadline) {
        return tier.scan(namespace, prefix, cursor, limit, deadline);
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return change(() -> tier.purge(key, atMost, deadline));
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
        return tier.blobs().map(HaltingBlobs::new);
    }

    @Override
    public void close() throws Exception {
        tier.close();
    }

    private final class HaltingBlobs implements BlobTier {
        private final BlobTier blobs;

        HaltingBlobs(BlobTier blobs) {
            this.blobs = blobs;
        }

        @Override
        public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
            return blobs.has(sha256, deadline);
        }

        @Override
        public CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline) {
            return change(() -> blobs.write(sha256, content, length, deadline));
        }

        @Override
        public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
            return blobs.read(sha256, offset, length, deadline);
        }

        @Override
        public CompletionStage<Void> delete(String sha256, Deadline deadline) {
            return change(() -> blobs.delete(sha256, deadline));
        }

        @Override
        public CompletionStage<Page> list(String cursor, int limit, Deadline deadline) {
            return blobs.list(cursor, limit, deadline);
        }
    }
}
