package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.it.JavaProcess;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus, with the configuration and the rules of the deployment, reads a server that really runs. */
@Timeout(300)
class PrometheusScrapeIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What is there from the start, whatever happens. */
    private static final Set<String> AT_ONCE = Set.of(
            "spark_health_status",
            "spark_llm_circuit",
            "spark_memory_tier_up",
            "spark_memory_tier_pending",
            "spark_power_profile",
            "spark_agents_slots",
            "spark_agents_tasks",
            "spark_system_disk",
            "spark_system_memory");

    @TempDir
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private int prometheusPort;

    /** The files as they are, but for addresses and shorter times. */
    private JavaProcess prometheus(int server) throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            prometheusPort = free.getLocalPort();
        }
        Files.writeString(
                folder.resolve("prometheus.yml"),
                Deployment.read("monitoring/prometheus.yml")
                        .replace("server:8000", "127.0.0.1:" + server)
                        .replace("127.0.0.1:9090", "127.0.0.1:" + prometheusPort)
                        .replaceAll("(?m)^(\\s+scrape_interval|\\s+evaluation_interval): \\d+s$", "$1: 2s")
                        .replaceAll("(?m)^(\\s+scrape_timeout): \\d+s$", "$1: 2s"));
        Files.writeString(
                folder.resolve("alerts.yml"),
                Deployment.read("monitoring/alerts.yml").replace("for: 2m", "for: 6s"));
        return JavaProcess.start(
                folder,
                Map.of(),
                List.of(
                        "prometheus",
                        "--config.file=prometheus.yml",
                        "--storage.tsdb.path=" + folder.resolve("tsdb"),
                        "--web.listen-address=127.0.0.1:" + prometheusPort));
    }

    private JsonNode api(String path) {
        try {
            return JSON.readTree(client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + prometheusPort + "/api/v1/" + path))
                                    .build(),
                            BodyHandlers.ofString())
                    .body());
        } catch (IOException e) {
            return JSON.createObjectNode(); // not up yet
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private JsonNode query(String expression) {
        return api("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                .at("/data/result");
    }

    private boolean is(String expression, String value) {
        JsonNode result = query(expression);
        return result.size() == 1 && result.at("/0/value/1").asText().equals(value);
    }

    @Test
    @NeedsProgram(value = "prometheus", debian = "prometheus")
    void prometheusReadsTheServerAndNoticesThatItIsGone() throws IOException {
        try (RunningServer server =
                        RunningServer.start(List.of(JavaProcess.java(), "-Xmx256m"), folder, folder.resolve("data"));
                JavaProcess prometheus = prometheus(server.port())) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(is("up{job=\"prime-spark\"}", "1"))
                            .as(
                                    "/metrics: %s\n%s",
                                    server.get("/metrics")
                                            .body()
                                            .lines()
                                            .limit(5)
                                            .toList(),
                                    prometheus.output())
                            .isTrue());

            await().atMost(PATIENCE).untilAsserted(() -> {
                Set<String> names = new TreeSet<>();
                api("label/__name__/values").at("/data").forEach(name -> names.add(name.asText()));
                assertThat(names).containsAll(AT_ONCE);
            });
            assertThat(is("spark_memory_tier_up{tier=\"directory\"}", "1")).isTrue();
            assertThat(is("spark_power_profile", "0")).isTrue();
            await().atMost(PATIENCE).untilAsserted(this::everyRuleWasEvaluated);
            assertThat(query("ALERTS{alertname=\"PrimeSparkDown\"}").size()).isZero();

            server.terminate();

            await().atMost(PATIENCE)
                    .until(() -> is(
                            "count(ALERTS{alertname=\"PrimeSparkDown\", alertstate=\"firing\", severity=\"critical\"})",
                            "1"));
        }
    }

    private void everyRuleWasEvaluated() {
        int rules = 0;
        for (JsonNode group : api("rules").at("/data/groups")) {
            for (JsonNode rule : group.get("rules")) {
                assertThat(rule.get("health").asText())
                        .as(rule.get("name").asText())
                        .isEqualTo("ok");
                rules++;
            }
        }
        assertThat(rules).isEqualTo(PrometheusRulesTest.alerts().size());
    }
}
