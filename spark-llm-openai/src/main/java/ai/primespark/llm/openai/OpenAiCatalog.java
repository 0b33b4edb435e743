package ai.primespark.llm.openai;

import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.ModelInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.http.Futures;
import ai.primespark.spi.http.HttpLink;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What models the server has. Lists are remembered for a short while, so that a series of calls costs one look-up. */
final class OpenAiCatalog {

    private static final String PATH = "/models";
    private static final int MAX_BODY = 16 << 20;
    private static final Duration FRESH = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HttpLink http;
    private final OpenAiErrors errors;
    private @Nullable Remembered remembered; // guarded by this

    OpenAiCatalog(HttpLink http, OpenAiErrors errors) {
        this.http = http;
        this.errors = errors;
    }

    private record Remembered(CompletableFuture<List<ModelInfo>> models, long since) {}

    /** The server's models, not older than a few seconds. Cancelling the future ends only the waiting. */
    synchronized CompletableFuture<List<ModelInfo>> models(Duration connect) {
        Remembered last = remembered;
        boolean usable = last != null
                && (!last.models().isDone()
                        || !last.models().isCompletedExceptionally()
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

    /** Everything about the server, asked for now. The protocol has no word for the server's version. */
    CompletableFuture<BackendStatus> status(Duration within) {
        return Futures.map(list(HttpLink.Limits.of(within)), models -> new BackendStatus("", models));
    }

    private CompletableFuture<List<ModelInfo>> list(HttpLink.Limits limits) {
        return answer(http.get(PATH, limits, MAX_BODY), PATH, reply -> {
            if (reply.status() == 404 || reply.status() == 405 || reply.status() == 501) {
                return List.of(); // a server that is there, but keeps no list
            }
            JsonNode body = value(reply, PATH, "", List.of());
            JsonNode rows = body.isArray() ? body : body.path("data"); // a bare list: Together
            if (!rows.isArray() && !rows.isNull()) {
                throw errors.of(Kind.PROTOCOL, "lists no models; is this a server of the OpenAI protocol?")
                        .build();
            }
            List<ModelInfo> models = new ArrayList<>();
            for (JsonNode row : rows) {
                if (!row.path("id").asText("").isEmpty()) {
                    models.add(model(row));
                }
            }
            return List.copyOf(models);
        });
    }

    /** The protocol knows a model's name; the rest is what some servers add. */
    private static ModelInfo model(JsonNode row) {
        String name = row.path("id").asText();
        String owner = row.path("owned_by").asText("");
        // llama.cpp and vLLM list what they have loaded; a llama.cpp that manages several says so of each
        boolean loaded = row.path("status").has("value")
                ? row.path("status").path("value").asText().equals("loaded")
                : owner.equals("llamacpp") || owner.equals("vllm");
        int context =
                row.path("max_model_len").asInt(row.path("meta").path("n_ctx").asInt(0));
        return new ModelInfo(
                name,
                "",
                row.path("meta").path("size").asLong(-1),
                loaded,
                loaded ? Math.max(0, context) : 0,
                null,
                capabilities(name, row),
                isCloud(name));
    }

    private static List<String> capabilities(String name, JsonNode row) {
        List<String> capabilities = new ArrayList<>();
        if (embeds(name)) {
            capabilities.add("embedding");
        }
        JsonNode inputs = row.path("architecture").path("input_modalities"); // OpenRouter
        if (contains(inputs, "image")) {
            capabilities.add("vision");
        }
        if (contains(row.path("supported_parameters"), "tools")) {
            capabilities.add("tools");
        }
        if (contains(row.path("supported_parameters"), "reasoning")) {
            capabilities.add("thinking");
        }
        if (!capabilities.isEmpty() && !embeds(name)) {
            capabilities.add(0, "completion");
        }
        return capabilities;
    }

    private static boolean contains(JsonNode list, String word) {
        for (JsonNode one : list) {
            if (one.asText().equals(word)) {
                return true;
            }
        }
        return false;
    }

    /** Lists do not tell what a model is for, but names do. */
    static boolean embeds(String name) {
        String text = name.toLowerCase(Locale.ROOT);
        return text.contains("embed") || text.contains("bge-") || text.contains("minilm") || text.contains("gte-");
    }

    /** Whether a model is for something else than words. */
    static boolean chats(String name) {
        String text = name.toLowerCase(Locale.ROOT);
        return !embeds(name)
                && List.of("rerank", "whisper", "tts", "dall-e", "moderation", "stable-diffusion", "transcribe")
                        .stream()
                        .noneMatch(text::contains);
    }

    /** Whether an Ollama server behind its OpenAI door passes calls to this name on to Ollama's cloud. */
    static boolean isCloud(String name) {
        String tag = name.substring(name.lastIndexOf(':') + 1).strip().toLowerCase(Locale.ROOT);
        return name.indexOf(':') >= 0 && (tag.equals("cloud") || tag.endsWith("-cloud"));
    }

    /** Maps an answer, or the failure to get one. */
    <T> CompletableFuture<T> answer(
            CompletableFuture<HttpLink.Reply> sent, String path, Function<HttpLink.Reply, T> function) {
        return Futures.refine(
                Futures.map(sent, function), failure -> errors.failures().transport(failure, path));
    }

    /** The JSON that a reply must hold; some servers answer failures with status 200. */
    JsonNode value(HttpLink.Reply reply, String path, String model, List<String> hidden) {
        ServerError error = OpenAiErrors.read(reply.body());
        if (reply.status() != 200) {
            LlmException refusal = errors.status(reply.status(), reply.headers(), error, path, model, hidden);
            if (refusal.kind() == Kind.MODEL_NOT_FOUND) {
                forget();
            }
            throw refusal;
        }
        JsonNode body = Json.value(reply.body());
        if (body == null || !body.isContainerNode()) {
            throw errors.of(Kind.PROTOCOL, "answered " + path + " with something that is not JSON")
                    .build();
        }
        if (body.has("error") && !body.path("error").isNull()) {
            throw errors.midStream(error, errors.failures().said(error.message(), hidden))
                    .build();
        }
        return body;
    }
}
