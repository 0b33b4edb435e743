package ai.primespark.llm.ollama;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.ModelManager;
import ai.primespark.llm.ModelManager.Progress;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.Usage;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.Deadline;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OllamaModelsTest extends OllamaFixture {

    private static final ModelInfo LLAMA = new ModelInfo(
            "llama3.2:latest",
            "a80c4f17acd5",
            2_019_393_189L,
            true,
            8192,
            Instant.parse("2026-01-01T10:05:00.5Z"),
            List.of("completion", "tools"),
            false);

    @BeforeEach
    void lists() {
        onGet(
                "/api/tags",
                "{\"models\":[{\"name\":\"llama3.2:latest\",\"model\":\"llama3.2:latest\",\"digest\":\"a80c4f17acd5\","
                        + "\"size\":2019393189,\"details\":{\"family\":\"llama\"},\"capabilities\":[\"completion\",\"tools\"]},"
                        + "{\"name\":\"gpt-oss:120b-cloud\",\"size\":384,\"remote_model\":\"gpt-oss:120b\",\"remote_host\":\"https://ollama.com:443\"}]}");
        onGet(
                "/api/ps",
                "{\"models\":[{\"name\":\"llama3.2:latest\",\"model\":\"llama3.2:latest\",\"size\":5,\"size_vram\":5,"
                        + "\"expires_at\":\"2026-01-01T12:05:00.5+02:00\",\"context_length\":8192}]}");
        onGet("/api/version", "{\"version\":\"0.33.0\"}");
    }

    @Test
    void statusJoinsWhatIsThereAndWhatIsLoaded() throws Exception {
        BackendStatus status = statusOf(backend());
        assertThat(status.version()).isEqualTo("0.33.0");
        assertThat(status.models())
                .containsExactly(LLAMA, new ModelInfo("gpt-oss:120b-cloud", "", 384, false, 0, null, List.of(), true));
    }

    @Test
    void statusOfAnOldServerLacksWhatItCannotTell() throws Exception {
        server.stubFor(get("/api/ps").willReturn(aResponse().withStatus(404)));
        server.stubFor(get("/api/version").willReturn(aResponse().withStatus(404)));
        BackendStatus status = statusOf(backend());
        assertThat(status.version()).isEmpty();
        assertThat(status.models()).hasSize(2).noneMatch(ModelInfo::loaded);
    }

    @Test
    void statusFailsWithTheServersFault() {
        server.stubFor(get("/api/ps").willReturn(aResponse().withStatus(500)));
        assertThat(failureOf(backend().status(Deadline.in(Duration.ofSeconds(10))))
                        .kind())
                .isEqualTo(Kind.SERVER_ERROR);
        onGet("/api/tags", "<html>");
        assertThat(failureOf(backend().status(Deadline.in(Duration.ofSeconds(10))))
                        .kind())
                .isEqualTo(Kind.PROTOCOL);
    }

    @Test
    void statusKeepsItsDeadlineEvenWhenTheBodyStalls() {
        server.stubFor(get("/api/tags").willReturn(json("{\"models\":[]}").withChunkedDribbleDelay(10, 60_000)));
        assertThat(failureOf(backend().status(Deadline.in(Duration.ofMillis(300))))
                        .kind())
                .isEqualTo(Kind.TIMEOUT);
    }

    @Test
    void showTellsCapabilitiesAndState() {
        onPost("/api/show", json("{\"capabilities\":[\"completion\",\"tools\",\"thinking\"],\"details\":{}}"));
        ModelInfo shown = manager().show("llama3.2");
        assertThat(shown.name()).isEqualTo("llama3.2:latest");
        assertThat(shown.capabilities()).containsExactly("completion", "tools", "thinking");
        assertThat(shown.loaded()).isTrue();
        assertThat(shown.contextTokens()).isEqualTo(8192);
        assertThat(shown.bytes()).isEqualTo(2_019_393_189L);
        assertThat(sent("/api/show").path("model").asText()).isEqualTo("llama3.2");
    }

    @Test
    void showOfAModelThatIsNotThereTellsTheRemedy() {
        onPost("/api/show", json("{\"error\":\"model 'nope' not found\"}").withStatus(404));
        assertThatThrownBy(() -> manager().show("nope"))
                .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_FOUND))
                .hasMessageContaining("ollama pull nope");
    }

    @Test
    void pullReportsEveryStep() {
        onPost("/api/pull", aResponse().withBody("""
                                {"status":"pulling manifest"}
                                {"status":"pulling dde5aa3fc5ff","digest":"sha256:dd","total":100}
                                {"status":"pulling dde5aa3fc5ff","digest":"sha256:dd","total":100,"completed":60}
                                {"status":"verifying sha256 digest"}
                                {"status":"success"}
                                """).withChunkedDribbleDelay(20, 200));
        List<Progress> steps = new ArrayList<>();
        manager().pull("llama3.2", steps::add);
        assertThat(steps)
                .containsExactly(
                        new Progress("pulling manifest", 0, 0),
                        new Progress("pulling dde5aa3fc5ff", 0, 100),
                        new Progress("pulling dde5aa3fc5ff", 60, 100),
                        new Progress("verifying sha256 digest", 0, 0),
                        new Progress("success", 0, 0));
        assertThat(sent("/api/pull").path("model").asText()).isEqualTo("llama3.2");
    }

    @Test
    void pullWithoutSuccessHasFailed() {
        onPost("/api/pull", aResponse().withBody("{\"status\":\"pulling manifest\"}\n"));
        assertThat(pullFailure().kind()).isEqualTo(Kind.TRUNCATED);
    }

    @Test
    void pullOfAnUnknownModelSaysSo() {
        onPost(
                "/api/pull",
                aResponse()
                        .withBody(
                                "{\"status\":\"pulling manifest\"}\n{\"error\":\"pull model manifest: file does not exist\"}\n"));
        assertThat(pullFailure().kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
    }

    @Test
    void otherFailuresOfAPullAreTheServers() {
        onPost("/api/pull", aResponse().withBody("{\"error\":\"no space left on device\"}\n"));
        assertThat(pullFailure()).hasMessageContaining("no space left on device");
        onPost("/api/pull", json("{\"error\":\"invalid model name\"}").withStatus(400));
        assertThat(pullFailure().kind()).isEqualTo(Kind.REJECTED);
        onPost("/api/pull", aResponse().withBody("hello"));
        assertThat(pullFailure().kind()).isEqualTo(Kind.PROTOCOL);
    }

    @Test
    void anInterruptEndsAPullAndStaysSet() throws Exception {
        onPost(
                "/api/pull",
                aResponse()
                        .withBody("{\"status\":\"pulling manifest\"}\n".repeat(100))
                        .withChunkedDribbleDelay(100, 60_000));
        List<Progress> steps = java.util.Collections.synchronizedList(new ArrayList<>());
        ModelManager manager = manager();
        FutureTask<Boolean> pull = new FutureTask<>(() -> {
            LlmException failure = catchThrowableOfType(LlmException.class, () -> manager.pull("llama3.2", steps::add));
            return failure.kind() == Kind.CANCELLED && Thread.currentThread().isInterrupted();
        });
        Thread thread = new Thread(pull, "pulling");
        thread.start();
        await().until(() -> !steps.isEmpty());
        thread.interrupt();
        assertThat(pull.get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void closingTheBackendEndsAPull() throws Exception {
        onPost(
                "/api/pull",
                aResponse()
                        .withBody("{\"status\":\"pulling manifest\"}\n".repeat(100))
                        .withChunkedDribbleDelay(100, 60_000));
        List<Progress> steps = java.util.Collections.synchronizedList(new ArrayList<>());
        var backend = backend();
        ModelManager manager = backend.modelManager().orElseThrow();
        FutureTask<LlmException> pull = new FutureTask<>(
                () -> catchThrowableOfType(LlmException.class, () -> manager.pull("llama3.2", steps::add)));
        new Thread(pull, "pulling").start();
        await().until(() -> !steps.isEmpty());
        backend.close();
        assertThat(pull.get(20, TimeUnit.SECONDS)).isNotNull();
        assertThatThrownBy(() -> manager.show("llama3.2")).isInstanceOf(LlmException.class);
    }

    @Test
    void warmUpLoadsTheModelForSomeTime() {
        onPost("/api/generate", json("{\"model\":\"llama3.2\",\"done\":true,\"done_reason\":\"load\"}"));
        manager().warmUp("llama3.2", Duration.ofMinutes(30));
        JsonNode body = sent("/api/generate");
        assertThat(body.path("prompt").asText("none")).isEmpty();
        assertThat(body.path("keep_alive").asLong()).isEqualTo(1800);
        assertThat(body.path("stream").asBoolean(true)).isFalse();
    }

    @Test
    void modelsThatOnlyEmbedAreWarmedUpByEmbeddingNothing() {
        onPost(
                "/api/generate",
                json("{\"error\":\"\\\"nomic\\\" does not support generate\"}").withStatus(400));
        onPost("/api/embed", json("{\"model\":\"nomic\",\"embeddings\":[]}"));
        manager().warmUp("nomic", Duration.ofSeconds(90));
        JsonNode body = sent("/api/embed");
        assertThat(body.path("input").isArray()).isTrue();
        assertThat(body.path("input")).isEmpty();
        assertThat(body.path("keep_alive").asLong()).isEqualTo(90);
    }

    @Test
    void warmUpForNoTimeIsRefused() {
        assertThatThrownBy(() -> manager().warmUp("m", Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void unloadKeepsTheModelForNoTime() {
        onPost("/api/generate", json("{\"model\":\"llama3.2\",\"done\":true,\"done_reason\":\"unload\"}"));
        manager().unload("llama3.2");
        assertThat(sent("/api/generate").path("keep_alive").asLong(-1)).isZero();
    }

    @Test
    void anAnswerThatDoesNotSayDoneIsNotTakenForIt() {
        onPost("/api/generate", json("{\"greeting\":\"hello\"}"));
        assertThatThrownBy(() -> manager().unload("llama3.2"))
                .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PROTOCOL));
    }

    @Test
    void textsAreEmbeddedInBatchesAndKeepTheirOrder() throws Exception {
        server.stubFor(com.github.tomakehurst.wiremock.client.WireMock.post("/api/embed")
                .withRequestBody(
                        com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath("$[?(@.input.size() == 32)]"))
                .willReturn(json(vectors(0, 32))));
        server.stubFor(com.github.tomakehurst.wiremock.client.WireMock.post("/api/embed")
                .withRequestBody(
                        com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath("$[?(@.input.size() == 8)]"))
                .willReturn(json(vectors(32, 40))));
        List<String> texts = IntStream.range(0, 40).mapToObj(i -> "text " + i).toList();
        Embeddings embeddings = backend()
                .embed(new EmbedRequest(texts, "nomic", Privacy.ANY), LIMITS)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        assertThat(embeddings.vectors()).hasSize(40);
        assertThat(embeddings.vectors().get(39)).containsExactly(39f, 0.5f);
        assertThat(embeddings.usage()).isEqualTo(new Usage(14, 0));
        assertThat(embeddings.zone()).isEqualTo(Zone.EDGE);
        assertThat(embeddings.model()).isEqualTo("nomic");
        server.verify(2, postRequestedFor(urlEqualTo("/api/embed")));
    }

    private static String vectors(int from, int to) {
        StringBuilder rows = new StringBuilder();
        for (int i = from; i < to; i++) {
            rows.append(rows.isEmpty() ? "" : ",").append("[").append(i).append(",0.5]");
        }
        return "{\"model\":\"nomic\",\"embeddings\":[" + rows + "],\"prompt_eval_count\":7}";
    }

    @Test
    void vectorsThatDoNotFitTheTextsAreRefused() {
        for (String rows : List.of("[[1],[2],[3]]", "[[1],[1,2]]", "[[1],[\"x\"]]", "[[],[]]", "null")) {
            onPost("/api/embed", json("{\"embeddings\":" + rows + "}"));
            assertThat(failureOf(backend().embed(EmbedRequest.of("nomic", "a", "b"), LIMITS))
                            .kind())
                    .as(rows)
                    .isEqualTo(Kind.PROTOCOL);
        }
    }

    @Test
    void refusedTextsAreNotRepeated() {
        onPost("/api/embed", json("{\"error\":\"input too long: canary text\"}").withStatus(400));
        LlmException failure = failureOf(backend().embed(EmbedRequest.of("nomic", "my canary text here"), LIMITS));
        assertThat(failure.kind()).isEqualTo(Kind.REJECTED);
        assertThat(failure.getMessage()).doesNotContain("canary");
    }

    @Test
    void withoutANameTheFirstModelThatEmbedsIsTaken() throws Exception {
        onGet(
                "/api/tags",
                "{\"models\":[{\"name\":\"c\",\"capabilities\":[\"completion\"]},{\"name\":\"e\",\"capabilities\":[\"embedding\"]}]}");
        onPost("/api/embed", json("{\"embeddings\":[[1]]}"));
        Embeddings embeddings = backend()
                .embed(new EmbedRequest(List.of("a"), null, Privacy.EDGE_ONLY), LIMITS)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        assertThat(embeddings.model()).isEqualTo("e");
    }

    @Test
    void aBodyBeyondItsBoundIsRefused() throws ExecutionException {
        onGet("/api/tags", "{\"models\":[],\"padding\":\"" + "x".repeat(17 << 20) + "\"}");
        assertThat(failureOf(backend().status(Deadline.in(Duration.ofSeconds(20))))
                        .kind())
                .isIn(Kind.PROTOCOL, Kind.RESET);
    }

    private LlmException pullFailure() {
        ModelManager manager = manager();
        return catchThrowableOfType(LlmException.class, () -> manager.pull("llama3.2", step -> {}));
    }

    private ModelManager manager() {
        return backend().modelManager().orElseThrow();
    }
}
