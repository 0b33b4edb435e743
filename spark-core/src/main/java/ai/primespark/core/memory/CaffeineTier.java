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
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Memory in the heap, bounded by bytes, with Caffeine's W-TinyLFU choosing what stays. Gone with the process.
 *
 * <p>As the first tier it is also the engine's near cache, reached by {@link #peek}, {@link #put}, {@link #fill} and
 * {@link #drop} without the detour over stages.
 */
final class CaffeineTier implements MemoryTier {

    private static final Set<TierTrait> TRAITS =
            Set.copyOf(EnumSet.of(TierTrait.LOCAL, TierTrait.MAY_EVICT, TierTrait.ATOMIC_CAS));

    private final String id;
    private final InstantSource clock;
    private final long maxBytes;
    private final String storage = UUID.randomUUID().toString();
    private final Cache<NearKey, NearEntry> entries;
    private volatile boolean closed;

    CaffeineTier(String id, InstantSource clock, long maxBytes) {
        this.id = id;
        this.clock = clock;
        this.maxBytes = maxBytes;
        this.entries = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((NearKey key, NearEntry entry) -> entry.weight())
                .executor(Runnable::run) // its upkeep is short; no thread of a shared pool for it
                .build();
    }

    /** A key as this tier looks it up: no validation, because only legal keys get in. */
    private record NearKey(String namespace, String key, int hash) {

        NearKey(String namespace, String key) {
            this(namespace, key, namespace.hashCode() * 31 + key.hashCode());
        }

        static NearKey of(TierKey key) {
            return new NearKey(key.namespace(), key.key());
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof NearKey that && key.equals(that.key) && namespace.equals(that.namespace);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** What is held: a value, a tombstone, an ended record, the knowledge that there is none, or nothing. */
    @Nullable
    NearEntry peek(String namespace, String key) {
        return entries.getIfPresent(new NearKey(namespace, key));
    }

    /**
     * Applies a record that was written.
     *
     * @param checkAtMillis see {@link NearEntry}
     */
    Applied put(TierRecord record, Condition condition, long checkAtMillis) {
        Applied[] outcome = {Applied.DONE};
        entries.asMap().compute(NearKey.of(record.key()), (key, held) -> {
            outcome[0] = condition.decide(held == null ? null : held.record(), record, clock.millis());
            return outcome[0] instanceof Applied.Done ? new NearEntry(record, checkAtMillis) : held;
        });
        return outcome[0];
    }

    /**
     * Takes over a record that was read from another tier. A record of the same version replaces the one held, because it has
     * just been confirmed.
     *
     * @param stillCurrent decides under the key's lock whether the record may be taken: it may not if the key was written since
     *     the read began, because the newer record may have been evicted from here already
     */
    void fill(TierRecord record, long checkAtMillis, BooleanSupplier stillCurrent) {
        NearEntry taken = entries.asMap().compute(NearKey.of(record.key()), (key, held) -> {
            boolean older = held != null && held.record().version().isNewerThan(record.version());
            return older || !stillCurrent.getAsBoolean() ? held : new NearEntry(record, checkAtMillis);
        });
        doubtUnless(stillCurrent, taken);
    }

    /** {@link #checkBy} passes by what is put in while it looks. */
    private static void doubtUnless(BooleanSupplier stillCurrent, @Nullable NearEntry taken) {
        if (taken != null && !stillCurrent.getAsBoolean()) {
            taken.checkBy(Long.MIN_VALUE);
        }
    }

    /**
     * Remembers that no tier has a record.
     *
     * @param stillCurrent see {@link #fill}
     */
    void fillAbsent(TierKey key, long checkAtMillis, BooleanSupplier stillCurrent) {
        NearEntry taken = entries.asMap().compute(NearKey.of(key), (same, held) -> {
            boolean known = held != null && !held.isAbsent();
            return known || !stillCurrent.getAsBoolean() ? held : NearEntry.absent(key, checkAtMillis);
        });
        doubtUnless(stillCurrent, taken);
    }

    /** Forgets that there is no record of a key. */
    void dropAbsent(TierKey key) {
        entries.asMap().computeIfPresent(NearKey.of(key), (same, held) -> held.isAbsent() ? null : held);
    }

    /** Lets what is held of a key be compared with the tiers before it is given. */
    void check(TierKey key) {
        entries.asMap().computeIfPresent(NearKey.of(key), (same, held) -> {
            held.checkBy(Long.MIN_VALUE);
            return held.isAbsent() ? null : held;
        });
    }

    /** Lets everything held of some namespaces be compared with the tiers not later than at a moment. */
    void checkBy(Predicate<String> namespaces, long millis) {
        for (NearEntry entry : entries.asMap().values()) {
            if (namespaces.test(entry.record().key().namespace())) {
                entry.checkBy(millis);
            }
        }
    }

    /** Forgets a key, because what other tiers hold is not known. */
    void drop(TierKey key) {
        entries.invalidate(NearKey.of(key));
    }

    @Override
    public Set<TierTrait> traits() {
        return TRAITS;
    }

    @Override
    public TierLimits limits() {
        return new TierLimits(TierKey.MAX_KEY_BYTES, Math.max(1, Math.min(64L << 20, maxBytes / 4)), 1000);
    }

    @Override
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        return answer(deadline, () -> {
            NearEntry entry = peek(key.namespace(), key.key());
            return entry == null || entry.isAbsent() ? null : entry.record();
        });
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return answer(deadline, () -> put(record, condition, TierRecord.NEVER));
    }

    /** The smallest keys after the cursor, in the order of {@link String#compareTo}; memory is bounded by the limit. */
    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        return answer(deadline, () -> {
            PriorityQueue<TierPage.Header> smallest = new PriorityQueue<>(Comparator.comparing(
                            (TierPage.Header header) -> header.key().key())
                    .reversed());
            boolean more = false;
            for (NearEntry entry : entries.asMap().values()) {
                TierKey key = entry.record().key();
                boolean wanted = !entry.isAbsent()
                        && key.namespace().equals(namespace)
                        && key.key().startsWith(prefix)
                        && (cursor == null || key.key().compareTo(cursor) > 0);
                if (wanted) {
                    smallest.add(TierPage.Header.of(entry.record()));
                    if (smallest.size() > limit) {
                        smallest.poll();
                        more = true;
                    }
                }
            }
            List<TierPage.Header> page = smallest.stream()
                    .sorted(Comparator.comparing(header -> header.key().key()))
                    .toList();
            return new TierPage(page, more ? page.get(page.size() - 1).key().key() : null);
        });
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return answer(deadline, () -> {
            boolean[] removed = {false};
            entries.asMap().computeIfPresent(NearKey.of(key), (same, held) -> {
                removed[0] = !held.record().version().isNewerThan(atMost);
                return removed[0] ? null : held;
            });
            return removed[0];
        });
    }

    @Override
    public CompletionStage<TierIdentity> probe(Deadline deadline) {
        return answer(deadline, () -> new TierIdentity(storage, entries.estimatedSize() + " records in the heap"));
    }

    @Override
    public CompletionStage<TierUsage> usage(Deadline deadline) {
        return answer(deadline, this::measure);
    }

    TierUsage measure() {
        long bytes = entries.policy().eviction().orElseThrow().weightedSize().orElse(-1);
        return new TierUsage(entries.estimatedSize(), bytes, maxBytes);
    }

    private <R extends @Nullable Object> CompletionStage<R> answer(Deadline deadline, Supplier<R> call) {
        if (closed) {
            return CompletableFuture.failedFuture(
                    new TierException(TierException.Kind.PERMANENT, "tier '" + id + "' is closed", null));
        }
        if (deadline.isOver()) {
            return CompletableFuture.failedFuture(
                    new TierException(TierException.Kind.TRANSIENT, "tier '" + id + "': the time was over", null));
        }
        return CompletableFuture.completedFuture(call.get());
    }

    @Override
    public void close() {
        closed = true;
        entries.invalidateAll();
    }
}
