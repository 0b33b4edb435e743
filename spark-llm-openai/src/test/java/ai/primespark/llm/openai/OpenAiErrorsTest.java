package ai.primespark.llm.openai;

import static ai.primespark.llm.openai.OpenAiWire.content;
import static ai.primespark.llm.openai.OpenAiWire.event;
import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.spi.LlmBackend;
import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiErrorsTest extends OpenAiFixture {

    @ParameterizedTest
    @CsvSource({
        "400, REJECTED",
        "401, UNAUTHORIZED",
        "402, UNAUTHORIZED",
        "403, UNAUTHORIZED",
        "404, PROTOCOL",
        "405, PROTOCOL",
        "408, TIMEOUT",
        "413, REJECTED",
        "418, REJECTED",
        "422, REJECTED",
        "429, OVERLOADED",
        "500, SERVER_ERROR",
        "502, SERVER_ERROR",
        "503, OVERLOADED",
        "504, SERVER_ERROR",
        "529, OVERLOADED",
        "302, PROTOCOL"
    })
    void statusesHaveTheirKinds(int status, Kind kind) {
        onPost(
                PATH,
                json("{\"error\":{\"message\":\"no luck  today\",\"type\":\"x\"}}")
                        .withStatus(status));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure)
                .hasMessageContaining("no luck today")
                .hasMessageContaining("'box'")
                .hasMessageContaining(server.baseUrl() + "/v1")
                .hasMessageContaining(String.valueOf(status));
        assertThat(sent(PATH)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":{\"message\":\"no luck today\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
                "{\"error\":{\"code\":400,\"message\":\"no luck today\",\"type\":\"invalid_request_error\"}}",
                "{\"error\":\"no luck today\"}",
                "{\"object\":\"error\",\"message\":\"no luck today\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}",
                "{\"detail\":\"no luck today\"}",
                "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"no luck today\",\"type\":\"value_error\"}]}",
                "[{\"error\":{\"code\":400,\"message\":\"no luck today\",\"status\":\"INVALID_ARGUMENT\"}}]"
            })
    void theServersWordsAreFoundInEveryFormOfError(String body) {
        onPost(PATH, json(body).withStatus(400));
        assertThat(failureOf(backend(), question())).hasMessageContaining("no luck today");
    }

    @ParameterizedTest
    @CsvSource({
        "404, '{\"error\":{\"message\":\"The model `gpt-oss` does not exist or you do not have access to it.\",\"code\":\"model_not_found\"}}'",
        "404, '{\"object\":\"error\",\"message\":\"The model `gpt-oss` does not exist.\",\"type\":\"NotFoundError\",\"code\":404}'",
        "404, '{\"error\":{\"message\":\"model ''gpt-oss'' not found\",\"type\":\"not_found_error\"}}'",
        "404, '{\"error\":{\"message\":\"No endpoints found for gpt-oss.\",\"code\":404}}'",
        "400, '{\"error\":{\"message\":\"gpt-oss is not a valid model ID\",\"code\":400}}'",
        "404, '{\"error\":{\"message\":\"No models loaded. Please load a model in the developer page.\"}}'"
    })
    void aMissingModelIsToldInAllTheWordsThatServersHaveForIt(int status, String body) {
        onPost(PATH, json(body).withStatus(status));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
        assertThat(failure).hasMessageContaining("'gpt-oss'").hasMessageContaining("alias");
    }

    @Test
    void aServerThatIsLoadingItsModelIsBusy() {
        onPost(
                PATH,
                json("{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\"}}")
                        .withStatus(503));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.OVERLOADED);
        assertThat(failure).hasMessageContaining("Loading model");
    }

    @ParameterizedTest
    @CsvSource({"Retry-After, 7, PT7S", "retry-after-ms, 350, PT0.35S", "Retry-After, soon, "})
    void aBusyServersWishToWaitIsPassedOn(String header, String value, Duration expected) {
        onPost(PATH, json("{\"error\":\"busy\"}").withStatus(429).withHeader(header, value));
        assertThat(failureOf(backend(), question()).retryAfter().orElse(null)).isEqualTo(expected);
    }

    @Test
    void aQuotaThatIsUsedUpIsNotWaitedFor() {
        onPost(
                PATH,
                json("{\"error\":{\"message\":\"You exceeded your current quota\",\"type\":\"insufficient_quota\"}}")
                        .withStatus(429));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.UNAUTHORIZED);
        assertThat(failure.sameBackendRetryable()).isFalse();
        assertThat(failure.retryable()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":{\"message\":\"too long\",\"code\":\"context_length_exceeded\"}}",
                "{\"error\":{\"code\":400,\"message\":\"too long\",\"type\":\"exceed_context_size_error\",\"n_ctx\":4096}}",
                "{\"error\":{\"message\":\"This model's maximum context length is 4096 tokens.\"}}"
            })
    void aConversationThatIsTooLongComesWithItsRemedy(String body) {
        onPost(PATH, json(body).withStatus(400));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.REJECTED);
        assertThat(failure).hasMessageContaining("shorten it");
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"error\":{\"message\":\"it crashed\",\"type\":\"server_error\"}}', SERVER_ERROR",
        "'{\"error\":{\"code\":502,\"message\":\"it crashed\"},\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}', SERVER_ERROR",
        "'{\"choices\":[{\"delta\":{},\"finish_reason\":\"error\",\"error\":{\"code\":502,\"message\":\"it crashed\"}}]}', SERVER_ERROR",
        "'{\"error\":{\"code\":\"429\",\"message\":\"it crashed\"}}', OVERLOADED",
        "'{\"error\":{\"code\":401,\"message\":\"it crashed\"}}', UNAUTHORIZED",
        "'{\"error\":\"it crashed\"}', SERVER_ERROR",
        "'{\"object\":\"error\",\"message\":\"it crashed\",\"code\":500}', SERVER_ERROR"
    })
    void anErrorInTheMiddleOfTheAnswerEndsItWithTheServersWords(String error, Kind kind) {
        answers(content("some"), event(error), OpenAiWire.DONE);
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.charsDelivered()).isEqualTo(4);
        assertThat(failure).hasMessageContaining("it crashed");
    }

    @Test
    void anEventNamedErrorIsOne() {
        answers(content("some"), "event: error\ndata: {\"whatever\":1}\n\n", OpenAiWire.DONE);
        assertThat(failureOf(backend(), question()).kind()).isEqualTo(Kind.SERVER_ERROR);
    }

    @Test
    void anErrorWithStatus200IsOne() {
        onPost(PATH, json("{\"error\":\"Unexpected endpoint or method. (POST /chat)\"}"));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.SERVER_ERROR);
        assertThat(failure).hasMessageContaining("Unexpected endpoint");
    }

    @Test
    void errorsThatQuoteTheAnswerThePromptOrTheKeyAreNotRepeated() {
        answers(content("The secret is swordfish-42."), event("{\"error\":\"cannot parse 'secret is swordfish-42'\"}"));
        assertThat(failureOf(backend(), question()).getMessage()).doesNotContain("swordfish");
        onPost(
                PATH,
                json("{\"error\":\"cannot make sense of: is the sky blue\"}").withStatus(400));
        assertThat(failureOf(backend(), question()).getMessage()).doesNotContain("sky");
        onPost(
                PATH,
                json("{\"error\":{\"message\":\"Incorrect API key provided: s3cret-value-77\"}}")
                        .withStatus(401));
        LlmBackend backend = backend("api-key", "s3cret-value-77");
        LlmException refused = failureOf(backend, question());
        assertThat(refused.getMessage()).doesNotContain("s3cret").contains("api-key");
        assertThat(backend.toString()).doesNotContain("s3cret");
    }

    @Test
    void theKeyIsSentAsABearerTokenOrBareInAHeaderOfItsOwn() {
        onPost(PATH, json("{}").withStatus(500));
        failureOf(backend("api-key", "s3cret-value-77", "headers", Map.of("X-Title", "Prime Spark")), question());
        server.verify(postRequestedFor(urlEqualTo(PATH))
                .withHeader("Authorization", equalTo("Bearer s3cret-value-77"))
                .withHeader("X-Title", equalTo("Prime Spark"))
                .withHeader("Content-Type", equalTo("application/json")));
        failureOf(backend("api-key", "s3cret-value-78", "api-key-header", "api-key"), question());
        server.verify(postRequestedFor(urlEqualTo(PATH))
                .withHeader("api-key", equalTo("s3cret-value-78"))
                .withoutHeader("Authorization"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":{\"message\":\"Unrecognized request argument supplied: stream_options\",\"param\":null}}",
                "{\"error\":{\"message\":\"unknown field\",\"param\":\"stream_options\"}}",
                "{\"detail\":[{\"loc\":[\"body\",\"stream_options\"],\"msg\":\"Extra inputs are not permitted\"}]}"
            })
    void aServerThatRefusesToCountIsAskedOnceMoreAndNotAgainLater(String refusal) {
        refusesOnce(refusal, 422);
        LlmBackend backend = backend();
        assertThat(backend.open(question(), LIMITS).await().text()).isEqualTo("fine");
        assertThat(backend.open(question(), LIMITS).await().text()).isEqualTo("fine");
        List<JsonNode> bodies = sent(PATH);
        assertThat(bodies).hasSize(3);
        assertThat(bodies.get(0).path("stream_options").path("include_usage").asBoolean())
                .isTrue();
        assertThat(bodies.get(1).has("stream_options")).isFalse();
        assertThat(bodies.get(2).has("stream_options")).isFalse();
    }

    @Test
    void aServerThatDemandsTheNewNameOfTheLimitGetsIt() {
        refusesOnce(
                "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                        + "'max_completion_tokens' instead.\",\"param\":\"max_tokens\",\"code\":\"unsupported_parameter\"}}",
                400);
        assertThat(backend("max-tokens", 50).open(question(), LIMITS).await().text())
                .isEqualTo("fine");
        List<JsonNode> bodies = sent(PATH);
        assertThat(bodies.get(0).path("max_tokens").asInt()).isEqualTo(50);
        assertThat(bodies.get(1).has("max_tokens")).isFalse();
        assertThat(bodies.get(1).path("max_completion_tokens").asInt()).isEqualTo(50);
        assertThat(bodies.get(1).has("stream_options")).isTrue();
    }

    @Test
    void aFieldThatIsSetIsNotChanged() {
        refusesOnce("{\"error\":\"'max_tokens' is unsupported, use 'max_completion_tokens' instead\"}", 400);
        assertThat(failureOf(backend("max-tokens-field", "max-tokens"), question())
                        .kind())
                .isEqualTo(Kind.REJECTED);
        assertThat(sent(PATH)).hasSize(1);
    }

    @Test
    void aServerThatRefusesEveryFormIsAskedTwiceAndNotForEver() {
        onPost(PATH, json("{\"error\":\"stream_options is not for you\"}").withStatus(400));
        LlmBackend backend = backend();
        assertThat(failureOf(backend, question()).kind()).isEqualTo(Kind.REJECTED);
        assertThat(sent(PATH)).hasSize(2);
        failureOf(backend, question());
        assertThat(sent(PATH).get(2).has("stream_options"))
                .as("what never worked is not learned")
                .isTrue();
    }

    /** Refuses the first request and answers all others. */
    private void refusesOnce(String body, int status) {
        server.stubFor(com.github.tomakehurst.wiremock.client.WireMock.post(PATH)
                .inScenario("refusal")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(aResponse().withStatus(status).withBody(body))
                .willSetStateTo("over"));
        server.stubFor(com.github.tomakehurst.wiremock.client.WireMock.post(PATH)
                .inScenario("refusal")
                .whenScenarioStateIs("over")
                .willReturn(sse(content("fine") + OpenAiWire.finish("stop") + OpenAiWire.DONE)));
    }
}
