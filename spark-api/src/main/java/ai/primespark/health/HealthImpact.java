package ai.primespark.health;

/** What trouble with one component means for the whole. */
public enum HealthImpact {
    /** Without it nothing useful can be done: while it is unhealthy, so is the whole. */
    VITAL,
    /** Trouble with it leaves the whole degraded. */
    NORMAL,
    /** Shown, and nothing more. */
    INFORMATIVE
}
