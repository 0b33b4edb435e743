package ai.primespark.core.memory;

import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.util.List;

/** Makes tiers in the heap of this process: type {@code caffeine}. */
public final class CaffeineTierProvider implements MemoryTierProvider {

    static final Setting<Long> MAX_BYTES = Setting.bytes(
                    "max-bytes", "How much heap the tier takes at most, decoded values included.")
            .atLeast(64L << 10)
            .defaultsTo(64L << 20);

    /** For {@link java.util.ServiceLoader}. */
    public CaffeineTierProvider() {}

    @Override
    public String name() {
        return "caffeine";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(MAX_BYTES);
    }

    @Override
    public boolean usedByDefault() {
        return true;
    }

    @Override
    public MemoryTier create(ProviderContext context) {
        return new CaffeineTier(
                context.id(), context.clock(), context.settings().get(MAX_BYTES));
    }
}
