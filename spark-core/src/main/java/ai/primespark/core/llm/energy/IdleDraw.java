package ai.primespark.core.llm.energy;

import java.util.Arrays;

/**
 * What the machine draws when it answers nobody: the lower quartile of its watts at such times, because other programs only ever
 * add to it. Not thread-safe.
 */
final class IdleDraw {

    /** With fewer samples nothing is known. */
    static final int ENOUGH = 5;

    /** At a reading every few seconds, the last quarter of an hour of idleness or so. */
    private static final int KEPT = 256;

    private final double[] watts = new double[KEPT];
    private long written;
    private double level = Double.NaN;

    void add(double sample) {
        watts[(int) (written++ % KEPT)] = sample;
        int count = (int) Math.min(written, KEPT);
        if (count >= ENOUGH) {
            double[] sorted = Arrays.copyOf(watts, count);
            Arrays.sort(sorted);
            level = sorted[(count - 1) / 4];
        }
    }

    /** Watts; NaN while not known. */
    double level() {
        return level;
    }
}
