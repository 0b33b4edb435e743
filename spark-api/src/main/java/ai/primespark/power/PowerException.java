package ai.primespark.power;

import ai.primespark.SparkException;
import org.jspecify.annotations.Nullable;

/** A power source cannot be read. */
public final class PowerException extends SparkException {

    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    /**
     * Makes an exception.
     *
     * @param message which source, what happened, and what to do about it
     * @param retryable whether the source may be readable later; false for a wrong name, password or missing right
     * @param cause the original failure, or null
     */
    public PowerException(String message, boolean retryable, @Nullable Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    @Override
    public boolean retryable() {
        return retryable;
    }
}
