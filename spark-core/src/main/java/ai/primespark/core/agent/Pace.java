package ai.primespark.core.agent;

import java.util.concurrent.TimeUnit;

/**
 * How long an agent's attempts take at the moment, to tell how many it may claim at once: where each takes microseconds, asking the
 * queue for one after the other would take longer than the work. Estimates only; races between writers are harmless.
 */
final class Pace {

    /** From here on attempts are claimed one by one. */
    private static final long BLINK = TimeUnit.MICROSECONDS.toNanos(500);

    /** How much work is taken in one go. */
    private static final long BATCH = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int MOST = 256;

    private volatile double mean = BATCH;
    private volatile double peak = BATCH;

    void record(long nanos) {
        double m = mean;
        mean = m + (nanos - m) / 16;
        peak = Math.max((double) nanos, peak * 0.95);
    }

    /** Whether attempts are over in the blink of an eye. */
    boolean isBlink() {
        return peak < BLINK;
    }

    /** How many attempts a slot may take at once; 1 unless all of them are over within 2 ms or so. */
    int batch() {
        return isBlink() ? (int) Math.max(1, Math.min(MOST, BATCH / Math.max(1, mean))) : 1;
    }
}
