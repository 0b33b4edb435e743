package ai.primespark.core.runtime;

import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.spi.Meters;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** What all parts of one instance share. */
public final class SparkRuntime implements AutoCloseable {

    private final String nodeId;
    private final InstantSource clock;
    private final Path dataDirectory;
    private final SparkExecutors executors;
    private final EventBus events;
    private final Meters meters;

    public SparkRuntime(String nodeId, InstantSource clock, Path dataDirectory, Duration grace, Meters meters) {
        this.nodeId = nodeId;
        this.clock = clock;
        this.dataDirectory = dataDirectory.toAbsolutePath().normalize();
        // half of the time, so that what still runs then is interrupted before the time is over, and not left behind
        this.executors = new SparkExecutors(grace.dividedBy(2));
        this.events = new EventBus(executors.blocking(), clock, executors.scheduler());
        this.meters = meters;
    }

    /**
     * A sink for metrics.
     *
     * @param registry the application's Micrometer registry, or null
     * @throws IllegalArgumentException when it is something else, or Micrometer is not on the run-time path
     */
    public static Meters meters(@Nullable Object registry) {
        if (registry == null) {
            return Meters.discarding();
        }
        try {
            return MicrometerMeters.over(registry);
        } catch (NoClassDefFoundError e) {
            throw new IllegalArgumentException("needs micrometer-core on the run-time path", e);
        }
    }

    public String nodeId() {
        return nodeId;
    }

    public InstantSource clock() {
        return clock;
    }

    public SparkExecutors executors() {
        return executors;
    }

    public EventBus events() {
        return events;
    }

    public Meters meters() {
        return meters;
    }

    public Path dataDirectory() {
        return dataDirectory;
    }

    /** The context of one provider's instance. */
    public ProviderContext context(ProviderKind kind, String id, Settings settings) {
        return new Context(
                id,
                settings,
                nodeId,
                clock,
                new SharedExecutor(executors.blocking()),
                new SharedExecutor.Timer(executors.scheduler()),
                dataDirectory.resolve(kind.section()).resolve(id),
                new InstanceMeters(meters, kind.label(), id));
    }

    private record Context(
            String id,
            Settings settings,
            String nodeId,
            InstantSource clock,
            ExecutorService blocking,
            ScheduledExecutorService scheduler,
            Path dataDirectory,
            Meters meters)
            implements ProviderContext {}

    @Override
    public void close() {
        executors.close();
        if (meters instanceof MicrometerMeters micrometer) {
            micrometer.close();
        }
    }
}
