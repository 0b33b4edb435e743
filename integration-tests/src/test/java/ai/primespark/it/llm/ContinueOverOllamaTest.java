package ai.primespark.it.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Usage;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Failover#CONTINUE} over the real engine and the real Ollama backend, and three servers on raw sockets. */
class ContinueOverOllamaTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String PROMPT = "<user>Why?<assistant>";
    private static final String ANSWER = "Air scatters blue light most.";
    private static final String PROBE = "probe";
    private static final String CHAT = "\"message\":{\"role\":\"assistant\",\"content\":\"%s\"}";
    private static final String RAW = "\"response\":\"%s\"";

    @TempDir
    Path data;

    private FaultServer pi;
    private FaultServer hub;
    private FaultServer cloud;
    private PrimeSpark spark;

    @BeforeEach
    void start() throws IOException {
        pi = server("d1");
        hub = server("d1");
        cloud = server("d1");
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", data).with("primespark.llm.retries", 0L))
                .llm(LlmOptions.builder()
                        .backends(
                                backend("pi", Zone.EDGE, pi),
                                backend("hub", Zone.TRUSTED, hub),
                                backend("cloud", Zone.CLOUD, cloud))
                        .defaultModel("m")
                        .build())
                .build();
    }

    @AfterEach
    void stop() {
        spark.close();
        List.of(pi, hub, cloud).forEach(FaultServer::close);
    }

    private static ProviderSpec backend(String id, Zone zone, FaultServer server) {
        return ProviderSpec.of("ollama").id(id).with("zone", zone).with("url", server.uri());
    }

    /** A server that has a model, tells its prompts, and goes on with the answer. */
    private static FaultServer server(String digest) throws IOException {
        FaultServer server = FaultServer.start();
        server.onRequest(exchange -> exchange.respond(200, "application/json", "{}"));
        lists(server, digest);
        chats(server, exchange -> end(say(exchange, CHAT, ANSWER)));
        server.onRequest(
                "/api/generate",
                exchange ->
                        end(say(exchange, RAW, ANSWER.substring(said(exchange).length()))));
        return server;
    }

    private static void lists(FaultServer server, String digest) {
        String models = """
                {"models":[{"name":"m:latest","model":"m:latest","digest":"%s","size":1,"capabilities":["completion"]}]}""".formatted(digest);
        for (String path : List.of("/api/tags", "/api/ps")) {
            server.onRequest(path, exchange -> exchange.respond(200, "application/json", models));
        }
    }

    /** Sets what is done with questions. Probes find no model, and whoever asks for the prompt gets it. */
    private static void chats(FaultServer server, FaultServer.Script script) {
        server.onRequest("/api/chat", exchange -> {
            if (exchange.body().contains("\"content\":\"" + PROBE + "\"")) {
                exchange.respond(404, "application/json", "{\"error\":\"model 'm' not found\"}");
            } else if (exchange.body().contains("\"_debug_render_only\":true")) {
                exchange.respond(
                        200,
                        "application/json",
                        "{\"model\":\"m\",\"done\":false,\"_debug_info\":{\"rendered_template\":\"" + PROMPT + "\"}}");
            } else {
                script.play(exchange);
            }
        });
    }

    /** Says a part of an answer, word by word; a script that ends after it breaks the connection. */
    private static FaultExchange say(FaultExchange exchange, String form, String text) throws IOException {
        exchange.headers(200, "application/x-ndjson");
        for (String piece : text.split("(?= )")) {
            exchange.piece("{\"model\":\"m\"," + form.formatted(piece) + ",\"done\":false}\n");
        }
        return exchange;
    }

    private static void end(FaultExchange exchange) throws IOException {
        exchange.piece(
                        "{\"model\":\"m\",\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":3}\n")
                .end();
    }

    /** What of the answer stands in a prompt that is to be completed. */
    private static String said(FaultExchange exchange) {
        int from = exchange.body().indexOf(PROMPT) + PROMPT.length();
        return exchange.body().substring(from, exchange.body().indexOf('"', from));
    }

    private static LlmRequest.Builder question() {
        return LlmRequest.prompt("Why?").failover(Failover.CONTINUE);
    }

    /** Waits until all have told which models they have: a question to which nobody has one shows what is known of them. */
    private void awaitModelsKnown() {
        LlmRequest probe = LlmRequest.prompt(PROBE).cache(CacheMode.BYPASS).build();
        await().atMost(PATIENCE).until(() -> {
            LlmException failure =
                    catchThrowableOfType(LlmException.class, () -> spark.llm().generate(probe));
            return failure.trace().orElseThrow().candidates().stream()
                    .allMatch(candidate -> candidate.readiness() == RouteTrace.Readiness.WARM);
        });
    }

    private List<LlmEvent> read(LlmRequest request) {
        try (LlmCall call = spark.llm().open(request)) {
            List<LlmEvent> events = new ArrayList<>();
            call.forEach(events::add);
            return events;
        }
    }

    private static String text(List<LlmEvent> events) {
        return events.stream()
                .filter(LlmEvent.Text.class::isInstance)
                .map(event -> ((LlmEvent.Text) event).text())
                .collect(Collectors.joining());
    }

    private static LlmResponse response(List<LlmEvent> events) {
        return ((LlmEvent.Done) events.get(events.size() - 1)).response();
    }

    @Test
    void theNextServerCompletesItsOwnPromptWithTheTextOfTheFirst() {
        chats(pi, exchange -> say(exchange, CHAT, "Air scatters "));
        awaitModelsKnown();

        List<LlmEvent> events = read(question().maxTokens(50).build());

        assertThat(text(events)).isEqualTo(ANSWER);
        assertThat(events).contains(new LlmEvent.Continued("hub")).noneMatch(LlmEvent.Restarted.class::isInstance);
        LlmResponse response = response(events);
        assertThat(response.text()).isEqualTo(ANSWER);
        assertThat(response.backend()).isEqualTo("hub");
        assertThat(response.usage()).isEqualTo(new Usage(9, 3)); // a server that dies has not told its own
        assertThat(response.trace().attempts())
                .extracting(RouteTrace.Attempt::charsDelivered)
                .containsExactly(13, ANSWER.length() - 13);
        assertThat(hub.exchanges("/api/generate"))
                .singleElement()
                .satisfies(sent -> assertThat(sent.body())
                        .contains("\"raw\":true", "\"prompt\":\"" + PROMPT + "Air scatters\"", "\"num_predict\":47"));
        assertThat(cloud.exchanges("/api/generate")).isEmpty();
        assertThat(spark.llm().generate(question().maxTokens(50).build()).cached())
                .isFalse();
    }

    @Test
    void aServerWithOtherWeightsUnderTheSameNameBeginsAgain() {
        chats(pi, exchange -> say(exchange, CHAT, "Air scatters"));
        lists(hub, "d2");
        awaitModelsKnown();

        List<LlmEvent> events = read(question().build());

        assertThat(events).contains(new LlmEvent.Restarted("hub")).noneMatch(LlmEvent.Continued.class::isInstance);
        assertThat(response(events).text()).isEqualTo(ANSWER);
        assertThat(hub.exchanges("/api/generate")).isEmpty();
    }

    @Test
    void aServerThatDoesNotTellItsPromptBeginsAgainAndNothingIsSaidTwice() {
        chats(pi, exchange -> say(exchange, CHAT, "Air scatters"));
        hub.onRequest("/api/chat", exchange -> {
            if (exchange.body().contains(PROBE)) {
                exchange.respond(404, "application/json", "{\"error\":\"model 'm' not found\"}");
            } else {
                end(say(exchange, CHAT, ANSWER)); // does not know what _debug_render_only is
            }
        });
        awaitModelsKnown();

        List<LlmEvent> events = read(question().build());

        int restarted = events.indexOf(new LlmEvent.Restarted("hub"));
        assertThat(text(events.subList(0, restarted))).isEqualTo("Air scatters");
        assertThat(text(events.subList(restarted, events.size()))).isEqualTo(ANSWER);
        LlmResponse response = response(events);
        assertThat(response.text()).isEqualTo(ANSWER);
        assertThat(response.trace().attempts())
                .extracting(RouteTrace.Attempt::backend)
                .containsExactly("pi", "hub", "hub");
        assertThat(response.trace().attempts().get(1).detail()).contains("does not tell how it puts a prompt");
        assertThat(hub.exchanges("/api/generate")).isEmpty();
    }

    @Test
    void whenTheSecondDiesAsWellTheThirdGoesOn() {
        chats(pi, exchange -> say(exchange, CHAT, "Air"));
        hub.onRequest("/api/generate", exchange -> say(exchange, RAW, " scatters blue"));
        awaitModelsKnown();

        List<LlmEvent> events = read(question().build());

        assertThat(text(events)).isEqualTo(ANSWER);
        assertThat(events).containsSubsequence(new LlmEvent.Continued("hub"), new LlmEvent.Continued("cloud"));
        assertThat(said(cloud.exchanges("/api/generate").get(0))).isEqualTo("Air scatters blue");
        assertThat(response(events).text()).isEqualTo(ANSWER);
    }

    @Test
    void cancellingWhileAnotherGoesOnClosesItsConnection() throws Exception {
        chats(pi, exchange -> say(exchange, CHAT, "Air"));
        hub.onRequest(
                "/api/generate", exchange -> say(exchange, RAW, " scatters").awaitClientClosed());
        awaitModelsKnown();
        try (LlmCall call = spark.llm().open(question().build())) {
            Iterator<LlmEvent> events = call.iterator();
            LlmEvent event = events.next();
            while (!event.equals(new LlmEvent.Text(" scatters"))) {
                event = events.next();
            }
            call.close();
        }
        assertThat(hub.exchanges("/api/generate").get(0).clientClosed(PATIENCE)).isTrue();
        assertThat(cloud.exchanges("/api/generate")).isEmpty();
    }

    @Test
    void nothingOfAPrivateAnswerGoesBeyondItsZone() {
        chats(pi, exchange -> say(exchange, CHAT, "Air scatters"));
        hub.onRequest("/api/generate", exchange -> say(exchange, RAW, " blue"));
        awaitModelsKnown();
        int probes =
                hub.exchanges("/api/chat").size() + cloud.exchanges("/api/chat").size();

        LlmException failure = catchThrowableOfType(
                LlmException.class,
                () -> spark.llm().generate(question().privacy(Privacy.EDGE_ONLY).build()));

        assertThat(failure.charsDelivered()).isEqualTo(12);
        assertThat(hub.exchanges("/api/chat").size()
                        + cloud.exchanges("/api/chat").size())
                .isEqualTo(probes);
        failure = catchThrowableOfType(
                LlmException.class,
                () -> spark.llm().generate(question().privacy(Privacy.TRUSTED).build()));
        assertThat(failure.charsDelivered()).isEqualTo(17);
        assertThat(hub.exchanges("/api/generate")).hasSize(1);
        assertThat(cloud.exchanges("/api/generate")).isEmpty();
    }
}
