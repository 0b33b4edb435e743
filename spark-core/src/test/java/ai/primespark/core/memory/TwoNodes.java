package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.memory.Memory;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.TrackingServer;
import ai.primespark.testkit.TrackingTier;
import java.util.ArrayList;
import java.util.List;

/** Two machines with near tiers of their own over one server with news and leases. */
final class TwoNodes implements AutoCloseable {

    final EngineFixture fixture = new EngineFixture().set("ack", "tier(2)");
    final TrackingServer server = new TrackingServer(fixture.context.clock());
    final TrackingTier lineA = connect();
    final TrackingTier lineB = connect();
    final CaffeineTier nearA = new CaffeineTier("near", fixture.context.clock(), 8L << 20);
    final CaffeineTier nearB = new CaffeineTier("near", fixture.context.clock(), 8L << 20);
    private final List<ConfiguredTier> colder = new ArrayList<>();

    private TrackingTier connect() {
        return server.connect(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
    }

    TwoNodes set(String name, Object value) {
        fixture.set(name, value);
        return this;
    }

    /** A tier that both have behind the server. */
    TwoNodes behind(String id, Zone zone, MemoryTier tier) {
        colder.add(new ConfiguredTier(id, "test", zone, tier));
        return this;
    }

    MemoryEngine engineA() {
        return fixture.engine("node-a", tiers(nearA, lineA));
    }

    MemoryEngine engineB() {
        return fixture.engine("node-b", tiers(nearB, lineB));
    }

    Memory a() {
        return engineA().memory();
    }

    Memory b() {
        return engineB().memory();
    }

    private List<ConfiguredTier> tiers(CaffeineTier near, MemoryTier line) {
        List<ConfiguredTier> tiers = new ArrayList<>();
        tiers.add(new ConfiguredTier("near", "caffeine", Zone.EDGE, near));
        tiers.add(new ConfiguredTier("server", "tracking", Zone.EDGE, line));
        tiers.addAll(colder);
        return tiers;
    }

    /** Everything that was said has been heard. */
    boolean isQuiet() {
        return lineA.isQuiet() && lineB.isQuiet();
    }

    @Override
    public void close() throws Exception {
        lineA.reconnect();
        lineB.reconnect();
        fixture.close();
        lineA.close();
        lineB.close();
    }
}
