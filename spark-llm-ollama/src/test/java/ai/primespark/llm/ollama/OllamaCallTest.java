package ai.primespark.llm.ollama;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.Zone;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Timings;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.Usage;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.LlmBackend;
import com.github.tomakehurst.wiremock.http.Fault;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OllamaCallTest extends OllamaFixture {

    @Test
    void piecesArriveInOrderAndTheResponseHoldsThemAll() {
        answers(
                "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"Hm. \"},\"done\":false}",
                content(""),
                content("Rayleigh"),
                content(" scattering \\u00e9\\n"),
                done());
        try (LlmCall call = backend().open(question(), LIMITS)) {
            List<LlmEvent> events = events(call);
            assertThat(events.subList(0, 3))
                    .containsExactly(
                            new LlmEvent.Thinking("Hm. "),
                            new LlmEvent.Text("Rayleigh"),
                            new LlmEvent.Text(" scattering é\n"));
            assertThat(events).hasSize(4).last().isInstanceOf(LlmEvent.Done.class);
            LlmResponse response = call.await();
            assertThat(response.text()).isEqualTo("Rayleigh scattering é\n");
            assertThat(response.thinking()).isEqualTo("Hm. ");
            assertThat(response.finish()).isEqualTo(FinishReason.STOP);
            assertThat(response.backend()).isEqualTo("edge");
            assertThat(response.zone()).isEqualTo(Zone.EDGE);
            assertThat(response.model()).isEqualTo("llama3.2");
        }
    }

    @Test
    void metricsOfTheLastLineBecomeUsageAndTimings() {
        answers(
                content("a"),
                "{\"model\":\"llama3.2:latest\",\"message\":{\"content\":\"b\"},\"done\":true,\"done_reason\":\"stop\","
                        + "\"total_duration\":900,\"load_duration\":1500000000,\"prompt_eval_count\":26,"
                        + "\"prompt_eval_duration\":130000000,\"eval_count\":298,\"eval_duration\":4700000001}");
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.text()).isEqualTo("ab");
        assertThat(response.model()).isEqualTo("llama3.2:latest");
        assertThat(response.usage()).isEqualTo(new Usage(26, 298));
        assertThat(response.timings())
                .isEqualTo(
                        new Timings(Duration.ofMillis(1500), Duration.ofMillis(130), Duration.ofNanos(4_700_000_001L)));
    }

    @Test
    void absentMetricsAndAbsentReasonAreZeroAndStop() {
        answers(content("a"), "{\"done\":true}");
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.usage()).isEqualTo(Usage.NONE);
        assertThat(response.timings()).isEqualTo(Timings.NONE);
        assertThat(response.finish()).isEqualTo(FinishReason.STOP);
        assertThat(response.model()).isEqualTo("llama3.2");
    }

    @Test
    void reasonLengthIsLength() {
        answers(content("a"), "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"length\"}");
        assertThat(backend().open(question(), LIMITS).await().finish()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void toolCallsArriveWholeWithTheirArgumentsAsText() {
        answers(
                "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":["
                        + "{\"id\":\"call_1a2b3c4d\",\"function\":{\"index\":0,\"name\":\"weather\","
                        + "\"arguments\":{\"city\":\"Ulm\",\"days\":[1,2],\"exact\":1.50}}},"
                        + "{\"function\":{\"name\":\"clock\",\"arguments\":{}}}]},\"done\":false}",
                done());
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.finish()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(response.toolCalls())
                .containsExactly(
                        new ToolInvocation(
                                "call_1a2b3c4d", "weather", "{\"city\":\"Ulm\",\"days\":[1,2],\"exact\":1.50}"),
                        new ToolInvocation("", "clock", "{}"));
    }

    @Test
    void toolCallsBeforeAnEndThatGivesNoReasonAreWhole() {
        answers(
                "{\"message\":{\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"clock\",\"arguments\":{}}}]},\"done\":false}",
                "{\"message\":{\"content\":\"\"},\"done\":true}");
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.toolCalls()).containsExactly(new ToolInvocation("", "clock", "{}"));
        assertThat(response.finish()).isEqualTo(FinishReason.TOOL_CALLS);
    }

    @Test
    void toolCallsOnTheLastLineCountAsWell() {
        answers(
                "{\"message\":{\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"clock\",\"arguments\":null}}]},"
                        + "\"done\":true,\"done_reason\":\"stop\"}");
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.toolCalls()).containsExactly(new ToolInvocation("", "clock", "{}"));
        assertThat(response.finish()).isEqualTo(FinishReason.TOOL_CALLS);
    }

    @Test
    void toolCallsBeyondTheLengthOfAnAnswerEndTheCall() {
        String call = "{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"note\",\"arguments\":{\"text\":\""
                + "x".repeat(6_000) + "\"}}}]},\"done\":false}";
        answers(call, call, done());
        assertThat(failureOf(backend(), question()).kind()).isEqualTo(Kind.PROTOCOL);
    }

    @Test
    void aLineOfTwoMegabytesIsRead() {
        String large = "x".repeat(2_000_000);
        answers(content(large), done());
        CallLimits limits = new CallLimits(
                LIMITS.connect(), LIMITS.firstByte(), LIMITS.firstToken(), LIMITS.idle(), LIMITS.total(), 3_000_000);
        assertThat(backend().open(question(), limits).await().text()).isEqualTo(large);
    }

    @Test
    void aLineBeyondTheSettingEndsTheCallAndNamesTheSetting() {
        answers(content("x".repeat(70_000)), done());
        LlmException failure = failureOf(backend("max-line-bytes", "64 KiB"), question());
        assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL);
        assertThat(failure).hasMessageContaining("max-line-bytes").hasMessageContaining("'edge'");
    }

    @Test
    void linesAreReadHoweverTheyAreCutIntoChunksAndWhateverTheContentTypeSays() {
        String body = content("Grüße") + "\r\n\n" + content(" an alle") + "\n" + done(); // no line end at the end
        onPost(
                "/api/chat",
                aResponse()
                        .withHeader("Content-Type", "text/plain; charset=latin1")
                        .withBody(body)
                        .withChunkedDribbleDelay(60, 300));
        assertThat(backend().open(question(), LIMITS).await().text()).isEqualTo("Grüße an alle");
    }

    @Test
    void anAnswerThatEndsWithoutDoneIsTruncated() {
        answers(content("half"), content(" of it"));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.TRUNCATED);
        assertThat(failure.charsDelivered()).isEqualTo(10);
    }

    @Test
    void anAnswerThatEndsInTheMiddleOfALineIsTruncated() {
        onPost("/api/chat", aResponse().withBody(content("half") + "\n{\"message\":{\"cont"));
        assertThat(failureOf(backend(), question()).kind()).isEqualTo(Kind.TRUNCATED);
    }

    @Test
    void anAnswerShorterThanItsDeclaredLengthIsAFailure() {
        onPost("/api/chat", aResponse().withHeader("Content-Length", "100000").withBody(content("half") + "\n"));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isIn(Kind.RESET, Kind.TRUNCATED);
        assertThat(failure.charsDelivered()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html>hello</html>\n",
                "<html>hello</html>",
                "[1,2]\n",
                "null\n",
                "{\"message\":\"text\"}\n",
                "{\"message\":{\"content\":5}}\n",
                "{\"done\":true} {\"done\":true}\n",
                "{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":{}}}]}}\n",
                "{\"message\":{\"tool_calls\":{}}}\n",
                "{\"eval_count\":\"many\"}\n",
                "{\"greeting\":\"hello\"}\n",
                "{\"message\":{\"content\":\"\\ud800\"},\"x\":nope}\n"
            })
    void whatIsNotOllamasProtocolIsSaidToBeSo(String body) {
        onPost("/api/chat", aResponse().withBody(body));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL);
        assertThat(failure).hasNoCause();
    }

    @Test
    void brokenLinesAreNotRepeatedInMessages() {
        answers(content("a"), "{\"message\":{\"content\":canary-word}}");
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL);
        assertThat(failure).hasNoCause();
        assertThat(failure.getMessage()).doesNotContain("canary");
    }

    @Test
    void anErrorInTheMiddleOfTheAnswerIsAServerErrorWithTheServersWords() {
        answers(content("some"), "{\"error\":\"model runner has unexpectedly stopped\"}");
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.SERVER_ERROR);
        assertThat(failure.charsDelivered()).isEqualTo(4);
        assertThat(failure).hasMessageContaining("model runner has unexpectedly stopped");
    }

    @Test
    void anErrorThatQuotesTheAnswerIsNotRepeated() {
        answers(content("The secret is swordfish-42."), "{\"error\":\"cannot parse 'secret is swordfish-42'\"}");
        assertThat(failureOf(backend(), question()).getMessage()).doesNotContain("swordfish");
    }

    @Test
    void anErrorObjectAsTheFirstLineIsAServerError() {
        answers("{\"error\":{\"code\":7}}");
        assertThat(failureOf(backend(), question()).kind()).isEqualTo(Kind.SERVER_ERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"load", "unload"})
    void aModelThatWasOnlyLoadedIsNoAnswer(String reason) {
        onPost(
                "/api/chat",
                json("{\"model\":\"llama3.2\",\"message\":{},\"done\":true,\"done_reason\":\"" + reason + "\"}"));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.REJECTED);
        assertThat(failure).hasMessageContaining("prompt");
    }

    @ParameterizedTest
    @CsvSource({
        "400, REJECTED",
        "401, UNAUTHORIZED",
        "403, UNAUTHORIZED",
        "405, REJECTED",
        "408, TIMEOUT",
        "413, REJECTED",
        "418, REJECTED",
        "429, OVERLOADED",
        "499, SERVER_ERROR",
        "500, SERVER_ERROR",
        "502, SERVER_ERROR",
        "503, OVERLOADED",
        "504, SERVER_ERROR",
        "302, PROTOCOL"
    })
    void statusesHaveTheirKinds(int status, Kind kind) {
        onPost("/api/chat", json("{\"error\":\"no luck  today\"}").withStatus(status));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure)
                .hasMessageContaining("no luck today")
                .hasMessageContaining("'edge'")
                .hasMessageContaining(server.baseUrl())
                .hasMessageContaining(String.valueOf(status));
    }

    @Test
    void aMissingModelComesWithItsRemedy() {
        onPost("/api/chat", json("{\"error\":\"model 'llama3.2' not found\"}").withStatus(404));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
        assertThat(failure).hasMessageContaining("ollama pull llama3.2");
    }

    @Test
    void aServerWithoutThePathIsNotTakenForOllama() {
        onPost("/api/chat", aResponse().withStatus(404).withBody("404 page not found"));
        assertThat(failureOf(backend(), question()).kind()).isEqualTo(Kind.PROTOCOL);
    }

    @Test
    void aBusyServersWishToWaitIsPassedOn() {
        onPost("/api/chat", json("{\"error\":\"busy\"}").withStatus(503).withHeader("Retry-After", "7"));
        assertThat(failureOf(backend(), question()).retryAfter()).contains(Duration.ofSeconds(7));
    }

    @Test
    void aServersWordsAreLeftOutWhenTheyRepeatThePrompt() {
        onPost(
                "/api/chat",
                json("{\"error\":\"cannot make sense of: is the sky blue\"}").withStatus(400));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.REJECTED);
        assertThat(failure.getMessage()).doesNotContain("sky");
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY_RESPONSE, RESET",
        "CONNECTION_RESET_BY_PEER, RESET",
        "RANDOM_DATA_THEN_CLOSE, PROTOCOL",
        "MALFORMED_RESPONSE_CHUNK, RESET"
    })
    void brokenConnectionsHaveTheirKinds(Fault fault, Kind kind) {
        onPost("/api/chat", aResponse().withFault(fault));
        assertThat(failureOf(backend(), question()).kind()).isEqualTo(kind);
    }

    @Test
    void aServerThatNeverStopsIsCutAtTheLengthAllowed() {
        String line = content("word ") + "\n";
        onPost("/api/chat", aResponse().withBody(line.repeat(2_000)).withChunkedDribbleDelay(1_000, 100_000));
        CallLimits limits = new CallLimits(
                LIMITS.connect(), LIMITS.firstByte(), LIMITS.firstToken(), LIMITS.idle(), LIMITS.total(), 42);
        LlmResponse response = backend().open(question(), limits).await();
        assertThat(response.text()).hasSize(42);
        assertThat(response.finish()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void aServerThatIsSilentBeforeItsHeadersRunsIntoALimit() {
        onPost("/api/chat", aResponse().withFixedDelay(30_000).withBody(done()));
        CallLimits limits = new CallLimits(
                LIMITS.connect(),
                Duration.ofMillis(200),
                LIMITS.firstToken(),
                LIMITS.idle(),
                LIMITS.total(),
                LIMITS.outputChars());
        try (LlmCall call = backend().open(question(), limits)) {
            LlmException failure = catchThrowableOfType(LlmException.class, call::await);
            assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
        }
    }

    @Test
    void theTokenIsSentAndNeverShown() {
        onPost("/api/chat", json("{\"error\":\"bad token s3cret-value-77\"}").withStatus(401));
        LlmBackend backend = backend("token", "s3cret-value-77");
        LlmException failure = failureOf(backend, question());
        server.verify(postRequestedFor(urlEqualTo("/api/chat"))
                .withHeader("Authorization", equalTo("Bearer s3cret-value-77"))
                .withHeader("Content-Type", equalTo("application/json")));
        assertThat(failure.getMessage()).doesNotContain("s3cret");
        assertThat(backend.toString()).doesNotContain("s3cret");
    }

    @Test
    void aPathInTheUrlIsKept() {
        onPost("/ollama/api/chat", aResponse().withBody(content("ok") + "\n" + done() + "\n"));
        assertThat(backend("url", server.baseUrl() + "/ollama/")
                        .open(question(), LIMITS)
                        .await()
                        .text())
                .isEqualTo("ok");
    }

    @Test
    void anEmptyAnswerIsTruncated() {
        onPost("/api/chat", aResponse().withBody(""));
        assertThat(failureOf(backend(), question()).kind()).isEqualTo(Kind.TRUNCATED);
    }
}
