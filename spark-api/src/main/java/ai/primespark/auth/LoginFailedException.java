package ai.primespark.auth;

/** Wrong password, unknown user or inactive user: the answer is the same, in words and in time. */
public final class LoginFailedException extends AuthException {

    private static final long serialVersionUID = 1L;

    /** Makes the exception; there is nothing to tell apart. */
    public LoginFailedException() {
        super("the username or password is wrong", null);
    }
}
