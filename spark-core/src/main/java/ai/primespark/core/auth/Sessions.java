package ai.primespark.core.auth;

import ai.primespark.Secret;
import ai.primespark.auth.AuthPrincipal;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.InvalidTokenException;
import ai.primespark.auth.InvalidTokenException.Reason;
import ai.primespark.auth.LoginFailedException;
import ai.primespark.auth.Tokens;
import ai.primespark.auth.User;
import ai.primespark.event.SparkEvent;
import ai.primespark.spi.UserStore.Account;
import ai.primespark.spi.UserStore.Session;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins, renews and ends sessions. The store decides every race by a session's version: of two that use one refresh token at the
 * same time one is too late, and then the session ends for both. Thread-safe.
 */
final class Sessions {

    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    private static final int MOST_TRIES = 20;

    private final StoreCalls store;
    private final Standings standings;
    private final Roles roles;
    private final AccessTokens tokens;
    private final Limits limits;
    private final InstantSource clock;
    private final SecureRandom random;
    private final AuthMeters meters;
    private final Consumer<SparkEvent> events;

    /**
     * How long sessions last, and how many a user may have.
     *
     * @param idle after the last refresh
     * @param life after the login
     * @param most of one user
     */
    record Limits(Duration idle, Duration life, int most) {}

    Sessions(
            StoreCalls store,
            Standings standings,
            Roles roles,
            AccessTokens tokens,
            Limits limits,
            InstantSource clock,
            SecureRandom random,
            AuthMeters meters,
            Consumer<SparkEvent> events) {
        this.store = store;
        this.standings = standings;
        this.roles = roles;
        this.tokens = tokens;
        this.limits = limits;
        this.clock = clock;
        this.random = random;
        this.meters = meters;
        this.events = events;
    }

    /** To the millisecond, as stores keep it. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /**
     * Begins a session for who has shown to be the user.
     *
     * @param account as it was read before the password was checked
     * @throws LoginFailedException when the account has changed meanwhile so that the login would not be accepted now
     */
    Tokens begin(Account account) {
        Instant now = now();
        User user = account.user();
        RefreshToken token = RefreshToken.first(random);
        makeRoom(user.username(), now);
        Session session = new Session(
                token.sessionId(), user.username(), now, user.passwordChangedAt(), token.hash(), end(now, now), 1);
        String access =
                tokens.issue(user.username(), session.id(), now, session.expiresAt()); // before anything is kept
        if (!store.saveSession(session)) {
            throw new AuthUnavailableException("the user store did not take a new session; try again", null);
        }
        // who changed the account before the session was there has not ended it
        Optional<Account> after = store.find(user.username());
        if (after.isEmpty() || !Standings.isGood(session, after.get().user())) {
            boolean unused = end(session.id());
            throw new LoginFailedException();
        }
        return pair(access, token, session, after.get().user(), now);
    }

    private void makeRoom(String username, Instant now) {
        try {
            crowdOut(username, now);
        } catch (AuthUnavailableException e) { // nobody is kept out for that: the next login makes the room
            LOG.debug("The oldest sessions of '{}' stay for now: {}", username, e.getMessage());
        }
    }

    private void crowdOut(String username, Instant now) {
        List<Session> all = store.sessions(username);
        if (all.size() < limits.most()) {
            return;
        }
        List<Session> oldestFirst = all.stream()
                .sorted(Comparator.comparing(
                                (Session session) -> session.expiresAt().isAfter(now))
                        .thenComparing(Session::createdAt))
                .toList();
        int ended = 0;
        try {
            for (Session session : oldestFirst.subList(0, all.size() - limits.most() + 1)) {
                ended += store.deleteSession(session.id(), session.version()) ? 1 : 0;
            }
        } finally {
            standings.changed();
            meters.ended("crowded-out", ended);
        }
    }

    private Instant end(Instant begun, Instant now) {
        Instant idle = now.plus(limits.idle());
        Instant life = begun.plus(limits.life());
        return idle.isBefore(life) ? idle : life;
    }

