package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.health.HealthImpact;
import ai.primespark.health.HealthResult;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpRulesTest {

    @TempDir
    static Path directory;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void healthNamesTheService() {
        HttpResponse<String> response = server.get("/health");

        assertThat(response.statusCode()).isEqualTo(200);
        JsonNode health = TestServer.json(response);
        assertThat(health.get("status").asText()).isIn("healthy", "degraded");
        assertThat(health.get("service").asText()).isEqualTo("prime-spark-ai");
        assertThat(health.get("version").asText()).isEqualTo(server.spark.info().version());
    }

    @Test
    void livenessAndReadinessAreThereForOrchestrators() {
        assertThat(TestServer.json(server.get("/health/live")).get("status").asText())
                .isEqualTo("alive");
        await().atMost(Duration.ofSeconds(30)) // until all that is vital was checked
                .untilAsserted(() -> assertThat(TestServer.json(server.get("/health/ready"))
                                .get("status")
                                .asText())
                        .isEqualTo("ready"));
    }

    @Test
    void whatIsVitalAndNotCheckedYetIsNotReady() throws Exception {
        CountDownLatch checked = new CountDownLatch(1);
        AutoCloseable registered = server.spark.health().register("press", HealthImpact.VITAL, () -> {
            checked.await();
            return HealthResult.healthy("prints");
        });
        try {
            HttpResponse<String> early = server.get("/health/ready");

            assertThat(early.statusCode()).isEqualTo(503);
            assertThat(early.body()).isEqualTo("{\"status\":\"not_ready\"}");
            assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
            checked.countDown();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() ->
                            assertThat(server.get("/health/ready").statusCode()).isEqualTo(200));
        } finally {
            registered.close();
        }
    }

    @Test
    void aClosedInstanceIsNeitherAliveNorReady() {
        try (TestServer closed = new TestServer(directory.resolve("closed"))) {
            closed.spark.close();

            HttpResponse<String> live = closed.get("/health/live");
            assertThat(live.statusCode()).isEqualTo(503);
            assertThat(live.body()).isEqualTo("{\"status\":\"stuck\"}");
            assertThat(closed.get("/health/ready").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void aProblemHasTheShapeOfRfc9457() {
        HttpResponse<String> response =
                server.send(server.request("/no/such/path").header("X-Request-Id", "mine-1"));

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        JsonNode problem = TestServer.json(response);
        assertThat(problem.get("type").asText()).isEqualTo("urn:primespark:problem:not-found");
        assertThat(problem.get("title").asText()).isEqualTo("Not Found");
        assertThat(problem.get("status").asInt()).isEqualTo(404);
        assertThat(problem.get("detail").asText()).isNotBlank();
        assertThat(problem.get("instance").asText()).isEqualTo("/no/such/path");
        assertThat(problem.get("request_id").asText()).isEqualTo("mine-1");
    }

    @Test
    void aWrongMethodIsToldTheRightOne() {
        HttpResponse<String> response = server.get("/api/llm/generate");

        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("Allow"))
                .hasValueSatisfying(allow -> assertThat(allow).contains("POST"));
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"prompt\": \"s3cret",
                "[]",
                "\"s3cret\"",
                "{\"prompt\": s3cret}",
                "{} {}",
                "{\"prompt\": 1, \"prompt\": 2}"
            })
    void brokenJsonIsRefusedWithoutQuotingIt(String body) {
        HttpResponse<String> response = server.post("/api/llm/generate", body);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(TestServer.json(response).get("type").asText()).isEqualTo("urn:primespark:problem:malformed-json");
        assertThat(response.body()).doesNotContain("s3cret");
    }

    @Test
    void jsonThatIsNestedTooDeepIsRefused() {
        HttpResponse<String> response = server.post(
                "/api/memory/set", "{\"key\": \"k\", \"value\": " + "[".repeat(5000) + "]".repeat(5000) + "}");

        assertThat(response.statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""})
    void anythingButJsonIsRefused(String type) {
        var request = server.request("/api/llm/generate").POST(BodyPublishers.ofString("{\"prompt\": \"x\"}"));
        HttpResponse<String> response = server.send(type.isEmpty() ? request : request.header("Content-Type", type));

        assertThat(response.statusCode()).isEqualTo(415);
        assertThat(TestServer.json(response).get("type").asText())
                .isEqualTo("urn:primespark:problem:unsupported-media-type");
    }

    @Test
    void jsonWithACharacterSetIsJson() {
        var request = server.request("/api/memory/get").POST(BodyPublishers.ofString("{\"key\": \"nothing\"}"));

        HttpResponse<String> response = server.send(request.header("Content-Type", "Application/JSON; charset=utf-8"));

        assertThat(response.statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBodyOverTheLimitIsRefusedWhetherItsLengthIsKnownOrNot(boolean known) {
        byte[] body =
                ("{\"prompt\": \"" + "x".repeat((int) TestServer.BODY_LIMIT) + "\"}").getBytes(StandardCharsets.UTF_8);
        var publisher = known
                ? BodyPublishers.ofByteArray(body)
                : BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body));

        HttpResponse<String> response = server.send(server.request("/api/llm/generate")
                .header("Content-Type", "application/json")
                .POST(publisher));

        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                            | prompt",
                "{\"prompt\": \"  \"}                                          | prompt",
                "{\"prompt\": [\"x\"]}                                         | prompt",
                "{\"prompt\": \"x\", \"temperature\": 3}                       | temperature",
                "{\"prompt\": \"x\", \"temperature\": \"hot\"}                 | temperature",
                "{\"prompt\": \"x\", \"max_tokens\": 0}                        | max_tokens",
                "{\"prompt\": \"x\", \"max_tokens\": 99999999999}              | max_tokens",
                "{\"prompt\": \"x\", \"use_cache\": \"yes\"}                   | use_cache",
                "{\"prompt\": \"x\", \"privacy\": \"secret\"}                  | privacy",
                "{\"prompt\": \"x\", \"strategy\": 1}                          | strategy",
                "{\"prompt\": \"x\", \"format\": \"xml\"}                      | format",
                "{\"prompt\": \"x\", \"format\": []}                           | format",
                "{\"prompt\": \"x\", \"promt\": \"x\", \"privacy\": 0}         | privacy, promt"
            })
    void everyMistakeIsNamedByItsField(String body, String fields) {
        HttpResponse<String> response = server.post("/api/llm/generate", body);

        assertThat(response.statusCode()).isEqualTo(400);
        JsonNode problem = TestServer.json(response);
        assertThat(problem.get("type").asText()).isEqualTo("urn:primespark:problem:invalid-body");
        assertThat(problem.get("errors").findValuesAsText("field")).containsExactlyInAnyOrder(fields.split(", "));
        assertThat(problem.get("errors").findValuesAsText("detail"))
                .allSatisfy(d -> assertThat(d).isNotBlank());
    }

    @Test
    void aHarmlessRequestIdIsEchoedAndAnyOtherReplaced() {
        assertThat(server.send(server.request("/health").header("X-Request-Id", "abc.DEF-1_2"))
                        .headers()
                        .firstValue("X-Request-Id"))
                .hasValue("abc.DEF-1_2");
        assertThat(server.send(server.request("/health").header("X-Request-Id", "a b"))
                        .headers()
                        .firstValue("X-Request-Id"))
                .hasValueSatisfying(id -> assertThat(id).hasSize(36));
        assertThat(server.get("/health").headers().firstValue("X-Request-Id"))
                .hasValueSatisfying(id -> assertThat(id).hasSize(36));
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LOCALHOST:80, 200",
        "127.0.0.1, 200",
        "[::1]:8000, 200",
        "evil.example, 403",
        "127.0.0.1.evil.example, 403"
    })
    void onlyNamesOfThisMachineAreAnswered(String host, int status) throws Exception {
        assertThat(raw("GET /health/live HTTP/1.1\r\nHost: " + host)).startsWith("HTTP/1.1 " + status);
    }

    @Test
    void aRequestThatNobodyCanReadIsAProblemToo() throws Exception {
        String answer = raw("GET /%zz HTTP/1.1\r\nHost: localhost");

        assertThat(answer).startsWith("HTTP/1.1 400 ").contains("Content-Type: application/problem+json");
        assertThat(TestServer.json(answer.substring(answer.indexOf("\r\n\r\n")))
                        .get("status")
                        .asInt())
                .isEqualTo(400);
    }

    private static String raw(String head) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream()
                    .write((head + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void anInstanceThatCannotAnswerIsUnhealthyButAlive() {
        try (TestServer lonely = new TestServer(directory.resolve("unhealthy"))) {
            lonely.ollama.close();

            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                HttpResponse<String> health = lonely.get("/health");
                assertThat(health.statusCode()).isEqualTo(503);
                assertThat(TestServer.json(health).get("status").asText()).isEqualTo("unhealthy");
            });
            assertThat(lonely.get("/health/ready").statusCode()).isEqualTo(503);
            assertThat(lonely.get("/health/live").statusCode()).isEqualTo(200);
        }
    }
}
