package ai.primespark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ProviderSpecTest {

    @Test
    void saysWhatAFileWouldSay() {
        ProviderSpec spec = ProviderSpec.of("ollama").id("edge").with("url", "http://pi");

        assertThat(spec.type()).isEqualTo("ollama");
        assertThat(spec.toMap())
                .containsExactly(Map.entry("type", "ollama"), Map.entry("id", "edge"), Map.entry("url", "http://pi"));
    }

    @Test
    void eachStepIsANewOne() {
        ProviderSpec plain = ProviderSpec.of("ollama");
        plain.id("edge").with("url", "http://pi");
        plain.toMap().put("x", "y");

        assertThat(plain.toMap()).containsExactly(Map.entry("type", "ollama"));
    }

    @Test
    void printsNamesAndNeverAValue() {
        assertThat(ProviderSpec.of("openai").with("api-key", "hunter2")).hasToString("ProviderSpec[openai, [api-key]]");
    }
}
