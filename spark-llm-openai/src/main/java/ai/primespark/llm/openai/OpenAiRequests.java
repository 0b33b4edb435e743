package ai.primespark.llm.openai;

import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.SamplingOptions;
import ai.primespark.llm.Thinking;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.openai.OpenAiProvider.Reasoning;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.http.HttpFailures;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes the bodies of requests. */
final class OpenAiRequests {

    /** Fewest characters that a token stands for on average, in any language: makes a bound in tokens of one in characters. */
    private static final int CHARS_A_TOKEN = 2;

    private final OpenAiErrors errors;
    private final Reasoning reasoning;
    private final @Nullable Integer maxTokens;

    /** A null leaves the length of answers to the server, for calls that leave it, too. */
    OpenAiRequests(OpenAiErrors errors, Reasoning reasoning, @Nullable Integer maxTokens) {
        this.errors = errors;
        this.reasoning = reasoning;
        this.maxTokens = maxTokens;
    }

    /**
     * In what form to ask, as servers differ in it.
     *
     * @param usage whether to ask for the count of tokens
     * @param newTokenField whether the field that bounds an answer is {@code max_completion_tokens}
     */
    record Form(boolean usage, boolean newTokenField) {}

    @FunctionalInterface
    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    /** A question. */
    byte[] chat(LlmRequest request, String model, CallLimits limits, Form form) {
        return object(json -> {
            json.writeStringField("model", model);
            json.writeBooleanField("stream", true);
            if (form.usage()) {
                json.writeObjectFieldStart("stream_options");
                json.writeBooleanField("include_usage", true);
                json.writeEndObject();
            }
            json.writeArrayFieldStart("messages");
            ToolIds ids = new ToolIds();
            for (Message message : request.messages()) {
                message(json, message, ids);
            }
            json.writeEndArray();
            tools(json, request.tools());
            format(json, request.format());
            thinking(json, request.thinking());
            sampling(json, request.sampling());
            Integer most = maxTokens(request.sampling(), limits);
            if (most != null) {
                json.writeNumberField(form.newTokenField() ? "max_completion_tokens" : "max_tokens", most);
            }
        });
    }

    /**
     * How long the answer may be, or null when nobody says. Without a wish it is left to the server, because servers refuse more than
     * their model can do; breaking off at the limit of characters ends the server's work as well.
     */
    private @Nullable Integer maxTokens(SamplingOptions sampling, CallLimits limits) {
        Integer asked = sampling.maxTokens() == null ? maxTokens : sampling.maxTokens();
        return asked == null
                ? null
                : Integer.valueOf(Math.min(asked, Math.max(1, limits.outputChars() / CHARS_A_TOKEN)));
    }

    /** Texts to embed. */
    byte[] embed(String model, List<String> inputs) {
        return object(json -> {
            json.writeStringField("model", model);
            json.writeArrayFieldStart("input");
            for (String input : inputs) {
                json.writeString(input);
            }
            json.writeEndArray();
        });
    }

    /** What of a request must not be repeated by anybody. */
    static List<String> hidden(LlmRequest request) {
        List<String> hidden = new ArrayList<>();
        for (Message message : request.messages()) {
            hidden.add(message.content());
            message.reasoning().ifPresent(hidden::add);
            message.toolCalls().forEach(call -> hidden.add(call.argumentsJson()));
        }
        return hidden;
    }

