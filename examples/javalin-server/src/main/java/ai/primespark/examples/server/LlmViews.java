package ai.primespark.examples.server;

import ai.primespark.Zone;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Source;
import ai.primespark.llm.Usage;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.type.TypeReference;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the API says about calls and backends where it has words of its own. */
final class LlmViews {

    /** What {@link #models} gives, as a type. */
    static final Type MODELS = new TypeReference<Map<String, Models>>() {}.getType();

    private LlmViews() {}

    /**
     * An answer.
     *
     * @param response its text; null in a stream's last event, because it was streamed
     * @param toolCalls what the model asks the client to do; null when nothing
     */
    record Answer(
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String response,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            List<ChatViews.Call> toolCalls,

            FinishReason finishReason,
            String model,
            Zone location,
            String backend,
            String reason,
            Duration latency,
            AnswerSource answerSource,
            boolean cached,
            boolean stale,
            boolean degraded,
            List<Source> sources,
            Tokens usage,
            RouteTrace trace) {

        static Answer of(LlmResponse response) {
            return of(response, response.text());
        }

        /** Everything about an answer but its text. */
        static Answer facts(LlmResponse response) {
            return of(response, null);
        }

        private static Answer of(LlmResponse response, @Nullable String text) {
            List<ChatViews.Call> calls =
                    response.toolCalls().stream().map(ChatViews.Call::of).toList();
            return new Answer(
                    text,
                    calls.isEmpty() ? null : calls,
                    response.finish(),
                    response.model(),
                    response.zone(),
                    response.backend(),
                    reasonOf(response),
                    response.trace().total(),
                    response.answerSource(),
                    response.cached(),
                    response.stale(),
                    response.degraded(),
                    response.sources(),
                    Tokens.of(response.usage()),
                    response.trace());
        }
    }

    private static String reasonOf(LlmResponse response) {
        return response.trace().attempts().stream()
                .filter(attempt -> attempt.outcome() == RouteTrace.Outcome.ANSWERED)
                .map(RouteTrace.Attempt::reason)
                .findFirst()
                .orElse(response.cached() ? "answered from the cache" : "");
    }

    /** One entry a backend by its id, and the groups {@code edge} and {@code cloud}; a backend of that id is its own group. */
    static Map<String, Models> models(List<BackendModels> backends) {
        Map<String, Models> view = new LinkedHashMap<>();
        view.put("edge", group(backends, zone -> zone == Zone.EDGE));
        view.put("cloud", group(backends, zone -> zone != Zone.EDGE));
        for (BackendModels backend : backends) {
            view.put(backend.backend(), Models.of(backend));
        }
        return view;
    }

    private static Models group(List<BackendModels> backends, Predicate<Zone> zones) {
        List<BackendModels> members =
                backends.stream().filter(backend -> zones.test(backend.zone())).toList();
        return new Models(
                null,
                members.stream()
                        .map(BackendModels::endpoint)
                        .filter(e -> !e.isEmpty())
                        .findFirst()
                        .orElse(""),
                null,
                null,
                members.stream()
                        .flatMap(backend -> backend.models().stream())
                        .map(Model::of)
                        .toList());
    }

    static Routing routing(LlmStats stats, Set<String> reachable) {
        Map<String, Endpoint> endpoints = new LinkedHashMap<>();
        for (LlmStats.BackendStats backend : stats.backends()) {
            endpoints.put(backend.id(), Endpoint.of(backend, reachable.contains(backend.id())));
        }
        return new Routing(
                stats.strategy(), endpoints, stats.requests(), stats.cacheHits(), stats.failovers(), stats.recent());
    }

    record Tokens(long promptTokens, long completionTokens, long totalTokens) {
        static Tokens of(Usage usage) {
            return new Tokens(usage.promptTokens(), usage.answerTokens(), usage.promptTokens() + usage.answerTokens());
        }
    }

    /** Of {@code size} -1 when that is not known. */
    record Model(String name, long size, boolean loaded, List<String> capabilities) {
        static Model of(ModelInfo model) {
            return new Model(model.name(), model.bytes(), model.loaded(), model.capabilities());
        }
    }

    /** Of a backend, or of a group, which has no {@code location} and no state of its own. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Models(
            @Nullable Zone location,
            String endpoint,
            @Nullable Boolean reachable,
            @Nullable String detail,
            List<Model> models) {
        static Models of(BackendModels backend) {
            List<Model> models = backend.models().stream().map(Model::of).toList();
            return new Models(backend.zone(), backend.endpoint(), backend.reachable(), backend.detail(), models);
        }
    }

    record Vectors(List<float[]> embeddings, String model, Zone location, String backend, Tokens usage) {
        static Vectors of(Embeddings made) {
            return new Vectors(made.vectors(), made.model(), made.zone(), made.backend(), Tokens.of(made.usage()));
        }
    }

    /** Of {@code recent} the newest first, without any prompt or answer. */
    record Routing(
            String strategy,
            Map<String, Endpoint> endpoints,
            long requests,
            long cacheHits,
            long failovers,
            List<RouteTrace> recent) {}

    record Endpoint(
            String endpoint,
            Zone location,
            boolean isHealthy,
            @Nullable Duration latency,
            LlmStats.Circuit circuit,
            int inFlight,
            long requests,
            long failures) {
        static Endpoint of(LlmStats.BackendStats backend, boolean reachable) {
            return new Endpoint(
                    backend.endpoint(),
                    backend.zone(),
                    reachable && backend.circuit() != LlmStats.Circuit.OPEN,
                    backend.firstToken(),
                    backend.circuit(),
                    backend.inFlight(),
                    backend.requests(),
                    backend.failures());
        }
    }
}
