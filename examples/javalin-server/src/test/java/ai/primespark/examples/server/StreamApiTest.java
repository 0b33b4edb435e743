package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.ProviderSpec;
import ai.primespark.Zone;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamApiTest {

    private static final String PATH = "/api/llm/generate/stream";
    private static final String ASK = "{\"prompt\": \"x\", \"use_cache\": false}";

    @TempDir
    Path directory;

    @Test
    void tokensArriveAsTheyAreWithTheRouteBeforeAndTheTraceBehind() throws Exception {
        String[] tokens = {"line one\n", "\nline", " three\r\n", "data: not a field\n\n", "ünïcödé \uD83D\uDE00", " "};
        try (TestServer server = new TestServer(directory)) {
            server.ollama.answers(FakeOllama.tokens(tokens));

            HttpResponse<Stream<String>> response = open(server);
            List<SseReader.Event> events = new SseReader(response.body()).rest();

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
            assertThat(events.get(0).name()).isEqualTo("routed");
            assertThat(events.get(0).json()).isEqualTo(TestServer.json("""
                    {"backend": "edge", "location": "edge", "model": "llama3.2:1b", "reason": %s}""".formatted(
                            events.get(0).json().get("reason"))));
            assertThat(text(events)).isEqualTo(String.join("", tokens));
            SseReader.Event last = events.get(events.size() - 1);
            assertThat(last.name()).isEqualTo("done");
            assertThat(last.json().at("/usage/completion_tokens").asInt()).isEqualTo(tokens.length);
            assertThat(last.json().at("/trace/attempts/0/outcome").asText()).isEqualTo("answered");
            assertThat(last.json().has("response")).isFalse();
        }
    }

    @Test
    void aTokenArrivesBeforeTheNextOneIsMade() throws Exception {
        try (TestServer server = new TestServer(directory)) {
            server.ollama.answers(server.ollama.halting());
            try (SseReader reader = new SseReader(open(server).body())) {
                assertThat(reader.next().name()).isEqualTo("routed");
                assertThat(reader.next().json().get("text").asText()).isEqualTo("before");
                server.ollama.spoken.countDown();

                assertThat(text(reader.rest())).isEqualTo(" after");
            }
        }
    }

    @Test
    void aClientThatLeavesCancelsTheCallAtTheBackend() throws Exception {
        try (TestServer server = new TestServer(directory)) {
            server.ollama.answers(server.ollama.endless());
            SseReader reader = new SseReader(open(server).body());
            while (!reader.next().name().equals("message")) {
                // the route comes first
            }

            reader.close();

            server.ollama.hungUp.get(30, TimeUnit.SECONDS);
            await().untilAsserted(() -> assertThat(inFlight(server)).isZero());
        }
    }

    @Test
    void aClientThatLeavesASilentBackendIsNoticedByTheHeartbeat() throws Exception {
        try (TestServer server = new TestServer(directory, Duration.ofMillis(50))) {
            server.ollama.answers(server.ollama.silent());
            SseReader reader = new SseReader(open(server).body());
            SseReader.Event event = reader.nextOrComment();
            while (!event.name().equals(SseReader.COMMENT)) {
                event = reader.nextOrComment();
            }
            assertThat(event.data()).isEqualTo("still waiting");
            assertThat(inFlight(server)).isEqualTo(1);

            reader.close();

            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(inFlight(server)).isZero());
            server.ollama.spoken.countDown();
            server.ollama.hungUp.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void aFailureInTheMiddleIsTheLastEvent() throws Exception {
        try (TestServer server = new TestServer(directory)) {
            server.ollama.answers(FakeOllama.broken());

            List<SseReader.Event> events = new SseReader(open(server).body()).rest();

            assertThat(text(events)).isEqualTo("half an");
            SseReader.Event last = events.get(events.size() - 1);
            assertThat(last.name()).isEqualTo("error");
            assertThat(last.json().get("status").asInt()).isGreaterThanOrEqualTo(500);
            assertThat(last.json().get("type").asText()).startsWith("urn:primespark:problem:llm-");
            assertThat(last.json().get("detail").asText()).isNotBlank();
        }
    }

    @Test
    void anotherBackendTakesOverAndTheClientIsTold() throws Exception {
        try (FakeOllama second = new FakeOllama();
                TestServer server = new TestServer(
                        directory,
                        ProviderSpec.of("ollama")
                                .id("cloud")
                                .with("zone", Zone.CLOUD)
                                .with("url", second.url()))) {
            server.ollama.answers(FakeOllama.broken());
            second.answers(FakeOllama.tokens("a whole answer"));

            List<SseReader.Event> events = new SseReader(open(server).body()).rest();

            assertThat(events)
                    .extracting(SseReader.Event::name)
                    .contains("failed_over", "restarted")
                    .endsWith("done");
            JsonNode over = events.stream()
                    .filter(e -> e.name().equals("failed_over"))
                    .findFirst()
                    .orElseThrow()
                    .json();
            assertThat(over.get("from").asText()).isEqualTo("edge");
            assertThat(over.get("to").asText()).isEqualTo("cloud");
            int restart = events.stream().map(SseReader.Event::name).toList().indexOf("restarted");
            assertThat(text(events.subList(restart, events.size()))).isEqualTo("a whole answer");
        }
    }

    @Test
    void whenTheEdgeDiesTheCallFailsIfTheClientSaysSoAndTheErrorCarriesTheTrace() throws Exception {
        try (FakeOllama second = new FakeOllama();
                TestServer server = withCloud(second)) {
            List<SseReader.Event> events = killedInTheMiddle(server, "fail");

            assertThat(text(events)).isEqualTo("Light is ");
            SseReader.Event last = events.get(events.size() - 1);
            assertThat(last.name()).isEqualTo("error");
            assertThat(last.json().get("chars_delivered").asInt()).isEqualTo(9);
            assertThat(last.json().at("/trace/attempts")).hasSize(1);
            assertThat(last.json().at("/trace/attempts/0/backend").asText()).isEqualTo("edge");
            assertThat(last.json().at("/trace/attempts/0/outcome").asText()).isEqualTo("failed");
            assertThat(last.json().at("/trace/attempts/0/chars_delivered").asInt())
                    .isEqualTo(9);
        }
    }

    @Test
    void whenTheEdgeDiesTheCloudBeginsAgainIfTheClientSaysSo() throws Exception {
        try (FakeOllama second = new FakeOllama();
                TestServer server = withCloud(second)) {
            second.answers(FakeOllama.tokens("Light is scattered."));

            List<SseReader.Event> events = killedInTheMiddle(server, "restart");

            List<String> names = events.stream().map(SseReader.Event::name).toList();
            assertThat(names).containsSubsequence("message", "failed_over", "restarted", "routed", "message", "done");
            assertThat(text(events.subList(names.indexOf("restarted"), events.size())))
                    .isEqualTo("Light is scattered.");
            JsonNode attempts = events.get(events.size() - 1).json().at("/trace/attempts");
            assertThat(attempts).hasSize(2);
            assertThat(attempts.at("/0/error").asText()).isEqualTo("reset");
            assertThat(attempts.at("/1/outcome").asText()).isEqualTo("answered");
        }
    }

    @Test
    void whenTheEdgeDiesTheCloudGoesOnIfTheClientSaysSo() throws Exception {
        try (FakeOllama second = new FakeOllama();
                TestServer server = withCloud(second)) {
            second.goesOn(" scattered", ".");
            server.awaitModelsKnown();

            List<SseReader.Event> events = killedInTheMiddle(server, "continue");

            assertThat(events.stream().map(SseReader.Event::name))
                    .containsSubsequence("message", "failed_over", "routed", "continued", "message", "done")
                    .doesNotContain("restarted");
            assertThat(text(events)).isEqualTo("Light is scattered.");
            JsonNode done = events.get(events.size() - 1).json();
            assertThat(done.get("reason").asText()).contains("goes on with the text of 'edge'");
            assertThat(done.at("/trace/attempts/0/error").asText()).isEqualTo("reset");
            assertThat(done.at("/trace/attempts/0/chars_delivered").asInt()).isEqualTo(9);
            assertThat(done.at("/trace/attempts/1/chars_delivered").asInt()).isEqualTo(10);
            JsonNode completed = second.asked.stream()
                    .filter(request -> request.has("prompt"))
                    .findFirst()
                    .orElseThrow();
            assertThat(completed.get("prompt").asText()).isEqualTo(FakeOllama.PROMPT + "Light is");
        }
    }

    private TestServer withCloud(FakeOllama cloud) {
        return new TestServer(
                directory,
                ProviderSpec.of("ollama").id("cloud").with("zone", Zone.CLOUD).with("url", cloud.url()));
    }

    /** All events of a stream whose edge is killed after a part of its answer. */
    private static List<SseReader.Event> killedInTheMiddle(TestServer server, String failover) throws Exception {
        server.ollama.answers(server.ollama.silentAfter("Light ", "is "));
        String body = "{\"prompt\": \"x\", \"use_cache\": false, \"failover\": \"%s\"}".formatted(failover);
        try (SseReader reader = new SseReader(server.client
                .send(server.posting(PATH, body).build(), BodyHandlers.ofLines())
                .body())) {
            List<SseReader.Event> events = new ArrayList<>();
            while (!text(events).equals("Light is ")) {
                events.add(reader.next());
            }
            server.ollama.close();
            events.addAll(reader.rest());
            return events;
        }
    }

    @Test
    void aMistakeInTheBodyIsAProblemAndNoStream() throws Exception {
        try (TestServer server = new TestServer(directory)) {
            HttpResponse<String> response = server.post(PATH, "{}");

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        }
    }

    @Test
    void closingTheServerLetsARunningStreamFinish() throws Exception {
        try (TestServer server = new TestServer(directory)) {
            server.ollama.answers(server.ollama.halting());
            SseReader reader = new SseReader(open(server).body());
            while (!reader.next().name().equals("message")) {
                // the route comes first
            }

            CompletableFuture<Void> closing = CompletableFuture.runAsync(server.server::close);
            await().untilAsserted(() -> assertThat(refuses(server)).isTrue());
            server.ollama.spoken.countDown();

            assertThat(text(reader.rest())).isEqualTo(" after");
            closing.get(30, TimeUnit.SECONDS);
        }
    }

    private static boolean refuses(TestServer server) {
        try {
            return server.get("/health/live").statusCode() == 503;
        } catch (java.io.UncheckedIOException e) {
            return true;
        }
    }

    private static HttpResponse<Stream<String>> open(TestServer server) throws Exception {
        return server.client.send(server.posting(PATH, ASK).build(), BodyHandlers.ofLines());
    }

    private static String text(List<SseReader.Event> events) {
        return events.stream()
                .filter(event -> event.name().equals("message"))
                .map(event -> event.json().get("text").asText())
                .collect(Collectors.joining());
    }

    private static int inFlight(TestServer server) {
        return server.spark.llm().stats().backends().get(0).inFlight();
    }
}
