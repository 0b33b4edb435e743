package ai.primespark.benchmarks;

import java.util.Arrays;

/** Durations of many runs of one thing, in rounds. Not thread-safe. */
public final class Sampled {

    private double[] all = new double[1024];
    private int size;
    private int roundStart;

    /** Adds one duration, in any unit. */
    public void add(double value) {
        if (size == all.length) {
            all = Arrays.copyOf(all, size * 2);
        }
        all[size++] = value;
    }

    /** Ends a round. */
    public double endRound() {
        double median = percentile(Arrays.copyOfRange(all, roundStart, size), 50);
        roundStart = size;
        return median;
    }

    /** Forgets what was only to warm up. */
    public void clear() {
        size = 0;
        roundStart = 0;
    }

    public double median() {
        return percentile(50);
    }

    public double percentile(double rank) {
        return percentile(Arrays.copyOf(all, size), rank);
    }

    public static double percentile(double[] values, double rank) {
        if (values.length == 0) {
            return Double.NaN;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.min(sorted.length - 1L, Math.round(rank / 100 * (sorted.length - 1)))];
    }
}
