package ai.primespark.core.llm;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Where a call's reading thread waits for something else than its backend. The end of the call ends every wait. Thread-safe. */
final class Waiter {

    private final Semaphore signal = new Semaphore(0);
    private volatile boolean ended;

    /**
     * Waits.
     *
     * @param nanos at most
     * @param enough looked at whenever {@link #wake} was called
     */
    void pause(long nanos, BooleanSupplier enough) throws InterruptedException {
        long until = System.nanoTime() + nanos;
        long left = nanos;
        while (left > 0 && !ended && !enough.getAsBoolean()) {
            if (!signal.tryAcquire(left, TimeUnit.NANOSECONDS)) {
                return;
            }
            left = until - System.nanoTime();
        }
    }

    void wake() {
        signal.release();
    }

    void end() {
        ended = true;
        signal.release();
    }

    boolean hasEnded() {
        return ended;
    }
}
