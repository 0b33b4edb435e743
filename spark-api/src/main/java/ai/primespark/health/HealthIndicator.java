package ai.primespark.health;

/**
 * One check. May block, because it runs in the background, by itself, and is given up when it takes too long. Until a check that was
 * given up comes back it is not run again, so that one that hangs keeps one thread.
 */
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
