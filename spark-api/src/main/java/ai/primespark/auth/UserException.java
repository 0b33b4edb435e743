package ai.primespark.auth;

/** A change to an account is refused. */
public final class UserException extends AuthException {

    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** Why a change is refused. */
    public enum Kind {
        /** There is no such user. */
        NOT_FOUND,
        /** There is such a user already. */
        EXISTS,
        /** There is no such role. */
        UNKNOWN_ROLE,
        /** The password is too short, too long, or too well known. */
        WEAK_PASSWORD,
        /** The last active administrator would be gone. */
        LAST_ADMIN
    }

    /**
     * Says why.
     *
     * @param kind why
     * @param message what is refused, and what would be accepted; never a password
     */
    public UserException(Kind kind, String message) {
        super(message, null);
        this.kind = kind;
    }

    /**
     * Why the change is refused.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }
}
