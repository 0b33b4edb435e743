package ai.primespark.testkit;

import ai.primespark.spi.SparkProvider;
import java.nio.file.Path;
import java.util.Map;

class LineBackendProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new LineBackendProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("url", "http://127.0.0.1:9");
    }
}
