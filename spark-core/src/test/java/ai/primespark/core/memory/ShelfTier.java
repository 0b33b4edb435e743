package ai.primespark.core.memory;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import ai.primespark.testkit.InMemoryTier;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A tier whose storage a test loses, damages, swaps, fills up, and puts back to an earlier state. */
final class ShelfTier implements MemoryTier {

    private static final Deadline LONG = Deadline.in(Duration.ofHours(1));

    private final InstantSource clock;
    private final List<TierTrait> traits;
    private final Set<TierKey> damaged = ConcurrentHashMap.newKeySet();
    private volatile InMemoryTier tier;
    volatile String identity;
    volatile long capacity = -1;
    volatile boolean down;
    volatile boolean refusesWrites;
    volatile BooleanSupplier fails = () -> false;
    volatile CountDownLatch scanGate = new CountDownLatch(0);
    volatile CountDownLatch probeGate = new CountDownLatch(0);
    final AtomicInteger reads = new AtomicInteger();
    final AtomicInteger scans = new AtomicInteger();

    ShelfTier(String id, InstantSource clock, TierTrait... traits) {
        this.clock = clock;
        this.traits = List.of(traits);
        this.tier = new InMemoryTier(new InMemoryTier.Storage(), clock, this.traits);
        this.identity = id + "-1";
    }

    /** What it holds now, to put back later. */
    List<TierRecord> backup() {
        return tier.storage().records();
    }

    void restore(Collection<TierRecord> records) {
        InMemoryTier fresh = new InMemoryTier(new InMemoryTier.Storage(), clock, traits);
        records.forEach(record -> fresh.apply(record, Condition.IF_NEWER, LONG)
                .toCompletableFuture()
                .join());
        tier = fresh;
    }

    void lose(TierKey key) {
        damaged.remove(key);
        TierRecord held = held(key);
        if (held != null) {
            tier.purge(key, held.version(), LONG).toCompletableFuture().join();
        }
    }

    void damage(TierKey key) {
        damaged.add(key);
    }

    /** Past everything that a test may have broken. */
    @Nullable
    TierRecord held(TierKey key) {
        return tier.get(key, LONG).toCompletableFuture().join();
    }

    void hold(TierRecord record) {
        Applied unused = tier.apply(record, Condition.IF_NEWER, LONG)
                .toCompletableFuture()
                .join();
    }

    /** Everything but the engine's own records. */
    Map<String, Version> content() {
        Map<String, Version> content = new TreeMap<>();
        for (TierRecord record : tier.storage().records()) {
            if (!record.key().namespace().equals(TierTrust.NAMESPACE)) {
                content.put(record.key().toString(), record.version());
            }
        }
        return content;
    }

    private <R extends @Nullable Object> CompletionStage<R> play(
            Collection<TierKey> keys, java.util.function.Supplier<CompletionStage<R>> operation) {
        if (down || fails.getAsBoolean()) {
            return CompletableFuture.failedFuture(
                    new TierException(TierException.Kind.TRANSIENT, "the test lets it fail", null));
        }
        if (keys.stream().anyMatch(damaged::contains)) {
            return CompletableFuture.failedFuture(
                    new TierException(TierException.Kind.CORRUPT, "damaged record: checksum mismatch", null));
        }
        return operation.get();
    }

    @Override
    public Set<TierTrait> traits() {
        return Set.copyOf(traits);
    }

    @Override
    public TierLimits limits() {
        return tier.limits();
    }

    @Override
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        reads.incrementAndGet();
        return play(List.of(key), () -> tier.get(key, deadline));
    }

    @Override
    public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
        reads.addAndGet(keys.size());
        return play(keys, () -> tier.getAll(keys, deadline));
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return play(List.of(), () -> {
            if (refusesWrites) {
                return CompletableFuture.failedFuture(new TierException(TierException.Kind.FULL, "read-only", null));
            }
            if (capacity > 0 && !record.isTombstone() && used() + record.body().length > capacity) {
                return CompletableFuture.failedFuture(new TierException(TierException.Kind.FULL, "full", null));
            }
            return tier.apply(record, condition, deadline);
        });
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        scans.incrementAndGet();
        CountDownLatch gate = scanGate;
        if (gate.getCount() > 0) {
            return opened(gate).thenCompose(open -> tier.scan(namespace, prefix, cursor, limit, LONG));
        }
        return play(List.of(), () -> tier.scan(namespace, prefix, cursor, limit, deadline));
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return play(List.of(), () -> {
            damaged.remove(key);
            return tier.purge(key, atMost, deadline);
        });
    }

    @Override
    public CompletionStage<TierIdentity> probe(Deadline deadline) {
        return opened(probeGate)
                .thenCompose(open -> play(
                        List.of(), () -> CompletableFuture.completedFuture(new TierIdentity(identity, "a shelf"))));
    }

    private static CompletableFuture<Boolean> opened(CountDownLatch gate) {
        return gate.getCount() == 0
                ? CompletableFuture.completedFuture(true)
                : CompletableFuture.supplyAsync(() -> {
                    try {
                        gate.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return true;
                });
    }

    private long used() {
        return tier.storage().records().stream()
                .mapToLong(record -> record.body().length)
                .sum();
    }

    @Override
    public CompletionStage<TierUsage> usage(Deadline deadline) {
        return play(
                List.of(),
                () -> CompletableFuture.completedFuture(
                        new TierUsage(tier.storage().records().size(), used(), capacity)));
    }

    @Override
    public void close() {
        // the storage outlives the engines of a test
    }
}
