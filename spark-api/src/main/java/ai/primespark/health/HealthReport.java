package ai.primespark.health;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * The latest results of all checks.
 *
 * @param status the whole: unhealthy when memory or routing is, degraded when any other part is not healthy
 * @param components by name, for example {@code memory.hot} or {@code llm.edge}
 */
public record HealthReport(HealthStatus status, Map<String, Component> components) {

    /** Copies the map. */
    public HealthReport {
        Objects.requireNonNull(status, "status");
        components = Map.copyOf(components);
    }

    /**
     * One part.
     *
     * @param result the latest result
     * @param checkedAt when it was taken
     */
    public record Component(HealthResult result, Instant checkedAt) {}
}
