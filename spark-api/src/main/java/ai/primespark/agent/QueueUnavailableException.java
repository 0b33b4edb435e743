package ai.primespark.agent;

import org.jspecify.annotations.Nullable;

/** The queue cannot be reached. A submission may or may not have been taken: repeat it with the same idempotency key. */
public final class QueueUnavailableException extends TaskException {

    private static final long serialVersionUID = 1L;

    /**
     * Names the queue.
     *
     * @param message which queue and what happened
     * @param cause the original failure, or null
     */
    public QueueUnavailableException(String message, @Nullable Throwable cause) {
        super(message, true, cause);
    }
}
