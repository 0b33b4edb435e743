package ai.primespark.core.runtime;

import ai.primespark.spi.Meters;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;

/** Publishes to the application's Micrometer registry. Loaded only when there is one. */
final class MicrometerMeters implements Meters, AutoCloseable {

    private final MeterRegistry registry;
    private final Map<Meter.Id, DoubleSupplier> gauges = new ConcurrentHashMap<>();
    private final List<Gauge> registered = new CopyOnWriteArrayList<>();

    private MicrometerMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Checks and wraps what the application handed in. */
    static MicrometerMeters over(Object registry) {
        if (registry instanceof MeterRegistry micrometer) {
            return new MicrometerMeters(micrometer);
        }
        throw new IllegalArgumentException("must be an io.micrometer.core.instrument.MeterRegistry, but is a "
                + registry.getClass().getName());
    }

    @Override
    public Counter counter(String name, String... tags) {
        return registry.counter(name, tags)::increment;
    }

    @Override
    public Timer timer(String name, String... tags) {
        return registry.timer(name, tags)::record;
    }

    @Override
    public void gauge(String name, DoubleSupplier value, String... tags) {
        // Micrometer ignores a second gauge of one name, so the gauge reads whatever supplier is current
        Meter.Id id = new Meter.Id(name, Tags.of(tags), null, null, Meter.Type.GAUGE);
        if (gauges.put(id, value) == null && !isTaken(id)) {
            registered.add(Gauge.builder(name, () -> {
                        DoubleSupplier current = gauges.get(id);
                        return current == null ? Double.NaN : current.getAsDouble();
                    })
                    .tags(tags)
                    .register(registry));
        }
    }

    /** By another instance with the same registry. */
    private boolean isTaken(Meter.Id id) {
        return registry.find(id.getName()).tags(id.getTags()).gauges().stream()
                .anyMatch(gauge -> gauge.getId().equals(id));
    }

    /** Takes away the gauges, whose parts are gone, so that a later instance can have them; the registry is the application's. */
    @Override
    public void close() {
        registered.forEach(registry::remove);
        registered.clear();
        gauges.clear();
    }
}
