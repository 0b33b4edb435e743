package ai.primespark.testkit;

import ai.primespark.spi.MemoryTierProvider;
import java.nio.file.Path;
import java.util.Map;

/** The reference tier without any promise, as a cache of one process. */
class TraitlessTierContractTest extends MemoryTierContract {

    @Override
    protected MemoryTierProvider provider() {
        return new MapTierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("path", directory);
    }
}
