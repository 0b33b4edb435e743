package ai.primespark.core.memory.objects;

import ai.primespark.SubsystemUnavailableException;
import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.GarbageReport;
import ai.primespark.memory.Memory;
import ai.primespark.memory.ModelStore;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.ObjectStore;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Meters;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/** Objects of all namespaces over the tiers that hold chunks. Thread-safe. */
public final class ObjectsEngine implements AutoCloseable {

    /** How many chunks the collector knows at once: 16 MiB of hashes. */
    private static final int MOST_REFERENCES = 1 << 20;

    final Config config;
    final List<BlobLink> links;
    final ActiveChunks active = new ActiveChunks();
    final Pins pins;
    final Chunks chunks;
    final Replicator replicator;
    final Collector collector;
    final Staging staging;

    private final Namespaces namespaces;
    private final ChunkSealing sealing;
    private final Registry registry;
    private final ConcurrentHashMap<String, ObjectSpace> spaces = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, NamespaceObjects> stores = new ConcurrentHashMap<>();
    private final AtomicBoolean resumed = new AtomicBoolean();
    final Executor blocking;

    /**
     * What the memory engine configures.
     *
     * @param chunkBytes 1 to 16 MiB
     * @param stall how long a tier may move nothing
     * @param drainBytesPerSecond how fast chunks go to further tiers in the background; Long.MAX_VALUE for no limit
     * @param maxHeadBytes the largest value that memory takes
     * @param ack when an upload is done, unless the namespace says otherwise
     * @param directory the engine's own
     */
    public record Config(
            int chunkBytes, Duration stall, long drainBytesPerSecond, long maxHeadBytes, Ack ack, Path directory) {}

    /** The memory engine's namespaces. */
    public interface Namespaces {

        /** Opens one. */
        Memory open(String name, NamespaceOptions options);

        /** What is known of those that were ever opened on this machine, by name. */
        Map<String, NamespaceOptions> known();
    }

    /**
     * Makes an engine.
     *
     * @param config see there
     * @param tiers those that hold chunks, nearest first; may be none
     * @param namespaces where heads are kept
     * @param sealing how chunks are encrypted
     * @param clock the wall clock
     * @param blocking where background work runs
     * @param scheduler for retries
     * @param meters where to count
     */
    public ObjectsEngine(
            Config config,
            List<ObjectTier> tiers,
            Namespaces namespaces,
            ChunkSealing sealing,
            InstantSource clock,
            Executor blocking,
            ScheduledExecutorService scheduler,
            Meters meters) {
        this.config = config;
        this.namespaces = namespaces;
        this.sealing = sealing;
        this.blocking = blocking;
        this.links = tiers.stream()
                .map(tier -> new BlobLink(tier, blocking, config.stall()))
                .toList();
        this.registry = new Registry(namespaces);
        Path directory = config.directory().resolve("objects");
        this.pins = new Pins(directory.resolve("pins.json"));
        Census census = new Census(this::everySpace);
        Evictor evictor = new Evictor(active, census, pins);
        this.chunks = new Chunks(sealing, evictor, new BufferPool(config.chunkBytes()));
        this.staging = new Staging(directory.resolve("uploads"), clock);
        this.collector = new Collector(links, active, census, clock, MOST_REFERENCES);
        this.replicator = new Replicator(
                new Todo(directory.resolve("todo")),
                chunks,
                this::knownSpace,
                blocking,
                scheduler,
                config.drainBytesPerSecond());
        for (BlobLink link : links) {
            meters.gauge("spark.memory.objects.sent", link.bytesSent::sum, "tier", link.id);
            meters.gauge("spark.memory.objects.fetched", link.bytesFetched::sum, "tier", link.id);
        }
        meters.gauge("spark.memory.objects.pending", replicator::size);
        meters.gauge("spark.memory.objects.damaged", chunks.damaged::sum);
        meters.gauge("spark.memory.objects.repaired", chunks.repaired::sum);
        meters.gauge("spark.memory.objects.evicted", evictor.evicted::sum);
    }

    /** The objects of a namespace. */
    public ObjectStore store(String name, NamespaceOptions options) {
        return stores.computeIfAbsent(name, key -> new NamespaceObjects(this, space(name, options)));
    }

