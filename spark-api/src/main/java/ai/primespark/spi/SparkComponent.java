package ai.primespark.spi;

import ai.primespark.health.HealthIndicator;
import java.util.Optional;

/** Something with a lifecycle: created, started once, closed at least once. Thread-safe. */
public interface SparkComponent extends AutoCloseable {

    /**
     * Begins background work and opens what is local. Called once, before any other method. Must not fail because a remote
     * server is away, and must not wait for one.
     *
     * @throws Exception when it can never work on this machine as configured; the engine then closes everything that was
     *     started before and reports the failure
     */
    default void start() throws Exception {}

    /**
     * What this component can say of its own health, beyond what the engine sees from outside: whether it answers, how fast, and
     * what it holds, need not be said here. It is shown as a part of the subsystem's component of
     * {@link ai.primespark.health.Health}; trouble leaves that degraded at least.
     *
     * @return asked for once, after {@link #start()}; empty when there is nothing to add
     */
    default Optional<HealthIndicator> health() {
        return Optional.empty();
    }

    /**
     * Releases everything that this component made, within a few seconds. Legal in every state; closing twice is harmless.
     * Executors of the context are not closed.
     *
     * @throws Exception when something could not be released cleanly
     */
    @Override
    void close() throws Exception;
}
