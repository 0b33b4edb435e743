package ai.primespark.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** A wall clock that stands still until a test moves it. Thread-safe. */
public final class MutableClock implements InstantSource {

    private final AtomicReference<Instant> now;

    /**
     * Makes a clock.
     *
     * @param now what it shows at first
     */
    public MutableClock(Instant now) {
        this.now = new AtomicReference<>(Objects.requireNonNull(now, "now"));
    }

    /**
     * Makes a clock that shows the machine's time of this moment. Storages with clocks of their own, such as servers, then agree
     * with it about what has expired.
     */
    public MutableClock() {
        this(Instant.now());
    }

    @Override
    public Instant instant() {
        return Objects.requireNonNull(now.get());
    }

    /**
     * Moves the clock on.
     *
     * @param duration how far; negative turns it back
     */
    public void advance(Duration duration) {
        now.updateAndGet(before -> before.plus(duration));
    }

    /**
     * Sets the clock.
     *
     * @param instant what it shows from now on
     */
    public void set(Instant instant) {
        now.set(Objects.requireNonNull(instant, "instant"));
    }

    @Override
    public String toString() {
        return "MutableClock[" + instant() + "]";
    }
}
