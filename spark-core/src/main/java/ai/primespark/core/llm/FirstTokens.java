package ai.primespark.core.llm;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** The latest first-token times of one model on one host, and the time within which 95 of 100 came. Thread-safe, no locks. */
final class FirstTokens {

    /** With fewer, nothing can be said about the slowest 5 of 100. */
    static final int ENOUGH = 20;

    private static final int KEPT = 128;
    private static final int RENEWED_EVERY = 8;

    private final AtomicLongArray nanos = new AtomicLongArray(KEPT);
    private final AtomicLong written = new AtomicLong();
    private volatile long slow = -1;

    void add(long firstToken) {
        long number = written.getAndIncrement();
        nanos.set((int) (number % KEPT), Math.max(1, firstToken));
        long count = number + 1;
        if (count == ENOUGH || count > ENOUGH && count % RENEWED_EVERY == 0) {
            slow = percentile95();
        }
    }

    /** Nanoseconds; negative while too few were seen. */
    long slow() {
        return slow;
    }

    private long percentile95() {
        long[] sorted = new long[KEPT];
        int count = 0;
        for (int i = 0; i < KEPT; i++) {
            long one = nanos.get(i);
            if (one > 0) { // its writer may not have come to it yet
                sorted[count++] = one;
            }
        }
        Arrays.sort(sorted, 0, count);
        return count < ENOUGH ? -1 : sorted[(int) Math.ceil(count * 0.95) - 1];
    }
}
