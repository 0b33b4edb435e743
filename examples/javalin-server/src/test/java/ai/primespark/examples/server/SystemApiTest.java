package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.health.HealthImpact;
import ai.primespark.health.HealthReport;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What runs here, and how it is. */
class SystemApiTest {

    private static final Instant EARLY = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATE = Instant.parse("2026-01-01T00:00:09Z");

    @TempDir
    Path directory;

    @Test
    void theInformationHasNoSecret() {
        String key = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=";
        String keys = "primespark.memory.encryption.keys = [{id = a, key = \"" + key + "\"}]";
        try (TestServer server = new TestServer(
                directory,
                Duration.ofSeconds(15),
                (builder, config) -> builder.config(config.withText(keys, "the test")))) {
            HttpResponse<String> response = server.get("/api/system/info");

            assertThat(response.statusCode()).isEqualTo(200);
            JsonNode info = TestServer.json(response);
            assertThat(info.get("version").asText())
                    .isEqualTo(server.spark.info().version());
            assertThat(info.get("java").asText()).isEqualTo(System.getProperty("java.version"));
            assertThat(info.at("/machine/processors").asInt()).isPositive();
            assertThat(info.at("/machine/os").asText()).isEqualTo(System.getProperty("os.name"));
            assertThat(info.get("uptime_ms").asLong()).isPositive();
            assertThat(info.get("providers").findValuesAsText("name")).contains("ollama", "directory");
            assertThat(info.get("settings")
                            .get("primespark.llm.retries")
                            .get("value")
                            .asText())
                    .isEqualTo("0");
            assertThat(info.get("settings")
                            .get("primespark.memory.encryption.keys[0].key")
                            .get("value")
                            .asText())
                    .isEqualTo("***");
            assertThat(response.body()).doesNotContain(key);
        }
    }

    @Test
    void theDetailedHealthHasEveryComponent() {
        try (TestServer server = new TestServer(directory)) {
            JsonNode health = await().atMost(Duration.ofSeconds(30))
                    .until(
                            () -> TestServer.json(server.get("/api/health/detailed")),
                            json -> json.at("/components/routing/status")
                                    .asText()
                                    .equals("healthy"));

            assertThat(health.get("overall_status").asText()).isEqualTo("healthy");
            for (String name : new String[] {"system_resources", "vpn", "memory_tiers", "routing", "agents", "power"}) {
                JsonNode component = health.get("components").get(name);
                assertThat(component).as(name).isNotNull();
                assertThat(component.get("status").asText()).as(name).isIn("healthy", "degraded", "unknown");
                assertThat(component.get("message").asText()).as(name).isNotBlank();
                assertThat(component.get("metrics").isObject()).as(name).isTrue();
            }
            assertThat(health.at("/components/memory_tiers/parts/caffeine/status")
                            .asText())
                    .isEqualTo("healthy");
            assertThat(health.at("/components/routing/parts/edge/message").asText())
                    .isNotBlank();
        }
    }

    @Test
    void aComponentIsShownWithItsPartsAndTheirs() {
        HealthReport.Component disk = new HealthReport.Component(
                new HealthResult(HealthStatus.DEGRADED, "nearly full", Map.of("percent", 91.0)), EARLY);
        HealthReport.Component nas = new HealthReport.Component(
                HealthResult.degraded("disk: nearly full"), LATE, HealthImpact.NORMAL, Map.of("disk", disk));
        HealthReport report = HealthReport.of(Map.of(
                "memory_tiers",
                new HealthReport.Component(
                        HealthResult.degraded("nas: disk: nearly full"),
                        LATE,
                        HealthImpact.VITAL,
                        Map.of("nas", nas, "near", new HealthReport.Component(HealthResult.healthy("fine"), LATE))),
                "printer",
                new HealthReport.Component(HealthResult.healthy("has ink"), LATE)));

        JsonNode json = TestServer.json(Json.text(HealthDetail.of(report)));

        assertThat(json.get("overall_status").asText()).isEqualTo("degraded");
        JsonNode shown = json.at("/components/memory_tiers");
        assertThat(shown.get("message").asText()).isEqualTo("nas: disk: nearly full");
        assertThat(shown.get("last_check").asText()).isEqualTo(LATE.toString());
        assertThat(shown.at("/parts/near/message").asText()).isEqualTo("fine");
        assertThat(shown.at("/parts/near").has("parts")).isFalse();
        assertThat(shown.at("/parts/nas/parts/disk/metrics/percent").asDouble()).isEqualTo(91);
        assertThat(json.at("/components/printer/message").asText()).isEqualTo("has ink");
        assertThat(json.at("/components/printer").has("parts")).isFalse();
        assertThat(json.at("/components/vpn/status").asText()).isEqualTo("unknown");
        for (String name : report.components().keySet()) { // as the library itself would say it
            assertThat(json.at("/components/" + name))
                    .isEqualTo(TestServer.json(Json.text(report.toMap())).at("/components/" + name));
        }
    }
}
