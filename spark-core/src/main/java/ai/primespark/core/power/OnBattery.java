package ai.primespark.core.power;

/** Where calls of language models may go while a battery feeds the machine. Privacy holds in any case. */
public enum OnBattery {
    /** Only to the edge: router and uplink may be about to go as well, and nothing is left to the cloud unseen. */
    EDGE,
    /** Anywhere, as on mains. */
    ANY,
    /** Where a token takes the least out of the battery, of what is known; only to the edge while nothing is measured. */
    CHEAPEST
}
