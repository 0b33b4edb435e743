package ai.primespark.llm.openai;

import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One chunk of a streamed answer, or a whole answer of a server that does not stream: the two differ in the name of one field.
 * What is absent keeps the value given here. Choices other than the first are not asked for and passed over.
 */
final class OpenAiChunk {

    String model = "";
    String text = "";
    String thinking = "";
    /** The model's own words for not answering. */
    String refusal = "";

    List<ToolPart> tools = List.of();

    /** Empty while the answer goes on. */
    String finish = "";

    @Nullable
    ServerError error;

    /** Whether there was anything that belongs to the protocol. */
    boolean known;

    private long promptTokens;
    private long answerTokens;
    private @Nullable JsonNode timings;
    private @Nullable JsonNode message;
    private boolean saysError;

    /**
     * A part of a tool call.
     *
     * @param index which call it belongs to, or -1 when the server does not say
     * @param id empty when it is not in this part
     * @param name empty when it is not in this part
     * @param arguments the next piece of the arguments
     */
    record ToolPart(int index, String id, String name, String arguments) {}

    private OpenAiChunk() {}

    /** Parses. The exception may quote the bytes: do not let it out. */
    static OpenAiChunk parse(byte[] bytes, int length) throws IOException {
        try (JsonParser parser = Json.MAPPER.createParser(bytes, 0, length)) {
            require(parser, parser.nextToken() == JsonToken.START_OBJECT);
            OpenAiChunk chunk = new OpenAiChunk();
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                chunk.field(name, parser);
            }
            require(parser, parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null);
            if (chunk.saysError && chunk.error == null) {
                String words = chunk.message == null ? "" : chunk.message.asText("");
                chunk.error = new ServerError(words, "", 0);
                chunk.known = true;
            }
            return chunk;
        }
    }

    private void field(String name, JsonParser parser) throws IOException {
        switch (name) {
            case "choices" -> choices(parser);
            case "model" -> model = text(parser);
            case "usage" -> usage(parser);
            case "timings" -> timings = Json.part(parser);
            case "error" -> error(parser);
            case "object" -> saysError = text(parser).equals("error"); // older vLLM
            case "message" -> message = Json.part(parser);
            default -> parser.skipChildren();
        }
    }

    private void error(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        JsonNode said = Json.part(parser);
        error = ServerError.of(Json.MAPPER.createObjectNode().set("error", said));
        known = true;
    }

    private void choices(JsonParser parser) throws IOException {
        if (isNull(parser)) {
            return;
        }
        known = true;
        require(parser, parser.currentToken() == JsonToken.START_ARRAY);
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
            require(parser, parser.currentToken() == JsonToken.START_OBJECT);
            if (i == 0) {
                choice(parser);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void choice(JsonParser parser) throws IOException {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            switch (name) {
                case "delta", "message" -> delta(parser);
                case "finish_reason" -> finish = text(parser);
                case "error" -> error(parser); // OpenRouter
                default -> parser.skipChildren();
            }
        }
    }

    private void delta(JsonParser parser) throws IOException {
        if (isNull(parser)) {
            return;
        }
        require(parser, parser.currentToken() == JsonToken.START_OBJECT);
        String reasoning = "";
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            switch (name) {
                case "content" -> content(parser);
                case "reasoning_content" -> thinking += text(parser);
                case "reasoning" ->
                    reasoning = parser.currentToken() == JsonToken.VALUE_STRING ? text(parser) : skip(parser);
                case "refusal" -> refusal = text(parser);
                case "tool_calls" -> toolCalls(parser);
                default -> parser.skipChildren();
            }
        }
        if (thinking.isEmpty()) { // some servers send the same under both names
            thinking = reasoning;
        }
    }

    /** A text; or parts of it, of which some may be reasoning (Mistral). */
    private void content(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            text = text(parser);
            return;
        }
        for (JsonNode part : Json.part(parser)) {
            text += part.path("text").asText("");
            for (JsonNode thought : part.path("thinking")) {
                thinking += thought.path("text").asText("");
            }
        }
    }

    private void toolCalls(JsonParser parser) throws IOException {
        if (isNull(parser)) {
            return;
        }
        require(parser, parser.currentToken() == JsonToken.START_ARRAY);
        List<ToolPart> parts = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            require(parser, parser.currentToken() == JsonToken.START_OBJECT);
            JsonNode part = Json.part(parser);
            JsonNode arguments = part.path("function").path("arguments");
            parts.add(new ToolPart(
                    part.path("index").asInt(-1),
                    part.path("id").asText(""),
                    part.path("function").path("name").asText(""),
                    arguments.isContainerNode() ? arguments.toString() : arguments.asText("")));
        }
        tools = parts;
    }

    private void usage(JsonParser parser) throws IOException {
        if (isNull(parser)) {
            return;
        }
        require(parser, parser.currentToken() == JsonToken.START_OBJECT);
        JsonNode usage = Json.part(parser);
        promptTokens = Math.max(0, usage.path("prompt_tokens").asLong(0));
        answerTokens = Math.max(0, usage.path("completion_tokens").asLong(0));
        known = true;
    }

    /** Tokens, as the server counted; null when this chunk does not tell. */
    @Nullable
    Usage usage() {
        if (promptTokens > 0 || answerTokens > 0) {
            return new Usage(promptTokens, answerTokens);
        }
        return timings == null
                ? null
                : new Usage(
                        count("prompt_n") + count("cache_n"), // what was in the cache is not evaluated, but was sent
                        count("predicted_n"));
    }

    /** Where the time went, by llama.cpp's own measure; null when this chunk does not tell. */
    @Nullable
    Timings timings() {
        return timings == null ? null : new Timings(Duration.ZERO, millis("prompt_ms"), millis("predicted_ms"));
    }

    private long count(String name) {
        return timings == null ? 0 : Math.max(0, timings.path(name).asLong(0));
    }

    private Duration millis(String name) {
        double millis = timings == null ? 0 : timings.path(name).asDouble(0);
        return millis > 0 && millis < Integer.MAX_VALUE ? Duration.ofNanos((long) (millis * 1e6)) : Duration.ZERO;
    }

    private static boolean isNull(JsonParser parser) {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    private static String skip(JsonParser parser) throws IOException {
        parser.skipChildren();
        return "";
    }

    private static String text(JsonParser parser) throws IOException {
        if (isNull(parser)) {
            return "";
        }
        require(parser, parser.currentToken() == JsonToken.VALUE_STRING);
        return parser.getText();
    }

    private static void require(JsonParser parser, boolean holds) throws IOException {
        if (!holds) {
            throw new JsonParseException(parser, "not as the protocol says");
        }
    }
}
