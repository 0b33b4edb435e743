package ai.primespark.examples.server;

import ai.primespark.llm.CacheMode;
import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.Tool;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What can be said to a model, and about how to ask it. */
final class LlmFields {

    static final Field<String> PROMPT = Field.text("prompt", "What to ask.").needed();
    static final Field<String> SYSTEM = Field.text("system", "Instructions for the model.");
    static final Field<List<ChatViews.Said>> MESSAGES = Field.records(
                    "messages", ChatViews.Said.class, "The conversation so far, oldest first.")
            .needed();
    static final Field<List<ChatViews.Offered>> TOOLS =
            Field.records("tools", ChatViews.Offered.class, "Tools that the model may ask for; the client runs them.");
    static final Field<Boolean> STREAM = Field.flag("stream", "Whether to answer with events as the text comes.")
            .otherwise(false);
    static final Field<String> MODEL = Field.text("model", "A logical name; without it, the configured model.");
    static final Field<Privacy> PRIVACY = Field.choice("privacy", Privacy.class, "How far the text may travel.")
            .otherwise("any");
    static final Field<List<String>> INPUT = Field.of(
                    "input",
                    "One text, or several.",
                    Map.of("type", List.of("string", "array"), "items", Map.of("type", "string"), "minItems", 1),
                    "must be a text or a list of texts, none of them blank",
                    LlmFields::texts)
            .needed();

    /** At most a namespace, a name and a tag: a host in front would make the backend connect to it. */
    static final Field<String> PULLED = Field.text(
                    "model",
                    "[a-zA-Z0-9][a-zA-Z0-9._-]{0,79}(/[a-zA-Z0-9][a-zA-Z0-9._-]{0,79})?(:[a-zA-Z0-9_][a-zA-Z0-9._-]{0,79})?",
                    "The model's name in the backend's own registry: `name:tag` or `namespace/name:tag`.")
            .needed();

    static final Field<String> BACKEND =
            Field.text("backend", "The id of a configured backend.").needed();

    private static final Field<Double> TEMPERATURE =
            Field.number("temperature", 0, 2, "How free the choice of words is.");
    private static final Field<Integer> MAX_TOKENS =
            Field.whole("max_tokens", 1, Integer.MAX_VALUE, "The longest answer.");
    private static final Field<Boolean> USE_CACHE =
            Field.flag("use_cache", "Whether a known answer will do.").otherwise(true);
    private static final Field<RoutingStrategy> STRATEGY =
            Field.choice("strategy", RoutingStrategy.class, "Who is asked first; without it, as configured.");
    private static final Field<Failover> FAILOVER =
            Field.choice("failover", Failover.class, "What to do when a backend fails after it has begun.");
    private static final Field<OutputFormat> FORMAT = Field.of(
            "format",
            "The form of the answer: `text`, `json`, or a JSON Schema that it must fit.",
            Map.of("anyOf", List.of(Map.of("enum", List.of("text", "json")), Map.of("type", "object"))),
            "must be \"text\", \"json\" or a JSON Schema object",
            LlmFields::format);

    static final List<Field<?>> GENERATE =
            List.of(PROMPT, SYSTEM, MODEL, TEMPERATURE, MAX_TOKENS, USE_CACHE, PRIVACY, STRATEGY, FAILOVER, FORMAT);
    static final List<Field<?>> CHAT = List.of(
            MESSAGES, TOOLS, STREAM, MODEL, TEMPERATURE, MAX_TOKENS, USE_CACHE, PRIVACY, STRATEGY, FAILOVER, FORMAT);

    private LlmFields() {}

    static LlmRequest prompt(Input in) {
        LlmRequest.Builder request = LlmRequest.prompt(in.need(PROMPT));
        in.get(SYSTEM).ifPresent(request::system);
        return options(in, request);
    }

    static LlmRequest chat(Input in) {
        LlmRequest.Builder request = LlmRequest.chat(ChatViews.messages(in.need(MESSAGES)));
        in.get(TOOLS).ifPresent(tools -> request.tools(tools(tools)));
        return options(in, request);
    }

    private static List<Tool> tools(List<ChatViews.Offered> offered) {
        try {
            return offered.stream().map(ChatViews.Offered::tool).toList();
        } catch (IllegalArgumentException e) {
            throw Problem.invalid("tools", String.valueOf(e.getMessage()));
        }
    }

    private static LlmRequest options(Input in, LlmRequest.Builder request) {
        in.get(MODEL).ifPresent(request::model);
        in.get(TEMPERATURE).ifPresent(request::temperature);
        in.get(MAX_TOKENS).ifPresent(request::maxTokens);
        in.get(PRIVACY).ifPresent(request::privacy);
        in.get(STRATEGY).ifPresent(request::strategy);
        in.get(FAILOVER).ifPresent(request::failover);
        in.get(FORMAT).ifPresent(request::format);
        request.cache(in.get(USE_CACHE).orElse(true) ? CacheMode.USE : CacheMode.BYPASS);
        return request.build();
    }

    private static @Nullable OutputFormat format(JsonNode node) {
        if (node.isObject()) {
            return OutputFormat.schema(node.toString());
        }
        return switch (node.asText()) {
            case "text" -> OutputFormat.PLAIN;
            case "json" -> OutputFormat.JSON;
            default -> null;
        };
    }

    private static @Nullable List<String> texts(JsonNode node) {
        Field<String> text = Field.text("input", "");
        return node.isArray()
                ? text.list().parser().apply(node)
                : text.read(node).map(List::of).orElse(null);
    }
}
