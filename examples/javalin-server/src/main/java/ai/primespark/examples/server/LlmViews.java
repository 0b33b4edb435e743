package ai.primespark.examples.server;

import ai.primespark.Zone;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Usage;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the API says about calls and backends where it has words of its own. */
final class LlmViews {

    private LlmViews() {}

    static Map<String, Object> answer(LlmResponse response) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("response", response.text());
        view.putAll(facts(response));
        return view;
    }

    /** Everything about an answer but its text. */
    static Map<String, Object> facts(LlmResponse response) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("model", response.model());
        view.put("location", response.zone());
        view.put("backend", response.backend());
        view.put("reason", reason(response));
        view.put("latency_ms", response.trace().total());
        view.put("answer_source", response.answerSource());
        view.put("cached", response.cached());
        view.put("stale", response.stale());
        view.put("degraded", response.degraded());
        view.put("sources", response.sources());
        view.put("usage", Tokens.of(response.usage()));
        view.put("trace", response.trace());
        return view;
    }

    private static String reason(LlmResponse response) {
        return response.trace().attempts().stream()
                .filter(attempt -> attempt.outcome() == RouteTrace.Outcome.ANSWERED)
                .map(RouteTrace.Attempt::reason)
                .findFirst()
                .orElse(response.cached() ? "answered from the cache" : "");
    }

    /** One entry a backend by its id, and the groups {@code edge} and {@code cloud}; a backend of that id is its own group. */
    static Map<String, Object> models(List<BackendModels> backends) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("edge", group(backends, zone -> zone == Zone.EDGE));
        view.put("cloud", group(backends, zone -> zone != Zone.EDGE));
        for (BackendModels backend : backends) {
            view.put(backend.backend(), Backend.of(backend));
        }
        return view;
    }

    private static Group group(List<BackendModels> backends, Predicate<Zone> zones) {
        List<BackendModels> members =
                backends.stream().filter(backend -> zones.test(backend.zone())).toList();
        return new Group(
                members.stream()
                        .map(BackendModels::endpoint)
                        .filter(e -> !e.isEmpty())
                        .findFirst()
                        .orElse(""),
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
        return new Routing(stats.strategy(), endpoints);
    }

    private record Tokens(long promptTokens, long completionTokens, long totalTokens) {
        static Tokens of(Usage usage) {
            return new Tokens(usage.promptTokens(), usage.answerTokens(), usage.promptTokens() + usage.answerTokens());
        }
    }

    private record Model(String name, long size, boolean loaded, List<String> capabilities) {
        static Model of(ModelInfo model) {
            return new Model(model.name(), model.bytes(), model.loaded(), model.capabilities());
        }
    }

    private record Backend(Zone location, String endpoint, boolean reachable, String detail, List<Model> models) {
        static Backend of(BackendModels backend) {
            List<Model> models = backend.models().stream().map(Model::of).toList();
            return new Backend(backend.zone(), backend.endpoint(), backend.reachable(), backend.detail(), models);
        }
    }

    private record Group(String endpoint, List<Model> models) {}

    record Routing(String strategy, Map<String, Endpoint> endpoints) {}

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
