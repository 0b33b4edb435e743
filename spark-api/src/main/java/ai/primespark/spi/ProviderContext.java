package ai.primespark.spi;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What the engine hands to a new product. Grows by {@code default} methods only. Thread-safe; may be kept.
 *
 * <p>Executors belong to the engine: shutting one down has no effect.
 */
public interface ProviderContext {

    /**
     * The instance's id, by which configuration, traces, health and metrics name it.
     *
     * @return {@code [a-z][a-z0-9-]*}, unique in its kind
     */
    String id();

    /**
     * The instance's settings, already checked against {@link SparkProvider#settings()}.
     *
     * @return the settings
     */
    Settings settings();

    /**
     * This machine's name in record versions.
     *
     * @return 1 to 32 characters of {@code [a-z0-9-]}, stable across restarts
     */
    String nodeId();

    /**
     * The wall clock. Use {@link System#nanoTime()} or {@link Deadline} for time limits.
     *
     * @return the clock
     */
    InstantSource clock();

    /**
     * Where blocking work runs: virtual threads on Java 21 and later, a bounded pool of daemon threads before. A task that
     * never returns costs one thread; the engine counts and reports such threads.
     *
     * @return the executor
     */
    ExecutorService blocking();

    /**
     * A timer. Tasks must not block: hand long work to {@link #blocking()}.
     *
     * @return the scheduler
     */
    ScheduledExecutorService scheduler();

    /**
     * A directory of this instance's own, on a local disk. It is not created before the product does so.
     *
     * @return an absolute path
     */
    Path dataDirectory();

    /**
     * Where to count and time. The engine adds the instance's kind and id as tags.
     *
     * @return a sink; without a registry of the application it discards everything
     */
    Meters meters();
}
