package ai.primespark.agent;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * How a task stands to electricity.
 *
 * @param onBattery whether it may start while its agent runs on battery
 * @param interruptible whether it may be stopped and handed back when power runs short; one that is not is let finish if the
 *     time allows
 * @param joules the energy that it is expected to use, finite and not negative, or null when not known
 */
public record PowerNeeds(
        boolean onBattery, boolean interruptible, @Nullable Double joules) {

    /** Checks the parts. */
    public PowerNeeds {
        if (joules != null && !(joules >= 0 && joules < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("energy must be finite and not negative: " + joules);
        }
    }

    /**
     * What a task of this priority needs unless it says otherwise: {@link Priority#LOW} waits for mains, and all but
     * {@link Priority#URGENT} may be interrupted.
     *
     * @param priority the priority
     * @return the needs
     */
    public static PowerNeeds of(Priority priority) {
        return new PowerNeeds(priority != Priority.LOW, priority != Priority.URGENT, null);
    }

    /**
     * The energy that it is expected to use.
     *
     * @return in joules; empty when not known
     */
    public OptionalDouble expectedJoules() {
        return joules == null ? OptionalDouble.empty() : OptionalDouble.of(joules);
    }
}
