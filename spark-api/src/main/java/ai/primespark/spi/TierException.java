package ai.primespark.spi;

import ai.primespark.SparkException;
import org.jspecify.annotations.Nullable;

/** A tier failed. Its kind tells the engine what to make of it. */
public final class TierException extends SparkException {

    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What went wrong, as far as the engine must know. */
    public enum Kind {
        /** Away, slow or overloaded; may work again later. Counts against the tier's circuit breaker. */
        TRANSIENT,
        /** No space or quota left for writing; reading goes on. */
        FULL,
        /** The stored bytes are damaged; another tier may have them whole. */
        CORRUPT,
        /** Will not work until somebody mends it: wrong password, missing right, read-only. */
        PERMANENT
    }

    /**
     * Makes an exception.
     *
     * @param kind what the engine must know
     * @param message what failed, where, and what to do about it
     * @param cause the original failure, or null
     */
    public TierException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /**
     * What went wrong.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    @Override
    public boolean retryable() {
        return kind == Kind.TRANSIENT;
    }
}
