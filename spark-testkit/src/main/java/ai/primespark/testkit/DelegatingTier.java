package ai.primespark.testkit;

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
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A tier that passes everything on to another one. Override {@link #pass} to change how all operations behave, or a single
 * method to change that one. Thread-safe as far as the tier underneath is.
 */
public class DelegatingTier implements MemoryTier {

    private final MemoryTier tier;

    /**
     * Wraps a tier.
     *
     * @param tier what works underneath; closed together with this
     */
    public DelegatingTier(MemoryTier tier) {
        this.tier = Objects.requireNonNull(tier, "tier");
    }

    /**
     * Every operation that answers with a stage goes through here.
     *
     * @param operation calls the tier underneath
     * @param <R> what it answers
     * @return its answer, unless overridden
     */
    protected <R extends @Nullable Object> CompletionStage<R> pass(Supplier<CompletionStage<R>> operation) {
        return operation.get();
    }

    /**
     * The tier underneath.
     *
     * @return the tier
     */
    protected final MemoryTier tier() {
        return tier;
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
        return pass(() -> tier.get(key, deadline));
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return pass(() -> tier.apply(record, condition, deadline));
    }

    @Override
    public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
        return pass(() -> tier.getAll(keys, deadline));
    }

    @Override
    public CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
        return pass(() -> tier.applyAll(records, deadline));
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        return pass(() -> tier.scan(namespace, prefix, cursor, limit, deadline));
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return pass(() -> tier.purge(key, atMost, deadline));
    }

    @Override
    public CompletionStage<TierIdentity> probe(Deadline deadline) {
        return pass(() -> tier.probe(deadline));
    }

    @Override
    public CompletionStage<TierUsage> usage(Deadline deadline) {
        return pass(() -> tier.usage(deadline));
    }

    @Override
    public Optional<BlobTier> blobs() {
        return tier.blobs().map(DelegatingBlobs::new);
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
        return getClass().getSimpleName() + "[" + tier + "]";
    }

    /** The blobs underneath; their operations go through {@link #pass}, too. */
    private final class DelegatingBlobs implements BlobTier {

        private final BlobTier blobs;

        DelegatingBlobs(BlobTier blobs) {
            this.blobs = blobs;
        }

        @Override
        public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
            return pass(() -> blobs.has(sha256, deadline));
        }

        @Override
        public CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline) {
            return pass(() -> blobs.write(sha256, content, length, deadline));
        }

        @Override
        public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
            return pass(() -> blobs.read(sha256, offset, length, deadline));
        }

        @Override
        public CompletionStage<Void> delete(String sha256, Deadline deadline) {
            return pass(() -> blobs.delete(sha256, deadline));
        }

        @Override
        public CompletionStage<Page> list(@Nullable String cursor, int limit, Deadline deadline) {
            return pass(() -> blobs.list(cursor, limit, deadline));
        }

        @Override
        public String toString() {
            return "blobs of " + DelegatingTier.this;
        }
    }
}
