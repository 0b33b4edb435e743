package ai.primespark.llm.ollama;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.Thinking;
import ai.primespark.llm.Tool;
import ai.primespark.llm.Usage;
import ai.primespark.spi.LlmBackend;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Going on with an answer that another server began. */
class OllamaResumeTest extends OllamaFixture {

    private static final String PROMPT = "<|user|>Why is the sky blue?<|end|>\n<|assistant|>\n";

    @BeforeEach
    void models() {
        models("\"completion\",\"tools\"");
    }

    private void models(String capabilities) {
        onGet(
                "/api/tags",
                "{\"models\":[{\"name\":\"llama3.2:latest\",\"digest\":\"abc\",\"size\":5,\"capabilities\":["
                        + capabilities + "]}]}");
    }

    private void renders(String prompt) {
        onPost("/api/chat", json(rendered(prompt)));
    }

    static String rendered(String prompt) {
        return "{\"model\":\"llama3.2\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"\",\"content\":\"\"},"
                + "\"done\":false,\"_debug_info\":{\"rendered_template\":\""
                + prompt.replace("\n", "\\n") + "\",\"image_count\":0}}";
    }

    private void completes(String... lines) {
        onPost(
                "/api/generate",
                aResponse().withHeader("Content-Type", NDJSON).withBody(String.join("\n", lines) + "\n"));
    }

    static String response(String text) {
        return "{\"model\":\"llama3.2\",\"created_at\":\"2026-01-01T00:00:00Z\",\"response\":\"" + text
                + "\",\"done\":false}";
    }

    static String end(String reason) {
        return "{\"model\":\"llama3.2\",\"response\":\"\",\"done\":true,\"done_reason\":\"" + reason
                + "\",\"prompt_eval_count\":30,\"eval_count\":4}";
    }

    private LlmCall resume(LlmRequest request, String textSoFar) {
        return backend().resume(request, textSoFar, LIMITS).orElseThrow();
    }

    private LlmException refusal(LlmRequest request, String textSoFar) {
        try (LlmCall call = resume(request, textSoFar)) {
            return catchThrowableOfType(LlmException.class, call::await);
        }
    }

    private static String text(List<LlmEvent> events) {
        return events.stream()
                .filter(LlmEvent.Text.class::isInstance)
                .map(event -> ((LlmEvent.Text) event).text())
                .collect(Collectors.joining());
    }

    @Test
    void theServersOwnPromptIsCompletedWithTheTextSoFar() {
        renders(PROMPT);
        completes(response("use of"), response(" scattering."), end("stop"));
        LlmRequest request = ask().thinking(Thinking.OFF)
                .seed(7)
                .maxTokens(40)
                .contextTokens(4096)
                .stop("###")
                .build();
        try (LlmCall call = resume(request, "Beca")) {
            List<LlmEvent> events = events(call);

            assertThat(text(events)).isEqualTo("use of scattering.");
            LlmResponse response = call.await();
            assertThat(response.text()).isEqualTo("use of scattering.");
            assertThat(response.finish()).isEqualTo(FinishReason.STOP);
            assertThat(response.model()).isEqualTo("llama3.2");
            assertThat(response.usage()).isEqualTo(new Usage(30, 4));
        }
        JsonNode render = sent("/api/chat");
        assertThat(render.get("_debug_render_only").asBoolean()).isTrue();
        assertThat(render.get("stream").asBoolean()).isTrue();
        assertThat(render.get("think").asBoolean()).isFalse();
        assertThat(render.at("/messages/0/content").asText()).isEqualTo("Why is the sky blue?");
        JsonNode complete = sent("/api/generate");
        assertThat(complete.get("raw").asBoolean()).isTrue();
        assertThat(complete.get("prompt").asText()).isEqualTo(PROMPT + "Beca");
        assertThat(complete.get("model").asText()).isEqualTo("llama3.2");
        assertThat(complete.get("think").asBoolean()).isFalse();
        assertThat(complete.has("messages")).isFalse();
        assertThat(complete.get("options")).isEqualTo(render.get("options")); // others would load the model anew
        assertThat(complete.at("/options/num_predict").asInt()).isEqualTo(40);
    }

    @Test
    void aSpaceAtTheSeamIsSaidOnce() {
        renders(PROMPT);
        completes(response(" "), response(" scat"), response("tering"), end("stop"));
        try (LlmCall call = resume(question(), "Because of  ")) {
            assertThat(call.await().text()).isEqualTo("scattering");
        }
        assertThat(sent("/api/generate").get("prompt").asText()).isEqualTo(PROMPT + "Because of");
    }

