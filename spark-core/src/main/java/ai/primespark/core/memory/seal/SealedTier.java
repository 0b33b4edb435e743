package ai.primespark.core.memory.seal;

import ai.primespark.Zone;
import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Meters;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands in front of a tier and seals the records of namespaces that must be sealed there; those of other namespaces pass
 * untouched. Since all of the engine goes through it, no way leads around it: not reads, not replication, not repair.
 *
 * <p>What is promised: whoever owns the storage learns neither values nor keys, and a value that he changes, moves to another
 * key, or gives another version or end is refused as damaged. What is not: he sees namespaces, sizes, times and which record is
 * written when; he can withhold or remove records, bring back an older one in its own place, and place a tombstone.
 *
 * <p>While records from before the tier was sealed may be there ({@code plain-records}), a key is looked for under its plain
 * name, too, and what is found there is sealed before the key is written. {@link #blobs()} are passed through: their caller
 * seals chunks with {@link ChunkSealer}, because only the caller knows the namespace.
 *
 * <p>Thread-safe if the tier is.
 */
final class SealedTier implements MemoryTier {

    private static final CompletionStage<@Nullable Void> DONE = CompletableFuture.completedFuture(null);

    private final Sealing sealing;
    private final @Nullable Seals seals;
    private final boolean plainRecords;
    private final String id;
    private final Zone zone;
    private final MemoryTier inner;
    private final Set<TierTrait> traits;
    private final TierLimits limits;
    private final Meters.Counter plainRead;

    /** The parts that need keys. */
    record Seals(NameSealer names, RecordSealer records) {

        TierRecord seal(TierRecord record) {
            return records.seal(record, names.seal(record.key()));
        }

        /** Whether a key may name a plain record: not when it is a name that was made here. */
        boolean mayBePlain(TierKey key) {
            return !NameSealer.isHashed(key.key()) && names.open(key) == null;
        }
    }

    SealedTier(
            Sealing sealing,
            @Nullable Subkeys subkeys,
            boolean plainRecords,
            String id,
            Zone zone,
            MemoryTier inner,
            Meters meters) {
        this.sealing = sealing;
        this.seals = subkeys == null ? null : new Seals(new NameSealer(subkeys), new RecordSealer(subkeys));
        this.plainRecords = plainRecords;
        this.id = id;
        this.zone = zone;
        this.inner = inner;
        this.plainRead = meters.counter("spark.memory.tier.plain", "tier", id);
        this.traits = subkeys == null ? inner.traits() : unordered(inner.traits());
        TierLimits its = inner.limits();
        this.limits = subkeys == null
                ? its
                : new TierLimits(
                        its.maxKeyBytes(),
                        Math.max(1, its.maxBodyBytes() - RecordSealer.MOST_OVERHEAD),
                        its.preferredBatch());
    }

    /** Sealed names have another order than keys. */
    private static Set<TierTrait> unordered(Set<TierTrait> traits) {
        Set<TierTrait> some = EnumSet.noneOf(TierTrait.class);
        some.addAll(traits);
        some.remove(TierTrait.SCAN_ORDERED);
        return Set.copyOf(some);
    }

    /** What seals a namespace here, or null when it passes as it is. */
    private @Nullable Seals seals(String namespace) {
        Sealing.Verdict verdict = sealing.verdict(namespace, zone);
        return switch (verdict) {
            case PLAIN -> null;
            case SEAL -> seals;
            case NO_KEYS, TOO_FAR -> throw Sealing.refusal(verdict, namespace, id);
        };
    }

    /** Failures come in the stage, wherever they happen. */
    private static <R extends @Nullable Object> CompletionStage<R> staged(Supplier<CompletionStage<R>> operation) {
        try {
            return operation.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public Set<TierTrait> traits() {
        return traits;
    }

    @Override
    public TierLimits limits() {
        return limits;
    }

    @Override
    public void start() throws Exception {
        inner.start();
    }

    @Override
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        return staged(() -> {
            Seals here = seals(key.namespace());
            if (here == null) {
                return inner.get(key, deadline);
            }
            CompletionStage<@Nullable TierRecord> sealed = inner.get(
                            here.names().seal(key), deadline)
                    .thenApply(record -> record == null ? null : here.records().open(key, record));
            return plainRecords
                    ? sealed.thenCompose(record -> record == null
                            ? plain(here, key, deadline)
                            : CompletableFuture.<@Nullable TierRecord>completedFuture(record))
                    : sealed;
        });
    }

    private CompletionStage<@Nullable TierRecord> plain(Seals here, TierKey key, Deadline deadline) {
        if (!here.mayBePlain(key)) {
            return CompletableFuture.completedFuture(null);
        }
        return inner.get(key, deadline).thenApply(record -> {
            if (record != null) {
                plainRead.increment();
            }
            return record;
        });
    }

    @Override
    public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
        return staged(() -> {
            List<@Nullable Seals> each = new ArrayList<>(keys.size());
            List<TierKey> names = new ArrayList<>(keys.size());
            for (TierKey key : keys) {
                Seals here = seals(key.namespace());
                each.add(here);
                names.add(here == null ? key : here.names().seal(key));
            }
            return inner.getAll(names, deadline).thenCompose(found -> {
                List<@Nullable TierRecord> records = new ArrayList<>(keys.size());
                List<TierKey> missing = new ArrayList<>();
                List<Integer> places = new ArrayList<>();
                for (int i = 0; i < keys.size(); i++) {
                    Seals here = each.get(i);
                    TierRecord record = found.get(i);
                    records.add(
                            here == null || record == null
                                    ? record
                                    : here.records().open(keys.get(i), record));
                    if (here != null && record == null && plainRecords && here.mayBePlain(keys.get(i))) {
                        missing.add(keys.get(i));
                        places.add(i);
                    }
                }
                return missing.isEmpty()
                        ? CompletableFuture.completedFuture(records)
                        : inner.getAll(missing, deadline).thenApply(plain -> fill(records, places, plain));
            });
        });
    }

    private List<@Nullable TierRecord> fill(
            List<@Nullable TierRecord> records, List<Integer> places, List<@Nullable TierRecord> plain) {
        for (int i = 0; i < plain.size(); i++) {
            if (plain.get(i) != null) {
                plainRead.increment();
                records.set(places.get(i), plain.get(i));
            }
        }
        return records;
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return staged(() -> {
            Seals here = seals(record.key().namespace());
            if (here == null) {
                return inner.apply(record, condition, deadline);
            }
            TierRecord sealed = here.seal(record);
            return sealPlain(here, List.of(record), deadline)
                    .thenCompose(done -> inner.apply(sealed, condition, deadline));
        });
    }

    @Override
    public CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
        return staged(() -> {
            List<TierRecord> sealed = new ArrayList<>(records.size());
            List<TierRecord> ours = new ArrayList<>();
            Seals with = null;
            for (TierRecord record : records) {
                Seals here = seals(record.key().namespace());
                sealed.add(here == null ? record : here.seal(record));
                if (here != null) {
                    with = here;
                    ours.add(record);
                }
            }
            return with == null
                    ? inner.applyAll(records, deadline)
                    : sealPlain(with, ours, deadline).thenCompose(done -> inner.applyAll(sealed, deadline));
        });
    }

    /**
     * Moves what is there under plain names to the sealed ones, before those keys are written: the law and the conditions then
     * see it, and it can never come back once the newer record has ended.
     */
    private CompletionStage<@Nullable Void> sealPlain(Seals here, List<TierRecord> records, Deadline deadline) {
        List<TierKey> keys = plainRecords
                ? records.stream()
                        .map(TierRecord::key)
                        .distinct()
                        .filter(here::mayBePlain)
                        .toList()
                : List.of();
        if (keys.isEmpty()) {
            return DONE;
        }
        CompletionStage<List<@Nullable TierRecord>> looked = keys.size() == 1
                ? inner.get(keys.get(0), deadline).thenApply(SealedTier::listOf)
                : inner.getAll(keys, deadline);
        return looked.thenCompose(found -> {
            List<TierRecord> plain = new ArrayList<>();
            found.forEach(record -> {
                if (record != null) {
                    plain.add(record);
                }
            });
            return plain.isEmpty()
                    ? DONE
                    : inner.applyAll(plain.stream().map(here::seal).toList(), deadline)
                            .thenCompose(applied -> purgePlain(plain, deadline));
        });
    }

    private static List<@Nullable TierRecord> listOf(@Nullable TierRecord record) {
        List<@Nullable TierRecord> one = new ArrayList<>(1);
        one.add(record);
        return one;
    }

    private CompletionStage<@Nullable Void> purgePlain(List<TierRecord> plain, Deadline deadline) {
        CompletableFuture<?>[] purges = plain.stream()
                .map(record ->
                        inner.purge(record.key(), record.version(), deadline).toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(purges);
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        return staged(() -> {
            Seals here = seals(namespace);
            return here == null
                    ? inner.scan(namespace, prefix, cursor, limit, deadline)
                    : new SealedScan(inner, here, plainRecords, namespace, prefix, deadline).page(cursor, limit);
        });
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return staged(() -> {
            Seals here = seals(key.namespace());
            if (here == null) {
                return inner.purge(key, atMost, deadline);
            }
            CompletionStage<Boolean> sealed = inner.purge(here.names().seal(key), atMost, deadline);
            return plainRecords && here.mayBePlain(key)
                    ? sealed.thenCombine(inner.purge(key, atMost, deadline), (one, other) -> one || other)
                    : sealed;
        });
    }

    @Override
    public CompletionStage<TierIdentity> probe(Deadline deadline) {
        return inner.probe(deadline);
    }

    @Override
    public CompletionStage<TierUsage> usage(Deadline deadline) {
        return inner.usage(deadline);
    }

    @Override
    public Optional<BlobTier> blobs() {
        return inner.blobs();
    }

    @Override
    public Optional<InvalidationFeed> invalidations() {
        return inner.invalidations().map(feed -> listener -> feed.subscribe(new Opening(listener)));
    }

    /** Tells of keys, where the tier tells of names. */
    private final class Opening implements InvalidationFeed.Listener {

        private final InvalidationFeed.Listener listener;

        Opening(InvalidationFeed.Listener listener) {
            this.listener = listener;
        }

        @Override
        public void onInvalidate(List<TierKey> names) {
            List<TierKey> keys = new ArrayList<>(names.size());
            for (TierKey name : names) {
                Seals here = sealing.verdict(name.namespace(), zone) == Sealing.Verdict.SEAL ? seals : null;
                if (here == null) {
                    keys.add(name);
                } else if (NameSealer.isHashed(name.key())) {
                    listener.onInvalidateAll(); // a long key, and nobody can say which one
                    return;
                } else {
                    TierKey key = here.names().open(name);
                    keys.add(key == null ? name : key);
                }
            }
            listener.onInvalidate(keys);
        }

        @Override
        public void onInvalidateAll() {
            listener.onInvalidateAll();
        }

        @Override
        public void onGap() {
            listener.onGap();
        }

        @Override
        public void onRestored() {
            listener.onRestored();
        }
    }

    @Override
    public Optional<LeaseTier> leases() {
        return inner.leases().map(SealedLeases::new);
    }

    /** What is locked is not to be seen either. */
    private final class SealedLeases implements LeaseTier {

        private final LeaseTier leases;

        SealedLeases(LeaseTier leases) {
            this.leases = leases;
        }

        private TierKey name(TierKey key) {
            Seals here = seals(key.namespace());
            return here == null ? key : here.names().seal(key);
        }

        @Override
        public CompletionStage<Optional<Lease>> acquire(TierKey key, java.time.Duration life, Deadline deadline) {
            return staged(() -> leases.acquire(name(key), life, deadline)
                    .thenApply(taken -> taken.map(lease -> new Lease(key, lease.fence()))));
        }

        @Override
        public CompletionStage<Void> release(Lease lease, Deadline deadline) {
            return staged(() -> leases.release(new Lease(name(lease.key()), lease.fence()), deadline));
        }
    }

    @Override
    public void close() throws Exception {
        inner.close();
    }

    @Override
    public String toString() {
        return "SealedTier[" + id + "]";
    }
}
