package ai.primespark.vpn.wireguard;

import java.util.Locale;
import java.util.Objects;

/**
 * Something that is wrong with a configuration file. Never holds a key.
 *
 * @param severity how bad it is
 * @param line where, counted from 1; 0 for the file as a whole
 * @param column where in the line, counted from 1 in characters; 0 for the line as a whole
 * @param message what is wrong and how to mend it
 */
public record WgFinding(Severity severity, int line, int column, String message) {

    /** How bad a finding is. */
    public enum Severity {
        /** WireGuard's own tools refuse the file. */
        ERROR,
        /** WireGuard takes it silently, and it does not mean what it says: refused here on purpose. */
        LINT,
        /** Legal, and probably not what was meant. */
        WARNING
    }

    /** Refuses nulls. */
    public WgFinding {
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(message, "message");
    }

    @Override
    public String toString() {
        return (line == 0 ? "" : line + ":" + Math.max(column, 1) + ": ")
                + severity.name().toLowerCase(Locale.ROOT) + ": " + message;
    }
}
