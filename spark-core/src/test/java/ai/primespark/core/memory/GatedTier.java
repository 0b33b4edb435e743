package ai.primespark.core.memory;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A disk whose next write hangs after it has begun and succeeds long after its caller has given up. */
final class GatedTier extends BlockingMemoryTier {

    private final ConcurrentHashMap<TierKey, TierRecord> records = new ConcurrentHashMap<>();
    volatile CountDownLatch gate = new CountDownLatch(0);

    GatedTier(Executor executor) {
        super(executor);
    }

    @Override
    public Set<TierTrait> traits() {
        return Set.of(TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
    }

    @Override
    public TierLimits limits() {
        return new TierLimits(TierKey.MAX_KEY_BYTES, 1 << 20, 10);
    }

    @Override
    protected @Nullable TierRecord read(TierKey key) {
        return records.get(key);
    }

    @Override
    protected Applied write(TierRecord record, Condition condition) throws IOException {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        Applied[] outcome = {Applied.DONE};
        records.compute(record.key(), (key, held) -> {
            outcome[0] = condition.decide(held, record, 0);
            return outcome[0] instanceof Applied.Done ? record : held;
        });
        return outcome[0];
    }

    @Override
    protected TierPage list(String namespace, String prefix, @Nullable String cursor, int limit) {
        return new TierPage(List.of(), null);
    }

    @Override
    protected boolean remove(TierKey key, Version atMost) {
        return records.remove(key) != null;
    }

    @Override
    protected TierIdentity identify() {
        return new TierIdentity("gated", "");
    }

    @Override
    protected TierUsage measure() {
        return new TierUsage(records.size(), -1, -1);
    }

    @Override
    public void close() {
        gate.countDown();
    }
}
