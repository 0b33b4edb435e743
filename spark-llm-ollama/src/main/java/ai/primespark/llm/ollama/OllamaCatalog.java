package ai.primespark.llm.ollama;

import ai.primespark.llm.LlmException;
import ai.primespark.llm.ModelInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.http.Futures;
import ai.primespark.spi.http.HttpLink;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What models the server has. Lists are remembered for a short while, so that a series of calls costs one look-up. */
final class OllamaCatalog {

    private static final int MAX_BODY = 16 << 20;
    private static final Duration FRESH = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int NOT_FOUND = 404;

    private final HttpLink http;
    private final OllamaErrors errors;
    private @Nullable Remembered remembered; // guarded by this

    OllamaCatalog(HttpLink http, OllamaErrors errors) {
        this.http = http;
        this.errors = errors;
    }

    /**
     * A model that the server lists.
     *
     * @param info what it says about it; never loaded, because lists do not tell
     * @param embedder whether it can only embed, as far as servers that tell no capabilities let us know
     */
    record Listed(ModelInfo info, boolean embedder) {

        boolean can(String capability) {
            return info.capabilities().isEmpty()
                    ? embedder == capability.equals("embedding")
                    : info.capabilities().contains(capability);
        }
    }

    private record Remembered(CompletableFuture<List<Listed>> models, long since) {}

    /** The server's models, not older than a few seconds, or asked for just now. Cancelling the future ends only the waiting. */
    synchronized CompletableFuture<List<Listed>> models(boolean now, Duration connect) {
        Remembered last = remembered;
        boolean usable = last != null
                && (!last.models().isDone()
                        || !now
                                && !last.models().isCompletedExceptionally()
                                && System.nanoTime() - last.since() < FRESH.toNanos());
        if (last == null || !usable) {
            last = new Remembered(list(new HttpLink.Limits(connect, PATIENCE)), System.nanoTime());
            remembered = last;
        }
        return last.models().copy();
    }

    /** Forgets what was remembered, because it turned out to be wrong. */
    synchronized void forget() {
        remembered = null;
    }

    /** Everything about the server, asked for now; one thing after the other, because each at once takes a connection. */
    CompletableFuture<BackendStatus> status(Deadline deadline) {
        return Futures.then(
                list(within(deadline)),
                models -> Futures.then(
                        loaded(within(deadline)),
                        running -> Futures.map(
                                lookup("/api/version", within(deadline), true),
                                body -> status(
                                        models, running, body.path("version").asText("")))));
    }

    private static HttpLink.Limits within(Deadline deadline) {
        return HttpLink.Limits.of(deadline.remaining());
    }

    private static BackendStatus status(List<Listed> models, Map<String, JsonNode> running, String version) {
        List<ModelInfo> joined = new ArrayList<>();
        for (Listed model : models) {
            joined.add(withLoad(
                    model.info(), running.get(OllamaNames.canonical(model.info().name()))));
        }
        return new BackendStatus(version, joined);
    }

    /** What the server has in memory, by canonical name. */
    CompletableFuture<Map<String, JsonNode>> loaded(HttpLink.Limits limits) {
        return Futures.map(lookup("/api/ps", limits, true), body -> {
            Map<String, JsonNode> models = new HashMap<>();
            for (JsonNode model : body.path("models")) {
                models.put(OllamaNames.canonical(name(model)), model);
            }
            return models;
        });
    }

    /** Adds what {@code /api/ps} said about a model, if anything. */
    static ModelInfo withLoad(ModelInfo model, @Nullable JsonNode running) {
        if (running == null) {
            return model;
        }
        return new ModelInfo(
                model.name(),
                model.digest(),
                model.bytes(),
                true,
                Math.max(0, running.path("context_length").asInt(0)),
                instant(running.path("expires_at").asText("")),
                model.capabilities(),
                model.remote());
    }

    private CompletableFuture<List<Listed>> list(HttpLink.Limits limits) {
        return Futures.map(lookup("/api/tags", limits, false), body -> {
            if (!body.path("models").isArray() && !body.path("models").isNull()) {
                throw errors.of(LlmException.Kind.PROTOCOL, "lists no models; is this an Ollama server?")
                        .build();
            }
            List<Listed> models = new ArrayList<>();
            for (JsonNode model : body.path("models")) {
                models.add(listed(model));
            }
            return List.copyOf(models);
        });
    }

    private static Listed listed(JsonNode model) {
        String family = model.path("details").path("family").asText("");
        return new Listed(
                new ModelInfo(
                        name(model),
                        model.path("digest").asText(""),
                        model.path("size").asLong(-1),
                        false,
                        0,
                        null,
                        capabilities(model),
                        isRemote(model) || OllamaNames.isCloud(name(model))),
                family.contains("bert"));
    }

    static List<String> capabilities(JsonNode model) {
        List<String> capabilities = new ArrayList<>();
        model.path("capabilities").forEach(capability -> capabilities.add(capability.asText()));
        return capabilities;
    }

    static boolean isRemote(JsonNode model) {
        return !model.path("remote_host").asText("").isEmpty()
                || !model.path("remote_model").asText("").isEmpty();
    }

    private static String name(JsonNode model) {
        String name = model.path("name").asText("");
        return name.isEmpty() ? model.path("model").asText("") : name;
    }

    private static @Nullable Instant instant(String text) {
        try {
            Instant instant = OffsetDateTime.parse(text).toInstant();
            return instant.isAfter(Instant.EPOCH) ? instant : null; // the server's zero time is in the year 1
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** An object by GET; an empty one for a path that older servers do not know. */
    private CompletableFuture<JsonNode> lookup(String path, HttpLink.Limits limits, boolean mayMiss) {
        CompletableFuture<HttpLink.Reply> sent = http.get(path, limits, MAX_BODY);
        return answer(sent, path, reply -> {
            if (mayMiss && reply.status() == NOT_FOUND) {
                return Json.MAPPER.createObjectNode();
            }
            return object(reply, path, "", List.of());
        });
    }

    /** Maps an answer, or the failure to get one. */
    <T> CompletableFuture<T> answer(
            CompletableFuture<HttpLink.Reply> sent,
            String path,
            java.util.function.Function<HttpLink.Reply, T> function) {
        return Futures.refine(Futures.map(sent, function), failure -> errors.transport(failure, path));
    }

    /** The object that a reply must hold. */
    JsonNode object(HttpLink.Reply reply, String path, String model, List<String> hidden) {
        if (reply.status() != 200) {
            throw errors.status(reply.status(), reply.headers(), reply.body(), path, model, hidden);
        }
        JsonNode body = Json.object(reply.body());
        if (body == null) {
            throw errors.of(LlmException.Kind.PROTOCOL, "answered " + path + " with something that is not JSON")
                    .build();
        }
        return body;
    }
}
