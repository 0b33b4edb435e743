package ai.primespark.agent;

/**
 * Where a task is in its life. Final states never change, except that a {@link #DEAD} task can be replayed by hand.
 *
 * <p>Waiting because nobody may or can run it now ("parked") is not a state: see {@link TaskSnapshot#parkedReason()}.
 */
public enum TaskStatus {
    /** Waits for tasks that it is to run after. */
    BLOCKED,
    /** Waits for its time: its start or the next attempt. */
    SCHEDULED,
    /** May be claimed by an agent. */
    READY,
    /** An agent holds its lease. */
    RUNNING,
    /** Done; its result is kept for the request's retention. */
    SUCCEEDED,
    /** Failed for good or lost too often; listed as a dead letter until replayed or purged. */
    DEAD,
    /** Cancelled before it was done. */
    CANCELLED,
    /** Its deadline passed before it was done. */
    EXPIRED;

    /**
     * Whether the task is over.
     *
     * @return true for succeeded, dead, cancelled and expired
     */
    public boolean isFinal() {
        return compareTo(SUCCEEDED) >= 0;
    }
}
