package ai.primespark.health;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The outcome of one check.
 *
 * @param status how it is doing
 * @param message one sentence for people
 * @param metrics figures by name, such as {@code cpu_percent}; what is not known is left out; unmodifiable, in the order of their
 *     names
 */
public record HealthResult(HealthStatus status, String message, Map<String, Double> metrics) {

    /** Copies the map, without figures that are no numbers. */
    public HealthResult {
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(message, "message");
        Map<String, Double> known = new TreeMap<>(metrics);
        known.values().removeIf(value -> !Double.isFinite(value));
        metrics = Collections.unmodifiableMap(known);
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
