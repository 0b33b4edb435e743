package ai.primespark.core.auth;

import ai.primespark.auth.InvalidTokenException;
import ai.primespark.spi.Meters;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;

/** What is counted of auth; never by user. Thread-safe. */
final class AuthMeters {

    /** What may be wrong with an access token. */
    private static final Set<InvalidTokenException.Reason> ACCESS =
            EnumSet.complementOf(EnumSet.of(InvalidTokenException.Reason.REUSED));

    private final Meters meters;
    private final Meters.Counter accepted;
    private final Map<InvalidTokenException.Reason, Meters.Counter> refused =
            new EnumMap<>(InvalidTokenException.Reason.class);
    private final Meters.Timer hash;
    private final Meters.Counter keysRotated;

    AuthMeters(Meters meters) {
        this.meters = meters;
        this.accepted = meters.counter("spark.auth.verifications", "outcome", "accepted");
        for (InvalidTokenException.Reason reason : ACCESS) {
            refused.put(reason, meters.counter("spark.auth.verifications", "outcome", word(reason)));
        }
        this.hash = meters.timer("spark.auth.hash");
        this.keysRotated = meters.counter("spark.auth.keys.rotated");
    }

    private static String word(InvalidTokenException.Reason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    void showWaiting(DoubleSupplier waiting) {
        meters.gauge("spark.auth.hash.waiting", waiting);
    }

    void showRemembered(DoubleSupplier tokens, DoubleSupplier sessions) {
        meters.gauge("spark.auth.remembered", tokens, "what", "tokens");
        meters.gauge("spark.auth.remembered", sessions, "what", "sessions");
    }

    /** @param outcome succeeded, failed, throttled or unavailable */
    void login(String outcome) {
        meters.counter("spark.auth.logins", "outcome", outcome).increment();
    }

    void verified() {
        accepted.increment();
    }

    void refused(InvalidTokenException.Reason reason) {
        Meters.Counter counter = refused.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    void refreshed() {
        meters.counter("spark.auth.refreshes", "outcome", "succeeded").increment();
    }

    void notRefreshed(InvalidTokenException.Reason reason) {
        meters.counter("spark.auth.refreshes", "outcome", word(reason)).increment();
    }

    /** @param why revoked, reused, crowded out or outdated */
    void ended(String why, int sessions) {
        if (sessions > 0) {
            meters.counter("spark.auth.sessions.ended", "why", why).add(sessions);
        }
    }

    void hashed(Duration took) {
        hash.record(took);
    }

    void store(String operation, boolean ok, Duration took) {
        meters.timer("spark.auth.store", "operation", operation, "outcome", ok ? "ok" : "failed")
                .record(took);
    }

    void keyRotated() {
        keysRotated.increment();
    }
}
