package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.Memory;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.FlakyTier;
import ai.primespark.testkit.InMemoryTier;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * One machine over several lives of its process: the tiers' storages go on, and of the engine there is what a crash left on the
 * disk.
 */
final class Lives implements AutoCloseable {

    final TestContext context = TestContext.create();
    final ConcurrentLinkedQueue<SparkEvent> events = new ConcurrentLinkedQueue<>();
    final Map<String, FlakyTier> tiers = new LinkedHashMap<>();
    CaffeineTier near;
    private final Map<String, Object> settings = new HashMap<>(Map.of("tier-timeout", "300 ms", "timeout", "2 s"));
    private final Map<String, Declared> declared = new LinkedHashMap<>();
    private final List<MemoryEngine> past = new ArrayList<>();
    private MemoryEngine engine;
    private Path directory = context.directory().resolve("life-0");
    private int life;

    private record Declared(Zone zone, InMemoryTier.Storage storage, List<TierTrait> traits) {}

    Lives set(String name, Object value) {
        settings.put(name, value);
        return this;
    }

    Lives tier(String id, Zone zone, TierTrait... traits) {
        declared.put(id, new Declared(zone, new InMemoryTier.Storage(), List.of(traits)));
        return this;
    }

    Lives disk() {
        return tier("disk", Zone.EDGE, TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
    }

    Lives cold() {
        return tier("cold", Zone.CLOUD, TierTrait.PERSISTENT);
    }

    Lives without(String id) {
        declared.remove(id);
        return this;
    }

    Path directory() {
        return directory;
    }

    FlakyTier get(String id) {
        return tiers.get(id);
    }

    TierRecord stored(String id, String key) {
        return stored(id, "default", key);
    }

    TierRecord stored(String id, String namespace, String key) {
        return declared.get(id).storage().records().stream()
                .filter(record -> record.key().equals(TierKey.of(namespace, key)))
                .findFirst()
                .orElse(null);
    }

    InMemoryTier.Storage storage(String id) {
        return declared.get(id).storage();
    }

    MemoryEngine engine() {
        if (engine == null) {
            List<ConfiguredTier> configured = new ArrayList<>();
            near = new CaffeineTier("near", context.clock(), 8 << 20);
            configured.add(new ConfiguredTier("near", "caffeine", Zone.EDGE, near));
            declared.forEach((id, what) -> {
                FlakyTier tier = tiers.computeIfAbsent(
                        id, any -> new FlakyTier(new InMemoryTier(what.storage(), context.clock(), what.traits())));
                configured.add(new ConfiguredTier(id, "flaky", what.zone(), tier));
            });
            engine = new MemoryEngine(
                    Settings.of(MemorySettings.ALL, settings),
                    configured,
                    context.clock(),
                    context.blocking(),
                    context.scheduler(),
                    Meters.discarding(),
                    events::add,
                    "node-a",
                    directory);
        }
        return engine;
    }

    Memory memory() {
        return engine().memory();
    }

    /** Prepares the tiers of the next life, so that they can be broken before it begins. */
    Lives prepare() {
        declared.forEach((id, what) ->
                tiers.put(id, new FlakyTier(new InMemoryTier(what.storage(), context.clock(), what.traits()))));
        return this;
    }

    /** The process ends here and now, without a word. */
    Lives crash() throws IOException {
        tiers.values().forEach(tier -> tier.fail(TierException.Kind.PERMANENT)); // reaches nothing any more
        Path next = context.directory().resolve("life-" + ++life);
        copy(directory, next);
        past.add(engine);
        engine = null;
        tiers.clear();
        directory = next;
        return prepare();
    }

    /** Oldest segments first, as what is moved or released meanwhile is in younger ones. */
    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        List<Path> entries;
        try (Stream<Path> all = Files.list(from)) {
            entries = all.sorted().toList();
        }
        for (Path entry : entries) {
            Path target = to.resolve(entry.getFileName());
            if (Files.isDirectory(entry)) {
                copy(entry, target);
            } else if (!entry.getFileName().toString().equals("lock")) {
                try {
                    Files.write(target, Files.readAllBytes(entry));
                } catch (NoSuchFileException e) {
                    // deleted just now
                }
            }
        }
    }

    /** The process ends in good order. */
    Lives end() {
        engine.close();
        engine = null;
        tiers.clear();
        return prepare();
    }

    @Override
    public void close() {
        tiers.values().forEach(FlakyTier::heal);
        if (engine != null) {
            engine.close();
        }
        past.forEach(MemoryEngine::close);
        context.close();
    }
}
