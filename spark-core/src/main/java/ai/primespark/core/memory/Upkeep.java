package ai.primespark.core.memory;

import ai.primespark.event.SparkEvent;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.SweepReport;
import ai.primespark.memory.UpkeepProgress;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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

    private static final int MOST_ROUNDS = 10;

    final Wishes wishes;
    final TierTrust trust;

    private final Surroundings around;
    private final List<TierLink> links;
    private final Map<TierLink, Backlog> backlogs;
    private final NamespaceCatalog catalog;
    private final Epochs epochs;
    private final AccessLog accesses;
    private final TrustFile file;
    private final UpkeepSettings settings;
    private final Duration tombstoneLife;
    private final UpkeepQueue queue;
    private final UpkeepMeters meters;
    private final Rejoiner rejoiner;
    private final Map<TierLink, TierUsage> usages = new ConcurrentHashMap<>();
    private volatile BooleanSupplier paused = () -> false;
    private volatile long nextRepair;
    private volatile long nextSweep;
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
        this.epochs = reader.epochs();
        this.tombstoneLife = settings.get(MemorySettings.TOMBSTONE_LIFE);
        this.wishes = new Wishes(directory.resolve("pins.json"));
        this.file = new TrustFile(directory.resolve("tiers.json"));
        this.accesses = new AccessLog(around.clock(), directory.resolve("accesses"));
        this.queue = new UpkeepQueue(around.blocking(), around.scheduler());
        this.meters = new UpkeepMeters(around.meters());
        this.rejoiner = new Rejoiner(this, around, this.settings.recordsPerSecond() * REJOIN_HASTE);
        this.trust = new TierTrust(file, links, around, versions, node, tombstoneLife, rejoiner::begin);
        reader.onAccess(accesses::touch);
    }

    /** Begins. Nothing is asked of a tier that this machine does not know from an earlier run. */
    void start() {
        if (settings.coldAfterMinutes() > 0) {
            accesses.enable();
        }
        links.forEach(link -> link.onFull(() -> tierSoon("is full")));
        long now = around.clock().millis();
        nextRepair = Math.max(file.lastRepairMillis() == 0 ? now : file.lastRepairMillis(), 0)
                + jittered(settings.repairInterval());
        nextSweep = now + jittered(settings.sweepInterval());
        trust.start();
        tickIn(FIRST_TICK);
    }

    /** While it says so, scheduled work waits. */
    void pauseWhile(BooleanSupplier saving) {
        paused = saving;
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
        measure();
        if (links.stream().anyMatch(link -> excess(link) > 0)) {
            tierSoon("is above its high water mark");
        }
        long now = around.clock().millis();
        if (!settings.sweepInterval().isZero() && now >= nextSweep && !queue.has("sweep")) {
            nextSweep = now + jittered(settings.sweepInterval());
            queue.add(sweepJob(paused));
        }
        if (!settings.repairInterval().isZero() && now >= nextRepair && !queue.has("repair")) {
            nextRepair = now + jittered(settings.repairInterval());
            queue.add(
                    compareJob("repair", Set.of(), false, settings.recordsPerSecond(), paused, true, true, none -> {}));
        }
    }

    // --- which tiers may let records go

    /** Asks how much the tiers hold, and how much fits. */
    void measure() {
        for (TierLink link : links) {
            if (!link.isDown() && link.has(TierTrait.PERSISTENT) && !link.has(TierTrait.MAY_EVICT)) {
                try {
                    TierUsage usage = link.call(Deadline.in(around.tierTimeout()), link.tier::usage);
                    usages.put(link, usage);
                    if (usage.capacityBytes() > 0) {
                        accesses.enable();
                    }
                } catch (TierException e) {
                    LOG.debug("How full tier '{}' is, is not known: {}", link.id, e.getMessage());
                }
            }
        }
    }

    private boolean isEvicting(TierLink link) {
        TierUsage usage = usages.get(link);
        return link.has(TierTrait.PERSISTENT)
                && !link.has(TierTrait.MAY_EVICT)
                && (settings.coldAfterMinutes() > 0 || usage != null && usage.capacityBytes() > 0);
    }

    /** How many bytes must go until the low water mark is reached; 0 below the high one. */
    private long excess(TierLink link) {
        TierUsage usage = usages.get(link);
        if (usage == null
                || usage.capacityBytes() <= 0
                || usage.bytes() <= settings.highWater() * usage.capacityBytes()) {
            return 0;
        }
        return toLowWater(link);
    }

    private long toLowWater(TierLink link) {
        TierUsage usage = usages.get(link);
        return usage == null ? 0 : usage.bytes() - (long) (settings.lowWater() * usage.capacityBytes());
    }

    // --- jobs

    private void tierSoon(String why) {
        if (!queue.has("tiering") && !closed) {
            try {
                queue.add(new UpkeepJob<>(
                        "tiering",
                        new Pacer(settings.recordsPerSecond() * REJOIN_HASTE, () -> false),
                        (pacer, progress) -> {
                            SweepTally tally = new SweepTally();
                            boolean complete = uncancelled(() -> evict(pacer, tally, false, why));
                            return tally.report(complete);
                        },
                        progress -> {}));
            } catch (IllegalStateException e) {
                LOG.debug("No eviction now: {}", e.getMessage());
            }
        }
    }

    UpkeepJob<SweepReport> sweep() {
        UpkeepJob<SweepReport> job = sweepJob(() -> false);
        queue.add(job);
        return job;
    }

    private UpkeepJob<SweepReport> sweepJob(BooleanSupplier pausing) {
        return new UpkeepJob<>(
                "sweep",
                new Pacer(settings.recordsPerSecond(), pausing),
                (pacer, progress) -> {
                    SweepTally tally = new SweepTally();
                    boolean complete = uncancelled(() -> {
                        measure();
                        Sweeper sweeper = new Sweeper(around, pacer, tombstoneLife, tally);
                        for (UpkeepSpace space : spaces(Set.of(), tally::skipped)) {
                            progress.accept(new UpkeepProgress(space.space.name, "sweep", 0, -1, 0, 0, 0));
                            sweeper.run(space);
                        }
                        measure();
                        evict(pacer, tally, true, "is above its high water mark");
                        accesses.save();
                    });
                    SweepReport report = tally.report(complete);
                    meters.swept(report);
                    return report;
                },
                progress -> {});
    }

    private void evict(Pacer pacer, SweepTally tally, boolean unusedToo, String why) {
        measure();
        List<UpkeepSpace> spaces = spaces(Set.of(), tally::skipped);
        Evictor evictor = new Evictor(around, pacer, accesses, tally);
        for (int i = links.size() - 1;
                i >= 0;
                i--) { // the coldest first: it may be what a hotter one leaves its records to
            TierLink link = links.get(i);
            if (link.isDown() || !link.isTrusted() || !isEvicting(link)) {
                continue;
            }
            List<UpkeepSpace> its = spaces.stream()
                    .filter(space -> space.space.tiers.contains(link))
                    .toList();
            if (unusedToo && settings.coldAfterMinutes() > 0) {
                evicted(link, evictor.dropUnused(link, its, settings.coldAfterMinutes()), "not used for long");
            }
            if (excess(link) > 0) {
                evicted(link, makeRoom(evictor, link, its), why);
            }
        }
    }

    /** How much a record takes is estimated, so the tier is asked again until it says that there is room. */
    private Evictor.Outcome makeRoom(Evictor evictor, TierLink link, List<UpkeepSpace> spaces) {
        Evictor.Outcome all = new Evictor.Outcome(0, 0);
        Evictor.Outcome last = all;
        for (int round = 0; round < MOST_ROUNDS && (round == 0 || last.records() > 0); round++) {
            long much = toLowWater(link);
            if (much <= 0) {
                break;
            }
            last = evictor.makeRoom(link, spaces, much);
            all = all.plus(last);
            measure();
        }
        if (excess(link) > 0) {
            LOG.warn(
                    "Memory tier '{}' stays above its high water mark: what it holds is pinned, not sent yet, or in no colder"
                            + " tier. Raise its capacity, unpin something, or see to the colder tiers.",
                    link.id);
        }
        return all;
    }

    private void evicted(TierLink link, Evictor.Outcome outcome, String why) {
        if (outcome.records() > 0) {
            meters.evicted(link.id, outcome.records());
            around.events()
                    .accept(new SparkEvent.MemoryEvicted(
                            around.clock().instant(), link.id, outcome.records(), outcome.bytes(), why));
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
                        measure();
                        tally.expected = usages.values().stream()
                                        .mapToLong(TierUsage::records)
                                        .sum()
                                * (deep ? 2 : 1);
                        RepairWork work = new RepairWork(around, epochs, pacer, tally, orders, deep);
                        spaces(namespaces, tally::skipped).forEach(work::run);
                    });
                    if (complete && mend && namespaces.isEmpty()) {
                        file.repaired(around.clock().millis());
                    }
                    return done(tally.report(began, around.clock().instant(), complete));
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
        return new UpkeepSpace(space, backlogs, wishes, this::isEvicting);
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
