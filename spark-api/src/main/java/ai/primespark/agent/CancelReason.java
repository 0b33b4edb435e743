package ai.primespark.agent;

/** Why a running attempt is to stop. */
public enum CancelReason {
    /** Somebody cancelled the task. */
    USER,
    /** The lease was lost: another agent may be running the task already, and this attempt's outcome will be refused. */
    LEASE_LOST,
    /** Power runs short; the task is handed back without using up an attempt. */
    POWER,
    /** The agent drains or its process ends; the task is handed back without using up an attempt. */
    SHUTDOWN,
    /** The task's deadline has passed. */
    DEADLINE,
    /** The attempt took longer than {@link TaskRequest#maxRuntime()}; it counts as failed. */
    TIMEOUT
}
