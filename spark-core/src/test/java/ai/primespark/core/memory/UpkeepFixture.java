package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.Memory;
import ai.primespark.memory.RepairOptions;
import ai.primespark.memory.SweepReport;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.memory.VerifyOptions;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.TestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An engine over shelves, which a test stops and starts again over the same directory. */
final class UpkeepFixture implements AutoCloseable {

    final TestContext context = TestContext.create();
    final ConcurrentLinkedQueue<SparkEvent> events = new ConcurrentLinkedQueue<>();
    private final List<ConfiguredTier> tiers = new ArrayList<>();
    private final Map<String, Object> settings =
            new HashMap<>(Map.of("tier-timeout", "2 s", "repair.records-per-second", 1_000_000));
    private MemoryEngine engine;

    UpkeepFixture set(String name, Object value) {
        settings.put(name, value);
        return this;
    }

    CaffeineTier near() {
        CaffeineTier tier = new CaffeineTier("near", context.clock(), 8L << 20);
        tiers.add(new ConfiguredTier("near", "caffeine", Zone.EDGE, tier));
        return tier;
    }

    ShelfTier shelf(String id, Zone zone, TierTrait... traits) {
        ShelfTier tier = new ShelfTier(id, context.clock(), traits);
        tiers.add(new ConfiguredTier(id, "shelf", zone, tier));
        return tier;
    }

    ShelfTier disk() {
        return shelf("disk", Zone.EDGE, TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
    }

    ShelfTier nas() {
        return shelf("nas", Zone.EDGE, TierTrait.PERSISTENT, TierTrait.SHARED);
    }

    ShelfTier cloud() {
        return shelf("cloud", Zone.CLOUD, TierTrait.PERSISTENT, TierTrait.SHARED);
    }

    void add(ConfiguredTier tier) {
        tiers.add(tier);
    }

    MemoryEngine start() {
        engine = new MemoryEngine(
                Settings.of(MemorySettings.ALL, settings),
                tiers,
                context.clock(),
                context.blocking(),
                context.scheduler(),
                Meters.discarding(),
                events::add,
                "node-a",
                context.directory().resolve("engine"));
        return engine;
    }

    void stop() {
        engine.close();
    }

    Memory memory() {
        return engine.memory();
    }

    UpkeepReport repair() {
        return memory().admin()
                .repair(RepairOptions.DEFAULT, progress -> {})
                .await(Duration.ofSeconds(60))
                .orElseThrow();
    }

    UpkeepReport verify(VerifyOptions options) {
        return memory().admin()
                .verify(options, progress -> {})
                .await(Duration.ofSeconds(60))
                .orElseThrow();
    }

    SweepReport sweep() {
        return memory().admin()
                .sweep()
                .await(Duration.ofMinutes(3)) // failing tiers are tried again, with pauses
                .orElseThrow(() -> new AssertionError("the sweep does not end"));
    }

    void flush() {
        if (!memory().flush(Duration.ofSeconds(10))) {
            throw new AssertionError("not everything was sent");
        }
    }

    static TierKey key(String key) {
        return TierKey.of("default", key);
    }

    @Override
    public void close() throws Exception {
        if (engine != null) {
            engine.close();
        }
        for (ConfiguredTier tier : tiers) {
            tier.tier().close();
        }
        context.close();
    }
}