    private Tokens pair(String access, RefreshToken refresh, Session session, User user, Instant now) {
        Instant end = tokens.expiry(now, session.expiresAt());
        return new Tokens(
                Secret.of(access),
                Duration.between(now.truncatedTo(ChronoUnit.SECONDS), end),
                refresh.reveal(),
                new AuthPrincipal(user.username(), user.roles(), roles.permissions(user.roles()), session.id(), end));
    }

    /** See {@link ai.primespark.auth.Auth#refresh}. */
    Tokens refresh(Secret text) {
        RefreshToken token = RefreshToken.parse(text);
        if (token == null) {
            throw new InvalidTokenException(Reason.INVALID);
        }
        Session session = good(token);
        Optional<Account> account = store.find(session.username());
        if (account.isEmpty() || !Standings.isGood(session, account.get().user())) {
            meters.ended("outdated", end(session.id()) ? 1 : 0);
            throw new InvalidTokenException(Reason.REVOKED);
        }
        Instant now = now();
        RefreshToken next = token.next(random);
        Session renewed = new Session(
                session.id(),
                session.username(),
                session.createdAt(),
                session.passwordChangedAt(),
                next.hash(),
                end(session.createdAt(), now),
                session.version() + 1);
        String access = tokens.issue(session.username(), session.id(), now, renewed.expiresAt());
        if (!store.saveSession(renewed)) { // it was ended meanwhile, or somebody used the same token
            Session after = good(token);
            throw new AuthUnavailableException(
                    "the session of '" + after.username() + "' could not be renewed; try again", null);
        }
        return pair(access, next, renewed, account.get().user(), now);
    }

    /** The session, if the token is the one that is good for it now; a token that was good before ends it. */
    private Session good(RefreshToken token) {
        for (int i = 0; i < MOST_TRIES; i++) {
            Session session =
                    store.findSession(token.sessionId()).orElseThrow(() -> new InvalidTokenException(Reason.REVOKED));
            checkLife(token, session);
            if (token.isCurrent(session.refreshHash())) {
                return session;
            }
            if (endReused(session)) {
                meters.ended("reused", 1);
                events.accept(new SparkEvent.RefreshTokenReused(clock.instant(), session.username(), session.id()));
                throw new InvalidTokenException(Reason.REUSED);
            } // what was read is old news: the token may be newer than that
        }
        throw busy(token.sessionId());
    }

    private boolean endReused(Session session) {
        try {
            return store.deleteSession(session.id(), session.version());
        } finally {
            standings.changed();
        }
    }

    private void checkLife(RefreshToken token, Session session) {
        if (!token.isOfFamily(session.refreshHash())) { // who only knows the id may end nothing
            throw new InvalidTokenException(Reason.INVALID);
        }
        if (!now().isBefore(session.expiresAt())) {
            throw new InvalidTokenException(Reason.EXPIRED);
        }
    }

    private static AuthUnavailableException busy(String sessionId) {
        return new AuthUnavailableException(
                "the session " + sessionId + " changes too fast to be changed; try again", null);
    }

    /** Ends a session; false when it was over. */
    boolean end(String sessionId) {
        try {
            for (int i = 0; i < MOST_TRIES; i++) {
                Optional<Session> session = store.findSession(sessionId);
                if (session.isEmpty()) {
                    return false;
                }
                if (store.deleteSession(sessionId, session.get().version())) {
                    return true;
                }
            }
            throw busy(sessionId);
        } finally {
            standings.changed(); // also when it is not known how that went
        }
    }

    /** Ends all sessions of a user, and says how many. */
    int endAll(String username) {
        try {
            int ended = store.deleteSessions(username);
            meters.ended("revoked", ended);
            return ended;
        } finally {
            standings.changed();
        }
    }

    /** Forgets sessions that have ended. */
    int purge() {
        return store.purgeSessions(now());
    }
}
