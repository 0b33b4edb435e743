package ai.primespark.agent;

import ai.primespark.SparkException;
import org.jspecify.annotations.Nullable;

/** An operation on tasks failed. */
public class TaskException extends SparkException {

    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    /**
     * Makes an exception.
     *
     * @param message what failed, on which task or queue, and what to do about it; never a payload
     * @param retryable whether trying again later may help
     * @param cause the original failure, or null
     */
    public TaskException(String message, boolean retryable, @Nullable Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    @Override
    public boolean retryable() {
        return retryable;
    }
}
