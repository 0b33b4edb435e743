package ai.primespark.agent;

/** The task ended without a result: it is dead, cancelled or expired. */
public final class TaskFailedException extends TaskException {

    private static final long serialVersionUID = 1L;

    private final transient TaskSnapshot task;

    /**
     * Tells how the task ended.
     *
     * @param task the task in its final state
     */
    public TaskFailedException(TaskSnapshot task) {
        super(
                "task " + task.id() + " of type '" + task.type() + "' ended as " + task.status() + " after "
                        + task.attempts() + " attempts"
                        + task.error().map(e -> ": " + e).orElse(""),
                false,
                null);
        this.task = task;
    }

    /**
     * The task in its final state.
     *
     * @return the snapshot
     */
    public TaskSnapshot task() {
        return task;
    }
}
