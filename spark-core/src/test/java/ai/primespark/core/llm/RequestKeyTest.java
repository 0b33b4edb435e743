package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.Thinking;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolInvocation;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class RequestKeyTest {

    private static RequestKey key(LlmRequest request) {
        return RequestKey.of(request, request.model().orElse("usual"));
    }

    private static RequestKey with(UnaryOperator<LlmRequest.Builder> change) {
        return key(change.apply(LlmRequest.prompt("x")).build());
    }

    private static RequestKey chat(Message... messages) {
        return key(LlmRequest.chat(List.of(messages)).build());
    }

    @Test
    void everythingThatAnAnswerDependsOnMakesADifference() {
        ToolInvocation one = new ToolInvocation("1", "clock", "{}");
        ToolInvocation two = new ToolInvocation("2", "clock", "{}");
        Map<String, RequestKey> keys = new HashMap<>();
        keys.put("plain", with(b -> b));
        keys.put("model", with(b -> b.model("m")));
        keys.put("system", with(b -> b.system("s")));
        keys.put("temperature 0", with(b -> b.temperature(0)));
        keys.put("temperature 1", with(b -> b.temperature(1)));
        keys.put("topP", with(b -> b.topP(1)));
        keys.put("topK", with(b -> b.topK(1)));
        keys.put("maxTokens", with(b -> b.maxTokens(1)));
        keys.put("contextTokens", with(b -> b.contextTokens(1)));
        keys.put("seed", with(b -> b.seed(1)));
        keys.put("seed far", with(b -> b.seed(1L << 32)));
        keys.put("stop a, b", with(b -> b.stop("a", "b")));
        keys.put("stop ab", with(b -> b.stop("ab")));
        keys.put("tool", with(b -> b.tool(new Tool("t", "d", "{}"))));
        keys.put("tool described", with(b -> b.tool(new Tool("t", "e", "{}"))));
        keys.put("tool schema", with(b -> b.tool(new Tool("t", "d", "{ }"))));
        keys.put("json", with(b -> b.format(OutputFormat.JSON)));
        keys.put("schema", with(b -> b.format(OutputFormat.schema("{}"))));
        keys.put("other schema", with(b -> b.format(OutputFormat.schema("{ }"))));
        keys.put("thinking", with(b -> b.thinking(Thinking.OFF)));
        keys.put("edge only", with(b -> b.privacy(Privacy.EDGE_ONLY)));
        keys.put("trusted", with(b -> b.privacy(Privacy.TRUSTED)));
        keys.put("strategy", with(b -> b.strategy(RoutingStrategy.EDGE_ONLY)));
        keys.put("two messages", chat(Message.user("x"), Message.user("y")));
        keys.put("one message", chat(Message.user("xy")));
        keys.put("assistant", chat(Message.assistant("x")));
        keys.put("image", chat(Message.user("x", new byte[] {1})));
        keys.put("other image", chat(Message.user("x", new byte[] {2})));
        keys.put("two images", chat(Message.user("x", new byte[] {1}, new byte[] {2})));
        keys.put("one long image", chat(Message.user("x", new byte[] {1, 2})));
        keys.put("tool result", chat(Message.tool(one, "x")));
        keys.put("other tool result", chat(Message.tool(two, "x")));
        keys.put("tool call", chat(new Message(Message.Role.ASSISTANT, "x", List.of(), List.of(one), null, null)));
        keys.put(
                "tool calls", chat(new Message(Message.Role.ASSISTANT, "x", List.of(), List.of(one, two), null, null)));
        keys.put("reasoned", chat(new Message(Message.Role.ASSISTANT, "x", List.of(), List.of(), null, "hm")));
        keys.put("empty reason", chat(new Message(Message.Role.ASSISTANT, "x", List.of(), List.of(), null, "")));
        keys.put("long", with(b -> b.message(Message.user("y".repeat(5_000)))));
        keys.put("longer", with(b -> b.message(Message.user("y".repeat(5_001)))));

        assertThat(keys.values()).doesNotHaveDuplicates();
    }

    @Test
    void whatConcernsOnlyTheWayMakesNone() {
        RequestKey plain = with(b -> b);

        assertThat(with(b -> b)).isEqualTo(plain).hasSameHashCodeAs(plain);
        assertThat(with(b -> b.timeout(Duration.ofSeconds(1)))).isEqualTo(plain);
        assertThat(with(b -> b.failover(Failover.FAIL))).isEqualTo(plain);
    }

    @Test
    void theNameOfTheDefaultModelIsThatModel() {
        LlmRequest unnamed = LlmRequest.prompt("x").build();
        LlmRequest named = LlmRequest.prompt("x").model("small").build();

        assertThat(RequestKey.of(unnamed, "small")).isEqualTo(RequestKey.of(named, "small"));
    }

    @Test
    void showsNothingThatCouldBeGuessedBack() {
        assertThat(with(b -> b)).hasToString("RequestKey");
    }
}
