package ai.primespark.core.auth.store;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import java.util.List;

/** Hands out one tier, so that an instance can have it behind a near tier of its own. */
record SharedTierProvider(MemoryTier tier) implements MemoryTierProvider {

    static PrimeSpark open(SparkConfig config, MemoryTier tier) {
        return PrimeSpark.builder()
                .discovery(false)
                .provider(new SharedTierProvider(tier))
                .config(config.with(
                        "primespark.memory.tiers", List.of(ProviderSpec.of("caffeine"), ProviderSpec.of("shared"))))
                .build();
    }

    @Override
    public String name() {
        return "shared";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public MemoryTier create(ProviderContext context) {
        return tier;
    }
}
