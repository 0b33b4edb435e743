package ai.primespark.auth;

import java.util.Locale;

/** The token is not accepted. */
public final class InvalidTokenException extends AuthException {

    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** Why a token is not accepted. */
    public enum Reason {
        /** It is not a token of this instance: malformed, wrong signature, algorithm, issuer or audience. */
        INVALID,
        /** It was good once. */
        EXPIRED,
        /** Its session was ended, its user is gone or inactive, or the password was changed. */
        REVOKED,
        /** A refresh token that was used before. Somebody may have stolen it: its session has been ended. */
        REUSED
    }

    /**
     * Says why.
     *
     * @param reason why
     */
    public InvalidTokenException(Reason reason) {
        super("the token is not accepted (" + reason.name().toLowerCase(Locale.ROOT) + "); log in again", null);
        this.reason = reason;
    }

    /**
     * Why the token is not accepted.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
