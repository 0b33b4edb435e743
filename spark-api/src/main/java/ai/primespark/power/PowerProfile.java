package ai.primespark.power;

/** How sparing this machine is with electricity; the later, the more so. */
public enum PowerProfile {
    /** On mains, or nothing is known: no limits. */
    FULL,
    /** On battery: probes are rarer, demotion and bulk replication wait, tasks of low priority are parked. */
    SAVING,
    /** Little left: answers come from cache and recall only, only urgent tasks start, interruptible ones are handed back. */
    CRITICAL,
    /** The power is about to go: agents drain, journals are synced, new work is refused. */
    SHUTDOWN;

    /**
     * Whether this is at least as sparing as another.
     *
     * @param other the other
     * @return true when equal or more sparing
     */
    public boolean isAtLeast(PowerProfile other) {
        return compareTo(other) >= 0;
    }
}
