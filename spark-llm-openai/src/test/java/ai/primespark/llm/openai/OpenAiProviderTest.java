package ai.primespark.llm.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.SparkProvider;
import ai.primespark.testkit.ProviderContract;
import ai.primespark.testkit.TestContext;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new OpenAiProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("url", "https://llm.example.org");
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:8080, http://127.0.0.1:8080/v1",
        "http://127.0.0.1:8080/, http://127.0.0.1:8080/v1",
        "http://127.0.0.1:8080/v1, http://127.0.0.1:8080/v1",
        "http://127.0.0.1:8080/v1/, http://127.0.0.1:8080/v1",
        "https://example.org/llm, https://example.org/llm/v1",
        "https://example.org/api/v1, https://example.org/api/v1",
        "https://example.org/v1beta/openai/, https://example.org/v1beta/openai",
        "https://example.org/api/paas/v4, https://example.org/api/paas/v4",
        "https://example.org/vision, https://example.org/vision/v1",
        "https://example.org/chat/completions, https://example.org",
        "https://example.org/v1/chat/completions, https://example.org/v1",
        "http://[::1]:8080, http://[::1]:8080/v1"
    })
    void theVersionIsAddedToUrlsThatHaveNone(URI url, String base) {
        assertThat(OpenAiAddress.base(url)).hasToString(base);
    }

    @Test
    void theZoneThatIsSetWins() throws Exception {
        assertThat(zoneOf("url", "https://llm.example.org", "zone", "trusted")).isEqualTo(Zone.TRUSTED);
        assertThat(zoneOf("url", "http://gpu.example.org:8000", "zone", "edge")).isEqualTo(Zone.EDGE);
        assertThat(zoneOf("url", "http://127.0.0.1:4000", "zone", "cloud")).isEqualTo(Zone.CLOUD);
        assertThat(zoneOf("url", "https://llm.example.org")).isEqualTo(Zone.CLOUD);
    }

    @Test
    void aKeyDoesNotTravelInTheClearToTheCloud() {
        assertThatThrownBy(() -> zoneOf("url", "http://llm.example.org", "api-key", "s3cret-value-77"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void headersThatCannotBeSentAreRefusedWhenTheBackendIsMade() {
        assertThatThrownBy(() -> zoneOf("url", "http://10.0.0.7", "headers", Map.of("Host", "other.example.org")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'Host'");
        assertThatThrownBy(() -> zoneOf("url", "http://10.0.0.7", "headers", Map.of("authorization", "Bearer x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("api-key");
        assertThatThrownBy(() -> zoneOf("url", "http://10.0.0.7", "api-key", "s3cret-value-77\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void itIsNotUsedUnlessConfigured() {
        assertThat(new OpenAiProvider().usedByDefault()).isFalse();
    }

    private static Zone zoneOf(Object... settings) throws Exception {
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            values.put((String) settings[i], settings[i + 1]);
        }
        OpenAiProvider provider = new OpenAiProvider();
        try (TestContext context = TestContext.create();
                LlmBackend backend = provider.create(context.with(provider, values))) {
            return backend.info().zone();
        }
    }
}
