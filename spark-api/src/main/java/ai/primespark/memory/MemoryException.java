package ai.primespark.memory;

import ai.primespark.SparkException;
import org.jspecify.annotations.Nullable;

/** A memory operation failed. */
public class MemoryException extends SparkException {

    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    /**
     * Makes an exception.
     *
     * @param message what failed, on which key or tier, and what to do about it
     * @param retryable whether trying again later may help
     * @param cause the original failure, or null
     */
    public MemoryException(String message, boolean retryable, @Nullable Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    @Override
    public boolean retryable() {
        return retryable;
    }
}
