package ai.primespark.testkit;

import ai.primespark.spi.SparkProvider;
import java.nio.file.Path;
import java.util.Map;

class MapTierProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new MapTierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("path", directory);
    }
}
