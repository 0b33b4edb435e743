package ai.primespark.health;

/**
 * The health of an instance. Checks run in the background, each within a time limit; nothing here waits for one. Thread-safe.
 *
 * <p>The components of the engine itself are {@code memory_tiers} and {@code routing}, which are vital, and
 * {@code system_resources}, {@code agents}, {@code power}, {@code vpn} and whatever else the engine on the run-time path has.
 */
public interface Health {

    /**
     * The latest results of all checks.
     *
     * @return a snapshot; what has not been checked yet, in the first moments, is left out
     */
    HealthReport report();

    /**
     * Whether the process should go on running. It fails only for what starting anew would mend: threads of this JVM wait for each
     * other for ever, the instance's own clockwork stands still, or the instance is closed. A server that is away, a full disk and a
     * hung mount are no reason to fail it.
     *
     * @return the answer
     */
    HealthProbe liveness();

    /**
     * Whether requests should be sent here. It fails until every vital component was checked, while one of them is unhealthy, and
     * once the instance closes.
     *
     * @return the answer
     */
    HealthProbe readiness();

    /**
     * Adds a check of the application's own, whose trouble leaves the whole degraded.
     *
     * @param component unique name, {@code [a-z][a-z0-9_.-]*}, 64 characters at most
     * @param indicator the check
     * @return removes the check when closed
     * @throws IllegalArgumentException when the name is taken or is none
     * @throws IllegalStateException when there are 200 checks already
     */
    default AutoCloseable register(String component, HealthIndicator indicator) {
        return register(component, HealthImpact.NORMAL, indicator);
    }

    /**
     * Adds a check of the application's own.
     *
     * @param component unique name, {@code [a-z][a-z0-9_.-]*}, 64 characters at most
     * @param impact what its trouble means for the whole, and for {@link #readiness()}
     * @param indicator the check
     * @return removes the check when closed
     * @throws IllegalArgumentException when the name is taken or is none
     * @throws IllegalStateException when there are 200 checks already
     */
    AutoCloseable register(String component, HealthImpact impact, HealthIndicator indicator);
}
