package ai.primespark.core.memory;

import ai.primespark.event.SparkEvent;
import ai.primespark.memory.GarbageReport;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.SweepReport;
import ai.primespark.memory.UpkeepProgress;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.spi.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the tiers right over time: compares and mends them, takes tiers in again that were away, clears away what has ended, and
 * lets full tiers forget what colder ones hold. Works in the background, at a bounded pace, one job at a time. Thread-safe.
 */
final class Upkeep implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration FIRST_TICK = Duration.ofSeconds(30);
    private static final Duration TICK = Duration.ofMinutes(1);

    /** A tier that is not believed is missing to readers, so its comparison may take more than a repair may. */
    private static final int REJOIN_HASTE = 10;

    /** How long after an eviction a refused write may begin the next. */
    private static final long TIERING_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Chunks that nobody needs cost only space, and looking for them means to list all that there are. */
    private static final Duration COLLECTION_INTERVAL = Duration.ofHours(24);

    final Wishes wishes;
    final TierTrust trust;
    final Tiering tiering;

    private final Surroundings around;
    private final List<TierLink> links;
    private final Map<TierLink, Backlog> backlogs;
    private final NamespaceCatalog catalog;
    private final Epochs epochs;
    private final AccessLog accesses;
    private final TrustFile file;
    private final String node;
    private final UpkeepSettings settings;
    private final Duration tombstoneLife;
    private final UpkeepQueue queue;
    private final UpkeepMeters meters;
    private final Rejoiner rejoiner;
    private volatile BooleanSupplier paused = () -> false;
    private volatile long nextRepair;
    private volatile long nextSweep;
    private volatile long nextCollection;
    private volatile @Nullable Supplier<GarbageReport> collector;
    private volatile long lastFull = System.nanoTime() - TIERING_PAUSE_NANOS - 1;
    private volatile boolean closed;

    Upkeep(
            Settings settings,
            Surroundings around,
            Map<TierLink, Backlog> backlogs,
            NamespaceCatalog catalog,
            Reader reader,
            HybridClock versions,
            String node,
            Path directory) {
        this.settings = UpkeepSettings.of(settings);
        this.around = around;
        this.backlogs = backlogs;
        this.links = List.copyOf(backlogs.keySet());
        this.catalog = catalog;
        this.node = node;
        this.epochs = reader.epochs();
        this.tombstoneLife = settings.get(MemorySettings.TOMBSTONE_LIFE);
        this.wishes = new Wishes(directory.resolve("pins.json"));
        this.file = new TrustFile(directory.resolve("tiers.json"));
        this.accesses = new AccessLog(around.clock(), directory.resolve("accesses"));
        this.queue = new UpkeepQueue(around.blocking(), around.scheduler());
        this.meters = new UpkeepMeters(
                around.meters(), links.stream().map(link -> link.id).toList());
        this.tiering = new Tiering(links, around, accesses, meters, this.settings);
        this.rejoiner = new Rejoiner(this, around, this.settings.recordsPerSecond() * REJOIN_HASTE);
        this.trust = new TierTrust(file, links, around, versions, node, tombstoneLife, rejoiner::begin);
        reader.onAccess(accesses::touch);
    }

    /** Begins. Nothing is asked of a tier that this machine does not know from an earlier run. */
    void start() {
        if (settings.coldAfterMinutes() > 0) {
            accesses.enable();
        }
        links.forEach(link -> link.onFull(() -> full(link)));
        long now = around.clock().millis();
        long last = file.lastRepairMillis();
        nextRepair = (last == 0 ? now : last) + jittered(settings.repairInterval());
        nextSweep = now + jittered(settings.sweepInterval());
        trust.start();
        tickIn(FIRST_TICK);
    }

    /** While it says so, scheduled work waits. */
    void pauseWhile(BooleanSupplier saving) {
        paused = saving;
    }

    boolean isPaused() {
        return paused.getAsBoolean();
    }

    /** Removes, as a part of the sweep, what this finds of chunks that no object needs. */
    void collectWith(Supplier<GarbageReport> chunks) {
        collector = chunks;
    }

    private static long jittered(Duration interval) {
        long millis = interval.toMillis();
        return millis * 9 / 10 + ThreadLocalRandom.current().nextLong(millis / 5 + 1);
    }

    private void tickIn(Duration pause) {
        try {
            var unused = around.scheduler()
                    .schedule(
                            () -> {
                                try {
                                    around.blocking().execute(this::tickAndPlan);
                                } catch (RejectedExecutionException e) { // all threads are busy
                                    tickIn(TICK);
                                }
                            },
                            pause.toMillis(),
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the instance is closing
        }
    }

    private void tickAndPlan() {
        if (closed) {
            return;
        }
        try {
            tick();
        } catch (RuntimeException e) {
            LOG.warn("Looking after the memory tiers failed; it is tried again in a minute", e);
        } finally {
            tickIn(TICK);
        }
    }

    /** What is due now. */
    void tick() {
        boolean saving = paused.getAsBoolean();
        trust.observe(saving);
        if (saving) {
            return;
        }
        tiering.measure();
        if (tiering.isSomethingTooFull()) {
            tierSoon("above its high water mark");
        }
        long now = around.clock().millis();
        if (file.lastRepairMillis() == 0) { // from here on the time counts, over restarts, too
            file.repaired(now, 0);
        }
        if (!settings.sweepInterval().isZero() && now >= nextSweep && !queue.has("sweep")) {
            nextSweep = now + jittered(settings.sweepInterval());
            boolean collecting = now >= nextCollection;
            if (collecting) {
                nextCollection = now + jittered(COLLECTION_INTERVAL);
            }
            queue.add(sweepJob(paused, collecting));
        }
        if (!settings.repairInterval().isZero() && now >= nextRepair && !queue.has("repair")) {
            nextRepair = now + jittered(settings.repairInterval());
            queue.add(
                    compareJob("repair", Set.of(), false, settings.recordsPerSecond(), paused, true, true, none -> {}));
        }
    }

    // --- jobs

    /** A tier refused a write. */
    private void full(TierLink link) {
        long now = System.nanoTime();
        if (tiering.mayMakeRoom(link) && now - lastFull > TIERING_PAUSE_NANOS) {
            lastFull = now;
            tierSoon("full");
        }
    }

    private void tierSoon(String why) {
        if (!queue.has("tiering") && !closed) {
            try {
                queue.add(new UpkeepJob<>(
                        "tiering",
                        new Pacer(settings.recordsPerSecond() * REJOIN_HASTE, () -> false),
                        (pacer, progress) -> {
                            SweepTally tally = new SweepTally();
                            boolean complete = uncancelled(
                                    () -> tiering.run(spaces(Set.of(), tally::skipped), pacer, tally, false, why));
                            return tally.report(complete);
                        },
                        progress -> {}));
            } catch (IllegalStateException e) {
                LOG.debug("No eviction now: {}", e.getMessage());
            }
        }
    }

    UpkeepJob<SweepReport> sweep() {
        UpkeepJob<SweepReport> job = sweepJob(() -> false, true);
        queue.add(job);
        return job;
    }

    private UpkeepJob<SweepReport> sweepJob(BooleanSupplier pausing, boolean collecting) {
        return new UpkeepJob<>(
                "sweep",
                new Pacer(settings.recordsPerSecond(), pausing),
                (pacer, progress) -> {
                    SweepTally tally = new SweepTally();
                    boolean complete = uncancelled(() -> {
                        tiering.measure();
                        Sweeper sweeper = new Sweeper(around, pacer, tombstoneLife, tally);
                        for (UpkeepSpace space : spaces(Set.of(), tally::skipped)) {
                            progress.accept(new UpkeepProgress(space.space.name, "sweep", 0, -1, 0, 0, 0));
                            sweeper.run(space);
                        }
                        tiering.run(spaces(Set.of(), tally::skipped), pacer, tally, true, "above its high water mark");
                        accesses.save();
                        if (collecting) {
                            pacer.take(0); // not while power is short
                            collectChunks(tally);
                        }
                    });
                    SweepReport report = tally.report(complete);
                    meters.swept(report);
                    return report;
                },
                progress -> {});
    }

    private void collectChunks(SweepTally tally) {
        Supplier<GarbageReport> chunks = collector;
        if (chunks != null) {
            try {
                tally.collected(chunks.get());
            } catch (MemoryException
                    | IllegalStateException e) { // not everything can be seen, or the memory is closing
                tally.skipped("chunks of objects: " + e.getMessage());
            }
        }
    }

    UpkeepJob<UpkeepReport> compare(
            String name,
            Set<String> namespaces,
            boolean deep,
            long recordsPerSecond,
            boolean mend,
            boolean mendDamaged,
            Consumer<UpkeepProgress> listener) {
        long pace = recordsPerSecond == 0 ? settings.recordsPerSecond() : recordsPerSecond;
        UpkeepJob<UpkeepReport> job =
                compareJob(name, namespaces, deep, pace, () -> false, mend, mendDamaged, listener);
        queue.add(job);
        return job;
    }

    private UpkeepJob<UpkeepReport> compareJob(
            String name,
            Set<String> namespaces,
            boolean deep,
            long recordsPerSecond,
            BooleanSupplier pausing,
            boolean mend,
            boolean mendDamaged,
            Consumer<UpkeepProgress> listener) {
        return new UpkeepJob<>(
                name,
                new Pacer(recordsPerSecond, pausing),
                (pacer, progress) -> {
                    Tally tally = new Tally(progress);
                    Mender.Orders orders = new Mender.Orders(mend, mendDamaged, Set.of(), null);
                    Instant began = around.clock().instant();
                    boolean complete = uncancelled(() -> {
                        tiering.measure();
                        tally.expected = tiering.records() * (deep ? 2 : 1);
                        RepairWork work = new RepairWork(around, epochs, pacer, tally, orders, deep);
                        spaces(namespaces, tally::skipped).forEach(work::run);
                    });
                    UpkeepReport report = tally.report(began, around.clock().instant(), complete);
                    if (complete && mend && namespaces.isEmpty()) {
                        file.repaired(around.clock().millis(), report.skipped().isEmpty() ? began.toEpochMilli() : 0);
                    }
                    return done(report);
                },
                listener);
    }

    /** Counts and announces. */
    UpkeepReport done(UpkeepReport report) {
        meters.compared(report);
        around.events().accept(new SparkEvent.MemoryRepaired(report.ended(), report));
        if (report.unmendable() > 0) {
            LOG.warn(
                    "{} records are damaged and no other memory tier can replace them, first {}",
                    report.unmendable(),
                    report.damages().stream()
                            .filter(damage -> !damage.mended())
                            .findFirst()
                            .map(damage -> damage.namespace() + "/" + damage.key() + " in '" + damage.tier() + "'")
                            .orElse("one that is not listed"));
        }
        return report;
    }

    private static boolean uncancelled(Runnable work) {
        try {
            work.run();
            return true;
        } catch (Pacer.Cancelled e) {
            return false;
        }
    }

    /** The namespaces that exist, or those of the given names. */
    List<UpkeepSpace> spaces(Collection<String> names, Consumer<String> skipped) {
        Map<String, NamespaceOptions> all = catalog.all();
        names.stream()
                .filter(name -> !all.containsKey(name))
                .forEach(name -> skipped.accept(name + ": no such namespace"));
        List<UpkeepSpace> spaces = new ArrayList<>();
        all.forEach((name, options) -> {
            if (names.isEmpty() || names.contains(name)) {
                try {
                    spaces.add(space(new Space(name, options, links)));
                } catch (IllegalStateException e) {
                    skipped.accept(name + ": " + e.getMessage());
                }
            }
        });
        return spaces;
    }

    UpkeepSpace space(Space space) {
        return new UpkeepSpace(space, backlogs, wishes, tiering::isEvicting);
    }

    Mender.Returning returning(TierLink link) {
        return new Mender.Returning(
                link, trust.knownBeforeMillis(link), node, file.lastCompleteMillis(), wishes.hasForgotten());
    }

    RepairWork rejoinWork(Pacer pacer, Tally tally, Mender.Orders orders) {
        return new RepairWork(around, epochs, pacer, tally, orders, false);
    }

    @Override
    public void close() {
        closed = true;
        rejoiner.close();
        queue.close();
        if (!queue.awaitIdle(around.tierTimeout())) {
            LOG.warn("Work on the memory tiers does not end, because a tier does not answer");
        }
        trust.close();
        accesses.save();
    }
}
