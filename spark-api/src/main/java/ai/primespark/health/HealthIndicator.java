package ai.primespark.health;

/** One check. Must be thread-safe; may block, because it runs in the background and is given up when it takes too long. */
@FunctionalInterface
public interface HealthIndicator {

    /**
     * Checks.
     *
     * @return the result
     * @throws Exception counts as {@link HealthStatus#UNHEALTHY}
     */
    HealthResult check() throws Exception;
}
