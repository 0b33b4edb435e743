package ai.primespark.testkit;

import ai.primespark.spi.Meters;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import ai.primespark.spi.SparkProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What the engine would hand to a new product, for tests: a clock that the test moves, executors and a temporary directory of
 * its own, and no settings until {@link #with} gives some.
 *
 * <pre>{@code
 * try (TestContext context = TestContext.create().with(provider, Map.of("path", dir))) {
 *     MemoryTier tier = provider.create(context);
 * }
 * }</pre>
 *
 * <p>Thread-safe. Contexts made by {@link #with} and {@link #withId} share everything else with their origin; closing one closes
 * all.
 */
public final class TestContext implements ProviderContext, AutoCloseable {

    private final TestResources resources;
    private final String id;
    private final Settings settings;

    private TestContext(TestResources resources, String id, Settings settings) {
        this.resources = resources;
        this.id = id;
        this.settings = settings;
    }

    /**
     * Makes a context with the id {@code test}, without settings.
     *
     * @return a context to close after the test
     */
    public static TestContext create() {
        return new TestContext(new TestResources(), "test", Settings.of(List.of(), Map.of()));
    }

    /**
     * The same context with a provider's settings.
     *
     * @param provider whose settings they are
     * @param values by setting name, as text or typed
     * @return a view of this context
     * @throws IllegalArgumentException when the provider's declarations refuse the values
     */
    public TestContext with(SparkProvider provider, Map<String, ?> values) {
        return new TestContext(resources, id, Settings.of(provider.settings(), values));
    }

    /**
     * The same context with another id.
     *
     * @param newId {@code [a-z][a-z0-9-]*}
     * @return a view of this context
     */
    public TestContext withId(String newId) {
        return new TestContext(resources, newId, settings);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public String nodeId() {
        return "test-node";
    }

    @Override
    public MutableClock clock() {
        return resources.clock();
    }

    @Override
    public ExecutorService blocking() {
        return resources.blocking();
    }

    @Override
    public ScheduledExecutorService scheduler() {
        return resources.scheduler();
    }

    /**
     * A directory for the product, below {@link #directory()}.
     *
     * @return an absolute path that does not exist until the product makes it
     */
    @Override
    public Path dataDirectory() {
        return directory().resolve("data").resolve(id);
    }

    @Override
    public Meters meters() {
        return Meters.discarding();
    }

    /**
     * The context's temporary directory, for whatever a test needs.
     *
     * @return an absolute path that exists until the context is closed
     */
    public Path directory() {
        return resources.directory();
    }

    /**
     * How many tasks have been given to {@link #blocking()} and {@link #scheduler()}.
     *
     * @return never decreases
     */
    public long tasksStarted() {
        return resources.tasksStarted();
    }

    /**
     * Threads that began to live after this context was made and still do. Before {@link #close()} the context's own threads do
     * not count; afterwards they do, because a thread that is still there serves a task that does not end. Waits up to five
     * seconds for threads that are about to end.
     *
     * @return their names; virtual threads and threads of the JVM are not seen
     */
    public List<String> leakedThreads() {
        return resources.leakedThreads();
    }

    /** Stops the executors, waiting up to five seconds for running tasks, and deletes the directory. */
    @Override
    public void close() {
        resources.close();
    }

    @Override
    public String toString() {
        return "TestContext[" + id + "]";
    }
}
