package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {

    @TempDir
    Path directory;

    @Test
    void programsOfThisMachineReadTheLibrarysMetersAndTheServers() {
        try (FramedServer server = FramedServer.open(directory, "")) {
            server.post("/api/llm/generate", "{\"prompt\": \"x\"}");
            server.get("/api/memory/no-such-path/at/all");

            await().untilAsserted(() -> {
                HttpResponse<String> answer = server.get("/metrics");
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.headers().firstValue("Content-Type"))
                        .hasValue("text/plain; version=0.0.4; charset=utf-8");
                assertThat(answer.body())
                        .contains("# TYPE spark_http_requests_seconds summary")
                        .containsPattern(
                                "spark_http_requests_seconds_count\\{method=\"POST\",route=\"/api/llm/generate\",status=\"200\"} 1")
                        .contains("spark_http_requests_active 1.0")
                        .contains("spark_http_requests_refused_total 0.0")
                        .contains("spark_llm_");
            });
            assertThat(server.send(server.request("/metrics")
                                    .header("Accept", "application/openmetrics-text;version=1.0.0"))
                            .body())
                    .endsWith("# EOF\n");
        }
    }

    @Test
    void nobodyElseDoesUnlessThatIsConfigured() throws Exception {
        try (FramedServer server = FramedServer.open(directory, "proxies = [\"127.0.0.1\"]")) {
            HttpResponse<String> answer =
                    server.send(server.request("/metrics").header("X-Forwarded-For", "203.0.113.7"));

            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(FramedServer.type(answer)).isEqualTo("loopback-only");
        }
        try (FramedServer server = FramedServer.open(directory, "")) { // a proxy that nobody told it of
            assertThat(server.send(server.request("/metrics").header("X-Forwarded-For", "203.0.113.7"))
                            .statusCode())
                    .isEqualTo(403);
        }
        try (FramedServer server = FramedServer.open(directory, "metrics = everybody")) {
            assertThat(server.send(server.request("/metrics").header("X-Forwarded-For", "203.0.113.7"))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void withLoginsTheyCanBeForUsers() {
        try (FramedServer server = FramedServer.closed(directory, "metrics = users")) {
            assertThat(server.get("/metrics").statusCode()).isEqualTo(401);
            assertThat(server.get("/metrics", server.adminToken()).statusCode()).isEqualTo(200);
        }
    }
}