    @Test
    void aModelThatDoesNotRepeatTheSpaceLosesNothing() {
        renders(PROMPT);
        completes(response("scattering"), response("  of light"), end("length"));
        try (LlmCall call = resume(question(), "Because of ")) {
            assertThat(call.await().text()).isEqualTo("scattering  of light");
            assertThat(call.await().finish()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void lineBreaksAtTheSeamStayWithThePrompt() {
        renders(PROMPT);
        completes(response("Second"), end("stop"));
        try (LlmCall call = resume(question(), "First.\n\n")) {
            assertThat(call.await().text()).isEqualTo("Second");
        }
        assertThat(sent("/api/generate").get("prompt").asText()).isEqualTo(PROMPT + "First.\n\n");
    }

    @Test
    void aTextThatWasCompleteEndsAtOnce() {
        renders(PROMPT);
        completes(end("stop"));
        try (LlmCall call = resume(question(), "All said.")) {
            List<LlmEvent> events = events(call);

            assertThat(events).hasSize(1);
            assertThat(call.await().text()).isEmpty();
        }
    }

    @Test
    void aServerThatBeginsToAnswerInsteadIsBrokenOffAndRefused() {
        answers(content("Because"), content(" of"), done()); // what one does that does not know _debug_render_only

        LlmException refusal = refusal(question(), "Beca");

        assertThat(refusal.kind()).isEqualTo(Kind.REJECTED);
        assertThat(refusal).hasMessageContaining("cannot go on with an answer");
        assertThat(refusal.charsDelivered()).isZero();
        assertThat(server.findAll(postRequestedFor(urlEqualTo("/api/generate"))))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"<|assistant|><think>\n", "x<|start|>assistant", "[/INST][THINK]"})
    void aPromptBehindWhichTheModelReasonsIsNotCompleted(String prompt) {
        renders(prompt);

        assertThat(refusal(question(), "Beca").kind()).isEqualTo(Kind.REJECTED);
        assertThat(server.findAll(postRequestedFor(urlEqualTo("/api/generate"))))
                .isEmpty();
    }

    @Test
    void aPromptWhoseReasoningIsClosedIsCompleted() {
        renders("<|assistant|><think>\n\n</think>\n\n");
        completes(response("use"), end("stop"));
        models("\"completion\",\"thinking\"");
        try (LlmCall call = resume(ask().thinking(Thinking.OFF).build(), "Beca")) {
            assertThat(call.await().text()).isEqualTo("use");
        }
    }

    @Test
    void aModelThatMayReasonIsNotAskedUnlessThatIsOff() {
        models("\"completion\",\"thinking\"");

        assertThat(refusal(question(), "Beca")).hasMessageContaining("switch thinking off");
        assertThat(server.findAll(postRequestedFor(anyUrl()))).isEmpty();
    }

    @Test
    void reasoningInTheMiddleIsNoPartOfTheAnswer() {
        renders(PROMPT);
        completes("{\"model\":\"llama3.2\",\"response\":\"\",\"thinking\":\"hm\",\"done\":false}", end("stop"));

        assertThat(refusal(question(), "Beca").kind()).isEqualTo(Kind.PROTOCOL);
    }

    @Test
    void whatIsNotPlainTextIsRefusedWithoutAskingAnybody() {
        LlmRequest picture = LlmRequest.chat(List.of(Message.user("What is this?", new byte[] {1})))
                .model("llama3.2")
                .build();
        for (LlmRequest request : List.of(
                picture,
                ask().format(OutputFormat.JSON).build(),
                ask().tools(List.of(new Tool("clock", "tells the time", "{}"))).build(),
                ask().thinking(Thinking.ON).build())) {
            assertThat(refusal(request, "Beca").kind()).isEqualTo(Kind.REJECTED);
        }
        assertThat(refusal(question(), "smile \uD83D")).hasMessageContaining("in the middle of a character");
        assertThat(server.findAll(postRequestedFor(anyUrl()))).isEmpty();
    }

    @Test
    void failuresOfEitherRequestAreTheCallsOwn() {
        onPost("/api/chat", aResponse().withStatus(503).withBody("{\"error\":\"server busy\"}"));
        assertThat(refusal(question(), "Beca").kind()).isEqualTo(Kind.OVERLOADED);

        renders(PROMPT);
        onPost("/api/generate", aResponse().withStatus(400).withBody("{\"error\":\"no generate\"}"));
        assertThat(refusal(question(), "Beca"))
                .hasMessageContaining("/api/generate")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED));

        completes(response("use"));
        assertThat(refusal(question(), "Beca").kind()).isEqualTo(Kind.TRUNCATED);

        completes("{\"error\":\"the words Because of scattering were too much\"}");
        LlmException quoting = refusal(question(), "Because of scattering");
        assertThat(quoting.kind()).isEqualTo(Kind.SERVER_ERROR);
        assertThat(quoting.getMessage()).doesNotContain("scattering");
    }

    @Test
    void aMachineOfSomebodyElseGoesOnWithNothingPrivate() {
        LlmBackend backend = backend("zone", "edge");
        LlmRequest request = ask().privacy(Privacy.EDGE_ONLY).build();
        renders(PROMPT);
        completes(
                "{\"model\":\"llama3.2\",\"remote_host\":\"https://ollama.com:443\",\"response\":\"use\",\"done\":false}");
        LlmException failure = catchThrowableOfType(
                LlmException.class,
                () -> backend.resume(request, "Beca", LIMITS).orElseThrow().await());
        assertThat(failure.kind()).isEqualTo(Kind.PRIVACY);

        server.resetRequests();
        onPost("/api/chat", json(rendered(PROMPT).replace("\"done\"", "\"remote_host\":\"https://x\",\"done\"")));
        failure = catchThrowableOfType(
                LlmException.class,
                () -> backend.resume(request, "Beca", LIMITS).orElseThrow().await());
        assertThat(failure.kind()).isEqualTo(Kind.PRIVACY);
        assertThat(server.findAll(postRequestedFor(urlEqualTo("/api/generate"))))
                .isEmpty();

        server.resetRequests();
        LlmRequest passedOn = request.toBuilder().model("gpt-oss:cloud").build();
        failure = catchThrowableOfType(
                LlmException.class,
                () -> backend.resume(passedOn, "Beca", LIMITS).orElseThrow().await());
        assertThat(failure.kind()).isEqualTo(Kind.PRIVACY);
        assertThat(server.findAll(postRequestedFor(anyUrl()))).isEmpty();
    }
}
