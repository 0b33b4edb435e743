package ai.primespark.llm.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import ai.primespark.testkit.LlmBackendContract;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract against a server that tells its prompts and goes on with answers, as a current Ollama does. */
class OllamaResumeContractTest extends LlmBackendContract {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String PROMPT = "<user>Say something.<assistant>";
    private static final String ANSWER = "Blue light is scattered most.";

    private FaultServer server;

    @BeforeEach
    void startServer() throws IOException {
        server = FaultServer.start();
        server.onRequest(exchange -> exchange.respond(
                200,
                "application/json",
                "{\"models\":[{\"name\":\"m:latest\",\"digest\":\"00\",\"capabilities\":[\"completion\"]}]}"));
        server.onRequest("/api/chat", OllamaResumeContractTest::chat);
        server.onRequest("/api/generate", OllamaResumeContractTest::complete);
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    @Override
    protected LlmBackend newBackend(TestContext context) {
        OllamaProvider provider = new OllamaProvider();
        return provider.create(context.with(provider, Map.of("url", server.uri())));
    }

    @Override
    protected LlmRequest answerable() {
        return LlmRequest.prompt("Say something.").model("m").build();
    }

    private static void chat(FaultExchange exchange) throws IOException {
        if (exchange.body().contains("\"_debug_render_only\":true")) {
            exchange.respond(200, "application/json", OllamaResumeTest.rendered(PROMPT));
            return;
        }
        exchange.headers(200, OllamaFixture.NDJSON);
        for (String word : ANSWER.split("(?= )")) {
            exchange.piece(OllamaFixture.content(word) + "\n");
        }
        exchange.piece(OllamaFixture.done() + "\n").end();
    }

    private static void complete(FaultExchange exchange) throws IOException {
        String prompt =
                Json.MAPPER.readTree(exchange.body()).get("prompt").asText().substring(PROMPT.length());
        exchange.headers(200, OllamaFixture.NDJSON);
        for (String word : ANSWER.substring(prompt.length()).split("(?= )")) {
            exchange.piece(OllamaResumeTest.response(word) + "\n");
        }
        exchange.piece(OllamaResumeTest.end("stop") + "\n").end();
    }

    @Test
    void cancellingWhileThePromptIsRenderedClosesThatConnection() throws Exception {
        server.onRequest("/api/chat", FaultExchange::awaitClientClosed);
        assertClosedOnCancel("/api/chat", List.of());
        assertThat(server.exchanges("/api/generate")).isEmpty();
    }

    @Test
    void cancellingWhileTheTextGoesOnClosesThatConnection() throws Exception {
        server.onRequest(
                "/api/generate",
                exchange -> exchange.headers(200, OllamaFixture.NDJSON)
                        .piece(OllamaResumeTest.response(" light") + "\n")
                        .awaitClientClosed());
        assertClosedOnCancel("/api/generate", List.of(" light"));
    }

    private void assertClosedOnCancel(String path, List<String> pieces) throws Exception {
        try (TestContext context = TestContext.create();
                LlmBackend backend = newBackend(context);
                LlmCall call =
                        backend.resume(answerable(), "Blue", CallLimits.DEFAULT).orElseThrow()) {
            Iterator<LlmEvent> events = call.iterator();
            for (String piece : pieces) {
                assertThat(events.next()).isEqualTo(new LlmEvent.Text(piece));
            }
            FaultExchange exchange = server.awaitExchange(path, PATIENCE);
            call.close();

            assertThat(exchange.clientClosed(PATIENCE)).isTrue();
        }
    }
}
