package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.Memory;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.FlakyTier;
import ai.primespark.testkit.InMemoryTier;
import ai.primespark.testkit.TestContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An engine over tiers that a test breaks at will. */
final class EngineFixture implements AutoCloseable {

    final TestContext context = TestContext.create();
    final ConcurrentLinkedQueue<SparkEvent> events = new ConcurrentLinkedQueue<>();
    private final List<ConfiguredTier> tiers = new ArrayList<>();
    private final List<MemoryEngine> engines = new ArrayList<>();
    private final Map<String, Object> settings = new HashMap<>(Map.of("tier-timeout", "300 ms"));

    EngineFixture set(String name, Object value) {
        settings.put(name, value);
        return this;
    }

    CaffeineTier near() {
        return near(8L << 20);
    }

    CaffeineTier near(long maxBytes) {
        CaffeineTier tier = new CaffeineTier("near", context.clock(), maxBytes);
        tiers.add(new ConfiguredTier("near", "caffeine", Zone.EDGE, tier));
        return tier;
    }

    DirectoryTier directory() {
        DirectoryTier tier =
                new DirectoryTier("disk", context.directory().resolve("disk"), context.clock(), false, Long.MAX_VALUE);
        tier.start();
        tiers.add(new ConfiguredTier("disk", "directory", Zone.EDGE, tier));
        return tier;
    }

    <T extends MemoryTier> T add(String id, Zone zone, T tier) {
        tiers.add(new ConfiguredTier(id, "test", zone, tier));
        return tier;
    }

    FlakyTier tier(String id, Zone zone, TierTrait... traits) {
        return add(
                id,
                zone,
                new FlakyTier(new InMemoryTier(new InMemoryTier.Storage(), context.clock(), List.of(traits))));
    }

    GatedTier gated() {
        return add("gated", Zone.EDGE, new GatedTier(context.blocking()));
    }

    /** A tier on this machine's disk, as far as the engine can see. */
    FlakyTier disk(String id) {
        return tier(id, Zone.EDGE, TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
    }

    FlakyTier cloud(String id) {
        return tier(id, Zone.CLOUD, TierTrait.PERSISTENT);
    }

    MemoryEngine engine() {
        return engine("node-a");
    }

    MemoryEngine engine(String node) {
        return engine(node, context.directory().resolve("engine-" + node + "-" + engines.size()));
    }

    /** An engine that keeps its own files in a directory, where another may have left some. */
    MemoryEngine engine(String node, Path directory) {
        return engine(node, directory, tiers);
    }

    /** Another machine, with tiers of its own. */
    MemoryEngine engine(String node, List<ConfiguredTier> tiers) {
        return engine(node, context.directory().resolve("engine-" + node + "-" + engines.size()), tiers);
    }

    private MemoryEngine engine(String node, Path directory, List<ConfiguredTier> tiers) {
        MemoryEngine engine = new MemoryEngine(
                Settings.of(MemorySettings.ALL, settings),
                tiers,
                context.clock(),
                context.blocking(),
                context.scheduler(),
                Meters.discarding(),
                events::add,
                node,
                directory);
        engines.add(engine);
        return engine;
    }

    Memory memory() {
        return engine().memory();
    }

    static TierRecord held(MemoryTier tier, String key) {
        return tier.get(TierKey.of("default", key), Deadline.in(Duration.ofSeconds(10)))
                .toCompletableFuture()
                .join();
    }

    @Override
    public void close() throws Exception {
        for (ConfiguredTier tier : tiers) {
            if (tier.tier() instanceof FlakyTier flaky) {
                flaky.heal();
            }
        }
        for (MemoryEngine engine : engines) {
            engine.close();
        }
        for (ConfiguredTier tier : tiers) {
            tier.tier().close();
        }
        context.close();
    }
}
