package ai.primespark.llm.openai;

import ai.primespark.llm.FinishReason;
import ai.primespark.testkit.WireFormat;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Locale;

/** How OpenAI writes it. */
final class OpenAiWire implements WireFormat {

    static final String DONE = "data: [DONE]\n\n";

    @Override
    public String callPath() {
        return "/v1/chat/completions";
    }

    @Override
    public String contentType() {
        return "text/event-stream";
    }

    @Override
    public String text(String text) {
        return delta("{\"content\":" + quoted(text) + "}");
    }

    @Override
    public String thinking(String text) {
        return delta("{\"content\":null,\"reasoning_content\":" + quoted(text) + "}");
    }

    @Override
    public String toolCall(String name, String argumentsJson) {
        return delta(
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"call_0a1b2c3d\",\"type\":\"function\",\"function\":{\"name\":"
                                + quoted(name) + ",\"arguments\":\"\"}}]}")
                + delta("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":" + quoted(argumentsJson) + "}}]}");
    }

    @Override
    public String done(FinishReason reason) {
        String word = switch (reason) {
            case FILTERED -> "content_filter";
            default -> reason.name().toLowerCase(Locale.ROOT);
        };
        return finish(word)
                + event("{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"model\":\"test-model\",\"choices\":[],"
                        + "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3,\"total_tokens\":8}}")
                + DONE;
    }

    @Override
    public String errorMidStream(String message) {
        return event("{\"error\":{\"message\":" + quoted(message) + ",\"type\":\"server_error\",\"code\":500}}");
    }

    @Override
    public String malformed(String word) {
        return delta("{\"content\":" + word + "}");
    }

    @Override
    public String errorBody(int status, String message) {
        return "{\"error\":{\"message\":" + quoted(message) + ",\"type\":\"some_error\",\"param\":null,\"code\":null}}";
    }

    @Override
    public String lookup(String path) {
        return path.equals("/v1/models")
                ? "{\"object\":\"list\",\"data\":[{\"id\":\"test-model\",\"object\":\"model\",\"created\":1,\"owned_by\":\"me\"}]}"
                : "{}";
    }

    /** A chunk with something in its only choice. */
    static String delta(String delta) {
        return event("{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"test-model\","
                + "\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":null}]}");
    }

    static String content(String text) {
        return delta("{\"content\":" + quoted(text) + "}");
    }

    /** The chunk that says why the answer ends. */
    static String finish(String reason) {
        return event("{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"test-model\","
                + "\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"" + reason + "\"}]}");
    }

    static String event(String json) {
        return "data: " + json + "\n\n";
    }

    static String quoted(String text) {
        try {
            return Json.MAPPER.writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
