package ai.primespark.core.health;

import ai.primespark.health.HealthResult;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a check of a subsystem found.
 *
 * @param whole the subsystem
 * @param parts what it consists of, by their ids
 */
public record Checked(HealthResult whole, Map<String, HealthResult> parts) {

    /** Copies the map. */
    public Checked {
        parts = Map.copyOf(parts);
    }

    /** Without parts. */
    public static Checked of(HealthResult whole) {
        return new Checked(whole, Map.of());
    }

    /** Two opinions on one thing: it is as the worse one says, in its words; where they agree, in the words of both. */
    public static HealthResult both(HealthResult one, HealthResult other) {
        int order = one.status().compareTo(other.status());
        HealthResult first = order < 0 ? other : one;
        HealthResult second = order < 0 ? one : other;
        Map<String, Double> metrics = new TreeMap<>(second.metrics());
        metrics.putAll(first.metrics());
        String message = order == 0
                ? Stream.of(first.message(), second.message())
                        .filter(words -> !words.isEmpty())
                        .distinct()
                        .collect(Collectors.joining("; "))
                : first.message();
        return new HealthResult(first.status(), message, metrics);
    }
}
