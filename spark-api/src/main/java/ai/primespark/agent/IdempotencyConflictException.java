package ai.primespark.agent;

/** The idempotency key was used before, for a task with another type or payload. */
public final class IdempotencyConflictException extends TaskException {

    private static final long serialVersionUID = 1L;

    private final String existingTaskId;

    /**
     * Names the earlier task.
     *
     * @param existingTaskId the task that has the key
     */
    public IdempotencyConflictException(String existingTaskId) {
        super(
                "the idempotency key belongs to task " + existingTaskId
                        + ", which has another type or payload; use a new key for new work",
                false,
                null);
        this.existingTaskId = existingTaskId;
    }

    /**
     * The task that has the key.
     *
     * @return its id
     */
    public String existingTaskId() {
        return existingTaskId;
    }
}
