package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerSettingsTest {

    @TempDir
    Path directory;

    @Test
    void withoutAnyWordItListensToThisMachineOnly() throws StartupException {
        ServerSettings settings = load("", Map.of());

        assertThat(settings.host()).isEqualTo("127.0.0.1");
        assertThat(settings.port()).isEqualTo(8000);
        assertThat(settings.tls()).isEmpty();
        assertThat(settings.cors().origins()).isEmpty();
        assertThat(settings.proxies()).isEmpty();
        assertThat(settings.metrics()).isEqualTo(ServerSettings.MetricsFor.LOOPBACK);
    }

    @Test
    void theFileWinsOverFamiliarNamesAndVariablesOfItsOwnOverTheFile() throws StartupException {
        Map<String, String> familiar = Map.of("API_HOST", "0.0.0.0", "API_PORT", "8001");

        assertThat(load("", familiar).port()).isEqualTo(8001);
        assertThat(load("prime-spark-server.port = 8002", familiar).port()).isEqualTo(8002);
        assertThat(load("prime-spark-server.port = 8002", familiar).host()).isEqualTo("0.0.0.0");
        assertThat(load("prime-spark-server.port = 8002", Map.of("PRIME_SPARK_SERVER_PORT", "8003"))
                        .port())
                .isEqualTo(8003);
    }

    @Test
    void everySettingHasAVariable() throws StartupException {
        ServerSettings settings = load(
                "",
                Map.of(
                        "PRIME_SPARK_SERVER_LIMITS_BODY", "2 MiB",
                        "PRIME_SPARK_SERVER_LIMITS_REQUESTS_PER_SOURCE", "7",
                        "PRIME_SPARK_SERVER_CORS_ORIGINS", "https://a.example, https://b.example",
                        "PRIME_SPARK_SERVER_PROXIES", "[\"10.0.0.0/8\"]",
                        "PRIME_SPARK_SERVER_METRICS", "everybody",
                        "PRIME_SPARK_SERVER_GRACE", "5 s"));

        assertThat(settings.limits().body()).isEqualTo(2 << 20);
        assertThat(settings.limits().requestsPerSource()).isEqualTo(7);
        assertThat(settings.cors().origins()).containsExactly("https://a.example", "https://b.example");
        assertThat(settings.proxies()).containsExactly("10.0.0.0/8");
        assertThat(settings.metrics()).isEqualTo(ServerSettings.MetricsFor.EVERYBODY);
        assertThat(settings.grace()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void allMistakesAreToldAtOnceWithTheirPlace() {
        assertThatThrownBy(() -> load("""
                        prime-spark-server {
                          port = 70000
                          limits.bdy = 1
                          metrics = all
                        }
                        """, Map.of()))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("prime-spark-server.port (")
                .hasMessageContaining("server.conf: 2) must be a whole number from 0 to 65535")
                .hasMessageContaining("prime-spark-server.limits.bdy (")
                .hasMessageContaining("is not a setting; the settings are [")
                .hasMessageContaining("must be one of [loopback, users, everybody]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tls.certificate = a.pem",
                "cors.origins = [\"chat.home.arpa\"]",
                "proxies = [home]",
                "proxies = [\"999.1.1.1\"]",
                "limits.idle = 0 s",
                "limits.headers = 1 GiB",
                "grace = soon",
                "host = \"a b\""
            })
    void whatCannotBeRightIsRefused(String setting) {
        assertThatThrownBy(() -> ServerSettings.parse(setting))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith("prime-spark-server." + setting.split("[ .=]", 2)[0]);
    }

    @Test
    void theLibrarysPartOfTheFileIsNotItsBusiness() throws StartupException {
        assertThat(load("primespark.llm.key = ${NOT_SET_ANYWHERE}\nprime-spark-server.port = 1", Map.of())
                        .port())
                .isEqualTo(1);
    }

    @Test
    void theDocumentHasEverySettingWithItsDefault() throws IOException {
        String page = Files.readString(Path.of("..", "..", "docs", "server.md"));
        var defaults = ConfigFactory.parseResources(ServerSettings.class, "/prime-spark-server.conf")
                .getConfig("prime-spark-server");

        List<String> rows = defaults.entrySet().stream()
                .map(setting -> "| `" + setting.getKey() + "` | `"
                        + String.valueOf(setting.getValue().unwrapped()).replace("\"", "") + "` |")
                .toList();
        assertThat(page).contains(rows);
    }

    @Test
    void everySampleOfTheDocumentIsRight() throws Exception {
        List<String> samples = Pattern.compile("```hocon\\R(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "..", "docs", "server.md")))
                .results()
                .map(block -> block.group(1))
                .toList();

        assertThat(samples).hasSizeGreaterThan(2);
        for (String sample : samples) {
            assertThat(load(sample, Map.of())).as(sample).isNotEqualTo(ServerSettings.defaults());
        }
    }

    private ServerSettings load(String file, Map<String, String> variables) throws StartupException {
        try {
            return ServerSettings.load(
                    Files.writeString(directory.resolve("server.conf"), file), new Variables(variables));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
