package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.core.journal.Journal;
import ai.primespark.core.journal.JournalStats;
import ai.primespark.core.memory.objects.ObjectsEngine;
import ai.primespark.core.memory.seal.Sealing;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.ModelStore;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory over an ordered list of tiers. Thread-safe.
 *
 * <p>{@link #close()} sends what tiers have still to get, within the time limit of an operation; what is left stays in the
 * journal and is sent after the next start. Executors and tiers belong to
 * whoever made them and must outlive the engine.
 */
public final class MemoryEngine implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MemoryEngine.class);
    private static final String DEFAULT_NAMESPACE = "default";
    private static final int MOST_NAMESPACES = 10_000;

    final Surroundings around;
    final NamespaceCatalog catalog;
    final Sealing sealing;
    final Reader reader;
    final Writer writer;
    final Scanner scanner;
    final Coherence coherence;
    final Loads loads;
    final LoadLeases leases;
    final Upkeep upkeep;
    final ObjectsEngine objects;
    final Ack ack;
    final Duration tombstoneLife;
    final long maxValueBytes;
    final LongAdder unknowns = new LongAdder();

    private final Journal journal;
    private final Outbox outbox;
    private final Map<String, NamespaceOptions> declared;
    private final List<TierLink> links;
    private final Map<TierLink, Backlog> backlogs = new LinkedHashMap<>();
    private final ConcurrentHashMap<String, NamespaceMemory> namespaces = new ConcurrentHashMap<>();
    private final MemoryHealth health;
    private volatile @Nullable ModelStore models;
    private volatile boolean saving;
    private volatile boolean closed;
    private volatile Duration closing;

    /** Makes an engine whose keys, if any, are those of the settings; see the other constructor. */
    public MemoryEngine(
            Settings settings,
            List<ConfiguredTier> tiers,
            InstantSource clock,
            ExecutorService blocking,
            ScheduledExecutorService scheduler,
            Meters meters,
            Consumer<SparkEvent> events,
            String nodeId,
            Path directory) {
        this(settings, tiers, clock, blocking, scheduler, meters, events, nodeId, directory, null);
    }

    /**
     * Makes an engine.
     *
     * @param settings of {@code primespark.memory}; see {@link MemorySettings}
     * @param tiers hottest first, at least one, started
     * @param clock the wall clock
     * @param blocking where background work runs
     * @param scheduler for retries and probes
     * @param meters where to count
     * @param events gets changes of the tiers' states; must be fast
     * @param nodeId this machine's name in versions
     * @param directory the engine's own, on a local disk; created when something is stored there
     * @param keyProvider keys that the program hands in, or null for those of the settings
     * @throws IllegalArgumentException when there is no tier, two have one id, an acknowledgement level names a tier that is
     *     not there, the low water mark is not below the high one, or keys are missing or cannot be used
     */
    public MemoryEngine(
            Settings settings,
            List<ConfiguredTier> tiers,
            InstantSource clock,
            ExecutorService blocking,
            ScheduledExecutorService scheduler,
            Meters meters,
            Consumer<SparkEvent> events,
            String nodeId,
            Path directory,
            @Nullable KeyProvider keyProvider) {
        this.catalog = new NamespaceCatalog(directory.resolve("namespaces.json"));
        this.sealing = new Sealing(
                keyProvider != null ? keyProvider : EncryptionSettings.keys(settings),
                settings.get(EncryptionSettings.FROM),
                settings.get(EncryptionSettings.PLAIN_RECORDS),
                catalog::sealed);
        this.declared = NamespaceSettings.options(settings);
        this.around = new Surroundings(
                clock,
                blocking,
                scheduler,
                meters,
                events,
                settings.get(MemorySettings.TIMEOUT),
                settings.get(MemorySettings.TIER_TIMEOUT),
                settings.get(MemorySettings.TIER_MAX_IN_FLIGHT).intValue(),
                settings.get(MemorySettings.PATIENCE),
                settings.get(MemorySettings.NEAR_LIFE),
                settings.get(MemorySettings.LOAD_LEASE),
                settings.get(MemorySettings.BATCH_READS));
        this.closing = around.timeout();
        this.ack = Ack.parse(settings.get(MemorySettings.ACK));
        this.tombstoneLife = settings.get(MemorySettings.TOMBSTONE_LIFE);
        this.maxValueBytes = settings.get(MemorySettings.MAX_VALUE_BYTES);
        check(tiers);
        declared.forEach(sealing::check);
        HybridClock versions = new HybridClock(clock, nodeId);
        meters.gauge("spark.memory.quarantined", versions::quarantined);
        this.journal = Replay.open(directory.resolve("journal"), settings, clock);
        this.outbox = new Outbox(
                journal,
                around,
                settings.get(MemorySettings.JOURNAL_HEAP_BYTES),
                name -> catalog.options(name).map(NamespaceOptions::urgent).orElse(false));
        Epochs epochs = new Epochs();
        CaffeineTier near = tiers.get(0).tier() instanceof CaffeineTier first ? first : null;
        this.coherence = new Coherence(around, epochs, near, this::reaches);
        List<TierLink> made = new ArrayList<>();
        for (ConfiguredTier tier : tiers) {
            TierLink link = new TierLink(made.size() + 1, guarded(tier), around);
            made.add(link);
            backlogs.put(link, new Backlog(link, around, outbox, versions::observe));
        }
        this.links = List.copyOf(made);
        this.health = new MemoryHealth(backlogs, journal, around);
        Filler filler = new Filler(around, epochs);
        this.reader = new Reader(around, versions, epochs, backlogs, coherence, filler);
        this.writer = new Writer(versions, reader, backlogs, outbox);
        this.loads = new Loads(clock);
        this.leases = new LoadLeases(around, reader, coherence);
        this.scanner = new Scanner(around, reader, filler, backlogs);
        Map<TierLink, Sweep> sweeps = sweeps(versions, settings.get(MemorySettings.HINT_LIFE));
        try {
            new Replay(journal, outbox, versions, catalog, backlogs, sweeps).run();
            this.upkeep = new Upkeep(settings, around, backlogs, catalog, reader, versions, nodeId, directory);
            this.objects = ObjectsWiring.make(this, links, settings, ack, directory, SealedChunks.of(sealing));
        } catch (RuntimeException e) {
            journal.close();
            throw e;
        }
        upkeep.pauseWhile(() -> saving);
        Duration grace = settings.get(MemorySettings.OBJECT_GARBAGE_GRACE);
        if (!grace.isZero()) {
            upkeep.collectWith(() -> objects.collectGarbage(grace));
        }
        upkeep.start();
        coherence.follow(links); // news may come from now on
        objects.resume();
    }

    private Map<TierLink, Sweep> sweeps(HybridClock versions, Duration hintLife) {
        Map<TierLink, Sweep> sweeps = new LinkedHashMap<>();
        backlogs.forEach((link, backlog) -> {
            if (link.doubted == null) {
                link.onRecovery(backlog::hurry);
                return;
            }
            Sweep sweep = new Sweep(link, link.doubted, backlog, outbox, versions, catalog, around, hintLife);
            sweeps.put(link, sweep);
            backlog.beforeSending(sweep::expire);
            link.onRecovery(() -> {
                sweep.expire();
                sweep.start();
                backlog.hurry();
            });
        });
        return sweeps;
    }

    private boolean reaches(String namespace, TierLink link) {
        NamespaceMemory known = namespaces.get(namespace);
        return known == null || known.reaches(link);
    }

    /** With what must be encrypted encrypted, and its news heard; the in-process tier's records go nowhere. */
    private ConfiguredTier guarded(ConfiguredTier tier) {
        MemoryTier guarded = tier.tier() instanceof CaffeineTier
                ? tier.tier()
                : sealing.guard(tier.id(), tier.zone(), tier.tier(), around.meters());
        return new ConfiguredTier(tier.id(), tier.type(), tier.zone(), coherence.wrap(guarded));
    }

    /** Where the keys of a namespace are. */
    Placement placement(Space space) {
        return new Placement(upkeep.space(space), backlogs, upkeep.wishes, reader);
    }

    ModelStore models() {
        ModelStore made = models;
        if (made == null) {
            synchronized (this) {
                made = models;
                if (made == null) {
                    models = made = objects.models(namespace("models", null).objects());
                }
            }
        }
        return made;
    }

    private void check(List<ConfiguredTier> tiers) {
        if (tiers.isEmpty()) {
            throw new IllegalArgumentException("memory needs at least one tier");
        }
        Set<String> ids = new HashSet<>();
        for (ConfiguredTier tier : tiers) {
            if (!ids.add(tier.id())) {
                throw new IllegalArgumentException("two memory tiers have the id '" + tier.id() + "'");
            }
        }
        if (ack.number() > tiers.size()) {
            throw new IllegalArgumentException("ack is '" + ack + "', but there are only " + tiers.size() + " tiers");
        }
        declared.forEach((name, options) -> options.ackLevel().ifPresent(level -> {
            if (level.number() > tiers.size()) {
                throw new IllegalArgumentException("ack of namespace '" + name + "' is '" + level
                        + "', but there are only " + tiers.size() + " tiers");
            }
        }));
    }

    /**
     * The namespace that applications start with.
     *
     * @return the namespace {@code default}
     */
    public Memory memory() {
        return namespace(DEFAULT_NAMESPACE, null);
    }

    /**
     * A namespace of the library's own: as the configuration declares it, otherwise as {@code usual} says, and in no case with a
     * farther reach than that.
     *
     * @param name of the namespace
     * @param usual how it behaves unless it is declared
     * @return the namespace
     * @throws IllegalArgumentException when it is to be encrypted and there are no keys
     * @throws IllegalStateException when it is in use with other options, no tier is near enough, it was encrypted before and
     *     would not be now, or this memory is closed
     */
    public Memory own(String name, NamespaceOptions usual) {
        NamespaceOptions said = declared.getOrDefault(name, usual);
        return namespace(name, said.reach().compareTo(usual.reach()) > 0 ? said.withReach(usual.reach()) : said);
    }

    Memory namespace(String name, @Nullable NamespaceOptions options) {
        checkOpen();
        NamespaceMemory known = namespaces.get(name);
        if (known == null) {
            TierKey.checkNamespace(name);
            if (name.equals(TierTrust.NAMESPACE)) {
                throw new IllegalArgumentException("namespace '" + name + "' is the engine's own");
            }
            if (namespaces.size() >= MOST_NAMESPACES) {
                throw new IllegalStateException(
                        "there are " + MOST_NAMESPACES
                                + " namespaces already; a namespace is a kind of data, put what differs in number into the keys");
            }
            NamespaceOptions wanted = options == null ? usual(name) : options;
            Codecs.check(wanted.codec());
            known = namespaces.computeIfAbsent(name, key -> {
                Space space = new Space(key, wanted, links);
                List<Zone> zones = space.tiers.stream()
                        .filter(link -> !(link.tier instanceof CaffeineTier))
                        .map(link -> link.zone)
                        .toList();
                catalog.remember(key, wanted, sealing.admit(key, wanted, zones));
                return new NamespaceMemory(this, space);
            });
        }
        if (options != null && !known.options().equals(options)) {
            throw new IllegalStateException(
                    "namespace '" + name + "' is in use with other options: " + known.options());
        }
        return known;
    }

    /** How a namespace is opened that the program names without options: as declared, else as it was opened before. */
    private NamespaceOptions usual(String name) {
        NamespaceOptions said = declared.get(name);
        return said != null ? said : catalog.options(name).orElse(NamespaceOptions.DEFAULT);
    }

    boolean isClosed() {
        return closed;
    }

    void checkOpen() {
        if (closed) {
            throw new IllegalStateException("this memory is closed");
        }
    }

    long now() {
        return around.clock().millis();
    }

    Deadline deadline() {
        return Deadline.in(around.timeout());
    }

    /**
     * The journal, for whatever else must survive the process; kinds 1 to 15 are memory's.
     *
     * @return closed together with this
     */
    public Journal journal() {
        return journal;
    }

    /**
     * Obeys the power: with a profile of less than full power tiers beyond this machine get what waits for them in few large
     * batches, or not at all, and everything that can wait (chunks of objects, repair, eviction, prefetching) waits. Tiers that are
     * down are probed less often. Nothing is lost by it.
     *
     * @param profile from now on
     * @param stretch how many times as far apart probes are than on mains
     */
    public void power(PowerProfile profile, int stretch) {
        DrainMode mode = switch (profile) {
            case FULL -> DrainMode.NORMAL;
            case SAVING -> DrainMode.BATCHED;
            case CRITICAL, SHUTDOWN -> DrainMode.PAUSED;
        };
        drainMode(mode);
        saving = mode != DrainMode.NORMAL;
        links.forEach(link -> link.probeLess(stretch));
        objects.pauseDrain(saving);
    }

    /** Whether nothing is to be brought near that nobody has asked for yet. */
    boolean isSaving() {
        return saving;
    }

    /**
     * Gets ready for the end of the power: brings what is acknowledged in memory only to the disks of this machine, or without
     * those to the other tiers. The rest is in the journal, whose entries are on the disk before they are acknowledged.
     *
     * @param deadline by when
     * @return whether nothing would be lost
     */
    public boolean drain(Deadline deadline) {
        boolean disk = links.stream().anyMatch(MemoryEngine::isDisk);
        try {
            for (Map.Entry<TierLink, Backlog> each : backlogs.entrySet()) {
                Backlog backlog = each.getValue();
                boolean helps = backlog.unsafe() > 0 && (!disk || isDisk(each.getKey()));
                if (helps && !closed && !backlog.awaitSent(backlog.mark(), deadline, true)) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            throw Surroundings.interrupted("the disks to get what is only in memory");
        }
    }

    private static boolean isDisk(TierLink link) {
        return link.has(TierTrait.LOCAL) && link.has(TierTrait.PERSISTENT);
    }

    /** Says when tiers beyond this machine get what waits for them. */
    void drainMode(DrainMode mode) {
        backlogs.values().forEach(backlog -> backlog.drainMode(mode));
    }

    /** The tiers, hottest first. */
    List<TierLink> links() {
        return links;
    }

    /** Whether a tier has still to get this key, so that nothing of it may be given up elsewhere. */
    boolean isPending(TierLink link, TierKey key) {
        return Objects.requireNonNull(backlogs.get(link)).pendingVersion(key) != null;
    }

    boolean flush(Duration timeout) {
        return flush(timeout, true);
    }

    /** Sends what waits, also what the drain mode holds back if it is asked for. */
    private boolean flush(Duration timeout, boolean anyway) {
        Deadline deadline = Deadline.in(timeout);
        Map<Backlog, Long> marks = new LinkedHashMap<>();
        backlogs.forEach((link, backlog) -> {
            boolean canWait = backlog.unsafe() == 0 && (link.isDown() || backlog.isHeldBack());
            if (anyway || !canWait) {
                marks.put(backlog, backlog.mark());
            }
        });
        try {
            for (Map.Entry<Backlog, Long> each : marks.entrySet()) {
                if (!each.getKey().awaitSent(each.getValue(), deadline, anyway)) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            throw Surroundings.interrupted("the tiers to get everything");
        }
    }

    /** How this memory is. */
    public MemoryHealth health() {
        return health;
    }

    MemoryStats stats() {
        Deadline deadline = deadline();
        List<MemoryStats.TierStats> tiers = new ArrayList<>();
        for (TierLink link : links) {
            TierUsage usage;
            try {
                usage = link.call(deadline, link.tier::usage);
            } catch (TierException e) {
                usage = new TierUsage(-1, -1, -1);
            }
            Backlog backlog = Objects.requireNonNull(backlogs.get(link));
            tiers.add(link.stats(backlog, usage.records(), usage.bytes(), now()));
        }
        JournalStats kept = journal.stats();
        return new MemoryStats(
                tiers,
                unknowns.sum(),
                reader.waiting() + loads.waiting(),
                new MemoryStats.JournalStats(
                        kept.entries(),
                        kept.bytes(),
                        kept.fileBytes(),
                        kept.maxBytes(),
                        TierLink.age(kept.oldestMillis(), now()),
                        kept.damaged(),
                        kept.trouble()));
    }

    /**
     * Says how long closing may take in all. The memory takes a third of it at most to end what is under way and to send what
     * waits: what is not sent then is in the journal, and threads that a tier holds up need time to end as well.
     *
     * @param limit at least 1 ms
     */
    public void closeWithin(Duration limit) {
        Duration third = limit.dividedBy(3);
        closing = third.compareTo(around.timeout()) < 0 ? third : around.timeout();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        Deadline end = Deadline.in(closing);
        objects.close(); // before the heads' own way to the tiers ends
        closed = true;
        upkeep.close();
        try {
            boolean unused = flush(end.remaining(), false);
        } catch (MemoryException e) {
            LOG.debug("Interrupted while closing", e); // the flag is set; the rest is quick
        }
        backlogs.forEach(MemoryEngine::reportRest);
        coherence.close();
        backlogs.values().forEach(Backlog::close);
        links.forEach(TierLink::close);
        journal.close();
    }

    private static void reportRest(TierLink link, Backlog backlog) {
        if (backlog.unsafe() > 0) {
            LOG.warn(
                    "Memory tier '{}' did not get {} records before the end that were acknowledged in memory only",
                    link.id,
                    backlog.unsafe());
        }
        if (backlog.size() > backlog.unsafe()) {
            LOG.info(
                    "Memory tier '{}' has still to get {} records; they are in the journal and sent after the next start",
                    link.id,
                    backlog.size() - backlog.unsafe());
        }
    }
}
