package ai.primespark.core.agent;

import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long attempts of one type took lately. Thread-safe without locks; under concurrent writes a sample may be lost, which no
 * estimate notices.
 */
final class Durations {

    private static final int KEPT = 64;
    private static final int ENOUGH = 5;

    private final AtomicLongArray ring = new AtomicLongArray(KEPT);
    private volatile int count;

    void record(long nanos) {
        int index = count;
        count = index + 1;
        ring.lazySet((index & Integer.MAX_VALUE) % KEPT, Math.max(1, nanos));
    }

    /** In nanoseconds, what 95 of 100 attempts do not exceed; empty before there are a few. */
    OptionalLong p95() {
        long[] samples = new long[KEPT];
        int n = 0;
        for (int i = 0; i < KEPT; i++) {
            long sample = ring.get(i);
            if (sample > 0) {
                samples[n++] = sample;
            }
        }
        if (n < ENOUGH) {
            return OptionalLong.empty();
        }
        Arrays.sort(samples, 0, n);
        return OptionalLong.of(samples[(int) Math.ceil(n * 0.95) - 1]);
    }
}
