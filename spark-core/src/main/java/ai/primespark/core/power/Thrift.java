package ai.primespark.core.power;

import ai.primespark.power.PowerProfile;

/** What power management asks of the other parts at this moment. Each method only reads; thread-safe. */
public interface Thrift {

    /** As on mains, for ever. */
    Thrift NONE = () -> PowerProfile.FULL;

    /** How sparing to be. */
    PowerProfile profile();

    /** Whether calls of language models stay on the edge. */
    default boolean edgeOnly() {
        return false;
    }

    /** Whether calls go where a token takes the least out of the battery. */
    default boolean cheapest() {
        return false;
    }

    /** What a token from another machine is taken to cost this one, in joules. */
    default double networkJoules() {
        return 0;
    }

    /** Whether smaller models are preferred. */
    default boolean smallerModels() {
        return false;
    }

    /** Whether models do not think unless they are told to. */
    default boolean thinkingOff() {
        return false;
    }

    /** How many times as far apart as usual probes and checks are; 1 at full power. */
    default int stretch() {
        return profile() == PowerProfile.FULL ? 1 : 4;
    }
}
