package ai.primespark.core.power;

/** What several power sources mean together. */
public enum MergeRule {
    /** The machine needs all of them: it is as bad as the worst. */
    WORST,
    /** Each of them can feed the machine alone: it is as good as the best. */
    ANY,
    /** So many of them must be good at the same time, as NUT's {@code MINSUPPLIES} says. */
    QUORUM
}
