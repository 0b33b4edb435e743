package ai.primespark.examples.server;

import ai.primespark.llm.Message;
import ai.primespark.llm.ToolInvocation;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A conversation as OpenAI's clients write it. Not thread-safe. */
final class OpenAiMessages {

    private final Iterable<JsonNode> written;
    private final Map<String, ToolInvocation> asked = new HashMap<>();
    private final List<Message> messages = new ArrayList<>();

    OpenAiMessages(Iterable<JsonNode> written) {
        this.written = written;
    }

    List<Message> read() {
        for (JsonNode message : written) {
            messages.add(message(message, "messages[" + messages.size() + "]"));
        }
        if (messages.isEmpty()) {
            throw OpenAiRequest.invalid("messages", "messages must be a list with at least one entry");
        }
        return messages;
    }

    private Message message(JsonNode message, String where) {
        JsonNode content = message.path("content");
        return switch (message.path("role").asText()) {
            case "system", "developer" -> Message.system(text(content, where));
            case "user" -> Message.user(text(content, where), images(content, where));
            case "assistant" -> assistant(message, where);
            case "tool" -> Message.tool(invocation(message, where), text(content, where));
            default ->
                throw OpenAiRequest.invalid(where + ".role", "role must be system, developer, user, assistant or tool");
        };
    }

    private Message assistant(JsonNode message, String where) {
        List<ToolInvocation> calls = new ArrayList<>();
        for (JsonNode call : message.path("tool_calls")) {
            JsonNode function = call.path("function");
            ToolInvocation invocation = new ToolInvocation(
                    call.path("id").asText(),
                    function.path("name").asText(),
                    function.path("arguments").asText());
            calls.add(invocation);
            asked.put(invocation.id(), invocation);
        }
        String text = text(message.path("content"), where);
        String thinking = message.path("reasoning_content").asText();
        return new Message(Message.Role.ASSISTANT, text, List.of(), calls, null, thinking.isEmpty() ? null : thinking);
    }

    private ToolInvocation invocation(JsonNode message, String where) {
        ToolInvocation invocation = asked.get(message.path("tool_call_id").asText());
        if (invocation == null) {
            throw OpenAiRequest.invalid(
                    where + ".tool_call_id", "tool_call_id must be that of a tool call of an earlier message");
        }
        return invocation;
    }

    /** A text, or the texts among the parts. */
    private static String text(JsonNode content, String where) {
        if (content.isTextual() || content.isMissingNode() || content.isNull()) {
            return content.asText("");
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : parts(content, where)) {
            text.append(part.path("text").asText()).append(part.path("refusal").asText());
        }
        return text.toString();
    }

    private static byte[][] images(JsonNode content, String where) {
        List<byte[]> images = new ArrayList<>();
        if (content.isArray()) {
            for (JsonNode part : parts(content, where)) {
                if (part.path("type").asText().equals("image_url")) {
                    images.add(image(part.path("image_url").path("url").asText(), where));
                }
            }
        }
        return images.toArray(byte[][]::new);
    }

    private static JsonNode parts(JsonNode content, String where) {
        for (JsonNode part : content) {
            String type = part.path("type").asText();
            if (!type.matches("text|image_url|refusal")) {
                throw OpenAiRequest.invalid(
                        where + ".content", "parts of content must be text or image_url" + named(type));
            }
        }
        if (!content.isArray()) {
            throw OpenAiRequest.invalid(where + ".content", "content must be a text or a list of parts");
        }
        return content;
    }

    private static String named(@Nullable String type) {
        return type != null && type.matches("[a-z_]{1,30}") ? ", not " + type : "";
    }

    /** Only what the request brings along: a server that fetches addresses for others is a way into its network. */
    private static byte[] image(String url, String where) {
        int comma = url.indexOf(',');
        if (!url.startsWith("data:image/")
                || comma < 0
                || !url.substring(0, comma).endsWith(";base64")) {
            throw OpenAiRequest.invalid(
                    where + ".content",
                    "image_url.url must be data:image/…;base64,…: nothing is fetched from other servers");
        }
        try {
            return Base64.getDecoder().decode(url.substring(comma + 1));
        } catch (IllegalArgumentException e) {
            throw OpenAiRequest.invalid(where + ".content", "image_url.url is not Base64 after the comma");
        }
    }
}
