package ai.primespark.core.system;

import ai.primespark.health.HealthStatus;

/**
 * Judges one figure by two thresholds. Once a threshold is reached, the figure must fall a little below it before that counts as
 * over, so that one on the threshold does not come and go. For one thread at a time.
 */
final class Level {

    private static final double HYSTERESIS = 2;

    private final double warn;
    private final double critical;
    private HealthStatus now = HealthStatus.HEALTHY;

    /**
     * Makes one.
     *
     * @param warn from which value on it is degraded
     * @param critical from which value on it is unhealthy
     */
    Level(double warn, double critical) {
        this.warn = warn;
        this.critical = critical;
    }

    /** Judges the next value; NaN for not known is no trouble. */
    HealthStatus judge(double value) {
        if (reached(value, critical, HealthStatus.UNHEALTHY)) {
            now = HealthStatus.UNHEALTHY;
        } else if (reached(value, warn, HealthStatus.DEGRADED)) {
            now = HealthStatus.DEGRADED;
        } else {
            now = HealthStatus.HEALTHY;
        }
        return now;
    }

    private boolean reached(double value, double threshold, HealthStatus level) {
        return value >= (now.compareTo(level) >= 0 ? threshold - HYSTERESIS : threshold);
    }
}
