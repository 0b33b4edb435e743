package ai.primespark.auth;

/** The user is known and may not do this. */
public final class PermissionDeniedException extends AuthException {

    private static final long serialVersionUID = 1L;

    /**
     * Names what is missing.
     *
     * @param username the user
     * @param permission what is missing
     */
    public PermissionDeniedException(String username, Permission permission) {
        super("user '" + username + "' needs the permission " + permission, null);
    }
}
