package ai.primespark.core.power;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * How long a battery will last by how fast its charge was seen to fall: a straight line through the last minutes, by least
 * squares. Immutable.
 */
final class RuntimeForecast {

    /** Nothing was seen yet. */
    static final RuntimeForecast NONE = new RuntimeForecast(new long[0], new double[0]);

    /** What is older says little about the present load. */
    private static final Duration LOOKS_BACK = Duration.ofMinutes(10);

    /** Gauges move in steps of a percent, so less than this may show no step at all. */
    private static final Duration AT_LEAST = Duration.ofSeconds(60);

    private static final int MOST_POINTS = 310; // one every two seconds for ten minutes, and some
    private static final double NANOS = 1e9;
    private static final double LONGEST_SECONDS = Duration.ofDays(30).toSeconds();

    private final long[] nanos;
    private final double[] charges;

    private RuntimeForecast(long[] nanos, double[] charges) {
        this.nanos = nanos;
        this.charges = charges;
    }

    /**
     * With one more observation on battery.
     *
     * @param at by the monotonic clock, later than all before
     * @param charge in percent
     */
    RuntimeForecast with(long at, double charge) {
        int from = 0;
        while (from < nanos.length && (at - nanos[from] > LOOKS_BACK.toNanos() || nanos.length - from >= MOST_POINTS)) {
            from++;
        }
        int kept = nanos.length - from;
        long[] times = Arrays.copyOfRange(nanos, from, nanos.length + 1);
        double[] values = Arrays.copyOfRange(charges, from, charges.length + 1);
        times[kept] = at;
        values[kept] = charge;
        return new RuntimeForecast(times, values);
    }

    /**
     * The time from the last observation until a charge is reached.
     *
     * @param floor in percent
     * @return empty while too little was seen, or the charge does not fall
     */
    Optional<Duration> until(double floor) {
        int n = nanos.length;
        if (n < 3 || nanos[n - 1] - nanos[0] < AT_LEAST.toNanos()) {
            return Optional.empty();
        }
        double meanX = 0;
        double meanY = 0;
        for (int i = 0; i < n; i++) {
            meanX += seconds(i) / n;
            meanY += charges[i] / n;
        }
        double above = 0;
        double below = 0;
        for (int i = 0; i < n; i++) {
            double x = seconds(i) - meanX;
            above += x * (charges[i] - meanY);
            below += x * x;
        }
        double perSecond = -above / below;
        if (!(perSecond > 0)) {
            return Optional.empty();
        }
        double now = meanY - perSecond * (seconds(n - 1) - meanX);
        double left = Math.max(0, now - floor) / perSecond;
        return left > LONGEST_SECONDS ? Optional.empty() : Optional.of(Duration.ofMillis(Math.round(left * 1_000)));
    }

    private double seconds(int i) {
        return (nanos[i] - nanos[0]) / NANOS;
    }
}
