package ai.primespark.core.llm;

import ai.primespark.spi.Meters;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.function.DoubleSupplier;

/** Remembers what was counted, by name and tags joined with blanks. */
final class CountingMeters implements Meters {

    private final Map<String, DoubleAdder> counters = new ConcurrentHashMap<>();
    private final Map<String, List<Duration>> timers = new ConcurrentHashMap<>();
    private final Map<String, DoubleSupplier> gauges = new ConcurrentHashMap<>();

    @Override
    public Counter counter(String name, String... tags) {
        return counters.computeIfAbsent(key(name, tags), k -> new DoubleAdder())::add;
    }

    @Override
    public Timer timer(String name, String... tags) {
        return timers.computeIfAbsent(key(name, tags), k -> new CopyOnWriteArrayList<>())::add;
    }

    @Override
    public void gauge(String name, DoubleSupplier value, String... tags) {
        gauges.put(key(name, tags), value);
    }

    int count(String key) {
        DoubleAdder counter = counters.get(key);
        return counter == null ? 0 : (int) counter.sum();
    }

    int timed(String key) {
        return timers.getOrDefault(key, List.of()).size();
    }

    double gauge(String key) {
        DoubleSupplier gauge = gauges.get(key);
        return gauge == null ? Double.NaN : gauge.getAsDouble();
    }

    private static String key(String name, String... tags) {
        return tags.length == 0 ? name : name + " " + String.join(" ", tags);
    }
}
