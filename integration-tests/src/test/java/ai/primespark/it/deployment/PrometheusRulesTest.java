package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Configuration and alert rules by Prometheus's own tool; PrometheusScrapeIT lets a real one use them. */
class PrometheusRulesTest {

    private static final Path MONITORING = Deployment.file("monitoring");

    @TempDir
    Path folder;

    @Test
    @NeedsProgram(value = "promtool", debian = "prometheus")
    void prometheusAcceptsTheConfigurationAndTheRules() {
        assertThat(Run.of(MONITORING, "promtool", "check", "config", "prometheus.yml")
                        .exit())
                .isZero();
        assertThat(Run.of(MONITORING, "promtool", "check", "rules", "alerts.yml")
                        .text())
                .contains("SUCCESS");
    }

    @Test
    @NeedsProgram(value = "promtool", debian = "prometheus")
    void theAlertsDoWhatTheirTestsSay() throws IOException {
        Run run = Run.of(MONITORING, "promtool", "test", "rules", "alerts.test.yml");
        assertThat(run.exit()).as(run.text()).isZero();

        // and the tests do notice another threshold
        Files.writeString(
                folder.resolve("alerts.yml"),
                Deployment.read("monitoring/alerts.yml").replace("> 90", "> 99"));
        Files.copy(MONITORING.resolve("alerts.test.yml"), folder.resolve("alerts.test.yml"));
        assertThat(Run.of(folder, "promtool", "test", "rules", "alerts.test.yml")
                        .exit())
                .isNotZero();
    }

    @Test
    void everyAlertHasWordsASeverityAndAUnitTest() {
        String tests = Deployment.read("monitoring/alerts.test.yml");
        for (Map<String, Object> alert : alerts()) {
            String name = String.valueOf(alert.get("alert"));
            assertThat(name).startsWith("PrimeSpark");
            assertThat(String.valueOf(alert.get("labels"))).as(name).matches("\\{severity=(critical|warning)}");
            assertThat(String.valueOf(alert.get("annotations"))).as(name).contains("summary=", "description=");
            assertThat(tests)
                    .as("a unit test of %s", name)
                    .containsPattern(name + "\\b|\\b(" + shortName(name) + ")[|)]");
        }
    }

    @Test
    void everythingThatTheOperatorMustKnowHasAnAlert() {
        Set<String> names = new TreeSet<>();
        alerts().forEach(alert -> names.add(String.valueOf(alert.get("alert"))));

        assertThat(names)
                .contains(
                        "PrimeSparkDown",
                        "PrimeSparkTierDown",
                        "PrimeSparkCircuitOpen",
                        "PrimeSparkOnBattery",
                        "PrimeSparkJournalBacklog",
                        "PrimeSparkQueueBacklog",
                        "PrimeSparkDeadLetters",
                        "PrimeSparkVpnPeerDown",
                        "PrimeSparkDiskFull")
                .hasSize(alerts().size());
    }

    private static String shortName(String name) {
        return name.substring("PrimeSpark".length());
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> alerts() {
        return ((List<Map<String, Object>>)
                        Deployment.yaml("monitoring/alerts.yml").get("groups"))
                .stream()
                        .flatMap(group -> ((List<Map<String, Object>>) group.get("rules")).stream())
                        .toList();
    }
}
