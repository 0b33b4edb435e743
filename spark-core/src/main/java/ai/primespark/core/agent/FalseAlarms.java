package ai.primespark.core.agent;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Keeps a scout from spinning when the queue says again and again that there is work, and then has none for this agent: limits by
 * type, or another agent that is quicker. Used by one thread.
 */
final class FalseAlarms {

    private static final Duration FIRST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofMillis(100);
    private static final Duration LONGEST_TROUBLE = Duration.ofSeconds(2);

    private boolean woken;
    private Duration pause = Duration.ZERO;
    private Duration trouble = Duration.ZERO;

    void claimed(int got) {
        trouble = Duration.ZERO;
        if (got > 0) {
            woken = false;
            pause = Duration.ZERO;
        }
    }

    void woke(boolean byWork) {
        woken = byWork;
        if (!byWork) {
            pause = Duration.ZERO;
        }
    }

    /** Rests when the last alarm was a false one, longer each time. */
    void pause(Consumer<Duration> rest) {
        if (woken) {
            if (!pause.isZero()) {
                rest.accept(pause);
            }
            pause = longer(pause, LONGEST);
        }
    }

    /** How long to rest after the queue failed. */
    Duration trouble() {
        trouble = longer(trouble, LONGEST_TROUBLE);
        return trouble;
    }

    private static Duration longer(Duration current, Duration longest) {
        Duration next = current.isZero() ? FIRST : current.multipliedBy(2);
        return next.compareTo(longest) > 0 ? longest : next;
    }
}
