package ai.primespark.llm.ollama;

import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.SamplingOptions;
import ai.primespark.llm.Thinking;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.spi.CallLimits;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes the bodies of requests.
 *
 * <p>Questions go to {@code /api/chat}, single prompts included: {@code /api/generate} would put them into the very same
 * template, and would need a second form of everything else. It is used with an empty prompt, to load and to unload, and with
 * a prompt that a server has put into its template before, to go on with an answer.
 */
final class OllamaRequests {

    /** Fewest characters that a token stands for on average, in any language: makes a bound in tokens of one in characters. */
    private static final int CHARS_A_TOKEN = 2;

    private final OllamaErrors errors;
    private final @Nullable Duration keepAlive;
    private final int contextTokens;

    /** A context size of 0 leaves it to the server. */
    OllamaRequests(OllamaErrors errors, @Nullable Duration keepAlive, int contextTokens) {
        this.errors = errors;
        this.keepAlive = keepAlive;
        this.contextTokens = contextTokens;
    }

    @FunctionalInterface
    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    /** A question. */
    byte[] chat(LlmRequest request, String model, CallLimits limits) {
        return chat(request, model, limits, false);
    }

    /** A question that is not to be answered: how would it be put to the model? With all that may have a bearing on that. */
    byte[] render(LlmRequest request, String model, CallLimits limits) {
        return chat(request, model, limits, true);
    }

    /** A prompt that is put to the model as it is. */
    byte[] complete(LlmRequest request, String model, String prompt, CallLimits limits) {
        return object(json -> {
            json.writeStringField("model", model);
            json.writeBooleanField("stream", true);
            json.writeBooleanField("raw", true);
            json.writeStringField("prompt", prompt);
            json.writeBooleanField("think", false); // otherwise the server would look for reasoning in it
            if (keepAlive != null) {
                keepAlive(json, keepAlive);
            }
            options(json, request.sampling(), limits);
        });
    }

    private byte[] chat(LlmRequest request, String model, CallLimits limits, boolean renderOnly) {
        return object(json -> {
            json.writeStringField("model", model);
            json.writeBooleanField("stream", true);
            if (renderOnly) {
                json.writeBooleanField("_debug_render_only", true);
            }
            json.writeArrayFieldStart("messages");
            for (Message message : request.messages()) {
                message(json, message);
            }
            json.writeEndArray();
            tools(json, request.tools());
            format(json, request.format());
            thinking(json, request.thinking());
            if (keepAlive != null) {
                keepAlive(json, keepAlive);
            }
            options(json, request.sampling(), limits);
        });
    }

    /** Loads a model for some time; zero unloads it. */
    byte[] load(String model, Duration keep) {
        return object(json -> {
            json.writeStringField("model", model);
            json.writeStringField("prompt", "");
            json.writeBooleanField("stream", false);
            keepAlive(json, keep);
            context(json);
        });
    }

    /** Texts to embed; none loads the model. */
    byte[] embed(String model, List<String> inputs, @Nullable Duration keep) {
        return object(json -> {
            json.writeStringField("model", model);
            json.writeArrayFieldStart("input");
            for (String input : inputs) {
                json.writeString(input);
            }
            json.writeEndArray();
            Duration kept = keep == null ? keepAlive : keep;
            if (kept != null) {
                keepAlive(json, kept);
            }
            context(json);
        });
    }

    /** Names a model and nothing else. */
    byte[] model(String model) {
        return object(json -> json.writeStringField("model", model));
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

    private void message(JsonGenerator json, Message message) throws IOException {
        json.writeStartObject();
        json.writeStringField("role", message.role().name().toLowerCase(Locale.ROOT));
        json.writeStringField("content", message.content());
        String reasoning = message.reasoning().orElse("");
        if (!reasoning.isEmpty()) {
            json.writeStringField("thinking", reasoning);
        }
        if (!message.images().isEmpty()) {
            json.writeArrayFieldStart("images");
            for (byte[] image : message.images()) {
                json.writeBinary(image);
            }
            json.writeEndArray();
        }
        toolCalls(json, message.toolCalls());
        ToolInvocation answered = message.answeredInvocation().orElse(null);
        if (answered != null) {
            json.writeStringField("tool_name", answered.name());
            if (!answered.id().isEmpty()) {
                json.writeStringField("tool_call_id", answered.id());
            }
        }
        json.writeEndObject();
    }

    private void toolCalls(JsonGenerator json, List<ToolInvocation> calls) throws IOException {
        if (calls.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("tool_calls");
        for (ToolInvocation call : calls) {
            json.writeStartObject();
            if (!call.id().isEmpty()) {
                json.writeStringField("id", call.id());
            }
            json.writeObjectFieldStart("function");
            json.writeStringField("name", call.name());
            json.writeFieldName("arguments");
            String arguments = call.argumentsJson().isBlank() ? "{}" : call.argumentsJson();
            json.writeTree(object(arguments, "the arguments of tool call '" + OllamaErrors.clip(call.name()) + "'"));
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
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
        if (format instanceof OutputFormat.Json) {
            json.writeStringField("format", "json");
        } else if (format instanceof OutputFormat.Schema schema) {
            json.writeFieldName("format");
            json.writeTree(object(schema.jsonSchema(), "the schema of the output format"));
        }
    }

    private static void thinking(JsonGenerator json, Thinking thinking) throws IOException {
        switch (thinking) {
            case DEFAULT -> {} // absent: the server lets models think that can
            case OFF -> json.writeBooleanField("think", false);
            case ON -> json.writeBooleanField("think", true);
            case LOW, MEDIUM, HIGH ->
                json.writeStringField("think", thinking.name().toLowerCase(Locale.ROOT));
        }
    }

    private void options(JsonGenerator json, SamplingOptions sampling, CallLimits limits) throws IOException {
        json.writeObjectFieldStart("options");
        int most = Math.max(1, limits.outputChars() / CHARS_A_TOKEN);
        Integer asked = sampling.maxTokens();
        // always bounded: a server that does not notice that its client is gone must not write for ever
        json.writeNumberField("num_predict", asked == null ? most : Math.min(asked, most));
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
        Integer context = sampling.contextTokens();
        int window = Math.max(contextTokens, context == null ? 0 : context);
        if (window > 0) {
            json.writeNumberField("num_ctx", window);
        }
        if (!sampling.stop().isEmpty()) {
            json.writeArrayFieldStart("stop");
            for (String stop : sampling.stop()) {
                json.writeString(stop);
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    /** The same window as calls ask for, so that the first call need not load the model again. */
    private void context(JsonGenerator json) throws IOException {
        if (contextTokens > 0) {
            json.writeObjectFieldStart("options");
            json.writeNumberField("num_ctx", contextTokens);
            json.writeEndObject();
        }
    }

    /** As a number of seconds: a text would need a unit. Rounded up, because 0 means to unload. */
    private static void keepAlive(JsonGenerator json, Duration keep) throws IOException {
        json.writeNumberField("keep_alive", keep.plusNanos(999_999_999).toSeconds());
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
