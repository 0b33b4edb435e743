package ai.primespark.examples.server;

import ai.primespark.llm.BackendModels;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Llm;
import ai.primespark.llm.ModelManager;
import ai.primespark.llm.Privacy;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;

/** Asking models, and how the asking goes. */
final class LlmRoutes {

    private static final String STREAMED =
            "Text pieces as `data: {\"text\": …}`; named events `routed`, `thinking`, `tool_call`, `failed_over`, "
                    + "`restarted`, `continued`, and at the end `done` or `error`.";

    private final Llm llm;
    private final Duration heartbeat;
    private final Semaphore pulls = new Semaphore(ModelPull.AT_ONCE);

    LlmRoutes(Llm llm, Duration heartbeat) {
        this.llm = llm;
        this.heartbeat = heartbeat;
    }

    List<Route> routes() {
        return List.of(
                asking("/api/llm/generate", "Asks a model.")
                        .json(LlmFields.GENERATE)
                        .answers(200, LlmViews.Answer.class, "The answer, and how it came about.")
                        .to(ctx -> ctx.json(LlmViews.Answer.of(llm.generate(LlmFields.prompt(Input.of(ctx)))))),
                asking("/api/llm/generate/stream", "Asks a model, and tells the answer as it comes.")
                        .json(LlmFields.GENERATE)
                        .answers(200, Route.EVENTS, LlmViews.Answer.class, STREAMED)
                        .to(ctx -> TokenStream.answer(ctx, llm.open(LlmFields.prompt(Input.of(ctx))), heartbeat)),
                asking("/api/llm/chat", "Goes on with a conversation.")
                        .json(LlmFields.CHAT)
                        .answers(200, LlmViews.Answer.class, "The answer, and how it came about.")
                        .answers(200, Route.EVENTS, LlmViews.Answer.class, "With `stream: true`. " + STREAMED)
                        .to(this::chat),
                asking("/api/llm/embed", "Turns texts into vectors.")
                        .json(LlmFields.INPUT, LlmFields.MODEL, LlmFields.PRIVACY)
                        .answers(200, LlmViews.Vectors.class, "One vector a text, in their order.")
                        .to(this::embed),
                Route.get("/api/llm/models")
                        .user("llm:read")
                        .summary("The models of each backend by its id, and grouped as `edge` and `cloud`.")
                        .answers(200, LlmViews.MODELS, "What each backend offers now.")
                        .to(ctx -> ctx.json(LlmViews.models(llm.models()))),
                Route.post("/api/llm/models/pull")
                        .admin("llm:admin")
                        .summary("Fetches a model to a backend.")
                        .json(LlmFields.PULLED, LlmFields.BACKEND)
                        .answers(
                                200,
                                Route.EVENTS,
                                ModelManager.Progress.class,
                                "Named events `progress`, and at the end `done` or `error`.")
                        .problem(404, "backend-unknown", "no backend has this id")
                        .problem(409, "backend-fixed", "the backend cannot fetch models")
                        .problem(503, "too-many-pulls", "as many models as the server allows are being fetched")
                        .to(this::pull),
                Route.get("/api/routing/stats")
                        .user("routing:read")
                        .summary("How the routing goes.")
                        .answers(200, LlmViews.Routing.class, "Counts since the start, and present states.")
                        .to(ctx -> ctx.json(routing())));
    }

    private static Route.Builder asking(String path, String summary) {
        return Route.post(path)
                .user("llm:write")
                .summary(summary)
                .problem(400, "llm-rejected", "the backend refuses the request as it is")
                .problem(403, "llm-privacy", "going on would have broken the request's privacy")
                .problem(404, "llm-model-not-found", "no backend has the model")
                .problem(429, "llm-budget", "a budget is used up")
                .problem(502, "llm-server-error", "the backend failed; so do llm-unauthorized, -reset and others")
                .problem(503, "llm-no-backend", "nobody can answer now; so do llm-unreachable and llm-overloaded")
                .problem(504, "llm-timeout", "a limit was over");
    }

    private void chat(Context ctx) {
        Input in = Input.of(ctx);
        if (in.get(LlmFields.STREAM).orElse(false)) {
            TokenStream.answer(ctx, llm.open(LlmFields.chat(in)), heartbeat);
        } else {
            ctx.json(LlmViews.Answer.of(llm.generate(LlmFields.chat(in))));
        }
    }

    private void embed(Context ctx) {
        Input in = Input.of(ctx);
        EmbedRequest request = new EmbedRequest(
                in.need(LlmFields.INPUT),
                in.get(LlmFields.MODEL).orElse(null),
                in.get(LlmFields.PRIVACY).orElse(Privacy.ANY));
        ctx.json(LlmViews.Vectors.of(llm.embed(request)));
    }

    private void pull(Context ctx) {
        Input in = Input.of(ctx);
        String backend = in.need(LlmFields.BACKEND);
        ModelManager models;
        try {
            models = llm.modelManager(backend)
                    .orElseThrow(() -> new Problem(
                            HttpStatus.CONFLICT, "backend-fixed", "backend '" + backend + "' cannot fetch models"));
        } catch (IllegalArgumentException e) { // names those there are
            throw new Problem(HttpStatus.NOT_FOUND, "backend-unknown", String.valueOf(e.getMessage()));
        }
        ModelPull.answer(ctx, models, in.need(LlmFields.PULLED), heartbeat, pulls);
    }

    private LlmViews.Routing routing() {
        Set<String> reachable = llm.models().stream()
                .filter(BackendModels::reachable)
                .map(BackendModels::backend)
                .collect(Collectors.toSet());
        return LlmViews.routing(llm.stats(), reachable);
    }
}
