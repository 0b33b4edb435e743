package ai.primespark.examples.plugin;

import ai.primespark.spi.SparkProvider;
import ai.primespark.testkit.ProviderContract;
import java.nio.file.Path;
import java.util.Map;

class PhrasebookProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new PhrasebookProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("phrases", Map.of("Who are you?", "A phrasebook."));
    }
}
