package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(180)
class ServerIT {

    private static final Path JAR = Path.of("target", "prime-spark-server.jar");

    @TempDir
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void theJarAnswersFromTheEdgeAndFinishesItsStreamWhenToldToEnd() throws Exception {
        try (FakeOllama ollama = new FakeOllama()) {
            Files.writeString(
                    folder.resolve(".env"),
                    "OLLAMA_EDGE_URL='" + ollama.url() + "'\nOLLAMA_DEFAULT_MODEL=" + FakeOllama.MODEL);
            try (ServerProcess server =
                    ServerProcess.ofJar(JAR, folder, Map.of("LOG_FORMAT", "json"), "--no-auth", "--port", "0")) {
                List<String> greeting = server.greeting();
                URI address = ServerProcess.address(greeting);
                assertThat(greeting)
                        .anyMatch(line -> line.contains("edge at " + ollama.url() + ": " + FakeOllama.MODEL));

                JsonNode answer =
                        TestServer.json(post(address, "/api/llm/generate", "{\"prompt\": \"s3cret question\"}")
                                .body());
                assertThat(answer.get("response").asText()).isEqualTo("Hello world");

                ollama.answers(ollama.halting());
                var stream = client.send(
                        request(address, "/api/llm/generate/stream", "{\"prompt\": \"x\"}"), BodyHandlers.ofLines());
                SseReader reader = new SseReader(stream.body());
                while (!reader.next().name().equals("message")) {
                    // the route comes first
                }
                server.terminate();
                ollama.spoken.countDown();
                String text = reader.rest().stream()
                        .filter(event -> event.name().equals("message"))
                        .map(event -> event.json().get("text").asText())
                        .collect(Collectors.joining());
                assertThat(text).isEqualTo(" after");

                String log = server.rest();
                assertThat(server.exitCode()).isEqualTo(143); // ended by SIGTERM
                assertThat(log).doesNotContain("s3cret");
                assertThat(log.lines()
                                .map(line -> TestServer.json(line)
                                        .get("formattedMessage")
                                        .asText()))
                        .anyMatch(line -> line.startsWith("127.0.0.1 - POST /api/llm/generate 200 "));
            }
        }
    }

    @Test
    void theJarAnswersFromDocumentsAndRemembersAcrossRestarts() throws Exception {
        Files.createDirectories(folder.resolve("docs/deep"));
        Files.writeString(
                folder.resolve("docs/deep/heat.md"),
                "# Heat pumps\n\nA heat pump moves heat from the cold garden into the warm house.\n");
        Files.writeString(folder.resolve("docs/ignored.pdf"), "not a text");
        Map<String, String> environment = Map.of("OLLAMA_EDGE_URL", "http://127.0.0.1:1", "API_PORT", "0");
        try (ServerProcess server = ServerProcess.ofJar(JAR, folder, environment, "--no-auth", "--docs", "docs")) {
            List<String> greeting = server.greeting();
            assertThat(greeting)
                    .anyMatch(line -> line.endsWith("; documents: 1 in the index, 1 of them just read from docs"));
            URI address = ServerProcess.address(greeting);

            JsonNode answer = TestServer.json(
                    post(address, "/api/llm/generate", "{\"prompt\": \"Where does a heat pump move heat?\"}")
                            .body());
            assertThat(answer.get("degraded").asBoolean()).isTrue();
            assertThat(answer.get("response").asText()).contains("into the warm house");
            assertThat(answer.at("/sources/0/title").asText()).isEqualTo("Heat pumps");
            assertThat(post(address, "/api/memory/set", "{\"key\": \"kept\", \"value\": [1]}")
                            .statusCode())
                    .isEqualTo(200);
            server.terminate();
            server.rest();
        }
        try (ServerProcess server = ServerProcess.ofJar(JAR, folder, environment, "--no-auth")) {
            URI address = ServerProcess.address(server.greeting());

            JsonNode kept = TestServer.json(
                    post(address, "/api/memory/get", "{\"key\": \"kept\"}").body());
            assertThat(kept.get("value")).isEqualTo(TestServer.json("[1]"));
            server.terminate();
            server.rest();
        }
    }

