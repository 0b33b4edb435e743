package ai.primespark.power;

/** How far the machine is with getting ready for the end of its power, while the profile is {@link PowerProfile#SHUTDOWN}. */
public enum DrainState {
    /** Nothing is to be made ready. */
    NONE,
    /** Agents hand their tasks back, and what is in memory goes to the disk. */
    DRAINING,
    /** All of it is done: the power may go. */
    SAFE,
    /** The time was over before all of it was done. What was acknowledged as journaled is on the disk all the same. */
    INCOMPLETE
}
