package ai.primespark.core.memory;

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
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A tier that counts what moves, and that may stand for one on another machine. */
final class BlobProbe implements MemoryTier, BlobTier {

    final AtomicLong sent = new AtomicLong();
    final AtomicLong fetched = new AtomicLong();
    final AtomicLong calls = new AtomicLong();

    private final MemoryTier tier;
    private final BlobTier blobs;
    private final Set<TierTrait> traits;

    BlobProbe(MemoryTier tier, boolean elsewhere) {
        this.tier = tier;
        this.blobs = tier.blobs().orElseThrow();
        EnumSet<TierTrait> kept = EnumSet.copyOf(tier.traits());
        if (elsewhere) {
            kept.remove(TierTrait.LOCAL);
            kept.add(TierTrait.SHARED);
        }
        this.traits = Set.copyOf(kept);
    }

    void reset() {
        sent.set(0);
        fetched.set(0);
        calls.set(0);
    }

    @Override
    public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
        calls.incrementAndGet();
        return blobs.has(sha256, deadline);
    }

    @Override
    public CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline) {
        calls.incrementAndGet();
        sent.addAndGet(length);
        return blobs.write(sha256, content, length, deadline);
    }

    @Override
    public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
        calls.incrementAndGet();
        return blobs.read(sha256, offset, length, deadline).thenApply(in -> {
            fetched.addAndGet(length);
            return in;
        });
    }

    @Override
    public CompletionStage<Void> delete(String sha256, Deadline deadline) {
        calls.incrementAndGet();
        return blobs.delete(sha256, deadline);
    }

    @Override
    public CompletionStage<Page> list(@Nullable String cursor, int limit, Deadline deadline) {
        calls.incrementAndGet();
        return blobs.list(cursor, limit, deadline);
    }

    @Override
    public Optional<BlobTier> blobs() {
        return Optional.of(this);
    }

    @Override
    public void start() throws Exception {
        tier.start();
    }

    @Override
    public Set<TierTrait> traits() {
        return traits;
    }

    @Override
    public TierLimits limits() {
        return tier.limits();
    }

    @Override
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        calls.incrementAndGet();
        return tier.get(key, deadline);
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        calls.incrementAndGet();
        return tier.apply(record, condition, deadline);
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        calls.incrementAndGet();
        return tier.scan(namespace, prefix, cursor, limit, deadline);
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        calls.incrementAndGet();
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
    public void close() throws Exception {
        tier.close();
    }
}
