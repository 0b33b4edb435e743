package ai.primespark;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The root of every exception that Prime Spark throws on its own account. Mistakes of the caller in using a method (a null, an
 * illegal argument, a closed object) are the JDK's {@link NullPointerException}, {@link IllegalArgumentException} and
 * {@link IllegalStateException} instead.
 *
 * <p>Messages say what failed, on which instance and in which state, and what to do next; they never hold a secret, a prompt or
 * a stored value.
 */
public abstract class SparkException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param message what failed, where, and what to do about it
     * @param cause the original failure, or null
     */
    protected SparkException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * Whether the same operation may succeed when it is tried again later.
     *
     * @return {@code false} unless a subclass knows better
     */
    public boolean retryable() {
        return false;
    }

    /**
     * How long to wait before trying again, where the failing side said so.
     *
     * @return empty when not known
     */
    public Optional<Duration> retryAfter() {
        return Optional.empty();
    }
}
