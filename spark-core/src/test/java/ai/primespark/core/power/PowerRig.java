package ai.primespark.core.power;

import static org.awaitility.Awaitility.await;

import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.event.SparkEvent;
import ai.primespark.power.PowerPolicy;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.PowerSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** An engine over given sources, with real threads and short times. */
final class PowerRig implements AutoCloseable {

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final SparkRuntime runtime = new SparkRuntime(
            "pi", Clock.systemUTC(), Path.of("data"), Duration.ofSeconds(2), SparkRuntime.meters(registry));
    final List<SparkEvent> events = new CopyOnWriteArrayList<>();
    final PowerEngine engine;

    private PowerRig(Map<String, Object> settings, List<ConfiguredSource> sources, PowerPolicy policy) {
        runtime.events().subscribe(SparkEvent.class, events::add);
        engine = new PowerEngine(Play.settings(settings), runtime, sources, policy);
    }

    static Builder over(PowerSource... sources) {
        return new Builder(sources);
    }

    static final class Builder {

        private final Map<String, Object> settings = new HashMap<>(Map.of(
                "poll-interval", "100 ms",
                "poll-interval-on-battery", "100 ms",
                "on-battery-delay", "0 s",
                "recover-delay", "0 s",
                "max-changes", 1000));
        private final List<ConfiguredSource> sources = new ArrayList<>();
        private PowerPolicy policy;

        private Builder(PowerSource... given) {
            for (PowerSource source : given) {
                sources.add(new ConfiguredSource("ups" + sources.size(), source));
            }
        }

        Builder with(String setting, Object value) {
            settings.put(setting, value);
            return this;
        }

        Builder policy(PowerPolicy own) {
            policy = own;
            return this;
        }

        PowerRig make() {
            return new PowerRig(settings, sources, policy);
        }

        PowerRig start() {
            PowerRig rig = make();
            rig.engine.start();
            return rig;
        }
    }

    void awaitProfile(PowerProfile profile) {
        await().until(() -> engine.profile() == profile);
    }

    SparkEvent.PowerDrained awaitDrained() {
        await().until(() -> events.stream().anyMatch(SparkEvent.PowerDrained.class::isInstance));
        return events.stream()
                .filter(SparkEvent.PowerDrained.class::isInstance)
                .map(SparkEvent.PowerDrained.class::cast)
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        engine.close();
        runtime.close();
    }
}
