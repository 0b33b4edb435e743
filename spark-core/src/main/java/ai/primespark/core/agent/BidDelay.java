package ai.primespark.core.agent;

import ai.primespark.power.PowerProfile;

/**
 * How long an agent hesitates before it takes new work, so that the agent that suits it better is first without anybody deciding. A
 * pure function.
 */
final class BidDelay {

    private BidDelay() {}

    /**
     * The hesitation as a share of the longest.
     *
     * @param occupied which share of its slots is occupied, 0 to 1
     * @param load of the machine: 1 for fully used
     * @param power of the machine
     * @return 0 for an idle, cool agent on mains, 1 at most
     */
    static double share(double occupied, double load, PowerProfile power) {
        double strained = Math.max(0, Math.min(1, 2 * load - 1)); // half a machine's load costs nothing
        double battery = power == PowerProfile.FULL ? 0 : 1;
        return 0.5 * Math.min(1, occupied) + 0.2 * strained + 0.3 * battery;
    }
}
