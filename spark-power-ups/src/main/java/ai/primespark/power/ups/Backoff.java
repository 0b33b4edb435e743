package ai.primespark.power.ups;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Pauses between attempts that fail: a second, and then twice the one before up to a limit, which is low while silence is dangerous.
 * For one thread at a time.
 */
final class Backoff {

    private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();

    /** As often as the engine reads on battery: well within the 15 s after which silence counts as an empty battery. */
    private static final long URGENT_NANOS = Duration.ofSeconds(2).toNanos();

    private final long mostNanos;
    private final LongSupplier nanoTime;
    private int failures;
    private long notBefore;
    private @Nullable String reason;

    Backoff(Duration most, LongSupplier nanoTime) {
        this.mostNanos = most.toNanos();
        this.nanoTime = nanoTime;
    }

    /** How long no attempt should be made; zero when one may. */
    Duration left() {
        return failures == 0 ? Duration.ZERO : Duration.ofNanos(Math.max(0, notBefore - nanoTime.getAsLong()));
    }

    /** Why the last attempt failed. */
    String reason() {
        return reason == null ? "" : reason;
    }

    /**
     * An attempt failed.
     *
     * @param why for messages
     * @param urgent whether silence may be taken for the end of the power
     */
    void failed(String why, boolean urgent) {
        long most = urgent ? Math.min(mostNanos, URGENT_NANOS) : mostNanos;
        long pause = Math.min(most, FIRST_NANOS << Math.min(failures, 20));
        failures++;
        notBefore = nanoTime.getAsLong() + pause;
        reason = why;
    }

    void succeeded() {
        failures = 0;
        reason = null;
    }
}