    /** Model files, over a namespace's objects. */
    public ModelStore models(ObjectStore objects) {
        return new Models(objects, config.directory().resolve("models"));
    }

    /** Goes on with what an earlier process has left; for the end of the memory engine's own start. */
    public void resume() {
        if (!links.isEmpty() && resumed.compareAndSet(false, true)) {
            replicator.resume();
            staging.sweep();
        }
    }

    /**
     * Lets chunks wait that would travel beyond the edge, or lets them go.
     *
     * @param paused true while power is short; urgent namespaces go on
     */
    public void pauseDrain(boolean paused) {
        replicator.pause(paused);
    }

    /**
     * Removes chunks that no object needs any more and that are older than a grace.
     *
     * @param grace how old at least
     */
    public GarbageReport collectGarbage(Duration grace) {
        return collector.collect(grace);
    }

    /** Waits until the chunks of all objects are in all their tiers. */
    boolean flush(Duration timeout) {
        return replicator.await(Deadline.in(timeout));
    }

    private ObjectSpace space(String name, NamespaceOptions options) {
        ObjectSpace known = spaces.get(name);
        if (known != null) {
            return known;
        }
        if (name.length() > 64 - ObjectSpace.SUFFIX.length()) {
            throw new IllegalArgumentException("a namespace with objects has a name of at most "
                    + (64 - ObjectSpace.SUFFIX.length()) + " characters: '" + name + "'");
        }
        Zone sealedFrom = sealing.from(name, options);
        Memory heads = namespaces.open(name + ObjectSpace.SUFFIX, headOptions(options));
        ObjectSpace made = new ObjectSpace(name, options, heads, links, sealedFrom);
        if (made.tiers.isEmpty()) {
            throw new SubsystemUnavailableException(
                    "objects",
                    "no tier within the reach of namespace '" + name + "' (" + options.reach()
                            + ") holds objects; configure one that does, such as directory, nfs or s3");
        }
        ObjectSpace before = spaces.putIfAbsent(name, made);
        return before == null ? made : before;
    }

    /** Heads are text that is small beside its object, and must be found whatever the namespace makes of unknown answers. */
    private static NamespaceOptions headOptions(NamespaceOptions options) {
        NamespaceOptions heads = NamespaceOptions.DEFAULT
                .withCodec("text")
                .withReach(options.reach())
                .withCompression(options.compression())
                .withUrgent(options.urgent());
        heads = options.ackLevel().isPresent()
                ? heads.withAck(options.ackLevel().get())
                : heads;
        heads = options.ttl().isPresent() ? heads.withTtl(options.ttl().get()) : heads;
        return options.encryptionFrom().isPresent()
                ? heads.withEncryptionFrom(options.encryptionFrom().get())
                : heads;
    }

    private ObjectSpace knownSpace(String name) {
        ObjectSpace open = spaces.get(name);
        if (open != null) {
            return open;
        }
        NamespaceOptions options = namespaces.known().get(name + ObjectSpace.SUFFIX);
        return space(name, options == null ? NamespaceOptions.DEFAULT : options);
    }

    /** Every namespace that has objects in a tier that this machine sees. */
    private List<ObjectSpace> everySpace(Census.Completeness wanted) {
        Map<String, ObjectSpace> all = new LinkedHashMap<>(spaces);
        Function<String, Optional<String>> objects = name -> name.endsWith(ObjectSpace.SUFFIX)
                ? Optional.of(name.substring(0, name.length() - ObjectSpace.SUFFIX.length()))
                : Optional.empty();
        namespaces
                .known()
                .forEach((name, options) ->
                        objects.apply(name).ifPresent(plain -> all.computeIfAbsent(plain, key -> space(key, options))));
        registry.all(wanted).forEach((name, options) -> all.computeIfAbsent(name, key -> space(key, options)));
        return List.copyOf(all.values());
    }

    /** Tells the machines that share a tier that this namespace has objects; before the first one is stored. */
    void announce(ObjectSpace space) {
        registry.announce(space);
    }

    Ack ack(ObjectSpace space) {
        return space.options.ackLevel().orElse(config.ack());
    }

    @Override
    public void close() {
        collector.close();
        replicator.close();
    }
}
