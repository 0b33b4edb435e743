package ai.primespark.examples.server;

import ai.primespark.llm.CacheMode;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.Thinking;
import ai.primespark.llm.Tool;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What an OpenAI client asks for, in this library's words. Fields that it does not know are ignored, because every client sends some of
 * its own; fields that would change the meaning of an answer and cannot be honoured are refused.
 */
final class OpenAiRequest {

    private static final Set<String> NO_MODEL = Set.of("", "default", OpenAiViews.AUTO);

    private final JsonNode body;

    OpenAiRequest(JsonNode body) {
        this.body = body;
    }

    boolean stream() {
        return flag("stream");
    }

    boolean usageInStream() {
        return body.path("stream_options").path("include_usage").asBoolean();
    }

    LlmRequest chat() {
        refuse("n", body.path("n").asInt(1) != 1, "only one answer at a time: n must be 1");
        refuse("logprobs", flag("logprobs"), "logprobs are not available here");
        refuse("modalities", !texts("modalities").stream().allMatch("text"::equals), "only text comes from here");
        LlmRequest.Builder request = LlmRequest.chat(new OpenAiMessages(list("messages")).read());
        model().ifPresent(request::model);
        within("temperature", 0, 2, request::temperature);
        within("top_p", 1e-9, 1, request::topP);
        maxTokens().ifPresent(request::maxTokens);
        number("seed")
                .filter(JsonNode::canConvertToLong)
                .map(JsonNode::longValue)
                .ifPresent(request::seed);
        request.stop(texts("stop").toArray(String[]::new));
        request.tools(tools()).format(format()).thinking(thinking());
        choice("privacy", Privacy.class).ifPresent(request::privacy);
        choice("strategy", RoutingStrategy.class).ifPresent(request::strategy);
        request.cache(flag("use_cache") ? CacheMode.USE : CacheMode.BYPASS);
        if (stream()) { // what was sent cannot be taken back
            request.failover(Failover.FAIL);
        }
        return request.build();
    }

    EmbedRequest embed() {
        refuse("dimensions", body.hasNonNull("dimensions"), "the model decides how long vectors are");
        JsonNode input = body.path("input");
        boolean readable = input.isTextual() || input.isArray() && !input.isEmpty();
        if (readable && input.isArray()) {
            for (JsonNode text : input) {
                readable &= text.isTextual();
            }
        }
        refuse("input", !readable, "input must be a text or a list of texts; tokens are not taken");
        return new EmbedRequest(
                texts("input"),
                model().orElse(null),
                choice("privacy", Privacy.class).orElse(Privacy.ANY));
    }

    boolean base64() {
        String format = body.path("encoding_format").asText("float");
        refuse(
                "encoding_format",
                !format.equals("float") && !format.equals("base64"),
                "encoding_format must be float or base64");
        return format.equals("base64");
    }

    private Optional<String> model() {
        JsonNode model = body.path("model");
        refuse("model", !model.isTextual() && !model.isMissingNode() && !model.isNull(), "model must be a text");
        return Optional.of(model.asText()).filter(name -> !NO_MODEL.contains(name) && !model.isNull());
    }

    private Optional<Integer> maxTokens() {
        String name = body.hasNonNull("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
        Optional<JsonNode> most = number(name);
        refuse(name, most.filter(n -> !n.canConvertToInt() || n.intValue() < 1).isPresent(), name + " must be from 1");
        return most.map(JsonNode::intValue);
    }

    private Thinking thinking() {
        return switch (body.path("reasoning_effort").asText()) {
            case "none" -> Thinking.OFF;
            case "minimal", "low" -> Thinking.LOW;
            case "medium" -> Thinking.MEDIUM;
            case "high", "xhigh" -> Thinking.HIGH;
            default -> Thinking.DEFAULT;
        };
    }

    private List<Tool> tools() {
        JsonNode wish = body.path("tool_choice");
        if (wish.asText().equals("none")) {
            return List.of();
        }
        refuse(
                "tool_choice",
                !wish.isMissingNode() && !wish.isNull() && !wish.asText().equals("auto"),
                "no backend can be made to call a tool: tool_choice must be auto or none");
        List<Tool> tools = new ArrayList<>();
        for (JsonNode tool : list("tools")) {
            JsonNode function = tool.path("function");
            refuse("tools", !tool.path("type").asText().equals("function"), "tools must be functions");
            JsonNode parameters = function.path("parameters");
            try {
                tools.add(new Tool(
                        function.path("name").asText(),
                        function.path("description").asText(),
                        parameters.isObject() ? parameters.toString() : "{\"type\":\"object\",\"properties\":{}}"));
            } catch (IllegalArgumentException e) {
                throw invalid("tools", String.valueOf(e.getMessage()));
            }
        }
        return tools;
    }

    private OutputFormat format() {
        JsonNode format = body.path("response_format");
        return switch (format.path("type").asText("text")) {
            case "text" -> OutputFormat.PLAIN;
            case "json_object" -> OutputFormat.JSON;
            case "json_schema" -> {
                JsonNode schema = format.path("json_schema").path("schema");
                refuse("response_format", !schema.isObject(), "response_format.json_schema.schema must be an object");
                yield OutputFormat.schema(schema.toString());
            }
            default ->
                throw invalid("response_format", "response_format.type must be text, json_object or json_schema");
        };
    }

    private boolean flag(String name) {
        JsonNode value = body.path(name);
        refuse(name, !value.isMissingNode() && !value.isNull() && !value.isBoolean(), name + " must be true or false");
        return value.asBoolean();
    }

    private void within(String name, double least, double most, Consumer<Double> use) {
        Optional<Double> value = number(name).map(JsonNode::doubleValue);
        refuse(name, value.filter(n -> !(n >= least && n <= most)).isPresent(), name + " is out of its range");
        value.ifPresent(use);
    }

    private Optional<JsonNode> number(String name) {
        JsonNode value = body.path(name);
        refuse(name, !value.isMissingNode() && !value.isNull() && !value.isNumber(), name + " must be a number");
        return Optional.of(value).filter(JsonNode::isNumber);
    }

    private Iterable<JsonNode> list(String name) {
        JsonNode value = body.path(name);
        refuse(name, !value.isMissingNode() && !value.isNull() && !value.isArray(), name + " must be a list");
        return value;
    }

    /** One text, or a list of them. */
    private List<String> texts(String name) {
        JsonNode value = body.path(name);
        List<String> texts = new ArrayList<>();
        if (value.isTextual()) {
            texts.add(value.textValue());
        }
        if (value.isArray()) {
            value.forEach(text -> texts.add(text.asText()));
        }
        return texts;
    }

    private <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
        JsonNode value = body.path(name);
        Function<String, Optional<E>> find = text -> Choices.find(type, text);
        Optional<E> found = value.isTextual() ? find.apply(value.textValue()) : Optional.empty();
        refuse(name, body.hasNonNull(name) && found.isEmpty(), name + " must be one of " + Choices.names(type));
        return found;
    }

    private static void refuse(String param, boolean wrong, String rule) {
        if (wrong) {
            throw invalid(param, rule);
        }
    }

    static Problem invalid(String param, String rule) {
        return Problem.invalid(param, rule);
    }
}
