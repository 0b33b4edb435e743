package ai.primespark.core.memory;

import ai.primespark.core.memory.objects.ChunkSealing;
import ai.primespark.core.memory.objects.ObjectsEngine;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.ModelStore;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
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
 * <p>{@link #close()} sends what tiers have still to get, within the time limit of an operation. Executors and tiers belong to
 * whoever made them and must outlive the engine.
 */
public final class MemoryEngine implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MemoryEngine.class);
    private static final String DEFAULT_NAMESPACE = "default";
    private static final int MOST_NAMESPACES = 10_000;

    final Surroundings around;
    final NamespaceCatalog catalog;
    final Reader reader;
    final Writer writer;
    final Scanner scanner;
    final ObjectsEngine objects;
    final Loads loads = new Loads();
    final Ack ack;
    final Duration tombstoneLife;
    final long maxValueBytes;
    final LongAdder unknowns = new LongAdder();

    private final List<TierLink> links;
    private final Map<TierLink, Backlog> backlogs = new LinkedHashMap<>();
    private final ConcurrentHashMap<String, NamespaceMemory> namespaces = new ConcurrentHashMap<>();
    private volatile @Nullable ModelStore models;
    private volatile boolean closed;

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
     * @throws IllegalArgumentException when there is no tier, two have one id, or the acknowledgement level names a tier that
     *     is not there
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
            Path directory) {
        this.catalog = new NamespaceCatalog(directory.resolve("namespaces.json"));
        this.around = new Surroundings(
                clock,
                blocking,
                scheduler,
                meters,
                events,
                settings.get(MemorySettings.TIMEOUT),
                settings.get(MemorySettings.TIER_TIMEOUT));
        this.ack = Ack.parse(settings.get(MemorySettings.ACK));
        this.tombstoneLife = settings.get(MemorySettings.TOMBSTONE_LIFE);
        this.maxValueBytes = settings.get(MemorySettings.MAX_VALUE_BYTES);
        check(tiers);
        HybridClock versions = new HybridClock(clock, nodeId);
        List<TierLink> made = new ArrayList<>();
        for (ConfiguredTier tier : tiers) {
            TierLink link = new TierLink(made.size() + 1, tier, around);
            made.add(link);
            backlogs.put(link, new Backlog(link, around, versions::observe));
        }
        this.links = List.copyOf(made);
        this.reader = new Reader(around, versions, new Epochs(), backlogs);
        this.writer = new Writer(versions, reader, backlogs);
        this.scanner = new Scanner(around, reader, backlogs);
        this.objects = ObjectsWiring.make(this, links, settings, ack, directory, ChunkSealing.NONE);
        this.objects.resume();
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
    }

    /**
     * The namespace that applications start with.
     *
     * @return the namespace {@code default}
     */
    public Memory memory() {
        return namespace(DEFAULT_NAMESPACE, null);
    }

    Memory namespace(String name, @Nullable NamespaceOptions options) {
        checkOpen();
        NamespaceMemory known = namespaces.get(name);
        if (known == null) {
            TierKey.checkNamespace(name);
            if (namespaces.size() >= MOST_NAMESPACES) {
                throw new IllegalStateException(
                        "there are " + MOST_NAMESPACES
                                + " namespaces already; a namespace is a kind of data, put what differs in number into the keys");
            }
            NamespaceOptions wanted = options == null ? NamespaceOptions.DEFAULT : options;
            Codecs.check(wanted.codec());
            known = namespaces.computeIfAbsent(name, key -> {
                Space space = new Space(key, wanted, links);
                catalog.remember(key, wanted);
                return new NamespaceMemory(this, space);
            });
        }
        if (options != null && !known.options().equals(options)) {
            throw new IllegalStateException(
                    "namespace '" + name + "' is in use with other options: " + known.options());
        }
        return known;
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

    boolean flush(Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        Map<Backlog, Long> marks = new LinkedHashMap<>();
        backlogs.values().forEach(backlog -> marks.put(backlog, backlog.mark()));
        try {
            for (Map.Entry<Backlog, Long> each : marks.entrySet()) {
                if (!each.getKey().awaitSent(each.getValue(), deadline)) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            throw Surroundings.interrupted("the tiers to get everything");
        }
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
            long pending = Objects.requireNonNull(backlogs.get(link)).size();
            tiers.add(link.stats(pending, usage.records(), usage.bytes()));
        }
        return new MemoryStats(tiers, unknowns.sum(), reader.waiting() + loads.waiting());
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        objects.close(); // before the heads' own way to the tiers ends
        closed = true;
        boolean sent = false;
        try {
            sent = flush(around.timeout());
        } catch (MemoryException e) {
            LOG.debug("Interrupted while closing", e); // the flag is set; the rest is quick
        }
        if (!sent) {
            backlogs.forEach((link, backlog) -> {
                if (backlog.size() > 0) {
                    LOG.warn("Memory tier '{}' did not get {} records before the end", link.id, backlog.size());
                }
            });
        }
        backlogs.values().forEach(Backlog::close);
        links.forEach(TierLink::close);
    }
}
