package ai.primespark.testkit;

import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.TierTrait;

/** The reference tier as a client of a server with news and leases. */
class TrackingTierContractTest extends MemoryTierContract {

    private final BrokenFeeds.Servers servers = new BrokenFeeds.Servers();

    @Override
    protected MemoryTierProvider provider() {
        return servers.provider(server ->
                server.connect(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS, TierTrait.SCAN_ORDERED));
    }

    @Override
    protected boolean cutNews(MemoryTier tier) {
        ((TrackingTier) tier).disconnect();
        ((TrackingTier) tier).reconnect();
        return true;
    }
}
