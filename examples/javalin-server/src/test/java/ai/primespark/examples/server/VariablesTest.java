package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.power.PowerMode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class VariablesTest {

    private static final Map.Entry<String, Object> AUTOSTART = Map.entry("primespark.agents.autostart", true);

    static Stream<Arguments> settings() {
        return Stream.of(
                argumentSet("model", "OLLAMA_DEFAULT_MODEL", "llama3.2", "llm.default-model", "llama3.2"),
                argumentSet("strategy", "ROUTING_STRATEGY", "edge-first", "llm.strategy", RoutingStrategy.EDGE_FIRST),
                argumentSet(
                        "cloud first", "ROUTING_STRATEGY", "CLOUD_FIRST", "llm.strategy", RoutingStrategy.CLOUD_FIRST),
                argumentSet("balanced", "ROUTING_STRATEGY", "balanced", "llm.strategy", RoutingStrategy.BALANCED),
                argumentSet("timeout", "EDGE_TIMEOUT_SECONDS", "30", "llm.limits.first-token", Duration.ofSeconds(30)),
                argumentSet("fallback", "CLOUD_FALLBACK_ENABLED", "False", "llm.cloud-fallback", false),
                argumentSet("retries", "MAX_RETRIES", " 3 ", "llm.retries", 3L),
                argumentSet("health", "HEALTH_CHECK_INTERVAL", "60", "health.interval", Duration.ofSeconds(60)),
                argumentSet("power", "POWER_MODE", "off-grid", "power.mode", PowerMode.OFF_GRID));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void mapsFamiliarNamesToSettings(String name, String value, String path, Object expected) throws StartupException {
        assertThat(values(Map.of(name, value))).containsOnly(AUTOSTART, Map.entry("primespark." + path, expected));
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                argumentSet("not a URL", "OLLAMA_EDGE_URL", "s3cret at host"),
                argumentSet("no scheme", "OLLAMA_EDGE_URL", "s3cret:11434"),
                argumentSet("other scheme", "OLLAMA_CLOUD_URL", "ftp://s3cret/"),
                argumentSet("strategy", "ROUTING_STRATEGY", "s3cret"),
                argumentSet("not a number", "EDGE_TIMEOUT_SECONDS", "s3cret"),
                argumentSet("zero seconds", "EDGE_TIMEOUT_SECONDS", "0"),
                argumentSet("boolean", "CLOUD_FALLBACK_ENABLED", "s3cret"),
                argumentSet("too many retries", "MAX_RETRIES", "11"),
                argumentSet("interval", "HEALTH_CHECK_INTERVAL", "1.5"),
                argumentSet("power", "POWER_MODE", "s3cret"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void namesTheVariableThatIsWrongWithoutItsValue(String name, String value) {
        assertThatThrownBy(() -> new Variables(Map.of(name, value)).config(Optional.empty()))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith(name + " must be ")
                .hasMessageNotContaining("s3cret");
    }

    @ParameterizedTest
    @CsvSource({"info, INFO", "Warning, WARN", "critical, ERROR", "TRACE, TRACE"})
    void understandsTheLogLevelsOfBothWorlds(String written, String level) throws StartupException {
        assertThat(new Variables(Map.of("LOG_LEVEL", written)).logLevel()).hasValue(level);
    }

    @Test
    void aLogSettingThatIsUnknownIsNamed() throws StartupException {
        Variables variables = new Variables(Map.of("LOG_LEVEL", "loud", "LOG_FORMAT", "xml"));

        assertThatThrownBy(variables::logLevel).hasMessageStartingWith("LOG_LEVEL must be ");
        assertThatThrownBy(variables::logFormat).hasMessage("LOG_FORMAT must be text or json");
        assertThat(new Variables(Map.of("LOG_FORMAT", "JSON")).logFormat()).hasValue("json");
    }

    @Test
    void makesTheTwoServersAndRecallBehindThem() throws StartupException {
        Object backends = values(
                        Map.of("OLLAMA_EDGE_URL", "http://pi:11434", "OLLAMA_CLOUD_URL", "https://example.org/ollama"))
                .get("primespark.llm.backends");

        assertThat(specs(backends))
                .containsExactly(
                        Map.of("type", "ollama", "id", "edge", "zone", Zone.EDGE, "url", URI.create("http://pi:11434")),
                        Map.of(
                                "type",
                                "ollama",
                                "id",
                                "cloud",
                                "zone",
                                Zone.CLOUD,
                                "url",
                                URI.create("https://example.org/ollama")),
                        Map.of("type", "recall"));
    }

    @Test
    void oneServerIsEnough() throws StartupException {
        Object backends =
                values(Map.of("OLLAMA_CLOUD_URL", "http://cloud:11434")).get("primespark.llm.backends");

        assertThat(specs(backends))
                .extracting(spec -> spec.getOrDefault("id", spec.get("type")))
                .containsExactly("cloud", "recall");
    }

    @Test
    void leavesTheLibrarysDefaultsAloneWithoutAnyVariableButThatTheAgentWorks() throws StartupException {
        assertThat(values(Map.of("OLLAMA_EDGE_URL", "", "SOMETHING_ELSE", "x", "MAX_RETRIES", "  ")))
                .containsOnly(AUTOSTART);
    }

    @Test
    void theNamedFileAndTheLibrarysOwnVariablesWinOverFamiliarNames() throws StartupException {
        Variables variables = new Variables(Map.of("MAX_RETRIES", "3", "PRIMESPARK_LLM_RETRIES", "4"));

        assertThat(variables.config(Optional.of(Path.of("mine.conf"))).sources())
                .extracting(SparkConfig.Source::name)
                .containsExactly(
                        "program:primespark.agents.autostart",
                        "program:primespark.llm.retries",
                        "mine.conf",
                        "environment",
                        "system properties");
        assertThat(variables.config(Optional.empty()).sources())
                .extracting(SparkConfig.Source::name)
                .startsWith(
                        "program:primespark.agents.autostart",
                        "program:primespark.llm.retries",
                        "classpath:application.conf")
                .endsWith("environment", "system properties");
    }

    private static Map<String, Object> values(Map<String, String> variables) throws StartupException {
        return new Variables(variables)
                .config(Optional.empty()).sources().stream()
                        .filter(SparkConfig.Value.class::isInstance)
                        .map(SparkConfig.Value.class::cast)
                        .collect(java.util.stream.Collectors.toMap(SparkConfig.Value::path, SparkConfig.Value::value));
    }

    private static List<Map<String, Object>> specs(Object backends) {
        return ((List<?>) backends)
                .stream().map(spec -> ((ProviderSpec) spec).toMap()).toList();
    }
}
