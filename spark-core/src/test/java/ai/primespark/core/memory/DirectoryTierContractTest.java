package ai.primespark.core.memory;

import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.testkit.MemoryTierContract;
import java.nio.file.Path;
import java.util.Map;

class DirectoryTierContractTest extends MemoryTierContract {

    @Override
    protected MemoryTierProvider provider() {
        return new DirectoryTierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("path", directory);
    }
}