    @Test
    void theJarDoesTasksWithoutAnyConfiguration() throws Exception {
        try (ServerProcess server = ServerProcess.ofJar(JAR, folder, Map.of(), "--no-auth", "--port", "0")) {
            URI address = ServerProcess.address(server.greeting());
            String put = "{\"type\": \"memory.put\", \"payload\": {\"key\": \"by-task\", \"value\": [2]}}";

            HttpResponse<String> submitted = post(address, "/api/tasks/submit", put);

            assertThat(submitted.statusCode()).as(submitted.body()).isEqualTo(202);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> post(address, "/api/memory/get", "{\"key\": \"by-task\"}")
                            .body()
                            .contains("\"value\":[2]"));
        }
    }

    @ParameterizedTest
    @CsvSource({"fail, error, 1", "restart, done, 2", "continue, done, 2"})
    void whenTheEdgesProcessIsKilledTheLastEventCarriesTheTrace(String failover, String last, int attempts)
            throws Exception {
        try (FakeOllama cloud = new FakeOllama();
                FakeProcess edge = FakeProcess.start("Light ", "is ")) {
            cloud.answers(FakeOllama.tokens("Light ", "is ", "scattered."));
            cloud.goesOn(" scattered", ".");
            Map<String, String> environment = Map.of(
                    "OLLAMA_EDGE_URL",
                    edge.url(),
                    "OLLAMA_CLOUD_URL",
                    cloud.url().toString(),
                    "OLLAMA_DEFAULT_MODEL",
                    FakeOllama.MODEL);
            try (ServerProcess server = ServerProcess.ofJar(JAR, folder, environment, "--no-auth", "--port", "0")) {
                URI address = ServerProcess.address(server.greeting());
                awaitModelsKnown(address);
                String body = "{\"prompt\": \"x\", \"failover\": \"" + failover + "\"}";
                SseReader reader = new SseReader(
                        client.send(request(address, "/api/llm/generate/stream", body), BodyHandlers.ofLines())
                                .body());
                StringBuilder text = new StringBuilder();
                while (!text.toString().equals("Light is ")) {
                    SseReader.Event event = reader.next();
                    text.append(
                            event.name().equals("message")
                                    ? event.json().get("text").asText()
                                    : "");
                }
                edge.close();
                List<SseReader.Event> events = reader.rest();

                SseReader.Event end = events.get(events.size() - 1);
                assertThat(end.name()).isEqualTo(last);
                JsonNode tried = end.json().at("/trace/attempts");
                assertThat(tried).hasSize(attempts);
                assertThat(tried.at("/0/backend").asText()).isEqualTo("edge");
                assertThat(tried.at("/0/error").asText()).isEqualTo("reset");
                assertThat(tried.at("/0/chars_delivered").asInt()).isEqualTo(9);
                for (SseReader.Event event : events) {
                    if (event.name().equals("restarted")) {
                        text.setLength(0);
                    }
                    text.append(
                            event.name().equals("message")
                                    ? event.json().get("text").asText()
                                    : "");
                }
                assertThat(text.toString()).isEqualTo(failover.equals("fail") ? "Light is " : "Light is scattered.");
                assertThat(events.stream()
                                .map(SseReader.Event::name)
                                .filter(name -> name.matches("restarted|continued"))
                                .toList())
                        .isEqualTo(
                                switch (failover) {
                                    case "restart" -> List.of("restarted");
                                    case "continue" -> List.of("continued");
                                    default -> List.of();
                                });
                server.terminate();
                server.rest();
            }
        }
    }

    /** A question to which no backend has a model tells the server nothing, but the trace what it knows of them. */
    private void awaitModelsKnown(URI address) {
        String probe = "{\"prompt\": \"" + FakeOllama.PROBE + "\", \"use_cache\": false}";
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            JsonNode trace = TestServer.json(
                            post(address, "/api/llm/generate", probe).body())
                    .get("trace");
            return StreamSupport.stream(trace.get("candidates").spliterator(), false)
                    .filter(candidate -> !candidate.get("backend").asText().equals("recall"))
                    .allMatch(candidate -> candidate.get("readiness").asText().equals("warm"));
        });
    }

    private HttpResponse<String> post(URI address, String path, String json) throws Exception {
        return client.send(request(address, path, json), BodyHandlers.ofString());
    }

    private static HttpRequest request(URI address, String path, String json) {
        return HttpRequest.newBuilder(address.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build();
    }
}
