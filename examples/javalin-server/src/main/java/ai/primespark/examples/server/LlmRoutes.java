package ai.primespark.examples.server;

import ai.primespark.llm.BackendModels;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.Failover;
import ai.primespark.llm.Llm;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RoutingStrategy;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Asking models, and how the asking goes. */
final class LlmRoutes {

    private final Llm llm;
    private final Duration heartbeat;

    LlmRoutes(Llm llm, Duration heartbeat) {
        this.llm = llm;
        this.heartbeat = heartbeat;
    }

    void addTo(RoutesConfig routes) {
        routes.post("/api/llm/generate", this::generate);
        routes.post("/api/llm/generate/stream", this::stream);
        routes.get("/api/llm/models", ctx -> ctx.json(LlmViews.models(llm.models())));
        routes.get("/api/routing/stats", ctx -> ctx.json(routing()));
    }

    private void generate(Context ctx) {
        ctx.json(LlmViews.answer(llm.generate(request(ctx))));
    }

    private void stream(Context ctx) {
        TokenStream.answer(ctx, llm.open(request(ctx)), heartbeat);
    }

    private static LlmRequest request(Context ctx) {
        Body body = Body.read(ctx);
        LlmRequest.Builder request = LlmRequest.prompt(body.text("prompt"));
        body.optionalText("model").ifPresent(request::model);
        body.optionalText("system").ifPresent(request::system);
        body.number("temperature", 0, 2).ifPresent(request::temperature);
        body.wholeNumber("max_tokens", Integer.MAX_VALUE).ifPresent(request::maxTokens);
        body.choice("privacy", Privacy.class).ifPresent(request::privacy);
        body.choice("strategy", RoutingStrategy.class).ifPresent(request::strategy);
        body.choice("failover", Failover.class).ifPresent(request::failover);
        body.read("format", "must be \"text\", \"json\" or a JSON Schema object", LlmRoutes::format)
                .ifPresent(request::format);
        request.cache(body.flag("use_cache", true) ? CacheMode.USE : CacheMode.BYPASS);
        body.check();
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

    private LlmViews.Routing routing() {
        Set<String> reachable = llm.models().stream()
                .filter(BackendModels::reachable)
                .map(BackendModels::backend)
                .collect(Collectors.toSet());
        return LlmViews.routing(llm.stats(), reachable);
    }
}
