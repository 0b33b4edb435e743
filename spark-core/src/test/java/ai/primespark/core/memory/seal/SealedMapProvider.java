package ai.primespark.core.memory.seal;

import ai.primespark.Zone;
import ai.primespark.memory.Keyring;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.Meters;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.InMemoryTier;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Makes sealed tiers over storages in memory; those with the same path share their storage. */
final class SealedMapProvider implements MemoryTierProvider {

    static final Setting<Path> PATH = Setting.path("path", "Names the storage; nothing is written there.");

    private final Map<Path, InMemoryTier.Storage> storages = new ConcurrentHashMap<>();
    private final Keyring ring = Keyring.generate("test");
    private final boolean plainRecords;
    private final List<TierTrait> traits;

    SealedMapProvider(boolean plainRecords, TierTrait... traits) {
        this.plainRecords = plainRecords;
        this.traits = List.of(traits);
    }

    @Override
    public String name() {
        return "sealed-map";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(PATH);
    }

    @Override
    public MemoryTier create(ProviderContext context) {
        InMemoryTier.Storage storage =
                storages.computeIfAbsent(context.settings().get(PATH), unused -> new InMemoryTier.Storage());
        return new Sealing(ring, Zone.EDGE, plainRecords, name -> Optional.empty())
                .guard("sealed", Zone.CLOUD, new InMemoryTier(storage, context.clock(), traits), Meters.discarding());
    }
}
