package ai.primespark.vpn;

import ai.primespark.SparkException;
import org.jspecify.annotations.Nullable;

/** A VPN operation failed. The message never holds a key, also where a tool's output did. */
public final class VpnException extends SparkException {

    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What went wrong, as far as a program can act on it. */
    public enum Kind {
        /** A program that is needed is not installed. */
        TOOL_MISSING,
        /** The process lacks a right, such as {@code CAP_NET_ADMIN}. */
        NOT_PERMITTED,
        /** The interface does not exist, or is no interface of this kind. */
        NO_INTERFACE,
        /** The driver only watches: somebody else steers the network. */
        UNSUPPORTED,
        /** The configuration or topology is refused. */
        INVALID,
        /** The operation did not end in time. */
        TIMEOUT,
        /** Anything else. */
        FAILED
    }

    /**
     * Makes an exception.
     *
     * @param kind what went wrong
     * @param message what failed, on which interface, and what to do about it
     * @param cause the original failure, or null
     */
    public VpnException(Kind kind, String message, @Nullable Throwable cause) {
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
        return kind == Kind.TIMEOUT || kind == Kind.FAILED;
    }
}
