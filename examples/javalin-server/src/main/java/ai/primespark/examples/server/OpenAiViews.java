package ai.primespark.examples.server;

import ai.primespark.Zone;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.ToolInvocation;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers in the shapes of OpenAI's API, with one object more: {@code prime_spark} says where an answer comes from.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat/object">OpenAI's reference</a>
 */
final class OpenAiViews {

    /** The model's name that leaves the choice to the configuration. */
    static final String AUTO = "auto";

    private OpenAiViews() {}

    /** A whole answer. */
    record ChatCompletion(
            String id, String object, long created, String model, List<Choice> choices, Usage usage, Route primeSpark) {

        static ChatCompletion of(String id, long created, LlmResponse response) {
            List<ToolCall> calls = new ArrayList<>();
            for (ToolInvocation invocation : response.toolCalls()) {
                calls.add(ToolCall.of(invocation, calls.size()));
            }
            Said said = new Said(
                    "assistant",
                    response.text().isEmpty() && !calls.isEmpty() ? null : response.text(),
                    null,
                    response.thinking().isEmpty() ? null : response.thinking(),
                    calls.isEmpty() ? null : calls);
            return new ChatCompletion(
                    id,
                    "chat.completion",
                    created,
                    response.model(),
                    List.of(new Choice(0, said, null, finish(response.finish()))),
                    Usage.of(response.usage()),
                    Route.of(response));
        }
    }

    /** The only one: {@code n} is 1. */
    record Choice(int index, Said message, @Nullable Object logprobs, String finishReason) {}

    /** What the model said. */
    record Said(
            String role,
            @Nullable String content,
            @Nullable String refusal,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String reasoningContent,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            List<ToolCall> toolCalls) {}

    /** What the client is to run. */
    record ToolCall(
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Integer index,

            String id,
            String type,
            Function function) {

        static ToolCall of(ToolInvocation invocation, int number) {
            String id = invocation.id().isEmpty() ? "call_" + number : invocation.id();
            return new ToolCall(null, id, "function", new Function(invocation.name(), invocation.argumentsJson()));
        }

        /** The same as a part of a stream. */
        ToolCall at(int place) {
            return new ToolCall(place, id, type, function);
        }
    }

    /** A function and its arguments, a JSON object as text. */
    record Function(String name, String arguments) {}

    /** A piece of an answer. */
    record Chunk(
            String id,
            String object,
            long created,
            String model,
            List<ChunkChoice> choices,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Usage usage,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Route primeSpark) {}

    /** What is new. */
    record ChunkChoice(int index, Delta delta, @Nullable String finishReason) {}

    /** What is to be added to the message. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Delta(
            @Nullable String role,
            @Nullable String content,
            @Nullable String reasoningContent,
            @Nullable List<ToolCall> toolCalls) {

        static final Delta NOTHING = new Delta(null, null, null, null);
    }

    /** Tokens. */
    record Usage(long promptTokens, long completionTokens, long totalTokens) {
        static Usage of(ai.primespark.llm.Usage usage) {
            return new Usage(usage.promptTokens(), usage.answerTokens(), usage.promptTokens() + usage.answerTokens());
        }
    }

    /** Where an answer comes from. */
    record Route(String backend, Zone location, boolean cached, boolean stale, boolean degraded) {
        static Route of(LlmResponse response) {
            return new Route(
                    response.backend(), response.zone(), response.cached(), response.stale(), response.degraded());
        }
    }

    /** Vectors. */
    record Vectors(String object, List<Vector> data, String model, InputUsage usage) {
        static Vectors of(Embeddings embeddings, boolean base64) {
            List<Vector> data = new ArrayList<>();
            for (float[] vector : embeddings.vectors()) {
                data.add(new Vector("embedding", data.size(), base64 ? base64(vector) : vector));
            }
            long tokens = embeddings.usage().promptTokens();
            return new Vectors("list", data, embeddings.model(), new InputUsage(tokens, tokens));
        }

        /** As OpenAI's clients unpack it: four bytes a number, the lowest first. */
        private static String base64(float[] vector) {
            ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vector);
            return Base64.getEncoder().encodeToString(bytes.array());
        }
    }

    /** A vector: numbers, or with {@code encoding_format: base64} a text. */
    record Vector(String object, int index, Object embedding) {}

    /** Tokens of what was embedded. */
    record InputUsage(long promptTokens, long totalTokens) {}

    /** The models. */
    record Models(String object, List<Model> data) {
        static Models of(List<BackendModels> backends) {
            Map<String, Model> models = new LinkedHashMap<>();
            models.put(AUTO, new Model(AUTO, "model", 0, "prime-spark"));
            for (BackendModels backend : backends) {
                backend.models()
                        .forEach(model -> models.putIfAbsent(
                                model.name(), new Model(model.name(), "model", 0, backend.backend())));
            }
            return new Models("list", List.copyOf(models.values()));
        }
    }

    /** A model; {@code owned_by} is the backend that has it. */
    record Model(String id, String object, long created, String ownedBy) {}

    static String finish(FinishReason reason) {
        return switch (reason) {
            case STOP -> "stop";
            case LENGTH -> "length";
            case TOOL_CALLS -> "tool_calls";
            case FILTERED -> "content_filter";
        };
    }
}
