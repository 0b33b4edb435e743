package ai.primespark.core.auth;

import ai.primespark.spi.Settings;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes guessing slow: after some failures of a user, or from a client, each further one costs a wait that doubles. Kept in this
 * process only, and bounded: the least recently tried is forgotten first. Thread-safe.
 *
 * <p>An attempt counts from its beginning, so that a thousand at once get no farther than a thousand in turn. Who has logged in
 * from a client before is counted there by itself, and not with the client: strangers who guess cannot keep him out, neither
 * from elsewhere nor behind the same address.
 */
final class LoginThrottle {

    private static final int MOST_TALLIES = 50_000;
    private static final int MOST_FAMILIAR = 10_000;
    private static final Duration FAMILIAR_LIFE = Duration.ofDays(30);

    private final Limits limits;
    private final LongSupplier nanoTime;
    private final Cache<String, Tally> tallies;
    private final Cache<String, Boolean> familiar;

    /**
     * How patient it is.
     *
     * @param userFree failures of a user that cost nothing
     * @param clientFree failures from a client that cost nothing
     * @param first the first wait
     * @param most the longest wait
     * @param memory after how long without a failure they are forgotten
     */
    record Limits(int userFree, int clientFree, Duration first, Duration most, Duration memory) {

        static Limits of(Settings settings) {
            return new Limits(
                    settings.get(AuthSettings.THROTTLE_USER).intValue(),
                    settings.get(AuthSettings.THROTTLE_CLIENT).intValue(),
                    settings.get(AuthSettings.THROTTLE_FIRST),
                    settings.get(AuthSettings.THROTTLE_MOST),
                    settings.get(AuthSettings.THROTTLE_MEMORY));
        }
    }

    /**
     * An attempt that is not let in.
     *
     * @param delay for how long
     * @param isNews whether nobody was told of this wait before
     * @param known whether the account that is tried is known to exist
     */
    record Refusal(Duration delay, boolean isNews, boolean known) {}

    LoginThrottle(Limits limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.nanoTime = nanoTime;
        long keep = limits.memory().plus(limits.most()).toNanos();
        this.tallies = Caffeine.newBuilder()
                .maximumSize(MOST_TALLIES)
                .ticker(nanoTime::getAsLong)
                .expireAfterAccess(keep, TimeUnit.NANOSECONDS)
                .build();
        this.familiar = Caffeine.newBuilder()
                .maximumSize(MOST_FAMILIAR)
                .ticker(nanoTime::getAsLong)
                .expireAfterWrite(FAMILIAR_LIFE)
                .build();
    }

    /**
     * Begins an attempt.
     *
     * @param user whom it names, at most 64 characters
     * @param client see {@link ClientKey}; null when not known
     * @return the attempt, to be closed; if it is refused, it says so
     */
    Attempt begin(String user, @Nullable String client) {
        String pair = client == null ? null : user + '\n' + client;
        boolean known = pair != null && familiar.getIfPresent(pair) != null;
        Tally ofClient = client == null || known ? null : tally("client " + client, limits.clientFree());
        long now = nanoTime.getAsLong();
        if (ofClient != null) {
            Refusal refusal = ofClient.enter(now);
            if (refusal != null) { // and no name that it makes up is remembered
                return new Attempt(null, ofClient, pair, refusal);
            }
        }
        Tally ofUser = tally(known ? "pair " + pair : "user " + user, limits.userFree());
        Refusal refusal = ofUser.enter(now);
        if (refusal != null && ofClient != null) {
            ofClient.leave(Outcome.WITHDRAWN, now, false);
        }
        return new Attempt(ofUser, ofClient, pair, refusal);
    }

    /** Begins an attempt of somebody who has logged in, and shows once more that he is the user. Strangers get no such attempt. */
    Attempt beginAgain(String user) {
        Tally ofUser = tally("again " + user, limits.userFree());
        return new Attempt(ofUser, null, null, ofUser.enter(nanoTime.getAsLong()));
    }

    private Tally tally(String key, int free) {
        return tallies.get(key, unused -> new Tally(free));
    }

    /** Of how many users and clients there is something to remember. */
    long size() {
        tallies.cleanUp();
        return tallies.estimatedSize();
    }

    private enum Outcome {
        SUCCEEDED,
        FAILED,
        WITHDRAWN
    }

    /** One login under way. Closing it without an outcome takes it back: it proved nothing. */
    final class Attempt implements AutoCloseable {

        private final @Nullable Tally ofUser;
        private final @Nullable Tally ofClient;
        private final @Nullable String pair;
        private final @Nullable Refusal refusal;
        private boolean over;

        private Attempt(
                @Nullable Tally ofUser, @Nullable Tally ofClient, @Nullable String pair, @Nullable Refusal refusal) {
            this.ofUser = ofUser;
            this.ofClient = ofClient;
            this.pair = pair;
            this.refusal = refusal;
            this.over = refusal != null;
        }

        /** Why it is not let in; null when it is. */
        @Nullable
        Refusal refusal() {
            return refusal;
        }

        void succeeded() {
            end(Outcome.SUCCEEDED, true);
            if (pair != null) {
                familiar.put(pair, true);
            }
        }

        /** @param known whether the account exists */
        void failed(boolean known) {
            end(Outcome.FAILED, known);
        }

        @Override
        public void close() {
            end(Outcome.WITHDRAWN, false);
        }

        private void end(Outcome outcome, boolean known) {
            if (over) {
                return;
            }
            over = true;
            long now = nanoTime.getAsLong();
            if (ofUser != null) {
                ofUser.leave(outcome, now, known);
            }
            if (ofClient != null) { // whoever has an account of his own must not get free guesses at others by it
                ofClient.leave(outcome == Outcome.SUCCEEDED ? Outcome.WITHDRAWN : outcome, now, false);
            }
        }
    }

    /** The failures of one user or client. */
    private final class Tally {

        private final int free;

        // What follows is guarded by this.
        private int failures;
        private int underWay;
        private long lastFailure;
        private long closedUntil;
        private boolean told = true;
        private boolean known;

        Tally(int free) {
            this.free = free;
        }

        /** Null when it may go on. */
        synchronized @Nullable Refusal enter(long now) {
            if (failures > 0 && now - lastFailure > limits.memory().toNanos()) {
                failures = 0;
            }
            if (failures >= free && now - closedUntil < 0) {
                Refusal refusal = new Refusal(Duration.ofNanos(closedUntil - now), !told, known);
                told = true;
                return refusal;
            }
            if (underWay > 0 && failures + underWay >= free) { // how those end decides whether this one may begin
                return new Refusal(limits.first(), false, known);
            }
            underWay++;
            return null;
        }

        synchronized void leave(Outcome outcome, long now, boolean exists) {
            underWay--;
            if (outcome == Outcome.SUCCEEDED) {
                failures = 0;
            } else if (outcome == Outcome.FAILED) {
                failures++;
                lastFailure = now;
                known = exists;
                if (failures >= free) {
                    closedUntil = now + waitNanos();
                    told = false;
                }
            }
        }

        private long waitNanos() {
            long doubled = limits.first().toNanos();
            for (int i = free; i < failures && doubled < limits.most().toNanos(); i++) {
                doubled *= 2;
            }
            return Math.min(doubled, limits.most().toNanos());
        }
    }
}
