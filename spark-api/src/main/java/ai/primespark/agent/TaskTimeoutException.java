package ai.primespark.agent;

import java.time.Duration;

/** The task was not over within the time that the caller wanted to wait. It goes on. */
public final class TaskTimeoutException extends TaskException {

    private static final long serialVersionUID = 1L;

    /**
     * Names the task.
     *
     * @param taskId the task
     * @param waited how long the caller waited
     */
    public TaskTimeoutException(String taskId, Duration waited) {
        super("task " + taskId + " was not over after " + waited + "; it goes on, wait again or cancel it", true, null);
    }
}
