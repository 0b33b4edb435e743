package ai.primespark.power.ups;

import java.util.Optional;

/** The error codes of NUT's network protocol (RFC 9271, section 4.4; net-protocol.txt), and what each means for a reader. */
enum NutError {
    ACCESS_DENIED(
            Kind.CONFIGURATION,
            "the server denies access; check username and password, and 'upsmon secondary' of that user in upsd.users"),
    UNKNOWN_UPS(Kind.CONFIGURATION, "the server has no UPS of that name; 'upsc -l HOST' lists those it has"),
    VAR_NOT_SUPPORTED(Kind.CAPABILITY, "the UPS has no such variable"),
    CMD_NOT_SUPPORTED(Kind.CAPABILITY, "the UPS has no such command"),
    INVALID_ARGUMENT(Kind.CAPABILITY, "the server does not understand an argument"),
    INSTCMD_FAILED(Kind.TRANSIENT, "the driver could not do it"),
    SET_FAILED(Kind.TRANSIENT, "the driver could not do it"),
    READONLY(Kind.CAPABILITY, "the variable cannot be written"),
    TOO_LONG(Kind.CAPABILITY, "an argument is too long for the server"),
    FEATURE_NOT_SUPPORTED(Kind.CAPABILITY, "the server was built without this feature"),
    FEATURE_NOT_CONFIGURED(Kind.CAPABILITY, "the server is not configured for this feature"),
    ALREADY_SSL_MODE(Kind.CAPABILITY, "the connection is encrypted already"),
    DRIVER_NOT_CONNECTED(
            Kind.TRANSIENT,
            "the server has lost its driver; look at the driver's service, and at the cable to the UPS"),
    DATA_STALE(Kind.STALE, "the driver has told the server nothing new for a while"),
    ALREADY_LOGGED_IN(Kind.CAPABILITY, "the connection is logged in already"),
    INVALID_PASSWORD(Kind.CONFIGURATION, "the server refuses the password"),
    ALREADY_SET_PASSWORD(Kind.CAPABILITY, "the connection has a password already"),
    INVALID_USERNAME(Kind.CONFIGURATION, "the server refuses the username"),
    ALREADY_SET_USERNAME(Kind.CAPABILITY, "the connection has a username already"),
    USERNAME_REQUIRED(Kind.CONFIGURATION, "the server wants a username first"),
    PASSWORD_REQUIRED(Kind.CONFIGURATION, "the server wants a password first"),
    UNKNOWN_COMMAND(Kind.CAPABILITY, "the server does not know the command"),
    INVALID_VALUE(Kind.CAPABILITY, "the server does not accept the value");

    /** What an error means for somebody who wants to know how the power stands. */
    enum Kind {
        /** The server answers, and its data is old. */
        STALE,
        /** Passes by itself, or when somebody mends the server's side. */
        TRANSIENT,
        /** Our settings and the server's do not fit. */
        CONFIGURATION,
        /** The server cannot do what was asked. */
        CAPABILITY,
        /** A code that this client does not know; perhaps of a later version. */
        UNKNOWN
    }

    private final Kind kind;
    private final String meaning;

    NutError(Kind kind, String meaning) {
        this.kind = kind;
        this.meaning = meaning;
    }

    Kind kind() {
        return kind;
    }

    /** What it means, as half a sentence. */
    String meaning() {
        return meaning;
    }

    /** The code as it is sent. */
    String code() {
        return name().replace('_', '-');
    }

    /** The error of a code; whole codes are compared. */
    static Optional<NutError> of(String code) {
        for (NutError error : values()) {
            if (error.code().equals(code)) {
                return Optional.of(error);
            }
        }
        return Optional.empty();
    }
}
