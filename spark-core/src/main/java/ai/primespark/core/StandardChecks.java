package ai.primespark.core;

import ai.primespark.core.health.HealthService;
import ai.primespark.core.llm.LlmEngine;
import ai.primespark.core.memory.MemoryEngine;
import ai.primespark.core.power.PowerEngine;
import ai.primespark.core.vpn.VpnEngine;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.llm.BackendModels;
import ai.primespark.memory.MemoryStats;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The health checks of the engine's own parts. */
final class StandardChecks {

    private StandardChecks() {}

    static void register(HealthService health, MemoryEngine memory, LlmEngine llm, PowerEngine power, VpnEngine vpn) {
        health.register("memory_tiers", () -> memory(memory.memory().stats()));
        health.register("routing", () -> routing(llm));
        health.register("power", power::check);
        health.register("vpn", vpn::check);
    }

    private static HealthResult memory(MemoryStats stats) {
        List<String> down = stats.tiers().stream()
                .filter(tier -> tier.state() != MemoryStats.TierState.UP)
                .map(tier -> tier.id() + ": " + tier.detail())
                .toList();
        Map<String, Double> metrics = new HashMap<>();
        metrics.put("tiers", (double) stats.tiers().size());
        metrics.put("tiers_up", (double) stats.tiers().size() - down.size());
        if (down.isEmpty()) {
            return new HealthResult(HealthStatus.HEALTHY, "all tiers answer", metrics);
        }
        HealthStatus status = down.size() == stats.tiers().size() ? HealthStatus.UNHEALTHY : HealthStatus.DEGRADED;
        return new HealthResult(status, String.join("; ", down), metrics);
    }

    private static HealthResult routing(LlmEngine llm) {
        List<BackendModels> backends = llm.models();
        List<String> reachable = backends.stream()
                .filter(BackendModels::reachable)
                .map(BackendModels::backend)
                .toList();
        List<String> models = backends.stream()
                .filter(b -> b.reachable() && !llm.isLastResort(b.backend()))
                .map(BackendModels::backend)
                .toList();
        Map<String, Double> metrics = Map.of(
                "backends", (double) backends.size(),
                "backends_reachable", (double) reachable.size());
        if (reachable.isEmpty()) {
            return new HealthResult(
                    HealthStatus.UNHEALTHY,
                    backends.isEmpty()
                            ? "no backend; add a plugin such as spark-llm-ollama to the run-time path"
                            : "no backend answers",
                    metrics);
        }
        if (models.isEmpty()) {
            return new HealthResult(
                    HealthStatus.DEGRADED, "no model can be reached; answers are recalled by " + reachable, metrics);
        }
        return new HealthResult(
                models.size()
                                < backends.stream()
                                        .filter(b -> !llm.isLastResort(b.backend()))
                                        .count()
                        ? HealthStatus.DEGRADED
                        : HealthStatus.HEALTHY,
                "reachable: " + reachable,
                metrics);
    }
}
