package ai.primespark.core.memory;

import ai.primespark.spi.TierKey;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Load tokens without bookkeeping. A read notes its key's epoch before it asks a tier; a write moves the epoch on after the
 * tiers have the new record and before it is acknowledged; so does news of a write by somebody else. What was read may be copied to a hotter tier, or given to another
 * reader, only while the epoch is the same. Keys share epochs, which costs a copy now and then and is never wrong.
 */
final class Epochs {

    private static final int STRIPES = 4_096;

    private final AtomicIntegerArray epochs = new AtomicIntegerArray(STRIPES);

    private final AtomicInteger all = new AtomicInteger();

    int current(TierKey key) {
        return epochs.get(stripe(key)) + all.get(); // both only grow, so the sum stays the same only if both do
    }

    void advance(TierKey key) {
        epochs.incrementAndGet(stripe(key));
    }

    /** Anything may have changed. */
    void advanceAll() {
        all.incrementAndGet();
    }

    private static int stripe(TierKey key) {
        return (key.hashCode() * 0x9E3779B9) >>> 20;
    }
}
