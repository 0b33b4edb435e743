package ai.primespark.llm.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.SparkProvider;
import ai.primespark.testkit.ProviderContract;
import ai.primespark.testkit.TestContext;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OllamaProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new OllamaProvider();
    }

    @Test
    void withoutSettingsItIsTheLocalServer() throws Exception {
        OllamaProvider provider = new OllamaProvider();
        assertThat(provider.usedByDefault()).isTrue();
        try (TestContext context = TestContext.create();
                LlmBackend backend = provider.create(context.with(provider, Map.of()))) {
            assertThat(backend.info().endpoint()).isEqualTo("http://127.0.0.1:11434");
            assertThat(backend.info().zone()).isEqualTo(Zone.EDGE);
            assertThat(backend.info().type()).isEqualTo("ollama");
            assertThat(backend.info().lastResort()).isFalse();
        }
    }

    @Test
    void aServerOnTheInternetIsTheCloudUnlessSomebodySaysOtherwise() throws Exception {
        assertThat(zoneOf(Map.of("url", "https://llm.example.org"))).isEqualTo(Zone.CLOUD);
        assertThat(zoneOf(Map.of("url", "http://nas:11434"))).isEqualTo(Zone.EDGE);
        assertThat(zoneOf(Map.of("url", "https://llm.example.org", "zone", "trusted")))
                .isEqualTo(Zone.TRUSTED);
        assertThatThrownBy(() -> zoneOf(Map.of("url", "https://ollama.com", "zone", "edge")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("zone = cloud");
    }

    @Test
    void aTokenDoesNotTravelInTheClearToTheCloud() {
        assertThatThrownBy(() -> zoneOf(Map.of("url", "http://llm.example.org", "token", "s3cret-value-77")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https")
                .hasMessageNotContaining("s3cret");
    }

    private static Zone zoneOf(Map<String, Object> settings) throws Exception {
        OllamaProvider provider = new OllamaProvider();
        try (TestContext context = TestContext.create();
                LlmBackend backend = provider.create(context.with(provider, settings))) {
            return backend.info().zone();
        }
    }
}
