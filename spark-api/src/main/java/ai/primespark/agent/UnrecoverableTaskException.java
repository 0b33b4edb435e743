package ai.primespark.agent;

import org.jspecify.annotations.Nullable;

/** Thrown by a handler to say that no further attempt can succeed: the task is dead at once. */
public final class UnrecoverableTaskException extends TaskException {

    private static final long serialVersionUID = 1L;

    /**
     * Says why.
     *
     * @param message kept as the task's error
     * @param cause the original failure, or null
     */
    public UnrecoverableTaskException(String message, @Nullable Throwable cause) {
        super(message, false, cause);
    }
}
