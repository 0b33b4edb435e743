package ai.primespark.core.memory;

import java.time.Duration;

/**
 * Tells a tier that hangs from one that is far away. A far one lets callers wait as well, but answers all the time; one that has
 * let several callers wait and has answered none of them for a while hangs, long before the first time limit is over.
 * Thread-safe.
 */
final class StallWatch {

    private static final int FEWEST_CALLS = 5;
    private static final int PATIENCES_OF_SILENCE = 8;
    private static final int USUAL_TIMES_OF_SILENCE = 4;

    private final long patienceNanos;
    private volatile int overdue; // written under the lock
    private volatile long
            usualNanos; // how long answers take lately, the slow ones weighing more; a lost update is no harm
    private long silentSince; // guarded by this

    StallWatch(Duration patience) {
        this.patienceNanos = patience.toNanos();
    }

    /** An answer came. */
    void answered(long tookNanos) {
        long usual = usualNanos;
        if (tookNanos > usual) {
            usualNanos = tookNanos;
        } else if (tookNanos < usual / 2) {
            usualNanos = usual - usual / 64;
        }
        if (overdue != 0) {
            reset();
        }
    }

    /**
     * A call has been without an answer for as long as patience goes.
     *
     * @return whether the tier hangs
     */
    synchronized boolean overdue(long beganNanos) {
        int before = overdue;
        if (before == 0 || beganNanos - silentSince < 0) {
            silentSince = beganNanos;
        }
        overdue = before + 1;
        long silence = Math.max(PATIENCES_OF_SILENCE * patienceNanos, USUAL_TIMES_OF_SILENCE * usualNanos);
        return before + 1 >= FEWEST_CALLS && System.nanoTime() - silentSince >= silence;
    }

    /** How many calls wait for an answer, as far as their callers have said so. */
    int count() {
        return overdue;
    }

    synchronized void reset() {
        overdue = 0;
    }
}
