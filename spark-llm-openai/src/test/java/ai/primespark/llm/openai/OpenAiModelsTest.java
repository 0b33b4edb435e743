package ai.primespark.llm.openai;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.Usage;
import ai.primespark.spi.LlmBackend;
import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.client.WireMock;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models and what they are asked for; embeddings; privacy. */
class OpenAiModelsTest extends OpenAiFixture {

    private static final String EMBEDDINGS = "/v1/embeddings";

    private void lists(String... rows) {
        onGet("/v1/models", "{\"object\":\"list\",\"data\":[" + String.join(",", rows) + "]}");
    }

    private static String named(String id) {
        return "{\"id\":\"" + id + "\",\"object\":\"model\",\"owned_by\":\"me\"}";
    }

    private void answersFine() {
        answers(OpenAiWire.content("fine"), OpenAiWire.finish("stop"), OpenAiWire.DONE);
    }

    private String modelAsked(String path) {
        List<JsonNode> bodies = sent(path);
        return bodies.get(bodies.size() - 1).path("model").asText();
    }

    @Test
    void statusTellsWhatTheServerLists() throws Exception {
        lists(
                named("a"),
                "{\"id\":\"b.gguf\",\"owned_by\":\"llamacpp\",\"meta\":{\"n_ctx\":8192,\"n_ctx_train\":131072,\"size\":4000}}",
                "{\"id\":\"c\",\"owned_by\":\"vllm\",\"max_model_len\":32768}",
                "{\"id\":\"d\",\"owned_by\":\"llamacpp\",\"status\":{\"value\":\"unloaded\"}}",
                "{\"id\":\"e/f\",\"architecture\":{\"input_modalities\":[\"text\",\"image\"]},\"supported_parameters\":[\"tools\",\"reasoning\"]}",
                named("text-embedding-3-small"),
                named("gpt-oss:120b-cloud"),
                "{\"object\":\"model\"}");
        List<ModelInfo> models = statusOf(backend()).models();
        assertThat(models)
                .containsExactly(
                        new ModelInfo("a", "", -1, false, 0, null, List.of(), false),
                        new ModelInfo("b.gguf", "", 4000, true, 8192, null, List.of(), false),
                        new ModelInfo("c", "", -1, true, 32768, null, List.of(), false),
                        new ModelInfo("d", "", -1, false, 0, null, List.of(), false),
                        new ModelInfo(
                                "e/f",
                                "",
                                -1,
                                false,
                                0,
                                null,
                                List.of("completion", "vision", "tools", "thinking"),
                                false),
                        new ModelInfo("text-embedding-3-small", "", -1, false, 0, null, List.of("embedding"), false),
                        new ModelInfo("gpt-oss:120b-cloud", "", -1, false, 0, null, List.of(), true));
    }

    @Test
    void aServerWithoutAListIsThereAllTheSame() throws Exception {
        assertThat(statusOf(backend()).models()).isEmpty(); // the server answers 404
    }

    @ParameterizedTest
    @CsvSource({"401, UNAUTHORIZED", "500, SERVER_ERROR", "503, OVERLOADED"})
    void statusFailsWithTheServersFault(int status, Kind kind) {
        server.stubFor(
                WireMock.get("/v1/models").willReturn(json("{\"error\":\"no\"}").withStatus(status)));
        assertThat(failureOf(backend().status(ai.primespark.spi.Deadline.in(java.time.Duration.ofSeconds(10))))
                        .kind())
                .isEqualTo(kind);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>", "{\"models\":5}", "7"})
    void somethingElseThanAListIsNotTakenForOne(String body) {
        onGet("/v1/models", body);
        assertThat(failureOf(backend().status(ai.primespark.spi.Deadline.in(java.time.Duration.ofSeconds(10))))
                        .kind())
                .isEqualTo(Kind.PROTOCOL);
    }

