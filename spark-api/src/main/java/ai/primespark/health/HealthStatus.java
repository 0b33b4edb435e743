package ai.primespark.health;

/** How something is doing, from best to worst. */
public enum HealthStatus {
    /** Works. */
    HEALTHY,
    /** Works in part, or slowly, or with a fallback. */
    DEGRADED,
    /** Does not work. */
    UNHEALTHY
}
