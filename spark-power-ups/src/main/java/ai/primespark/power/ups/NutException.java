package ai.primespark.power.ups;

import java.util.Optional;

/** The server answered {@code ERR}. The connection is as usable as before. */
final class NutException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String code;

    NutException(String code) {
        super("ERR " + Shown.text(code) + ": "
                + NutError.of(code).map(NutError::meaning).orElse("an error that this client does not know"));
        this.code = code;
    }

    /** The error, empty for a code that this client does not know. */
    Optional<NutError> error() {
        return NutError.of(code);
    }

    NutError.Kind kind() {
        return error().map(NutError::kind).orElse(NutError.Kind.UNKNOWN);
    }

    boolean isOneOf(NutError... errors) {
        return error().map(error -> java.util.List.of(errors).contains(error)).orElse(false);
    }

    /** Whether asking again later may help. */
    boolean retryable() {
        return switch (kind()) {
            case STALE, TRANSIENT, UNKNOWN -> true;
            case CONFIGURATION, CAPABILITY -> false;
        };
    }
}
