package ai.primespark.core.memory.seal;

import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.MemoryTierContract;
import java.nio.file.Path;
import java.util.Map;

class MigratingTierContractTest extends MemoryTierContract {

    private final SealedMapProvider provider = new SealedMapProvider(
            true, TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS, TierTrait.SCAN_ORDERED);

    @Override
    protected MemoryTierProvider provider() {
        return provider;
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("path", directory);
    }
}
