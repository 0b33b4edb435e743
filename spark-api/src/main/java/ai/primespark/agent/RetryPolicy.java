package ai.primespark.agent;

import java.time.Duration;
import java.util.Objects;

/**
 * How often and when a task is tried again. Failures (the handler threw) and losses (its agent died or lost its lease) are counted
 * apart, so that a crashing machine does not use up a task's attempts, and a task that crashes machines still ends. Work that was
 * handed back for power or shutdown counts as neither.
 *
 * <p>An exception that is an {@link UnrecoverableTaskException}, or another {@link ai.primespark.SparkException} that is not
 * {@linkplain ai.primespark.SparkException#retryable() retryable}, ends the task at once; any other is retried.
 *
 * <p>Immutable and thread-safe.
 */
public final class RetryPolicy {

    /** Dead at the 5th failure or the 3rd loss; pauses of 1 s, 2 s, 4 s … up to 5 min, each shortened by up to half. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(5, 3, Duration.ofSeconds(1), Duration.ofMinutes(5), 0.5);

    /** Dead at the first failure; losses are still tried again. */
    public static final RetryPolicy NEVER = DEFAULT.withMaxFailures(1);

    private final int maxFailures;
    private final int maxLosses;
    private final Duration base;
    private final Duration cap;
    private final double jitter;

    private RetryPolicy(int maxFailures, int maxLosses, Duration base, Duration cap, double jitter) {
        if (maxFailures < 1 || maxLosses < 1) {
            throw new IllegalArgumentException("limits must be at least 1: " + maxFailures + ", " + maxLosses);
        }
        if (base.isNegative() || base.isZero() || cap.compareTo(base) < 0) {
            throw new IllegalArgumentException(
                    "pauses must be positive, the longest not below the first: " + base + ", " + cap);
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("jitter must lie in [0, 1]: " + jitter);
        }
        this.maxFailures = maxFailures;
        this.maxLosses = maxLosses;
        this.base = base;
        this.cap = cap;
        this.jitter = jitter;
    }

    /**
     * Sets after how many failures the task is dead.
     *
     * @param failures at least 1, which means no retry
     * @return a new policy
     */
    public RetryPolicy withMaxFailures(int failures) {
        return new RetryPolicy(failures, maxLosses, base, cap, jitter);
    }

    /**
     * Sets after how many losses the task is dead.
     *
     * @param losses at least 1
     * @return a new policy
     */
    public RetryPolicy withMaxLosses(int losses) {
        return new RetryPolicy(maxFailures, losses, base, cap, jitter);
    }

    /**
     * Sets the pauses: the first after one failure, doubled after each further one.
     *
     * @param first positive
     * @param longest not shorter than the first
     * @return a new policy
     */
    public RetryPolicy withBackoff(Duration first, Duration longest) {
        return new RetryPolicy(maxFailures, maxLosses, first, longest, jitter);
    }

    /**
     * Sets how much of each pause is left to chance, so that tasks that failed together do not come back together.
     *
     * @param share 0 (none) to 1 (anything between nothing and the full pause)
     * @return a new policy
     */
    public RetryPolicy withJitter(double share) {
        return new RetryPolicy(maxFailures, maxLosses, base, cap, share);
    }

    /**
     * The failure at which the task is dead.
     *
     * @return at least 1
     */
    public int maxFailures() {
        return maxFailures;
    }

    /**
     * The loss at which the task is dead.
     *
     * @return at least 1
     */
    public int maxLosses() {
        return maxLosses;
    }

    /**
     * The pause after the first failure.
     *
     * @return positive
     */
    public Duration base() {
        return base;
    }

    /**
     * The longest pause.
     *
     * @return not shorter than {@link #base()}
     */
    public Duration cap() {
        return cap;
    }

    /**
     * The share of each pause that is left to chance.
     *
     * @return 0 to 1
     */
    public double jitter() {
        return jitter;
    }

    /**
     * The pause before the next attempt: {@code min(cap, base * 2^(failures-1))}, shortened by {@code jitter * random} of it.
     *
     * @param failures how many there were, at least 1
     * @param random chance, 0 (inclusive) to 1 (exclusive)
     * @return not negative, at most {@link #cap()}
     */
    public Duration delay(int failures, double random) {
        if (failures < 1 || !(random >= 0 && random < 1)) {
            throw new IllegalArgumentException("failures from 1, chance in [0, 1): " + failures + ", " + random);
        }
        Duration pause = base;
        for (int i = 1; i < failures && pause.compareTo(cap) < 0; i++) {
            pause = pause.compareTo(cap.dividedBy(2)) > 0 ? cap : pause.plus(pause);
        }
        long millis = pause.compareTo(cap) > 0 ? cap.toMillis() : pause.toMillis();
        return Duration.ofMillis(Math.round(millis * (1 - jitter * random)));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RetryPolicy that
                && maxFailures == that.maxFailures
                && maxLosses == that.maxLosses
                && base.equals(that.base)
                && cap.equals(that.cap)
                && Double.compare(jitter, that.jitter) == 0;
    }

    @Override
    public int hashCode() {
        return Objects.hash(maxFailures, maxLosses, base, cap, jitter);
    }

    @Override
    public String toString() {
        return "RetryPolicy[failures " + maxFailures + ", losses " + maxLosses + ", " + base + " to " + cap
                + ", jitter " + jitter + "]";
    }
}