    private static byte[] object(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = Json.MAPPER.createGenerator(bytes)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) { // memory does not fail
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void message(JsonGenerator json, Message message, ToolIds ids) throws IOException {
        json.writeStartObject();
        json.writeStringField("role", message.role().name().toLowerCase(Locale.ROOT));
        content(json, message);
        reasoning(json, message);
        if (!message.toolCalls().isEmpty()) {
            json.writeArrayFieldStart("tool_calls");
            for (ToolInvocation call : message.toolCalls()) {
                toolCall(json, call, ids.begin(call));
            }
            json.writeEndArray();
        }
        ToolInvocation answered = message.answeredInvocation().orElse(null);
        if (answered != null) {
            json.writeStringField("tool_call_id", ids.answer(answered));
        }
        json.writeEndObject();
    }

    private static void content(JsonGenerator json, Message message) throws IOException {
        if (message.content().isEmpty() && !message.toolCalls().isEmpty()) {
            json.writeNullField("content"); // as servers themselves write it
        } else if (message.images().isEmpty()) {
            json.writeStringField("content", message.content());
        } else {
            json.writeArrayFieldStart("content");
            if (!message.content().isEmpty()) {
                json.writeStartObject();
                json.writeStringField("type", "text");
                json.writeStringField("text", message.content());
                json.writeEndObject();
            }
            for (byte[] image : message.images()) {
                json.writeStartObject();
                json.writeStringField("type", "image_url");
                json.writeObjectFieldStart("image_url");
                json.writeStringField("url", Images.dataUrl(image));
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    /** Given back to servers that are known to take it; others refuse fields that they do not know. */
    private void reasoning(JsonGenerator json, Message message) throws IOException {
        String thoughts = message.reasoning().orElse("");
        if (!thoughts.isEmpty() && reasoning != Reasoning.EFFORT) {
            json.writeStringField(reasoning == Reasoning.TEMPLATE ? "reasoning_content" : "reasoning", thoughts);
        }
    }

    private void toolCall(JsonGenerator json, ToolInvocation call, String id) throws IOException {
        String arguments = call.argumentsJson().isBlank() ? "{}" : call.argumentsJson();
        object(arguments, "the arguments of tool call '" + HttpFailures.clip(call.name()) + "'");
        json.writeStartObject();
        json.writeStringField("id", id);
        json.writeStringField("type", "function");
        json.writeObjectFieldStart("function");
        json.writeStringField("name", call.name());
        json.writeStringField("arguments", arguments);
        json.writeEndObject();
        json.writeEndObject();
    }

    private void tools(JsonGenerator json, List<Tool> tools) throws IOException {
        if (tools.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("tools");
        for (Tool tool : tools) {
            json.writeStartObject();
            json.writeStringField("type", "function");
            json.writeObjectFieldStart("function");
            json.writeStringField("name", tool.name());
            json.writeStringField("description", tool.description());
            json.writeFieldName("parameters");
            json.writeTree(object(tool.parametersSchema(), "the parameters of tool '" + tool.name() + "'"));
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void format(JsonGenerator json, OutputFormat format) throws IOException {
        if (format instanceof OutputFormat.Plain) {
            return;
        }
        json.writeObjectFieldStart("response_format");
        if (format instanceof OutputFormat.Schema schema) {
            JsonNode tree = object(schema.jsonSchema(), "the schema of the output format");
            json.writeStringField("type", "json_schema");
            json.writeObjectFieldStart("json_schema");
            json.writeStringField("name", "answer");
            if (StrictSchema.fits(tree)) {
                json.writeBooleanField("strict", true);
            }
            json.writeFieldName("schema");
            json.writeTree(tree);
            json.writeEndObject();
        } else {
            json.writeStringField("type", "json_object");
        }
        json.writeEndObject();
    }

    private void thinking(JsonGenerator json, Thinking thinking) throws IOException {
        if (thinking == Thinking.DEFAULT) {
            return;
        }
        String effort = switch (thinking) {
            case OFF -> "none";
            case LOW -> "low";
            case HIGH -> "high";
            default -> "medium";
        };
        boolean levelled = thinking != Thinking.OFF && thinking != Thinking.ON;
        switch (reasoning) {
            case EFFORT -> json.writeStringField("reasoning_effort", effort);
            case TEMPLATE -> {
                json.writeObjectFieldStart("chat_template_kwargs");
                json.writeBooleanField("enable_thinking", thinking != Thinking.OFF);
                if (levelled) {
                    json.writeStringField("reasoning_effort", effort);
                }
                json.writeEndObject();
            }
            case OBJECT -> {
                json.writeObjectFieldStart("reasoning");
                if (levelled) {
                    json.writeStringField("effort", effort);
                } else {
                    json.writeBooleanField("enabled", thinking == Thinking.ON);
                }
                json.writeEndObject();
            }
        }
    }

    private static void sampling(JsonGenerator json, SamplingOptions sampling) throws IOException {
        if (sampling.temperature() != null) {
            json.writeNumberField("temperature", sampling.temperature());
        }
        if (sampling.topP() != null) {
            json.writeNumberField("top_p", sampling.topP());
        }
        if (sampling.topK() != null) {
            json.writeNumberField("top_k", sampling.topK());
        }
        if (sampling.seed() != null) {
            json.writeNumberField("seed", sampling.seed());
        }
        if (!sampling.stop().isEmpty()) {
            json.writeArrayFieldStart("stop");
            for (String stop : sampling.stop()) {
                json.writeString(stop);
            }
            json.writeEndArray();
        }
    }

    private JsonNode object(String text, String what) {
        JsonNode node = Json.object(text);
        if (node == null) {
            throw errors.of(LlmException.Kind.REJECTED, "was not asked: " + what + " must be a JSON object")
                    .build();
        }
        return node;
    }
}
