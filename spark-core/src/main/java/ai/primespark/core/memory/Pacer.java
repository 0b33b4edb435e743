package ai.primespark.core.memory;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Holds background work to a speed, stops it when it is cancelled, and lets it wait while the machine saves power. For one
 * worker; {@link #cancel()} from any thread.
 */
final class Pacer {

    /** What a listed header costs compared with a record that is read or written. */
    static final double HEADER = 0.05;

    private static final long PAUSE_MILLIS = 1_000;
    private static final double BURST_SECONDS = 0.25;

    private final double perNano;
    private final BooleanSupplier paused;
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private double credit;
    private long last = System.nanoTime();

    /** The work was cancelled. */
    static final class Cancelled extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Cancelled() {
            super("cancelled", null, false, false);
        }
    }

    Pacer(long perSecond, BooleanSupplier paused) {
        this.perNano = perSecond / 1e9;
        this.credit = perSecond * BURST_SECONDS;
        this.paused = paused;
    }

    void cancel() {
        cancelled.countDown();
    }

    boolean isCancelled() {
        return cancelled.getCount() == 0;
    }

    /** Waits until so much more may be done. */
    void take(double records) {
        while (paused.getAsBoolean()) {
            rest(Duration.ofMillis(PAUSE_MILLIS));
        }
        long now = System.nanoTime();
        credit = Math.min(perNano * 1e9 * BURST_SECONDS, credit + (now - last) * perNano) - records;
        last = now;
        if (credit < 0) {
            rest(Duration.ofNanos((long) (-credit / perNano)));
        } else if (isCancelled()) {
            throw new Cancelled();
        }
    }

    void rest(Duration duration) {
        try {
            if (cancelled.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new Cancelled();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Cancelled();
        }
    }
}
