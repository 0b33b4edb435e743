package ai.primespark.benchmarks;

import ai.primespark.spi.Meters;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** What the engine would hand to a tier, for measuring the tier without the engine. */
record MeasuringContext(
        Settings settings, Path dataDirectory, ExecutorService blocking, ScheduledExecutorService scheduler)
        implements ProviderContext, AutoCloseable {

    MeasuringContext(Settings settings, Path dataDirectory) {
        this(settings, dataDirectory, Executors.newCachedThreadPool(), Executors.newSingleThreadScheduledExecutor());
    }

    @Override
    public String id() {
        return "measured";
    }

    @Override
    public String nodeId() {
        return "measured";
    }

    @Override
    public InstantSource clock() {
        return InstantSource.system();
    }

    @Override
    public Meters meters() {
        return Meters.discarding();
    }

    @Override
    public void close() {
        blocking.shutdownNow();
        scheduler.shutdownNow();
    }
}
