package ai.primespark.agent;

/** What cancelling a task achieved. */
public enum CancelOutcome {
    /** It was not running, and never will. */
    CANCELLED,
    /** It is running; its handler has been asked to stop. What it says after the grace period is refused. */
    REQUESTED,
    /** It was over already. */
    TOO_LATE,
    /** The queue knows no such task (any more). */
    UNKNOWN
}
