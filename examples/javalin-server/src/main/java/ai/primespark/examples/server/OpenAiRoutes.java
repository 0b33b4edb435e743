package ai.primespark.examples.server;

import ai.primespark.llm.Llm;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The calls of OpenAI's API that chat programs use, so that they use the router by changing a base URL. What is sent may have fields that
 * stand here in no list.
 */
final class OpenAiRoutes {

    private static final Field<Object> MESSAGES = field(
            "messages",
            Map.of("type", "array", "items", Map.of("type", "object"), "minItems", 1),
            "The conversation: `role` and `content`, which is a text or a list of `text` and `image_url` parts. "
                    + "Images come along as data: addresses.");
    private static final Field<Object> INPUT = field(
            "input",
            Map.of("type", List.of("string", "array"), "items", Map.of("type", "string"), "minItems", 1),
            "One text, or several.");

    private static final List<Field<?>> CHAT = List.of(
            field("model", type("string"), "A model's name; `auto` leaves it to the configuration."),
            MESSAGES.needed(),
            field("stream", type("boolean"), "Whether to answer piece by piece."),
            field("stream_options", type("object"), "`include_usage`: a last piece tells the tokens."),
            field(
                    "temperature",
                    Map.of("type", "number", "minimum", 0, "maximum", 2),
                    "How free the choice of words is."),
            field(
                    "top_p",
                    Map.of("type", "number", "exclusiveMinimum", 0, "maximum", 1),
                    "Share of probability to choose from."),
            field(
                    "max_completion_tokens",
                    Map.of("type", "integer", "minimum", 1),
                    "The longest answer; also `max_tokens`."),
            field("seed", type("integer"), "Makes an answer repeatable, as far as the backend can."),
            field("stop", Map.of("type", List.of("string", "array")), "Texts that end the answer."),
            field(
                    "tools",
                    Map.of("type", "array", "items", Map.of("type", "object")),
                    "Functions that the client runs."),
            field("tool_choice", Map.of("enum", List.of("auto", "none")), "Whether tools are offered at all."),
            field("response_format", type("object"), "`type`: text, json_object or json_schema."),
            field("reasoning_effort", type("string"), "none, minimal, low, medium or high."),
            field(
                    "privacy",
                    Map.of("enum", List.of("any", "trusted", "edge_only")),
                    "How far the text may travel. Not OpenAI's."),
            field("strategy", type("string"), "As for /api/llm/generate. Not OpenAI's."),
            field("use_cache", type("boolean"), "Whether a known answer will do; by default not. Not OpenAI's."));

    private static final List<Field<?>> EMBEDDINGS = List.of(
            INPUT.needed(),
            field("model", type("string"), "A model's name; `auto` leaves it to the configuration."),
            field("encoding_format", Map.of("enum", List.of("float", "base64")), "How vectors are written."),
            field(
                    "privacy",
                    Map.of("enum", List.of("any", "trusted", "edge_only")),
                    "How far the text may travel. Not OpenAI's."));

    private static final Field<String> MODEL = Field.text("model", "A model's name.");

    private final Llm llm;
    private final Duration heartbeat;
    private final InstantSource clock;

    OpenAiRoutes(Llm llm, Duration heartbeat, InstantSource clock) {
        this.llm = llm;
        this.heartbeat = heartbeat;
        this.clock = clock;
    }

    private static Field<Object> field(String name, Map<String, Object> schema, String about) {
        return Field.of(name, about, schema, "", node -> node);
    }

    private static Map<String, Object> type(String name) {
        return Map.of("type", name);
    }

    List<Route> routes() {
        return List.of(
                Route.post("/v1/chat/completions")
                        .user("llm:write")
                        .summary("Goes on with a conversation, in OpenAI's shape.")
                        .json(CHAT)
                        .answers(200, OpenAiViews.ChatCompletion.class, "The answer.")
                        .answers(
                                200,
                                Route.EVENTS,
                                OpenAiViews.Chunk.class,
                                "With `stream: true`; the last line is `data: [DONE]`.")
                        .problem(404, "model_not_found", "no backend has the model")
                        .problem(502, "server_error", "the backend failed")
                        .problem(503, "server_error", "nobody can answer now")
                        .problem(504, "server_error", "a limit was over")
                        .to(this::chat),
                Route.post("/v1/embeddings")
                        .user("llm:write")
                        .summary("Turns texts into vectors, in OpenAI's shape.")
                        .json(EMBEDDINGS)
                        .answers(200, OpenAiViews.Vectors.class, "One vector a text, in their order.")
                        .problem(404, "model_not_found", "no backend has the model")
                        .problem(502, "server_error", "the backend failed")
                        .problem(503, "server_error", "nobody can answer now")
                        .problem(504, "server_error", "a limit was over")
                        .to(this::embed),
                Route.get("/v1/models")
                        .user("llm:read")
                        .summary("The models of all backends, in OpenAI's shape.")
                        .answers(
                                200,
                                OpenAiViews.Models.class,
                                "The models; `auto` leaves the choice to the configuration.")
                        .to(ctx -> ctx.json(OpenAiViews.Models.of(llm.models()))),
                Route.get("/v1/models/<model>") // a name may hold slashes
                        .user("llm:read")
                        .summary("One model, in OpenAI's shape.")
                        .path(MODEL)
                        .answers(200, OpenAiViews.Model.class, "The model.")
                        .problem(404, "model_not_found", "no backend has the model")
                        .to(this::model));
    }

    private void chat(Context ctx) {
        OpenAiRequest request = new OpenAiRequest(body(ctx));
        String id = "chatcmpl-" + UUID.randomUUID().toString().replace("-", "");
        long created = clock.instant().getEpochSecond();
        if (request.stream()) {
            OpenAiStream words = new OpenAiStream(ctx, id, created, request.usageInStream());
            TokenStream.answer(ctx, llm.open(request.chat()), heartbeat, words);
        } else {
            ctx.json(OpenAiViews.ChatCompletion.of(id, created, llm.generate(request.chat())));
        }
    }

    private void embed(Context ctx) {
        OpenAiRequest request = new OpenAiRequest(body(ctx));
        ctx.json(OpenAiViews.Vectors.of(llm.embed(request.embed()), request.base64()));
    }

    private void model(Context ctx) {
        String name = Input.of(ctx).need(MODEL);
        ctx.json(OpenAiViews.Models.of(llm.models()).data().stream()
                .filter(model -> model.id().equals(name))
                .findFirst()
                .orElseThrow(() -> new Problem(
                        HttpStatus.NOT_FOUND, "llm-model-not-found", "the model '" + name + "' does not exist")));
    }

    private static JsonNode body(Context ctx) {
        Input.expect(Route.JSON, ctx);
        return Input.object(ctx);
    }
}
