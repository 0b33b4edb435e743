package ai.primespark.llm.openai;

import static ai.primespark.llm.openai.OpenAiWire.content;
import static ai.primespark.llm.openai.OpenAiWire.delta;
import static ai.primespark.llm.openai.OpenAiWire.finish;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.ToolInvocation;
import org.junit.jupiter.api.Test;

/** Tool calls as they arrive in parts. */
class OpenAiToolsTest extends OpenAiFixture {

    private static String part(String fields) {
        return delta("{\"tool_calls\":[{" + fields + "}]}");
    }

    private LlmResponse answer(String... events) {
        server.resetAll();
        answers(events);
        return backend().open(question(), LIMITS).await();
    }

    @Test
    void partsOfSeveralCallsArePutTogetherByTheirIndex() {
        LlmResponse response = answer(
                content("Let me look."),
                part(
                        "\"index\":0,\"id\":\"a1\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"\"}"),
                part("\"index\":0,\"function\":{\"arguments\":\"{\\\"city\\\":\"}"),
                part(
                        "\"index\":1,\"id\":\"b2\",\"type\":\"function\",\"function\":{\"name\":\"clock\",\"arguments\":\"{\"}"),
                part("\"index\":0,\"function\":{\"arguments\":\"\\\"Ulm\\\"}\"}"),
                part("\"index\":1,\"function\":{\"arguments\":\"}\"}"),
                finish("tool_calls"),
                OpenAiWire.DONE);
        assertThat(response.finish()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(response.text()).isEqualTo("Let me look.");
        assertThat(response.toolCalls())
                .containsExactly(
                        new ToolInvocation("a1", "weather", "{\"city\":\"Ulm\"}"),
                        new ToolInvocation("b2", "clock", "{}"));
    }

    @Test
    void callsBeforeAnEndThatGivesNoReasonAreWhole() {
        LlmResponse response = answer(
                part("\"index\":0,\"id\":\"a1\",\"function\":{\"name\":\"clock\",\"arguments\":\"{}\"}"),
                OpenAiWire.DONE);
        assertThat(response.finish()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(response.toolCalls()).containsExactly(new ToolInvocation("a1", "clock", "{}"));
    }

    @Test
    void callsThatShareAnIndexAreToldApartByTheirIds() {
        LlmResponse response = answer(
                part("\"index\":0,\"id\":\"a1\",\"function\":{\"name\":\"clock\",\"arguments\":\"{\\\"z\\\":1}\"}"),
                part("\"index\":0,\"id\":\"b2\",\"function\":{\"name\":\"clock\",\"arguments\":\"{\\\"z\\\":\"}"),
                part("\"index\":0,\"function\":{\"arguments\":\"2}\"}"),
                finish("stop"),
                OpenAiWire.DONE);
        assertThat(response.finish()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(response.toolCalls())
                .containsExactly(
                        new ToolInvocation("a1", "clock", "{\"z\":1}"), new ToolInvocation("b2", "clock", "{\"z\":2}"));
    }

    @Test
    void callsWithoutIndexOrIdAreToldApartByTheirNames() {
        LlmResponse response = answer(
                delta("{\"tool_calls\":[{\"function\":{\"name\":\"clock\",\"arguments\":{\"z\":1}}},"
                        + "{\"function\":{\"name\":\"clock\"}}]}"),
                finish("tool_calls"),
                OpenAiWire.DONE);
        assertThat(response.toolCalls())
                .containsExactly(new ToolInvocation("", "clock", "{\"z\":1}"), new ToolInvocation("", "clock", "{}"));
    }

    @Test
    void aToolWithoutArgumentsGetsAnEmptyObject() {
        LlmResponse response = answer(
                part("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"clock\",\"arguments\":null}"),
                part("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"clock\",\"arguments\":\" \"}"),
                finish("tool_calls"),
                OpenAiWire.DONE);
        assertThat(response.toolCalls()).containsExactly(new ToolInvocation("a", "clock", "{}"));
    }

    @Test
    void argumentsThatAreNoObjectAreAFailureAndAreNotRepeated() {
        answers(
                part("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"clock\",\"arguments\":\"{canary-word\"}"),
                finish("tool_calls"),
                OpenAiWire.DONE);
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.SERVER_ERROR);
        assertThat(failure.getMessage()).doesNotContain("canary");
        assertThat(failure).hasNoCause();
    }

    @Test
    void aCallThatWasCutWithTheAnswerIsNotDelivered() {
        LlmResponse response = answer(
                part("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"clock\",\"arguments\":\"{}\"}"),
                part(
                        "\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"clock\",\"arguments\":\"{\\\"zone\\\":\\\"U\"}"),
                finish("length"),
                OpenAiWire.DONE);
        assertThat(response.finish()).isEqualTo(FinishReason.LENGTH);
        assertThat(response.toolCalls()).containsExactly(new ToolInvocation("a", "clock", "{}"));
    }

    @Test
    void callsBeyondTheLengthOfAnAnswerEndTheCallBeforeTheyAreWhole() {
        String piece = part("\"index\":0,\"function\":{\"arguments\":\"" + "x".repeat(6_000) + "\"}");
        answers(part("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"note\",\"arguments\":\"{\"}"), piece, piece);
        assertThat(failureOf(backend(), question()).kind()).isEqualTo(Kind.PROTOCOL);
        server.resetAll();
        answers(delta("{\"tool_calls\":[{\"id\":\"i\",\"function\":{\"name\":\"f\"}}]}")
                .replace("\"i\"", "\"\"")
                .repeat(700));
        assertThat(failureOf(backend(), question()).kind())
                .as("many that are empty")
                .isEqualTo(Kind.PROTOCOL);
    }
}
