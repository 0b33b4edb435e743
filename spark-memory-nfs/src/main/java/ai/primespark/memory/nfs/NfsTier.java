package ai.primespark.memory.nfs;

import ai.primespark.health.HealthIndicator;
import ai.primespark.health.HealthResult;
import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Meters;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Memory on a NAS: {@link Layout} says where what lies, {@link MountGuard} whether it is the right storage, {@link MountThreads}
 * who touches it, {@link WriteTicket} how many writers keep out of each other's way.
 */
final class NfsTier implements MemoryTier {

    private static final Set<TierTrait> TRAITS =
            Set.copyOf(EnumSet.of(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS));
    private static final int MAX_BODY_BYTES = 64 << 20;
    private static final int BATCH = 64;
    private static final int READS_A_CALL = 16;
    private static final int WRITES_A_CALL = 8;

    private final String who;
    private final Layout layout;
    private final MountGuard guard;
    private final MountThreads threads;
    private final Usage usage;
    private final Records records;
    private final Blobs blobs;
    private final Leases leases;
    private final Maintenance maintenance;
    private volatile State state = State.NEW;

    private enum State {
        NEW,
        OPEN,
        CLOSED
    }

    NfsTier(ProviderContext context, Path mountTable) {
        Settings settings = context.settings();
        Path root = settings.get(NfsTierProvider.PATH).toAbsolutePath().normalize();
        this.who = "tier '" + context.id() + "' in " + root;
        this.layout = new Layout(root);
        this.guard = new MountGuard(
                who,
                layout,
                new MountGuard.Rules(
                        settings.get(NfsTierProvider.INIT) == NfsTierProvider.Init.IF_EMPTY,
                        settings.get(NfsTierProvider.ALLOW_SAME_DEVICE),
                        settings.find(NfsTierProvider.UUID).orElse(null)),
                mountTable);
        this.threads = new MountThreads(
                who,
                "spark-nfs-" + context.id(),
                Math.toIntExact(settings.get(NfsTierProvider.THREADS)),
                Math.toIntExact(settings.get(NfsTierProvider.QUEUE)),
                context.scheduler(),
                context.blocking(),
                failure -> Faults.classify(who, root, failure),
                deadline -> identify());
        this.usage =
                new Usage(who, layout, settings.find(NfsTierProvider.MAX_BYTES).orElse(Long.MAX_VALUE));
        WriteTicket.Dir tickets = new WriteTicket.Dir(
                who,
                layout.tmp(),
                context.nodeId() + "-" + UUID.randomUUID().toString().substring(0, 8),
                settings.get(NfsTierProvider.LEASE_LIFE).toMillis());
        Meters meters = context.meters();
        meters.gauge("spark.memory.nfs.stuck", threads::stuck, "tier", context.id());
        meters.gauge("spark.memory.nfs.threads", threads::live, "tier", context.id());
        Meters.Counter damaged = meters.counter("spark.memory.nfs.damaged", "tier", context.id());
        this.records = new Records(
                who,
                layout,
                guard,
                usage,
                context.clock(),
                tickets,
                settings.get(NfsTierProvider.WRITERS) == NfsTierProvider.Writers.SHARED,
                damaged::increment);
        this.blobs = new Blobs(who, layout, guard, usage, threads, context.blocking(), this::unusable);
        this.leases = new Leases(who, layout, guard, threads, tickets, this::unusable);
        this.maintenance = new Maintenance(who, layout, guard, usage, threads, context.scheduler());
    }

    /** Does not look at the mount: whether it is there shows with the first call, and again with each later one. */
    @Override
    public void start() {
        if (state == State.NEW) {
            state = State.OPEN;
            maintenance.start();
        }
    }

    @Override
    public Set<TierTrait> traits() {
        return TRAITS;
    }

    @Override
    public TierLimits limits() {
        return new TierLimits(TierKey.MAX_KEY_BYTES, MAX_BODY_BYTES, BATCH);
    }

    private @Nullable TierException unusable() {
        return state == State.OPEN
                ? null
                : new TierException(
                        Kind.PERMANENT, who + ": the tier is " + (state == State.NEW ? "not started" : "closed"), null);
    }

