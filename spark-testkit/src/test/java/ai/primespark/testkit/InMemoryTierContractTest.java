package ai.primespark.testkit;

import ai.primespark.spi.MemoryTierProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The reference tier as a server's client: shared, lasting, with every promise. */
class InMemoryTierContractTest extends MemoryTierContract {

    @Override
    protected MemoryTierProvider provider() {
        return new MapTierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("path", directory, "traits", List.of("shared", "persistent", "atomic_cas", "scan_ordered"));
    }
}
