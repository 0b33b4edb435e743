package ai.primespark.benchmarks.memory;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What one contender measured, by name. */
final class Figures {

    private final Map<String, Double> values = new LinkedHashMap<>();
    private String failure = "";

    void put(String name, double value) {
        values.put(name, value);
    }

    void fail(String why) {
        failure = why;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    double get(String name) {
        return Optional.ofNullable(values.get(name)).orElse(Double.NaN);
    }

    String failure() {
        return failure;
    }
}
