package ai.primespark.memory;

/** What the convenience reads of a namespace make of an unknown answer. */
public enum UnknownPolicy {
    /** Throw {@link TierUnavailableException}: right for knowledge, which must not be computed or written over. */
    FAIL,
    /** Read it as absent: right for pure caches. {@link Memory#get} still says unknown. */
    TREAT_AS_ABSENT
}
