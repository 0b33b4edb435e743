package ai.primespark.auth;

import ai.primespark.SparkException;
import org.jspecify.annotations.Nullable;

/** An operation on users or tokens failed. The message may be shown to the caller: it says nothing that helps an attacker. */
public class AuthException extends SparkException {

    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param message what failed; never a password or token
     * @param cause the original failure, or null
     */
    public AuthException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
