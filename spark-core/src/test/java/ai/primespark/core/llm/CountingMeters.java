package ai.primespark.core.llm;

import ai.primespark.spi.Meters;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

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

    /** Of all meters whose name and first tags are these. */
    int count(String key) {
        return (int) matching(counters, key).mapToDouble(DoubleAdder::sum).sum();
    }

    /** The same for timers. */
    int timed(String key) {
        return matching(timers, key).mapToInt(List::size).sum();
    }

    private static <T> Stream<T> matching(Map<String, T> meters, String key) {
        return meters.entrySet().stream()
                .filter(e -> e.getKey().equals(key) || e.getKey().startsWith(key + " "))
                .map(Map.Entry::getValue);
    }

    double gauge(String key) {
        DoubleSupplier gauge = gauges.get(key);
        return gauge == null ? Double.NaN : gauge.getAsDouble();
    }

    private static String key(String name, String... tags) {
        return tags.length == 0 ? name : name + " " + String.join(" ", tags);
    }
}
