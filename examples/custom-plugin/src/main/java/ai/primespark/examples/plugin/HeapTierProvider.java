package ai.primespark.examples.plugin;

import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.util.List;

/** Makes tiers in the heap that refuse what does not fit instead of dropping what they hold: type {@code heap}. */
public final class HeapTierProvider implements MemoryTierProvider {

    @Override
    public String name() {
        return "heap";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(HeapTier.MAX_RECORDS);
    }

    @Override
    public MemoryTier create(ProviderContext context) {
        return new HeapTier(context);
    }
}
