package ai.primespark.llm.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Thinking;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.CallLimits;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OllamaRequestsTest {

    private static final OllamaErrors ERRORS = new OllamaErrors(
            new BackendInfo("edge", "ollama", Zone.EDGE, "http://127.0.0.1:11434", false), Clock.systemUTC(), null);

    private final OllamaRequests plain = new OllamaRequests(ERRORS, null, 0);

    @Test
    void aPlainQuestionIsOneStreamedChatThatIsBounded() {
        JsonNode body = chat(plain, LlmRequest.prompt("Hällo").build());
        assertThat(body)
                .isEqualTo(Json.object("{\"model\":\"m\",\"stream\":true,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Hällo\"}],"
                        + "\"options\":{\"num_predict\":500000}}"));
    }

    @Test
    void samplingGoesIntoOptions() {
        JsonNode options = chat(
                        plain,
                        LlmRequest.prompt("x")
                                .temperature(0.25)
                                .topP(0.9)
                                .topK(40)
                                .maxTokens(77)
                                .contextTokens(4096)
                                .seed(5_000_000_000L)
                                .stop("END", "\n\n")
                                .build())
                .path("options");
        assertThat(options)
                .isEqualTo(Json.object("{\"num_predict\":77,\"temperature\":0.25,\"top_p\":0.9,\"top_k\":40,"
                        + "\"seed\":5000000000,\"num_ctx\":4096,\"stop\":[\"END\",\"\\n\\n\"]}"));
    }

    @Test
    void theLengthAllowedBoundsEvenWhatTheRequestAsksFor() {
        CallLimits limits = new CallLimits(
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                1_000);
        LlmRequest greedy = LlmRequest.prompt("x").maxTokens(1_000_000).build();
        JsonNode body = Json.object(plain.chat(greedy, "m", limits));
        assertThat(body.path("options").path("num_predict").asInt()).isEqualTo(500);
    }

    @Test
    void theContextOfTheSettingIsPinnedAndOnlyALargerOneGoesBeyond() {
        OllamaRequests pinned = new OllamaRequests(ERRORS, null, 8192);
        assertThat(context(pinned, LlmRequest.prompt("x").build())).isEqualTo(8192);
        assertThat(context(pinned, LlmRequest.prompt("x").contextTokens(2048).build()))
                .isEqualTo(8192);
        assertThat(context(pinned, LlmRequest.prompt("x").contextTokens(16384).build()))
                .isEqualTo(16384);
        assertThat(Json.object(pinned.load("m", Duration.ofMinutes(1)))
                        .path("options")
                        .path("num_ctx")
                        .asInt())
                .isEqualTo(8192);
    }

    @Test
    void keepAliveIsANumberOfSecondsRoundedUp() {
        assertThat(keepAlive(Duration.ofMinutes(5)).isIntegralNumber()).isTrue();
        assertThat(keepAlive(Duration.ofMinutes(5)).asLong()).isEqualTo(300);
        assertThat(keepAlive(Duration.ofMillis(1)).asLong()).isEqualTo(1);
        assertThat(keepAlive(Duration.ZERO).asLong()).isZero();
    }

    private static JsonNode keepAlive(Duration keep) {
        return chat(new OllamaRequests(ERRORS, keep, 0), LlmRequest.prompt("x").build())
                .path("keep_alive");
    }

    @ParameterizedTest
    @CsvSource({"OFF, false", "ON, true", "LOW, '\"low\"'", "MEDIUM, '\"medium\"'", "HIGH, '\"high\"'"})
    void thinkingHasItsLevels(Thinking level, String expected) {
        JsonNode body = chat(plain, LlmRequest.prompt("x").thinking(level).build());
        assertThat(body.path("think")).hasToString(expected);
    }

    @Test
    void thinkingIsLeftToTheServerByDefault() {
        assertThat(chat(plain, LlmRequest.prompt("x").build()).has("think")).isFalse();
    }

    @Test
    void formatsAreAWordOrTheSchemaItself() {
        assertThat(chat(plain, LlmRequest.prompt("x").format(OutputFormat.JSON).build())
                        .path("format"))
                .hasToString("\"json\"");
        OutputFormat schema = OutputFormat.schema("{\"type\":\"object\"}");
        assertThat(chat(plain, LlmRequest.prompt("x").format(schema).build()).path("format"))
                .hasToString("{\"type\":\"object\"}");
    }

    @Test
    void aConversationKeepsItsImagesReasoningAndTools() {
        ToolInvocation asked = new ToolInvocation("call_1", "clock", "{\"zone\":\"UTC\"}");
        LlmRequest request = LlmRequest.chat(List.of(
                        Message.user("What is it?", new byte[] {1, 2, (byte) 255}),
                        new Message(Message.Role.ASSISTANT, "", List.of(), List.of(asked), null, "Look."),
                        Message.tool(asked, "12:00")))
                .system("Be brief.")
                .tool(new Tool("clock", "Tells the time.", "{\"type\":\"object\"}"))
                .build();
        JsonNode body = chat(plain, request);
        assertThat(body.path("messages"))
                .isEqualTo(Json.object(
                                "{\"m\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                                        + "{\"role\":\"user\",\"content\":\"What is it?\",\"images\":[\"AQL/\"]},"
                                        + "{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"Look.\",\"tool_calls\":[{\"id\":\"call_1\","
                                        + "\"function\":{\"name\":\"clock\",\"arguments\":{\"zone\":\"UTC\"}}}]},"
                                        + "{\"role\":\"tool\",\"content\":\"12:00\",\"tool_name\":\"clock\",\"tool_call_id\":\"call_1\"}]}")
                        .path("m"));
        assertThat(body.path("tools"))
                .isEqualTo(Json.object("{\"t\":[{\"type\":\"function\",\"function\":{\"name\":\"clock\","
                                + "\"description\":\"Tells the time.\",\"parameters\":{\"type\":\"object\"}}}]}")
                        .path("t"));
    }

    @Test
    void aSchemaThatIsNoJsonIsRefusedWithoutRepeatingIt() {
        LlmRequest request = LlmRequest.prompt("x")
                .tool(new Tool("clock", "Tells the time.", "canary {"))
                .build();
        assertThatThrownBy(() -> chat(plain, request))
                .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.kind()).isEqualTo(LlmException.Kind.REJECTED))
                .hasMessageContaining("tool 'clock'")
                .hasMessageNotContaining("canary")
                .hasNoCause();
    }

    private static JsonNode chat(OllamaRequests requests, LlmRequest request) {
        return Json.object(requests.chat(request, "m", CallLimits.DEFAULT));
    }

    private static int context(OllamaRequests requests, LlmRequest request) {
        return chat(requests, request).path("options").path("num_ctx").asInt();
    }
}
