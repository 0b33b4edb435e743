package ai.primespark.core.memory;

/** When tiers beyond this machine get what is waiting for them. Urgent namespaces, and acknowledgements by a tier, never wait. */
public enum DrainMode {
    /** At once. */
    NORMAL,
    /** In large batches, some time apart, so that radios and disks can sleep in between. */
    BATCHED,
    /** Not before the mode changes, unless somebody asks for it with a flush. */
    PAUSED
}
