package ai.primespark.auth;

import java.time.Duration;
import java.util.Optional;

/** Too many failed logins; not even the right password is looked at before the time is over. */
public final class LoginThrottledException extends AuthException {

    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    /**
     * Says how long to wait.
     *
     * @param retryAfter positive
     */
    public LoginThrottledException(Duration retryAfter) {
        super("too many failed logins; try again in " + Math.max(1, retryAfter.toSeconds()) + " s", null);
        this.retryAfter = retryAfter;
    }

    @Override
    public boolean retryable() {
        return true;
    }

    @Override
    public Optional<Duration> retryAfter() {
        return Optional.of(retryAfter);
    }
}
