package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's official client for Node.js, as its users run it, with a base URL and a key that are ours. */
@NeedsOpenAiClient
@Timeout(120)
class OpenAiClientTest {

    @TempDir
    Path directory;

    private FramedServer server;

    @BeforeEach
    void start() {
        server = FramedServer.closed(directory, "limits { rate = 1, burst = 20 }");
        server.ollama.answers(FakeOllama.tokens("Hello", " world"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void itChats() throws Exception {
        JsonNode answer = run("chat");

        assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("Hello world");
        assertThat(answer.at("/usage/total_tokens").asInt()).isEqualTo(9);
    }

    @Test
    void itReadsAStreamToItsEnd() throws Exception {
        JsonNode seen = run("stream");

        assertThat(seen.get("text").asText()).isEqualTo("Hello world");
        assertThat(seen.get("roles")).hasSize(1);
        assertThat(seen.get("finish").asText()).isEqualTo("stop");
        assertThat(seen.at("/usage/completion_tokens").asInt()).isEqualTo(2);
        assertThat(seen.get("ids")).hasSize(1);
    }

    @Test
    void itIsAskedToRunTools() throws Exception {
        server.ollama.answers(FakeOllama.toolCall("temperature", Map.of("room", "attic")));

        for (String how : new String[] {"tools", "streamedTools"}) {
            JsonNode choice = run(how);
            assertThat(choice.get("finish_reason").asText()).as(how).isEqualTo("tool_calls");
            JsonNode function = choice.at("/message/tool_calls/0/function");
            assertThat(function.get("name").asText()).isEqualTo("temperature");
            assertThat(TestServer.json(function.get("arguments").asText())
                            .get("room")
                            .asText())
                    .isEqualTo("attic");
        }
    }

    @Test
    void itGetsVectors() throws Exception {
        JsonNode answer = run("embed");

        assertThat(answer.at("/vectors/0/0").asDouble()).isEqualTo(3.0);
        assertThat(answer.at("/vectors/1/0").asDouble()).isEqualTo(1.0);
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(5);
    }

    @Test
    void itListsModels() throws Exception {
        JsonNode answer = run("models");

        assertThat(answer.get("ids")).extracting(JsonNode::asText).contains("auto", FakeOllama.MODEL);
        assertThat(answer.at("/one/object").asText()).isEqualTo("model");
    }

    @Test
    void itStopsTheBackendWhenItAborts() throws Exception {
        server.ollama.answers(server.ollama.endless());

        // it aborts at the third; what has already come with that one it still hands out
        assertThat(run("abort").get("pieces").asInt()).isGreaterThanOrEqualTo(3);
        server.ollama.hungUp.get(60, TimeUnit.SECONDS);
    }

    @Test
    void itKnowsOurFailuresByTheirKind() throws Exception {
        JsonNode stranger = run("chat", "not-a-token");
        assertThat(stranger.get("thrown").asText()).isEqualTo("AuthenticationError");
        assertThat(stranger.get("code").asText()).isEqualTo("invalid_api_key");

        server.ollama.answers(FakeOllama.failure(404));
        JsonNode unknown = run("chat");
        assertThat(unknown.get("thrown").asText()).isEqualTo("NotFoundError");
        assertThat(unknown.get("code").asText()).isEqualTo("model_not_found");

        server.ollama.answers(FakeOllama.failure(500));
        assertThat(run("chat").get("thrown").asText()).isEqualTo("InternalServerError");

        server.ollama.answers(FakeOllama.broken());
        JsonNode broken = run("stream");
        assertThat(broken.get("thrown").asText()).isEqualTo("APIError");
        assertThat(broken.get("message").asText()).isNotBlank();
    }

    @Test
    void itIsToldToSlowDown() throws Exception {
        String token = server.adminToken();
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Void> others = CompletableFuture.runAsync(
                () -> { // take what becomes free while Node.js starts
                    while (!over.get()) {
                        server.get("/v1/models", token);
                    }
                });

        JsonNode refused = await().atMost(Duration.ofMinutes(1)).until(() -> run("chat", token), a -> a.has("thrown"));

        over.set(true);
        others.get(60, TimeUnit.SECONDS);
        assertThat(refused.get("thrown").asText()).isEqualTo("RateLimitError");
        assertThat(refused.get("code").asText()).isEqualTo("rate_limit_exceeded");
        assertThat(refused.get("retryAfter").asText()).matches("[1-9][0-9]?");
    }

    private JsonNode run(String what) throws IOException, InterruptedException {
        return run(what, server.adminToken());
    }

    private JsonNode run(String what, String key) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("node", "client.mjs", what)
                .directory(NeedsOpenAiClient.FOLDER.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("BASE_URL", "http://127.0.0.1:" + server.port + "/v1");
        builder.environment().put("API_KEY", key);
        Process client = builder.start();
        String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(client.waitFor()).isZero();
        return TestServer.json(said);
    }
}
