package ai.primespark.spi;

/** What a {@link MemoryTier} can do. The engine adapts to what is missing, and says so in its statistics. */
public enum TierTrait {
    /** Other processes may read and write the same storage. */
    SHARED,
    /** What was applied survives the process and the machine's restart. */
    PERSISTENT,
    /** May drop records by itself, so that its "not there" proves nothing. */
    MAY_EVICT,
    /** Lives on this machine and answers without a network. */
    LOCAL,
    /** {@link Condition.IfVersion} and {@link Condition.IfAbsent} are atomic over everybody who uses the storage. */
    ATOMIC_CAS,
    /** {@link MemoryTier#scan} lists in the order of the keys' UTF-8 bytes. */
    SCAN_ORDERED
}
