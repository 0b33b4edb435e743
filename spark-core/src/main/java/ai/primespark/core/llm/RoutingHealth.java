package ai.primespark.core.llm;

import ai.primespark.core.health.Checked;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.LlmStats.BackendStats;
import ai.primespark.llm.LlmStats.Circuit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says how the routing and each backend are. Without any that answers nothing can be asked; without a model, at least recalled. */
public final class RoutingHealth {

    private RoutingHealth() {}

    /**
     * Asks all backends.
     *
     * @param timeout after which this would count as hung; they are waited for a little less, and for two seconds at most, so that
     *     one that does not answer is not taken for a check that hangs
     */
    public static Checked of(LlmEngine llm, Duration timeout) {
        Duration most = timeout.multipliedBy(4).dividedBy(5);
        List<BackendModels> backends = llm.models(most.compareTo(ModelSurvey.LIMIT) < 0 ? most : ModelSurvey.LIMIT);
        LlmStats stats = llm.stats();
        Map<String, BackendStats> figures =
                stats.backends().stream().collect(Collectors.toMap(BackendStats::id, Function.identity()));
        Map<String, HealthResult> parts = new TreeMap<>();
        backends.forEach(backend -> parts.put(backend.backend(), part(backend, figures.get(backend.backend()))));
        return new Checked(whole(llm, backends, stats), parts);
    }

    private static HealthResult whole(LlmEngine llm, List<BackendModels> backends, LlmStats stats) {
        List<String> reachable = backends.stream()
                .filter(BackendModels::reachable)
                .map(BackendModels::backend)
                .toList();
        List<BackendModels> withModels = backends.stream()
                .filter(backend -> !llm.isLastResort(backend.backend()))
                .toList();
        String silent = withModels.stream()
                .filter(backend -> !backend.reachable())
                .map(backend -> backend.backend() + ": " + backend.detail())
                .collect(Collectors.joining("; "));
        Map<String, Double> metrics = Map.of(
                "backends", (double) backends.size(),
                "backends_reachable", (double) reachable.size(),
                "requests", (double) stats.requests(),
                "failovers", (double) stats.failovers(),
                "cache_hits", (double) stats.cacheHits());
        if (backends.isEmpty()) {
            return new HealthResult(
                    HealthStatus.UNHEALTHY,
                    "no backend; add a plugin such as spark-llm-ollama to the run-time path",
                    metrics);
        }
        if (reachable.isEmpty()) {
            return new HealthResult(HealthStatus.UNHEALTHY, "no backend answers; " + silent, metrics);
        }
        if (withModels.stream().noneMatch(BackendModels::reachable)) {
            return new HealthResult(
                    HealthStatus.DEGRADED,
                    "no model can be reached; answers are recalled by " + reachable
                            + (silent.isEmpty() ? "" : "; " + silent),
                    metrics);
        }
        return silent.isEmpty()
                ? new HealthResult(HealthStatus.HEALTHY, "reachable: " + reachable, metrics)
                : new HealthResult(HealthStatus.DEGRADED, silent + "; reachable: " + reachable, metrics);
    }

    private static HealthResult part(BackendModels backend, @Nullable BackendStats figures) {
        Map<String, Double> metrics = new TreeMap<>();
        metrics.put("models", (double) backend.models().size());
        Circuit circuit = Circuit.CLOSED;
        if (figures != null) {
            circuit = figures.circuit();
            metrics.put("circuit", level(circuit));
            metrics.put("in_flight", (double) figures.inFlight());
            metrics.put("queued", (double) figures.queued());
            metrics.put("requests", (double) figures.requests());
            metrics.put("failures", (double) figures.failures());
            figures.timeToFirstToken().ifPresent(time -> metrics.put("first_token_ms", (double) time.toMillis()));
        }
        if (!backend.reachable()) {
            return new HealthResult(HealthStatus.UNHEALTHY, backend.detail(), metrics);
        }
        return switch (circuit) {
            case CLOSED -> new HealthResult(HealthStatus.HEALTHY, "answers", metrics);
            case HALF_OPEN ->
                new HealthResult(
                        HealthStatus.DEGRADED, "it failed too often, and is tried again by single calls", metrics);
            case OPEN ->
                new HealthResult(HealthStatus.DEGRADED, "it failed too often, and is left alone for a while", metrics);
        };
    }

    /** As the meter spark.llm.circuit has it. */
    private static double level(Circuit circuit) {
        return switch (circuit) {
            case CLOSED -> 0;
            case HALF_OPEN -> 1;
            case OPEN -> 2;
        };
    }
}
