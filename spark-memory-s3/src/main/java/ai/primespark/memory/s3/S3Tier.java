package ai.primespark.memory.s3;

import static ai.primespark.spi.TierException.Kind.PERMANENT;

import ai.primespark.memory.Version;
import ai.primespark.memory.s3.S3Options.ConditionalWrites;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import io.minio.credentials.Provider;
import io.minio.messages.Item;
import io.minio.messages.ListBucketResultV2;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory in an S3-compatible object store; {@link S3Names} has the layout, {@link S3Records} the law, {@link S3Scan} the listing
 * and its cost, {@link S3Blobs} the large binaries. Every operation ends by its deadline, and its HTTP calls with it. Thread-safe.
 */
final class S3Tier implements MemoryTier {

    private static final Logger LOG = LoggerFactory.getLogger(S3Tier.class);
    private static final int MAX_BODY_BYTES = 64 << 20;
    private static final int BATCH = 64;
    private static final int PAGES_COUNTED = 10;
    private static final Duration BACKGROUND_LIMIT = Duration.ofSeconds(60);
    private static final long SWEEP_SECONDS = TimeUnit.HOURS.toSeconds(6);

    private final S3Options options;
    private final @Nullable Provider credentials;
    private final InstantSource clock;
    private final ScheduledExecutorService scheduler;
    private final S3Names names;
    private final S3Work work;
    private final S3Blobs blobs;
    private final Set<TierTrait> traits;
    private final HeaderCache cache;
    private final ReentrantLock opening = new ReentrantLock();
    private volatile @Nullable Opened opened;
    private volatile boolean started;
    private volatile @Nullable Future<?> sweep;

    /** What there is from the first operation on. */
    private record Opened(S3Client client, S3Place place, S3Records records) {}

    S3Tier(ProviderContext context, S3Options options, @Nullable Provider credentials) {
        this.options = options;
        this.credentials = credentials;
        this.clock = context.clock();
        this.scheduler = context.scheduler();
        this.names = new S3Names(options.prefix());
        this.cache = new HeaderCache(options.cachedHeaders());
        S3Faults faults = new S3Faults(options, clock);
        this.work = new S3Work(options, context.blocking(), scheduler, faults);
        this.blobs = new S3Blobs(options, work, names, () -> open().client(), faults);
        EnumSet<TierTrait> can = EnumSet.of(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.SCAN_ORDERED);
        if (options.conditionalWrites() == ConditionalWrites.REQUIRED) {
            can.add(TierTrait.ATOMIC_CAS);
        }
        this.traits = Set.copyOf(can);
    }

    /** Asks nobody: the server is tried out in the background, and the tier is usable whether or not it answers. */
    @Override
    public void start() {
        if (options.conditionalWrites() == ConditionalWrites.OFF) {
            LOG.warn(
                    "{}: conditional-writes = off, so several machines may overwrite one another's records",
                    options.where());
        }
        started = true;
        var unused = work.run(
                        Deadline.in(BACKGROUND_LIMIT), scope -> open().place().writesAreConditional(scope))
                .whenComplete((works, failure) -> {
                    if (failure != null && !work.isClosed()) {
                        LOG.warn("tier '{}' cannot be written now: {}", options.id(), failure.getMessage());
                    }
                });
        sweep = scheduler.scheduleWithFixedDelay(
                this::sweep,
                60 + ThreadLocalRandom.current().nextLong(600), // not all machines at once
                SWEEP_SECONDS,
                TimeUnit.SECONDS);
    }

    private void sweep() {
        var unused = work.run(Deadline.in(BACKGROUND_LIMIT), this::sweepNow).exceptionally(failure -> {
            LOG.debug("tier '{}' did not remove leftovers: {}", options.id(), failure.getMessage());
            return true;
        });
    }

    boolean sweepNow(S3Scope scope) throws IOException {
        new S3Sweep(options, open().client(), names, clock).run(scope);
        return true;
    }

    /** For what is done now and then, within the tier's bounds. */
    S3Work work() {
        return work;
    }

    @Override
    public Set<TierTrait> traits() {
        return traits;
    }

    @Override
    public TierLimits limits() {
        return new TierLimits(TierKey.MAX_KEY_BYTES, MAX_BODY_BYTES, BATCH);
    }

    @Override
    @SuppressWarnings("NullAway") // does not see through the type variable that the result is nullable here
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        return work.<@Nullable TierRecord>run(
                deadline, scope -> open().records().get(scope, key));
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return work.run(deadline, scope -> open().records().apply(scope, record, condition));
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        return work.run(
                deadline,
                scope -> new S3Scan(open().client(), names, cache, scope, namespace, prefix, limit).page(cursor));
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return work.run(deadline, scope -> open().records().purge(scope, key, atMost));
    }

    @Override
    public CompletionStage<TierIdentity> probe(Deadline deadline) {
        return work.run(deadline, scope -> open().place().identify(scope));
    }

    /** Counts up to 10,000 records; of more it says that it cannot tell, because listing a large bucket costs money. */
    @Override
    public CompletionStage<TierUsage> usage(Deadline deadline) {
        return work.run(deadline, scope -> {
            long records = 0;
            long bytes = 0;
            String after = null;
            for (int page = 0; page < PAGES_COUNTED; page++) {
                ListBucketResultV2 listing = open().client().list(scope, names.records(), after, 1_000);
                for (Item item : listing.contents()) {
                    records++;
                    bytes += item.size();
                    after = item.objectName();
                }
                if (!listing.isTruncated()) {
                    return new TierUsage(records, bytes, -1);
                }
            }
            return new TierUsage(-1, -1, -1);
        });
    }

    @Override
    public Optional<BlobTier> blobs() {
        return Optional.of(blobs);
    }

    private Opened open() throws IOException {
        Opened now = opened;
        if (now != null) {
            return now;
        }
        if (!started) {
            throw new TierException(PERMANENT, "tier '" + options.id() + "' was not started", null);
        }
        opening.lock();
        try {
            now = opened;
            if (now == null) {
                if (work.isClosed()) {
                    throw work.ended();
                }
                S3Client client;
                try {
                    client = new S3Client(options, credentials);
                } catch (IOException e) {
                    throw new TierException(PERMANENT, options.where() + ": " + e.getMessage(), e);
                }
                S3Place place = new S3Place(options, client, names);
                now = new Opened(client, place, new S3Records(client, names, place, cache, clock));
                opened = now;
            }
            return now;
        } finally {
            opening.unlock();
        }
    }

    @Override
    public void close() {
        work.close();
        Future<?> last = sweep;
        if (last != null) {
            last.cancel(false);
        }
        opening.lock();
        try {
            Opened now = opened;
            opened = null;
            if (now != null) {
                now.client().close();
            }
        } finally {
            opening.unlock();
        }
    }

    @Override
    public String toString() {
        return options.where();
    }
}
