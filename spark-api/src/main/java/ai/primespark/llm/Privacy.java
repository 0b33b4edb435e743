package ai.primespark.llm;

import ai.primespark.Zone;

/** How far a request may travel: through routing, retries, failover, caches and logs. */
public enum Privacy {
    /** Never beyond {@link Zone#EDGE}. */
    EDGE_ONLY(Zone.EDGE),
    /** Never beyond {@link Zone#TRUSTED}. */
    TRUSTED(Zone.TRUSTED),
    /** Anywhere. */
    ANY(Zone.CLOUD);

    private final Zone reach;

    Privacy(Zone reach) {
        this.reach = reach;
    }

    /**
     * The farthest zone allowed.
     *
     * @return the zone
     */
    public Zone reach() {
        return reach;
    }

    /**
     * Whether a request may go there.
     *
     * @param zone where
     * @return true when it may
     */
    public boolean allows(Zone zone) {
        return zone.compareTo(reach) <= 0;
    }
}
