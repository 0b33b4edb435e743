package ai.primespark.core.agent;

import java.time.Duration;

/** Times of any length, as the monotonic clock counts them. */
final class Nanos {

    /** So long that nobody sees the end of it, and short enough to be added to a moment of {@link System#nanoTime()}. */
    private static final Duration LONGEST = Duration.ofDays(100 * 365);

    private Nanos() {}

    /**
     * A duration in nanoseconds. People say "never" by a deadline in the year 9999 or by {@code Instant.MAX}, and neither may
     * overflow.
     *
     * @param duration of any length, also negative
     * @return the same; a hundred years for whatever is longer, in both directions
     */
    static long of(Duration duration) {
        if (duration.compareTo(LONGEST) > 0) {
            return LONGEST.toNanos();
        }
        Duration shortest = LONGEST.negated();
        return duration.compareTo(shortest) < 0 ? shortest.toNanos() : duration.toNanos();
    }
}
