package ai.primespark.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import ai.primespark.Zone;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageTest {

    private static final ToolInvocation CALL = new ToolInvocation("1", "clock", "{\"zone\":\"hunter2\"}");

    @Test
    void aToolMessageSaysWhatItAnswers() {
        assertThat(Message.tool(CALL, "12:00").answeredInvocation()).contains(CALL);
        assertThat(Message.user("x").answeredInvocation()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Message(Message.Role.TOOL, "12:00", List.of(), List.of(), null, null))
                .withMessage("a tool message must say which invocation it answers");
    }

    @Test
    void anAnswerBecomesTheNextTurnWithItsToolCallsAndReasoning() {
        Message turn = Message.assistant(answer("hmm"));

        assertThat(turn.role()).isEqualTo(Message.Role.ASSISTANT);
        assertThat(turn.content()).isEqualTo("text");
        assertThat(turn.toolCalls()).containsExactly(CALL);
        assertThat(turn.reasoning()).contains("hmm");
        assertThat(Message.assistant(answer("")).reasoning()).isEmpty();
    }

    @Test
    void neverPrintsItsContent() {
        assertThat(Message.user("hunter2", new byte[3])).hasToString("Message[USER, 7 chars, 1 images, 0 tool calls]");
        assertThat(CALL).hasToString("ToolInvocation[clock, 1]");
        assertThat(answer("hunter2").toString()).doesNotContain("hunter2");
    }

    @Test
    void refusesNulls() {
        assertThatNullPointerException().isThrownBy(() -> Message.user(null)).withMessage("content");
    }

    private static LlmResponse answer(String thinking) {
        return new LlmResponse(
                "text",
                thinking,
                List.of(CALL),
                FinishReason.TOOL_CALLS,
                "edge",
                Zone.EDGE,
                "",
                Usage.NONE,
                Timings.NONE,
                List.of(),
                RouteTrace.DIRECT);
    }
}