    private <R extends @Nullable Object> CompletableFuture<R> call(Deadline deadline, MountThreads.Work<R> work) {
        TierException why = unusable();
        return why != null ? CompletableFuture.failedFuture(why) : threads.call(deadline, work);
    }

    @Override
    @SuppressWarnings("NullAway") // does not see through the type variable that R is nullable here
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        return call(deadline, d -> records.get(key));
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return call(deadline, d -> records.apply(record, condition, d));
    }

    @Override
    @SuppressWarnings("NullAway") // the same
    public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
        return inParts(keys, READS_A_CALL, deadline, (key, d) -> records.get(key));
    }

    @Override
    public CompletionStage<List<Applied>> applyAll(List<TierRecord> all, Deadline deadline) {
        return inParts(all, WRITES_A_CALL, deadline, (record, d) -> records.apply(record, Condition.IF_NEWER, d));
    }

    @FunctionalInterface
    private interface Each<T, R extends @Nullable Object> {
        R of(T one, Deadline deadline) throws IOException;
    }

    /** Hands several over at once: the way to another thread and back costs more than reading a cached file. */
    private <T, R extends @Nullable Object> CompletionStage<List<R>> inParts(
            List<T> all, int size, Deadline deadline, Each<T, R> each) {
        List<CompletableFuture<List<R>>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += size) {
            List<T> part = all.subList(from, Math.min(all.size(), from + size));
            parts.add(call(deadline, d -> {
                List<R> results = new ArrayList<>(part.size());
                for (T one : part) {
                    if (d.isOver()) { // nobody listens any more
                        throw new TierException(Kind.TRANSIENT, who + ": the time limit was reached", null);
                    }
                    results.add(each.of(one, d));
                }
                return results;
            }));
        }
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).thenApply(done -> {
            List<R> results = new ArrayList<>(all.size());
            parts.forEach(part -> results.addAll(part.join()));
            return results;
        });
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        return call(deadline, d -> {
            guard.check();
            TierPage page = Scan.page(layout.data(), namespace, prefix, cursor, limit, d);
            guard.confirm(); // in an unmounted directory there is nothing to list
            return page;
        });
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return call(deadline, d -> records.purge(key, atMost, d));
    }

    /** Looks at the mount and makes a file, so that one that became read-only or full is noticed. */
    @Override
    public CompletionStage<TierIdentity> probe(Deadline deadline) {
        TierException why = unusable();
        return why != null ? CompletableFuture.failedFuture(why) : threads.probe(deadline, d -> identify());
    }

    private TierIdentity identify() throws IOException {
        MountGuard.Checked now = guard.checkNow();
        Path file = layout.tmp().resolve("probe-" + UUID.randomUUID());
        Files.createFile(file);
        NasFiles.delete(file);
        return new TierIdentity(now.storage(), guard.detail(now));
    }

    @Override
    public CompletionStage<TierUsage> usage(Deadline deadline) {
        return call(deadline, d -> {
            guard.check();
            TierUsage now = usage.measure(d);
            guard.confirm();
            return now;
        });
    }

    @Override
    public Optional<BlobTier> blobs() {
        return Optional.of(blobs);
    }

    @Override
    public Optional<LeaseTier> leases() {
        return Optional.of(leases);
    }

    /** A mount that hangs shows here at once; whether it answers, the engine sees. */
    @Override
    public Optional<HealthIndicator> health() {
        return Optional.of(() -> {
            int stuck = threads.stuck();
            return stuck == 0
                    ? HealthResult.healthy("")
                    : HealthResult.degraded(stuck
                            + " threads wait for the mount, which does not answer; look at the NAS and the network");
        });
    }

    /** For tests: one round of the maintenance, now. */
    Maintenance maintenance() {
        return maintenance;
    }

    /** For tests. */
    MountThreads threads() {
        return threads;
    }

    /** Ends what runs with a failure, and waits for nothing: the mount may hang. */
    @Override
    public void close() {
        state = State.CLOSED;
        maintenance.close();
        threads.close();
    }

    @Override
    public String toString() {
        return "NfsTier[" + who + "]";
    }
}
