package ai.primespark.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.spi.RemoteAgent;
import ai.primespark.spi.SparkProvider;
import ai.primespark.testkit.ProviderContract;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpAgentProviderTest extends ProviderContract {

    private static final Map<String, Object> LEAST =
            Map.of("url", "http://127.0.0.1:9", "types", List.of("count"), "secret", Rig.SECRET);

    @TempDir
    Path directory;

    @Override
    protected SparkProvider provider() {
        return new HttpAgentProvider();
    }

    @Override
    protected Map<String, Object> settings(Path ignored) {
        return LEAST;
    }

    @Test
    void aSecretThatCanBeGuessedIsRefusedWithoutPrintingIt() {
        assertThatThrownBy(() -> create(Map.of("secret", "a-secret-of-31-bytes-is-no-good")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has 31 bytes")
                .hasMessageContaining("openssl rand -hex 32")
                .hasMessageNotContaining("a-secret-of");
    }

    @Test
    void exactlyOneWayToSignIsNeeded() {
        Path file = directory.resolve("key.pem");
        assertThatThrownBy(() -> create(Map.of("key-file", file, "agent-key-file", file)))
                .hasMessageContaining("set either secret, or both key-file and agent-key-file");
        Map<String, Object> half = new HashMap<>(LEAST);
        half.remove("secret");
        assertThatThrownBy(() -> make(half)).hasMessageContaining("set either secret");
        half.put("key-file", file);
        assertThatThrownBy(() -> make(half)).hasMessageContaining("set either secret");
    }

    @Test
    void tasksDoNotTravelInTheClearThroughTheInternet() {
        assertThatThrownBy(() -> create(Map.of("url", "http://agents.example.org")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use https");
    }

    @Test
    void aKeyFileThatHoldsNoKeyIsNamed() throws IOException {
        Path file = Files.writeString(
                directory.resolve("key.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        Map<String, Object> settings = new HashMap<>(LEAST);
        settings.remove("secret");
        settings.putAll(Map.of("key-file", file, "agent-key-file", file));
        assertThatThrownBy(() -> {
                    try (RemoteAgent agent = make(settings)) {
                        agent.start();
                    }
                })
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("openssl genpkey")
                .hasMessageNotContaining("AAAA");
    }

    @Test
    void aCaFileWithoutCertificatesIsNamed() throws IOException {
        Path file = Files.writeString(directory.resolve("ca.pem"), "nothing");
        assertThatThrownBy(() -> {
                    try (RemoteAgent agent = create(Map.of("ca-file", file))) {
                        agent.start();
                    }
                })
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ca-file: " + file);
    }

    @Test
    void typesThatNoTaskCanHaveAreRefused() {
        assertThatThrownBy(() -> create(Map.of("types", List.of("has space")))).hasMessageContaining("[A-Za-z0-9._:-]");
        assertThatThrownBy(() -> create(Map.of("types", List.of()))).hasMessageContaining("not empty");
    }

    @Test
    void theAgentPrintsItsIdOnly() throws Exception {
        try (RemoteAgent agent = create(Map.of())) {
            assertThat(agent).hasToString("HttpAgent[test]");
        }
    }

    private static RemoteAgent create(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(LEAST);
        settings.putAll(more);
        return make(settings);
    }

    private static RemoteAgent make(Map<String, Object> settings) {
        HttpAgentProvider provider = new HttpAgentProvider();
        try (TestContext context = TestContext.create()) {
            return provider.create(context.with(provider, settings));
        }
    }
}
