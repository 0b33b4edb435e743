package ai.primespark.spi;

import java.time.Duration;

/**
 * A moment on the JVM's monotonic clock by which something must be done. Immutable.
 *
 * @param nanoTime the moment, comparable to {@link System#nanoTime()} by subtraction only
 */
public record Deadline(long nanoTime) {

    private static final long FOREVER_NANOS = Duration.ofDays(365).toNanos();

    /**
     * A deadline from now on.
     *
     * @param duration how long; a negative one is already over; more than a year counts as a year
     * @return the deadline
     */
    public static Deadline in(Duration duration) {
        long nanos = duration.compareTo(Duration.ofDays(365)) >= 0 ? FOREVER_NANOS : duration.toNanos();
        return new Deadline(System.nanoTime() + nanos);
    }

    /**
     * The time left.
     *
     * @return nanoseconds; zero or negative when the deadline is over
     */
    public long remainingNanos() {
        return nanoTime - System.nanoTime();
    }

    /**
     * The time left.
     *
     * @return never negative
     */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, remainingNanos()));
    }

    /**
     * Whether no time is left.
     *
     * @return true when over
     */
    public boolean isOver() {
        return remainingNanos() <= 0;
    }

    /**
     * The earlier of this and another one.
     *
     * @param duration how long from now on
     * @return a deadline that is not later than this
     */
    public Deadline orIn(Duration duration) {
        Deadline other = in(duration);
        return other.nanoTime - nanoTime < 0 ? other : this;
    }
}
