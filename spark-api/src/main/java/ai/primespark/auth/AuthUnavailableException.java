package ai.primespark.auth;

import org.jspecify.annotations.Nullable;

/** The user store, or the room that a login needs, is not there now. Trying again later may help. */
public final class AuthUnavailableException extends AuthException {

    private static final long serialVersionUID = 1L;

    /**
     * Says what is missing.
     *
     * @param message what cannot be done and why; never a password, hash or token
     * @param cause the original failure, or null
     */
    public AuthUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public boolean retryable() {
        return true;
    }
}