    @Test
    void withoutANameTheFirstModelThatChatsIsAskedAndLookedUpOnce() {
        lists(named("nomic-embed-text"), named("whisper-1"), named("llama"), named("other"));
        answersFine();
        LlmBackend backend = backend();
        LlmRequest unnamed = LlmRequest.prompt("hello").build();
        for (int i = 0; i < 3; i++) {
            assertThat(backend.open(unnamed, LIMITS).await().text()).isEqualTo("fine");
            assertThat(modelAsked(PATH)).isEqualTo("llama");
        }
        server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/v1/models")));
    }

    @Test
    void theOnlyModelOfAServerIsAskedWhateverItsName() {
        lists(named("bge-but-chatty"));
        answersFine();
        backend().open(LlmRequest.prompt("hello").build(), LIMITS).await();
        assertThat(modelAsked(PATH)).isEqualTo("bge-but-chatty");
    }

    @Test
    void theDefaultModelNeedsNoList() {
        answersFine();
        backend("default-model", "mine")
                .open(LlmRequest.prompt("hello").build(), LIMITS)
                .await();
        assertThat(modelAsked(PATH)).isEqualTo("mine");
        server.verify(0, WireMock.getRequestedFor(WireMock.urlEqualTo("/v1/models")));
    }

    @Test
    void inTheCloudNobodyChoosesAModelUnasked() {
        lists(named("expensive"));
        answersFine();
        LlmException failure =
                failureOf(backend("zone", "cloud"), LlmRequest.prompt("hello").build());
        assertThat(failure.kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
        assertThat(failure).hasMessageContaining("default-model");
        assertThat(sent(PATH)).isEmpty();
    }

    @Test
    void aRequestThatMayNotTravelThatFarIsNotSent() {
        lists(named("m"));
        answersFine();
        for (Privacy privacy : new Privacy[] {Privacy.EDGE_ONLY, Privacy.TRUSTED}) {
            LlmRequest request = ask().privacy(privacy).build();
            assertThat(failureOf(backend("zone", "cloud"), request).kind()).isEqualTo(Kind.PRIVACY);
            EmbedRequest texts = new EmbedRequest(List.of("x"), "m", privacy);
            assertThat(failureOf(backend("zone", "cloud").embed(texts, LIMITS)).kind())
                    .isEqualTo(Kind.PRIVACY);
        }
        assertThat(server.getAllServeEvents()).isEmpty();
    }

    @Test
    void modelsThatAnOllamaServerPassesOnAreRefusedForPrivateRequests() {
        answersFine();
        LlmRequest secret = LlmRequest.prompt("x")
                .model("gpt-oss:120b-cloud")
                .privacy(Privacy.EDGE_ONLY)
                .build();
        assertThat(failureOf(backend(), secret).kind()).isEqualTo(Kind.PRIVACY);
        assertThat(server.getAllServeEvents()).isEmpty();
        LlmRequest open = secret.toBuilder().privacy(Privacy.ANY).build();
        assertThat(backend().open(open, LIMITS).await().text()).isEqualTo("fine");
    }

    // --- embeddings

    private static String row(int index, String vector) {
        return "{\"object\":\"embedding\",\"index\":" + index + ",\"embedding\":" + vector + "}";
    }

    private void embeds(String... rows) {
        onPost(
                EMBEDDINGS,
                json("{\"object\":\"list\",\"model\":\"e-1\",\"data\":[" + String.join(",", rows)
                        + "],\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}"));
    }

    private Embeddings embed(String... inputs) throws Exception {
        return backend()
                .embed(EmbedRequest.of("e", inputs), LIMITS)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    @Test
    void vectorsComeInTheOrderOfTheTextsWhateverTheServersOrder() throws Exception {
        embeds(row(2, "[0.5,0.25]"), row(0, "[1,0]"), row(1, "[0,-1.5e-3]"));
        Embeddings embeddings = embed("a", "b", "c");
        assertThat(embeddings.vectors())
                .containsExactly(new float[] {1, 0}, new float[] {0, -0.0015f}, new float[] {0.5f, 0.25f});
        assertThat(embeddings.model()).isEqualTo("e-1");
        assertThat(embeddings.backend()).isEqualTo("box");
        assertThat(embeddings.usage()).isEqualTo(new Usage(8, 0));
    }

    @Test
    void vectorsInBytesAreDecoded() throws Exception {
        byte[] bytes = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(1.5f)
                .putFloat(-2)
                .array();
        embeds(row(0, "\"" + Base64.getEncoder().encodeToString(bytes) + "\""));
        assertThat(embed("a").vectors()).containsExactly(new float[] {1.5f, -2});
    }

    @Test
    void manyTextsGoOutInBatchesAndKeepTheirOrder() throws Exception {
        List<String> inputs = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            inputs.add("text " + i);
        }
        for (int batch = 0; batch < 3; batch++) {
            int size = batch == 2 ? 6 : 32;
            List<String> rows = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                rows.add(row(i, "[" + (batch * 32 + i) + "]"));
            }
            Collections.reverse(rows);
            server.stubFor(WireMock.post(EMBEDDINGS)
                    .withRequestBody(WireMock.matchingJsonPath("$.input[0]", WireMock.equalTo("text " + batch * 32)))
                    .willReturn(json("{\"data\":[" + String.join(",", rows) + "],\"usage\":{\"prompt_tokens\":10}}")));
        }
        Embeddings embeddings = embed(inputs.toArray(String[]::new));
        assertThat(embeddings.vectors()).hasSize(70);
        for (int i = 0; i < 70; i++) {
            assertThat(embeddings.vectors().get(i)).containsExactly(i);
        }
        assertThat(embeddings.usage()).isEqualTo(new Usage(30, 0));
        assertThat(embeddings.model()).isEqualTo("e");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"data\":[]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":2,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[1,2]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[]},{\"index\":1,\"embedding\":[]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[\"x\"]},{\"index\":1,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":\"??\"},{\"index\":1,\"embedding\":[1]}]}",
                "nothing"
            })
    void vectorsThatDoNotFitTheTextsAreRefused(String body) {
        onPost(EMBEDDINGS, json(body));
        assertThat(failureOf(backend().embed(EmbedRequest.of("e", "a", "b"), LIMITS))
                        .kind())
                .isEqualTo(Kind.PROTOCOL);
    }

    @Test
    void refusedTextsAreNotRepeated() {
        onPost(
                EMBEDDINGS,
                json("{\"error\":\"cannot embed 'my diary of May'\"}").withStatus(400));
        LlmException failure =
                failureOf(backend().embed(EmbedRequest.of("e", "Please embed my diary of May 1999."), LIMITS));
        assertThat(failure.kind()).isEqualTo(Kind.REJECTED);
        assertThat(failure.getMessage()).doesNotContain("diary");
    }

    @Test
    void withoutANameTheFirstModelThatEmbedsIsTakenOrTheOneThatIsSet() throws Exception {
        lists(named("llama"), named("nomic-embed-text"), named("bge-m3"));
        embeds(row(0, "[1]"));
        EmbedRequest unnamed = new EmbedRequest(List.of("a"), null, Privacy.EDGE_ONLY);
        assertThat(backend()
                        .embed(unnamed, LIMITS)
                        .toCompletableFuture()
                        .get(20, TimeUnit.SECONDS)
                        .vectors())
                .hasSize(1);
        assertThat(modelAsked(EMBEDDINGS)).isEqualTo("nomic-embed-text");
        assertThat(backend("embedding-model", "mine")
                        .embed(unnamed, LIMITS)
                        .toCompletableFuture()
                        .get(20, TimeUnit.SECONDS)
                        .vectors())
                .hasSize(1);
        assertThat(modelAsked(EMBEDDINGS)).isEqualTo("mine");
        lists(named("llama"), named("mistral"));
        LlmException failure = failureOf(backend().embed(unnamed, LIMITS));
        assertThat(failure.kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
        assertThat(failure).hasMessageContaining("embedding-model");
    }
}
