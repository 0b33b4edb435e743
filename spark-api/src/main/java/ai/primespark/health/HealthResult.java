package ai.primespark.health;

import java.util.Map;
import java.util.Objects;

/**
 * The outcome of one check.
 *
 * @param status how it is doing
 * @param message one sentence for people
 * @param metrics figures by name, such as {@code cpu_percent}
 */
public record HealthResult(HealthStatus status, String message, Map<String, Double> metrics) {

    /** Copies the map. */
    public HealthResult {
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(message, "message");
        metrics = Map.copyOf(metrics);
    }

    /**
     * Works.
     *
     * @param message one sentence for people
     * @return the result
     */
    public static HealthResult healthy(String message) {
        return new HealthResult(HealthStatus.HEALTHY, message, Map.of());
    }

    /**
     * Works in part.
     *
     * @param message one sentence for people
     * @return the result
     */
    public static HealthResult degraded(String message) {
        return new HealthResult(HealthStatus.DEGRADED, message, Map.of());
    }

    /**
     * Does not work.
     *
     * @param message one sentence for people
     * @return the result
     */
    public static HealthResult unhealthy(String message) {
        return new HealthResult(HealthStatus.UNHEALTHY, message, Map.of());
    }
}
