package ai.primespark.testkit;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlobTier;
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
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The reference tier: keeps records on the heap, in the least code that keeps the rules, and claims whatever traits a test asks
 * for. Several tiers over one {@link Storage} behave like machines that share a server, or like one machine before and after a
 * restart. For tests; it never frees memory by itself. Thread-safe.
 */
public final class InMemoryTier implements MemoryTier {

    private static final TierLimits LIMITS = new TierLimits(TierKey.MAX_KEY_BYTES, Integer.MAX_VALUE - 4096, 100);

    private final Storage storage;
    private final InstantSource clock;
    private final Set<TierTrait> traits;
    private final BlobTier blobs;
    private volatile boolean closed;

    /** What tiers keep their records in; outlives them. Thread-safe. */
    public static final class Storage {

        private static final Comparator<TierKey> ORDER = Comparator.comparing(TierKey::namespace)
                .thenComparing(key -> key.key().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

        private final ConcurrentSkipListMap<TierKey, TierRecord> records = new ConcurrentSkipListMap<>(ORDER);
        private final InMemoryBlobs.Chunks chunks = new InMemoryBlobs.Chunks();
        private final String name = UUID.randomUUID().toString();

        /** Makes an empty storage. */
        public Storage() {}

        /**
         * Everything that is stored, for a test's assertions.
         *
         * @return a copy, tombstones and ended records included
         */
        public List<TierRecord> records() {
            return List.copyOf(records.values());
        }

        /**
         * The addresses of all chunks that are stored, for a test's assertions.
         *
         * @return a copy, in order
         */
        public List<String> chunks() {
            return chunks.addresses();
        }

        /**
         * Damages a chunk, as a failing disk does.
         *
         * @param sha256 its address
         * @return whether it was there
         */
        public boolean damageChunk(String sha256) {
            return chunks.damage(sha256);
        }

        /** Forgets everything, as a server does that was set up anew. */
        public void clear() {
            records.clear();
            chunks.clear();
        }

        @Override
        public String toString() {
            return "Storage[" + records.size() + " records]";
        }
    }

    /**
     * Makes a tier.
     *
     * @param storage where the records are
     * @param clock by which records expire
     * @param traits what the tier claims; {@link TierTrait#PERSISTENT}, {@link TierTrait#SHARED},
     *     {@link TierTrait#ATOMIC_CAS} and {@link TierTrait#SCAN_ORDERED} are true of tiers that share a storage
     */
    public InMemoryTier(Storage storage, InstantSource clock, Collection<TierTrait> traits) {
        this.storage = Objects.requireNonNull(storage, "storage");
        this.clock = Objects.requireNonNull(clock, "clock");
        EnumSet<TierTrait> set = EnumSet.noneOf(TierTrait.class);
        set.addAll(traits);
        this.traits = Set.copyOf(set);
        this.blobs = new InMemoryBlobs(storage.chunks, clock, this::isClosed);
    }

    /**
     * Makes a tier with a storage of its own and the machine's clock.
     *
     * @param traits what the tier claims
     */
    public InMemoryTier(TierTrait... traits) {
        this(new Storage(), InstantSource.system(), List.of(traits));
    }

    /**
     * Where the records are.
     *
     * @return the storage
     */
    public Storage storage() {
        return storage;
    }

    @Override
    public Set<TierTrait> traits() {
        return traits;
    }

    @Override
    public TierLimits limits() {
        return LIMITS;
    }

    @Override
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        return answer(deadline, () -> storage.records.get(key));
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return answer(deadline, () -> {
            AtomicReference<Applied> outcome = new AtomicReference<>(Applied.DONE);
            storage.records.compute(record.key(), (key, held) -> {
                // may run more than once when threads compete; the last run is the one that counts
                Applied decision = condition.decide(held, record, clock.millis());
                outcome.set(decision);
                return decision instanceof Applied.Done ? record : held;
            });
            return Objects.requireNonNull(outcome.get());
        });
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        return answer(deadline, () -> {
            TierKey.checkNamespace(namespace);
            List<TierPage.Header> headers = new ArrayList<>();
            String next = null;
            // the cursor is the last key that was listed, so that records that come and go do not move the page
            for (TierRecord record : (cursor == null
                    ? storage.records.values()
                    : storage.records
                            .tailMap(TierKey.of(namespace, cursor), false)
                            .values())) {
                TierKey key = record.key();
                if (key.namespace().equals(namespace) && key.key().startsWith(prefix)) {
                    if (headers.size() == limit) {
                        next = headers.get(limit - 1).key().key();
                        break;
                    }
                    headers.add(TierPage.Header.of(record));
                }
            }
            return new TierPage(headers, next);
        });
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return answer(deadline, () -> {
            TierRecord held = storage.records.get(key);
            while (held != null && !held.version().isNewerThan(atMost)) {
                if (storage.records.remove(key, held)) {
                    return true;
                }
                held = storage.records.get(key);
            }
            return false;
        });
    }

    @Override
    public CompletionStage<TierIdentity> probe(Deadline deadline) {
        return answer(deadline, () -> new TierIdentity(storage.name, storage.records.size() + " records"));
    }

    @Override
    public CompletionStage<TierUsage> usage(Deadline deadline) {
        return answer(deadline, () -> {
            long bytes = 0;
            for (TierRecord record : storage.records.values()) {
                bytes += record.body().length;
            }
            return new TierUsage(storage.records.size(), bytes, -1);
        });
    }

    @Override
    public Optional<BlobTier> blobs() {
        return Optional.of(blobs);
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return "InMemoryTier[" + storage + ", " + traits + (closed ? ", closed" : "") + "]";
    }

    private boolean isClosed() {
        return closed;
    }

    private <R extends @Nullable Object> CompletionStage<R> answer(Deadline deadline, Supplier<R> work) {
        if (closed) {
            return CompletableFuture.failedFuture(
                    new TierException(TierException.Kind.PERMANENT, "the in-memory tier is closed", null));
        }
        if (deadline.isOver()) {
            return CompletableFuture.failedFuture(new TierException(
                    TierException.Kind.TRANSIENT, "the deadline was over before the work began", null));
        }
        return CompletableFuture.completedFuture(work.get());
    }
}
