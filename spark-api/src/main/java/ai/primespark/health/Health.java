package ai.primespark.health;

/** The health of an instance. Thread-safe. */
public interface Health {

    /**
     * The latest results of all checks. Does not wait.
     *
     * @return a snapshot
     */
    HealthReport report();

    /**
     * Adds a check of the application's own.
     *
     * @param component unique name
     * @param indicator the check
     * @return removes the check when closed
     * @throws IllegalArgumentException when the name is taken
     */
    AutoCloseable register(String component, HealthIndicator indicator);
}
