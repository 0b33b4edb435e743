package ai.primespark.llm.ollama;

import ai.primespark.llm.Timings;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.Usage;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of a streamed answer, of {@code /api/chat}, {@code /api/generate} and {@code /api/pull} alike. Fields that are
 * absent, which for Ollama means zero or empty, keep the values given here.
 */
final class OllamaLine {

    String model = "";
    String text = "";
    String thinking = "";
    List<ToolInvocation> toolCalls = List.of();

    @Nullable
    String error;

    boolean done;
    String doneReason = "";
    /** Whether somebody else's machine answers. */
    boolean remote;
    /** Whether there was any field that belongs to the protocol. */
    boolean known;

    /** The prompt as the server puts it to the model; null unless that was asked for. */
    @Nullable
    String rendered;

    /** Of a pull, as are the byte counts. */
    String status = "";

    long totalBytes;
    long completedBytes;

    private final byte[] bytes;
    private final int offset;
    private long promptTokens;
    private long answerTokens;
    private long loadNanos;
    private long promptNanos;
    private long answerNanos;

    private OllamaLine(byte[] bytes, int offset) {
        this.bytes = bytes;
        this.offset = offset;
    }

    /** One that says nothing yet. */
    static OllamaLine empty() {
        return new OllamaLine(new byte[0], 0);
    }

    /** Reads a line. The exception may quote it: do not let it out. */
    static OllamaLine parse(byte[] bytes, int offset, int length) throws IOException {
        OllamaLine line = new OllamaLine(bytes, offset);
        return TokenLine.read(bytes, offset, length, line) ? line : parseWhole(bytes, offset, length);
    }

    /** Reads a line of any form. */
    static OllamaLine parseWhole(byte[] bytes, int offset, int length) throws IOException {
        try (JsonParser parser = Json.MAPPER.createParser(bytes, offset, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new JsonParseException(parser, "not an object");
            }
            OllamaLine line = new OllamaLine(bytes, offset);
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                line.field(name, parser);
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw new JsonParseException(parser, "more than one object");
            }
            return line;
        }
    }

    Usage usage() {
        return new Usage(promptTokens, answerTokens);
    }

    Timings timings() {
        return new Timings(Duration.ofNanos(loadNanos), Duration.ofNanos(promptNanos), Duration.ofNanos(answerNanos));
    }

    private void field(String name, JsonParser parser) throws IOException {
        boolean known = true;
        switch (name) {
            case "message" -> message(parser);
            case "response" -> text = text(parser);
            case "thinking" -> thinking = text(parser);
            case "model" -> {
                model = text(parser);
                known = false; // other servers have a model, too
            }
            case "done" -> done = parser.currentToken() == JsonToken.VALUE_TRUE;
            case "done_reason" -> doneReason = text(parser);
            case "error" -> error = error(parser);
            case "remote_host", "remote_model" -> remote |= !text(parser).isEmpty();
            case "prompt_eval_count" -> promptTokens = number(parser);
            case "eval_count" -> answerTokens = number(parser);
            case "load_duration" -> loadNanos = number(parser);
            case "prompt_eval_duration" -> promptNanos = number(parser);
            case "eval_duration" -> answerNanos = number(parser);
            case "_debug_info" -> debugInfo(parser);
            case "status" -> status = text(parser);
            case "total" -> totalBytes = number(parser);
            case "completed" -> completedBytes = number(parser);
            default -> {
                parser.skipChildren();
                known = false;
            }
        }
        this.known |= known;
    }

    private void message(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        require(parser, JsonToken.START_OBJECT);
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            switch (name) {
                case "content" -> text = text(parser);
                case "thinking" -> thinking = text(parser);
                case "tool_calls" -> toolCalls(parser);
                default -> parser.skipChildren();
            }
        }
    }

    private void debugInfo(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        require(parser, JsonToken.START_OBJECT);
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            if (name.equals("rendered_template")) {
                rendered = text(parser);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void toolCalls(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        require(parser, JsonToken.START_ARRAY);
        List<ToolInvocation> calls = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            calls.add(toolCall(parser));
        }
        toolCalls = calls;
    }

    private ToolInvocation toolCall(JsonParser parser) throws IOException {
        require(parser, JsonToken.START_OBJECT);
        String id = "";
        String name = "";
        String arguments = "{}";
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            parser.nextToken();
            if (key.equals("id")) {
                id = text(parser);
            } else if (key.equals("function") && parser.currentToken() == JsonToken.START_OBJECT) {
                for (String inner = parser.nextFieldName(); inner != null; inner = parser.nextFieldName()) {
                    parser.nextToken();
                    switch (inner) {
                        case "name" -> name = text(parser);
                        case "arguments" -> arguments = arguments(parser);
                        default -> parser.skipChildren();
                    }
                }
            } else {
                parser.skipChildren();
            }
        }
        if (name.isEmpty()) {
            throw new JsonParseException(parser, "a tool call without a name");
        }
        return new ToolInvocation(id, name, arguments);
    }

    /** The object as the server wrote it. */
    private String arguments(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return "{}";
        }
        require(parser, JsonToken.START_OBJECT);
        int begin = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        int end = (int) parser.currentLocation().getByteOffset();
        return new String(bytes, offset + begin, end - begin, StandardCharsets.UTF_8);
    }

    /** Ollama sends a text; what stands before it may send an object. */
    private static String error(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return parser.getText();
        }
        parser.skipChildren();
        return "";
    }

    private static String text(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return "";
        }
        require(parser, JsonToken.VALUE_STRING);
        return parser.getText();
    }

    private static long number(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return 0;
        }
        require(parser, JsonToken.VALUE_NUMBER_INT);
        return Math.max(0, parser.getLongValue());
    }

    private static void require(JsonParser parser, JsonToken token) throws IOException {
        if (parser.currentToken() != token) {
            throw new JsonParseException(parser, "not as the protocol says");
        }
    }
}
