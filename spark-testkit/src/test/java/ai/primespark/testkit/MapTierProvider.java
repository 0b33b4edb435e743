package ai.primespark.testkit;

import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.TierTrait;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Makes {@link InMemoryTier}s; those with the same path share their storage. */
public final class MapTierProvider implements MemoryTierProvider {

    static final Setting<Path> PATH = Setting.path("path", "Names the storage; nothing is written there.");
    static final Setting<List<String>> TRAITS =
            Setting.texts("traits", "What the tiers claim.").defaultsTo(List.of());

    private static final Map<Path, InMemoryTier.Storage> STORAGES = new ConcurrentHashMap<>();

    /** For the service loader. */
    public MapTierProvider() {}

    @Override
    public String name() {
        return "testkit-map";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(PATH, TRAITS);
    }

    @Override
    public MemoryTier create(ProviderContext context) {
        Set<TierTrait> traits = EnumSet.noneOf(TierTrait.class);
        context.settings().get(TRAITS).forEach(name -> traits.add(TierTrait.valueOf(name.toUpperCase(Locale.ROOT))));
        Path path = context.settings().get(PATH);
        return new InMemoryTier(
                STORAGES.computeIfAbsent(path, unused -> new InMemoryTier.Storage()), context.clock(), traits);
    }
}
