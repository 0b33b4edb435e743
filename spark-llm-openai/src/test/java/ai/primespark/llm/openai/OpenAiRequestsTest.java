package ai.primespark.llm.openai;

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
import ai.primespark.llm.openai.OpenAiProvider.Reasoning;
import ai.primespark.llm.openai.OpenAiRequests.Form;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.CallLimits;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiRequestsTest {

    private static final OpenAiErrors ERRORS = new OpenAiErrors(
            new BackendInfo("box", "openai", Zone.EDGE, "http://127.0.0.1:8080/v1", false), Clock.systemUTC(), null);
    private static final String STRICT =
            "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"],\"additionalProperties\":false}";

    private final OpenAiRequests plain = new OpenAiRequests(ERRORS, Reasoning.EFFORT, null);

    private static JsonNode chat(OpenAiRequests requests, LlmRequest request) {
        return Json.object(requests.chat(request, "m", CallLimits.DEFAULT, new Form(true, false)));
    }

    @Test
    void aPlainQuestionIsOneStreamedChat() {
        assertThat(chat(plain, LlmRequest.prompt("Hällo").build()))
                .isEqualTo(Json.object("{\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Hällo\"}]}"));
    }

    @Test
    void samplingIsSentAsItWasAsked() {
        LlmRequest request = LlmRequest.prompt("x")
                .temperature(0.25)
                .topP(0.9)
                .topK(40)
                .maxTokens(77)
                .contextTokens(4096)
                .seed(5_000_000_000L)
                .stop("END", "\n\n")
                .build();
        JsonNode body = Json.object(plain.chat(request, "m", CallLimits.DEFAULT, new Form(false, false)));
        assertThat(body)
                .isEqualTo(Json.object(
                        "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
                                + "\"temperature\":0.25,\"top_p\":0.9,\"top_k\":40,\"seed\":5000000000,\"stop\":[\"END\",\"\\n\\n\"],"
                                + "\"max_tokens\":77}"));
    }

    @Test
    void theLengthOfAnAnswerIsWhatTheCallOrTheSettingSaysAndNoMoreThanAllowed() {
        OpenAiRequests bounded = new OpenAiRequests(ERRORS, Reasoning.EFFORT, 500);
        assertThat(chat(bounded, LlmRequest.prompt("x").build())
                        .path("max_tokens")
                        .asInt())
                .isEqualTo(500);
        assertThat(chat(bounded, LlmRequest.prompt("x").maxTokens(9).build())
                        .path("max_tokens")
                        .asInt())
                .isEqualTo(9);
        assertThat(chat(bounded, LlmRequest.prompt("x").maxTokens(9_000_000).build())
                        .path("max_tokens")
                        .asInt())
                .isEqualTo(500_000);
        byte[] renamed = bounded.chat(LlmRequest.prompt("x").build(), "m", CallLimits.DEFAULT, new Form(true, true));
        assertThat(Json.object(renamed).path("max_completion_tokens").asInt()).isEqualTo(500);
        assertThat(Json.object(renamed).has("max_tokens")).isFalse();
    }

    @Test
    void aConversationWithToolsIsToldInFull() {
        ToolInvocation weather = new ToolInvocation("w1", "weather", "{\"city\":\"Ulm\"}");
        LlmRequest request = LlmRequest.chat(List.of(
                        Message.system("Be brief."),
                        Message.user("Weather?"),
                        new Message(Message.Role.ASSISTANT, "", List.of(), List.of(weather), null, "I should look."),
                        Message.tool(weather, "{\"sky\":\"clear\"}")))
                .tool(new Tool("weather", "Tells it.", "{\"type\":\"object\"}"))
                .build();
        JsonNode body = chat(plain, request);
        assertThat(body.path("messages"))
                .isEqualTo(Json.object(
                                "{\"m\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                                        + "{\"role\":\"user\",\"content\":\"Weather?\"},"
                                        + "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"w1\",\"type\":\"function\","
                                        + "\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Ulm\\\"}\"}}]},"
                                        + "{\"role\":\"tool\",\"content\":\"{\\\"sky\\\":\\\"clear\\\"}\",\"tool_call_id\":\"w1\"}]}")
                        .path("m"));
        assertThat(body.path("tools"))
                .isEqualTo(Json.object("{\"t\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\","
                                + "\"description\":\"Tells it.\",\"parameters\":{\"type\":\"object\"}}}]}")
                        .path("t"));
    }

    @Test
    void toolCallsWithoutIdsGetSomeAndTheirResultsTheSame() {
        ToolInvocation first = new ToolInvocation("", "clock", "{\"z\":1}");
        ToolInvocation second = new ToolInvocation("", "dice", "{}");
        ToolInvocation third = new ToolInvocation("", "clock", "{\"z\":2}");
        JsonNode messages = chat(
                        plain,
                        LlmRequest.chat(List.of(
                                        Message.user("?"),
                                        new Message(
                                                Message.Role.ASSISTANT,
                                                "",
                                                List.of(),
                                                List.of(first, second, third),
                                                null,
                                                null),
                                        Message.tool(second, "4"),
                                        Message.tool(first, "noon"),
                                        Message.tool(third, "midnight")))
                                .build())
                .path("messages");
        List<String> ids = messages.path(1).path("tool_calls").findValuesAsText("id");
        assertThat(ids).hasSize(3).doesNotHaveDuplicates().doesNotContain("");
        assertThat(messages.findValuesAsText("tool_call_id")).containsExactly(ids.get(1), ids.get(0), ids.get(2));
    }

    @ParameterizedTest
    @CsvSource({
        "89504e470d0a1a0a, image/png",
        "ffd8ffe0, image/jpeg",
        "474946383961, image/gif",
        "524946460000000057454250, image/webp",
        "424d0000, image/bmp",
        "49492a00, image/tiff",
        "0000001c66747970617669660000, image/avif",
        "01, application/octet-stream"
    })
    void imagesGoAlongAsDataUrls(String hex, String type) {
        byte[] image = java.util.HexFormat.of().parseHex(hex);
        JsonNode content = chat(
                        plain,
                        LlmRequest.chat(List.of(Message.user("What is it?", image)))
                                .build())
                .path("messages")
                .path(0)
                .path("content");
        assertThat(content.path(0)).isEqualTo(Json.object("{\"type\":\"text\",\"text\":\"What is it?\"}"));
        assertThat(content.path(1).path("type").asText()).isEqualTo("image_url");
        assertThat(content.path(1).path("image_url").path("url").asText())
                .isEqualTo("data:" + type + ";base64,"
                        + java.util.Base64.getEncoder().encodeToString(image));
    }

    @Test
    void formatsBecomeResponseFormats() {
        assertThat(chat(plain, LlmRequest.prompt("x").format(OutputFormat.JSON).build())
                        .path("response_format"))
                .isEqualTo(Json.object("{\"type\":\"json_object\"}"));
        assertThat(chat(
                                plain,
                                LlmRequest.prompt("x")
                                        .format(OutputFormat.schema(STRICT))
                                        .build())
                        .path("response_format"))
                .isEqualTo(Json.object(
                        "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\",\"strict\":true,\"schema\":"
                                + STRICT + "}}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"object\",\"properties\":{\"a\":{}}}",
                "{\"type\":\"object\",\"properties\":{\"a\":{}},\"additionalProperties\":false}",
                "{\"type\":\"object\",\"properties\":{\"a\":{}},\"required\":[\"a\"],\"additionalProperties\":true}",
                "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
                "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"l\"],\"properties\":{\"l\":{\"type\":\"array\","
                        + "\"items\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\"}}}}}}",
                "{\"type\":\"object\",\"additionalProperties\":false,\"oneOf\":[]}",
                "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"
            })
    void schemasThatOpenAiWouldRefuseToGuaranteeAreNotMarkedStrict(String schema) {
        JsonNode format = chat(
                        plain,
                        LlmRequest.prompt("x")
                                .format(OutputFormat.schema(schema))
                                .build())
                .path("response_format")
                .path("json_schema");
        assertThat(format.has("strict")).isFalse();
        assertThat(format.path("schema")).isEqualTo(Json.object(schema));
    }

    @ParameterizedTest
    @CsvSource({
        "EFFORT, OFF, '{\"reasoning_effort\":\"none\"}'",
        "EFFORT, ON, '{\"reasoning_effort\":\"medium\"}'",
        "EFFORT, LOW, '{\"reasoning_effort\":\"low\"}'",
        "EFFORT, HIGH, '{\"reasoning_effort\":\"high\"}'",
        "TEMPLATE, OFF, '{\"chat_template_kwargs\":{\"enable_thinking\":false}}'",
        "TEMPLATE, ON, '{\"chat_template_kwargs\":{\"enable_thinking\":true}}'",
        "TEMPLATE, MEDIUM, '{\"chat_template_kwargs\":{\"enable_thinking\":true,\"reasoning_effort\":\"medium\"}}'",
        "OBJECT, OFF, '{\"reasoning\":{\"enabled\":false}}'",
        "OBJECT, ON, '{\"reasoning\":{\"enabled\":true}}'",
        "OBJECT, HIGH, '{\"reasoning\":{\"effort\":\"high\"}}'",
        "EFFORT, DEFAULT, '{}'",
        "TEMPLATE, DEFAULT, '{}'",
        "OBJECT, DEFAULT, '{}'"
    })
    void howMuchToThinkIsSaidAsTheServerWantsIt(Reasoning reasoning, Thinking thinking, String expected) {
        OpenAiRequests requests = new OpenAiRequests(ERRORS, reasoning, null);
        JsonNode body = chat(requests, LlmRequest.prompt("x").thinking(thinking).build());
        com.fasterxml.jackson.databind.node.ObjectNode rest = body.deepCopy();
        rest.remove(List.of("model", "stream", "stream_options", "messages"));
        assertThat(rest).isEqualTo(Json.object(expected));
    }

    @ParameterizedTest
    @CsvSource({"EFFORT, ", "TEMPLATE, reasoning_content", "OBJECT, reasoning"})
    void reasoningIsGivenBackToServersThatTakeIt(Reasoning reasoning, String field) {
        Message thought = new Message(Message.Role.ASSISTANT, "4", List.of(), List.of(), null, "2 and 2");
        JsonNode message = chat(
                        new OpenAiRequests(ERRORS, reasoning, null),
                        LlmRequest.chat(List.of(thought, Message.user("sure?"))).build())
                .path("messages")
                .path(0);
        if (field == null) {
            assertThat(message).isEqualTo(Json.object("{\"role\":\"assistant\",\"content\":\"4\"}"));
        } else {
            assertThat(message.path(field).asText()).isEqualTo("2 and 2");
        }
    }

    @Test
    void whatIsNoJsonObjectIsRefusedBeforeItIsSentAndNotRepeated() {
        for (LlmRequest request : List.of(
                LlmRequest.prompt("x").format(OutputFormat.schema("canary")).build(),
                LlmRequest.prompt("x").tool(new Tool("t", "", "[canary]")).build(),
                LlmRequest.chat(List.of(new Message(
                                Message.Role.ASSISTANT,
                                "",
                                List.of(),
                                List.of(new ToolInvocation("", "t", "\"canary\"")),
                                null,
                                null)))
                        .build())) {
            assertThatThrownBy(() -> chat(plain, request))
                    .isInstanceOfSatisfying(
                            LlmException.class,
                            failure -> assertThat(failure.kind()).isEqualTo(LlmException.Kind.REJECTED))
                    .hasMessageNotContaining("canary")
                    .hasNoCause();
        }
    }

    @Test
    void nothingPrivateIsForgottenWhenWordsAreHidden() {
        LlmRequest request = LlmRequest.chat(List.of(
                        Message.user("question"),
                        new Message(
                                Message.Role.ASSISTANT,
                                "answer",
                                List.of(),
                                List.of(new ToolInvocation("", "t", "{\"a\":1}")),
                                null,
                                "thought")))
                .build();
        assertThat(OpenAiRequests.hidden(request)).contains("question", "answer", "thought", "{\"a\":1}");
    }

    @Test
    void textsToEmbedAreSentTogether() {
        assertThat(new String(plain.embed("m", List.of("ä", "b")), StandardCharsets.UTF_8))
                .isEqualTo("{\"model\":\"m\",\"input\":[\"ä\",\"b\"]}");
    }
}
