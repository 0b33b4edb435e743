package ai.primespark.llm.ollama;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Privacy;
import ai.primespark.spi.LlmBackend;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OllamaPrivacyTest extends OllamaFixture {

    private static final String TAGS = "{\"models\":["
            + "{\"name\":\"nomic-embed-text:latest\",\"model\":\"nomic-embed-text:latest\",\"capabilities\":[\"embedding\"]},"
            + "{\"name\":\"stub:latest\",\"capabilities\":[\"completion\"],\"remote_model\":\"big\",\"remote_host\":\"https://ollama.com:443\"},"
            + "{\"name\":\"llama3.2:latest\",\"digest\":\"abc\",\"size\":5,\"capabilities\":[\"completion\",\"tools\"]}]}";

    @BeforeEach
    void modelsAndAnswers() {
        onGet("/api/tags", TAGS);
        answers(content("ok"), done());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-oss:cloud", "gpt-oss:120b-cloud", "GPT-OSS:120B-Cloud ", "ns/model:Cloud"})
    void cloudNamesAreRefusedWithoutAskingAnybody(String model) {
        LlmException failure = failureOf(backend(), ask(model, Privacy.EDGE_ONLY));
        assertThat(failure.kind()).isEqualTo(Kind.PRIVACY);
        assertThat(server.findAll(postRequestedFor(anyUrl()))).isEmpty();
        assertThat(server.findAll(getRequestedFor(anyUrl()))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "stub",
                "stub:latest",
                "Stub",
                "library/stub",
                "registry.ollama.ai/library/stub:latest",
                "stub:local"
            })
    void modelsThatTheServerPassesOnAreRefused(String model) {
        LlmException failure = failureOf(backend(), ask(model, Privacy.EDGE_ONLY));
        assertThat(failure.kind()).isEqualTo(Kind.PRIVACY);
        assertThat(server.findAll(postRequestedFor(anyUrl()))).isEmpty();
    }

    @Test
    void modelsOfTheServersOwnAnswerPrivateRequests() {
        LlmBackend backend = backend("zone", "edge");
        for (String model : List.of("llama3.2", "llama3.2:latest", "LLAMA3.2")) {
            assertThat(backend.open(ask(model, Privacy.EDGE_ONLY), LIMITS)
                            .await()
                            .text())
                    .isEqualTo("ok");
        }
        server.verify(1, getRequestedFor(urlEqualTo("/api/tags"))); // remembered for a while
    }

    @Test
    void aModelThatIsNotListedIsLookedForOnceMoreAndThenMissing() {
        LlmException failure = failureOf(backend(), ask("new-one", Privacy.EDGE_ONLY));
        assertThat(failure.kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
        assertThat(failure).hasMessageContaining("ollama pull new-one");
        server.verify(2, getRequestedFor(urlEqualTo("/api/tags")));
        assertThat(server.findAll(postRequestedFor(anyUrl()))).isEmpty();
    }

    @Test
    void privateRequestsAreNotSentWhenTheServerDoesNotTellItsModels() {
        server.resetAll();
        answers(content("ok"), done());
        onGet("/api/tags", "[]");
        assertThat(failureOf(backend(), ask("llama3.2", Privacy.TRUSTED)).kind())
                .isEqualTo(Kind.PROTOCOL);
        assertThat(server.findAll(postRequestedFor(anyUrl()))).isEmpty();
    }

    @Test
    void aPrivateRequestIsBrokenOffWhenALineComesFromElsewhere() {
        answers(
                content("a"),
                "{\"model\":\"llama3.2\",\"remote_model\":\"big\",\"remote_host\":\"https://ollama.com:443\",\"message\":{\"content\":\"b\"},\"done\":false}",
                done());
        LlmException failure = failureOf(backend(), ask("llama3.2", Privacy.EDGE_ONLY));
        assertThat(failure.kind()).isEqualTo(Kind.PRIVACY);
        assertThat(failure.charsDelivered()).isEqualTo(1);
        assertThat(failure.retryable()).isFalse();
        assertThat(backend().open(ask("llama3.2", Privacy.ANY), LIMITS).await().text())
                .isEqualTo("ab");
    }

    @Test
    void otherRequestsMayUseCloudModelsAndAskForNoList() {
        assertThat(backend()
                        .open(ask("gpt-oss:120b-cloud", Privacy.ANY), LIMITS)
                        .await()
                        .text())
                .isEqualTo("ok");
        assertThat(server.findAll(getRequestedFor(anyUrl()))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("tooFar")
    void backendsFartherThanARequestMayTravelRefuseIt(String zone, Privacy privacy) {
        LlmException failure = failureOf(backend("zone", zone), ask("llama3.2", privacy));
        assertThat(failure.kind()).isEqualTo(Kind.PRIVACY);
        assertThat(server.getAllServeEvents()).isEmpty();
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> tooFar() {
        return Stream.of(
                org.junit.jupiter.params.provider.Arguments.of("trusted", Privacy.EDGE_ONLY),
                org.junit.jupiter.params.provider.Arguments.of("cloud", Privacy.EDGE_ONLY),
                org.junit.jupiter.params.provider.Arguments.of("cloud", Privacy.TRUSTED));
    }

    @Test
    void withoutANameTheFirstLocalModelThatCanChatIsTaken() {
        LlmCall call = backend().open(LlmRequest.prompt("hello").build(), LIMITS);
        call.await();
        assertThat(sent("/api/chat").path("model").asText()).isEqualTo("llama3.2:latest");
    }

    @Test
    void withoutANameTheModelOfTheSettingIsTaken() {
        backend("default-model", "mine")
                .open(LlmRequest.prompt("hello").build(), LIMITS)
                .await();
        assertThat(sent("/api/chat").path("model").asText()).isEqualTo("mine");
        assertThat(server.findAll(getRequestedFor(anyUrl()))).isEmpty();
    }

    @Test
    void withoutANameAndWithoutModelsTheRemedyIsTold() {
        onGet("/api/tags", "{\"models\":[]}");
        LlmException failure = failureOf(backend(), LlmRequest.prompt("hello").build());
        assertThat(failure.kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
        assertThat(failure).hasMessageContaining("default-model");
    }

    @Test
    void theChosenModelIsForgottenWhenItIsGone() {
        LlmBackend backend = backend();
        onPost(
                "/api/chat",
                json("{\"error\":\"model 'llama3.2:latest' not found\"}").withStatus(404));
        assertThat(failureOf(backend, LlmRequest.prompt("hello").build()).kind())
                .isEqualTo(Kind.MODEL_NOT_FOUND);
        onGet("/api/tags", "{\"models\":[{\"name\":\"other:latest\",\"capabilities\":[\"completion\"]}]}");
        answers(content("ok"), "{\"done\":true}");
        assertThat(backend.open(LlmRequest.prompt("hello").build(), LIMITS)
                        .await()
                        .model())
                .isEqualTo("other:latest");
    }

    @Test
    void serversThatTellNoCapabilitiesAreJudgedByTheModelsFamily() {
        onGet(
                "/api/tags",
                "{\"models\":[{\"name\":\"e:latest\",\"details\":{\"family\":\"nomic-bert\"}},{\"name\":\"c:latest\",\"details\":{\"family\":\"llama\"}}]}");
        backend().open(LlmRequest.prompt("hello").build(), LIMITS).await();
        assertThat(sent("/api/chat").path("model").asText()).isEqualTo("c:latest");
    }

    @Test
    void privateTextsAreNotEmbeddedElsewhere() {
        LlmBackend backend = backend();
        onPost("/api/embed", json("{\"model\":\"llama3.2\",\"embeddings\":[[1]],\"remote_host\":\"https://x\"}"));
        EmbedRequest named = new EmbedRequest(List.of("t"), "stub", Privacy.EDGE_ONLY);
        assertThat(failureOf(backend.embed(named, LIMITS)).kind()).isEqualTo(Kind.PRIVACY);
        EmbedRequest late = new EmbedRequest(List.of("t"), "llama3.2", Privacy.EDGE_ONLY);
        assertThat(failureOf(backend.embed(late, LIMITS)).kind()).isEqualTo(Kind.PRIVACY);
    }

    @Test
    void redirectsAreNotFollowed() {
        onPost("/api/chat", aResponse().withStatus(307).withHeader("Location", server.baseUrl() + "/elsewhere"));
        assertThat(catchThrowableOfType(
                                LlmException.class,
                                () -> backend().open(question(), LIMITS).await())
                        .kind())
                .isEqualTo(Kind.PROTOCOL);
        assertThat(server.findAll(postRequestedFor(urlEqualTo("/elsewhere")))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "llama3.2, llama3.2:latest",
        "LLAMA3.2:3B, llama3.2:3b",
        "library/x, x:latest",
        "hf.co/u/m:Q4, hf.co/u/m:q4",
        "localhost:5000/m, localhost:5000/m:latest",
        "m:3b:local, m:3b"
    })
    void namesHaveOneSpelling(String name, String canonical) {
        assertThat(OllamaNames.canonical(name)).isEqualTo(canonical);
    }

    private static LlmRequest ask(String model, Privacy privacy) {
        return ask().model(model).privacy(privacy).build();
    }
}
