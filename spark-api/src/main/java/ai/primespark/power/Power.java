package ai.primespark.power;

import ai.primespark.event.SparkEvents.Subscription;
import java.time.Duration;
import java.util.function.Consumer;

/** Knows how this machine stands for electricity and decides what follows. Thread-safe; no method waits for a source. */
public interface Power {

    /**
     * Everything that is known.
     *
     * @return a snapshot
     */
    PowerStatus status();

    /**
     * How sparing the machine is now.
     *
     * @return the profile
     */
    PowerProfile profile();

    /**
     * Who decides.
     *
     * @return {@link PowerMode#AUTO} unless set
     */
    PowerMode mode();

    /**
     * Sets who decides, until it is set again or the instance is closed. Takes effect at once.
     *
     * @param mode the mode
     */
    void mode(PowerMode mode);

    /**
     * Sets who decides for some time; {@link PowerMode#AUTO} follows.
     *
     * @param mode the mode
     * @param duration for how long; positive
     */
    void mode(PowerMode mode, Duration duration);

    /**
     * What judges the readings.
     *
     * @return the policy in force
     */
    PowerPolicy policy();

    /**
     * Follows changes of profile, mode or edge-only routing.
     *
     * @param listener called one change at a time, on a thread of the engine's and outside of its locks; what it throws is logged
     * @return ends the subscription when closed
     */
    Subscription onChange(Consumer<PowerDecision> listener);
}
