package ai.primespark.core.auth;

import ai.primespark.Secret;
import ai.primespark.auth.Auth;
import ai.primespark.auth.AuthException;
import ai.primespark.auth.AuthPrincipal;
import ai.primespark.auth.InvalidTokenException;
import ai.primespark.auth.InvalidTokenException.Reason;
import ai.primespark.auth.Role;
import ai.primespark.auth.Tokens;
import ai.primespark.auth.Users;
import ai.primespark.core.auth.Standings.Standing;
import ai.primespark.event.SparkEvent;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.UserStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users, logins and tokens. Runs no thread, and touches no file of its own before the first login; the user store is somebody
 * else's to start and close. Thread-safe.
 *
 * <p>Verifying is on the path of every request: a hash of the token finds what was verified before, and one more look-up says how
 * its session stands ({@link Standings}).
 */
public final class AuthEngine implements Auth {

    private static final Logger LOG = LoggerFactory.getLogger(AuthEngine.class);

    private static final Duration PURGE_INTERVAL = Duration.ofHours(1);

    private final Around around;
    private final Roles roles;
    private final AuthMeters meters;
    private final StoreCalls store;
    private final SigningKeys keys;
    private final AccessTokens tokens;
    private final TokenMemory verified;
    private final Standings standings;
    private final Sessions sessions;
    private final Login login;
    private final UserAccounts users;
    private final AtomicLong purgedAt;

    /**
     * What it works with.
     *
     * @param clock the wall clock, for what tokens and accounts say
     * @param nanoTime the monotonic clock, for what is remembered for a while
     * @param executor for tidying up
     * @param meters where to count
     * @param events where to tell
     * @param directory for keys that are made here
     * @param random for salts, tokens and keys
     */
    public record Around(
            InstantSource clock,
            LongSupplier nanoTime,
            Executor executor,
            Meters meters,
            Consumer<SparkEvent> events,
            Path directory,
            SecureRandom random) {}

    /**
     * Makes one.
     *
     * @param settings values of {@link AuthSettings#ALL}
     * @param userStore started
     * @param around what it works with
     * @throws IllegalArgumentException when settings do not fit together
     */
    public AuthEngine(Settings settings, UserStore userStore, Around around) {
        this(settings, userStore, around, cost(settings));
    }

    /** With another cost of hashing than a configuration may ask for. */
    AuthEngine(Settings settings, UserStore userStore, Around around, PasswordHasher.Cost cost) {
        AuthSettings.check(settings);
        this.around = around;
        this.roles = new Roles(AuthSettings.roles(settings));
        this.meters = new AuthMeters(around.meters());
        this.store = new StoreCalls(userStore, settings.get(AuthSettings.STORE_TIMEOUT), meters);
        PasswordHasher hasher = new PasswordHasher(cost, around.random(), meters);
        this.keys = keys(settings, around, meters);
        this.tokens = new AccessTokens(
                keys,
                settings.get(AuthSettings.ISSUER),
                settings.get(AuthSettings.AUDIENCE),
                settings.get(AuthSettings.ACCESS_TOKEN_LIFE),
                settings.get(AuthSettings.CLOCK_SKEW),
                around.random());
        this.verified = new TokenMemory(tokens);
        this.standings = new Standings(store, roles, settings.get(AuthSettings.RECHECK_INTERVAL), around.nanoTime());
        Sessions.Limits limits = new Sessions.Limits(
                settings.get(AuthSettings.SESSION_IDLE),
                settings.get(AuthSettings.SESSION_LIFE),
                settings.get(AuthSettings.MAX_SESSIONS).intValue());
        this.sessions = new Sessions(
                store, standings, roles, tokens, limits, around.clock(), around.random(), meters, around.events());
        LoginThrottle throttle = new LoginThrottle(LoginThrottle.Limits.of(settings), around.nanoTime());
        this.login = new Login(store, hasher, throttle, around.clock(), meters, around.events());
        this.users =
                new UserAccounts(store, sessions, standings, roles, hasher, login, around.clock(), around.random());
        this.purgedAt = new AtomicLong(around.nanoTime().getAsLong() - PURGE_INTERVAL.toNanos());
        meters.showRemembered(verified::size, standings::size);
    }

    private static PasswordHasher.Cost cost(Settings settings) {
        Runtime runtime = Runtime.getRuntime();
        return cost(settings, runtime.availableProcessors(), runtime.maxMemory());
    }

    /**
     * What hashing may cost here.
     *
     * @param heap bytes that this process may use
     * @throws IllegalArgumentException when it would take all of them
     */
    static PasswordHasher.Cost cost(Settings settings, int processors, long heap) {
        long memory = settings.get(AuthSettings.HASH_MEMORY);
        long fitting = heap / 2 / memory - 1; // the library keeps one more
        long usual = Math.max(1, Math.min(processors / 2, fitting));
        long atOnce = settings.find(AuthSettings.HASH_CONCURRENT).orElse(usual);
        if (memory * (atOnce + 1) > heap) {
            throw new IllegalArgumentException("hashing " + atOnce + " passwords at once takes "
                    + (memory * (atOnce + 1) >> 20) + " MiB with this hash.memory, and this process may use "
                    + (heap >> 20) + " MiB; lower hash.memory or hash.concurrent, or give it more with -Xmx");
        }
        return new PasswordHasher.Cost(
                (int) (memory >> 10),
                settings.get(AuthSettings.HASH_ITERATIONS).intValue(),
                (int) atOnce,
                Duration.ofSeconds(10));
    }

    private static SigningKeys keys(Settings settings, Around around, AuthMeters meters) {
        Optional<Path> file = settings.find(AuthSettings.KEYS_FILE);
        if (settings.get(AuthSettings.ALGORITHM) == JwtAlgorithm.HS256) {
            return new SharedSecret(
                    settings.find(AuthSettings.SECRET).orElse(null),
                    settings.find(AuthSettings.PREVIOUS_SECRET).orElse(null),
                    file.orElseGet(() -> around.directory().resolve("jwt-secret")),
                    around.random());
        }
        Duration skew = settings.get(AuthSettings.CLOCK_SKEW);
        KeyPairs.Plan plan = new KeyPairs.Plan(
                file.orElseGet(() -> around.directory().resolve("jwt-keys.json")),
                settings.get(AuthSettings.ROTATE_AFTER),
                settings.get(AuthSettings.ACCESS_TOKEN_LIFE).plus(skew.multipliedBy(2)));
        return new KeyPairs(plan, around.clock(), around.nanoTime(), around.random(), meters);
    }

    @Override
    public Tokens login(String username, Secret password, @Nullable String client) {
        Tokens made = sessions.begin(login.check(UserAccounts.fold(username), password, client));
        meters.login("succeeded");
        purgeNowAndThen();
        return made;
    }

    @Override
    public AuthPrincipal verify(String accessToken) {
        Objects.requireNonNull(accessToken, "accessToken");
        try {
            AuthPrincipal principal = principal(accessToken);
            meters.verified();
            return principal;
        } catch (InvalidTokenException e) {
            meters.refused(e.reason());
            throw e;
        }
    }

    private AuthPrincipal principal(String accessToken) {
        if (accessToken.length() > AccessTokens.LONGEST) {
            throw new InvalidTokenException(Reason.INVALID);
        }
        Instant now = around.clock().instant();
        ByteBuffer key = TokenMemory.key(accessToken);
        TokenMemory.Entry entry = verified.find(key);
        if (entry == null) {
            entry = verified.remember(key, tokens.check(accessToken, now));
        } else {
            tokens.checkLife(entry.claims(), now);
        }
        Standing standing = standings.of(entry.claims().sessionId(), now);
        if (standing == null || !standing.username().equals(entry.claims().username())) {
            throw new InvalidTokenException(Reason.REVOKED);
        }
        if (!now.isBefore(standing.endsAt())) {
            throw new InvalidTokenException(Reason.EXPIRED);
        }
        return entry.principal(standing);
    }

    @Override
    public Tokens refresh(Secret refreshToken) {
        try {
            Tokens made = sessions.refresh(refreshToken);
            meters.refreshed();
            return made;
        } catch (InvalidTokenException e) {
            meters.notRefreshed(e.reason());
            throw e;
        }
    }

    @Override
    public void revoke(String sessionId) {
        if (RefreshToken.isSessionId(Objects.requireNonNull(sessionId, "sessionId"))) {
            meters.ended("revoked", sessions.end(sessionId) ? 1 : 0);
        }
    }

    @Override
    public int revokeAll(String username) {
        String name = UserAccounts.fold(username);
        return UserAccounts.canBe(name) ? sessions.endAll(name) : 0;
    }

    @Override
    public Users users() {
        return users;
    }

    @Override
    public Map<String, Role> roles() {
        return roles.byName();
    }

    @Override
    public Optional<String> jwks() {
        return keys.jwks();
    }

    /** A store whose sessions never end by themselves grows by logins only, so logins tidy up. */
    private void purgeNowAndThen() {
        long now = around.nanoTime().getAsLong();
        long last = purgedAt.get();
        if (now - last < PURGE_INTERVAL.toNanos() || !purgedAt.compareAndSet(last, now)) {
            return;
        }
        try {
            around.executor().execute(() -> {
                try {
                    int unused = sessions.purge();
                } catch (AuthException e) {
                    LOG.debug("Ended sessions stay in the user store for now: {}", e.getMessage());
                }
            });
        } catch (RejectedExecutionException e) { // closing, or no thread is free: the next login tries again
            purgedAt.set(last);
        }
    }

    /** The health of this part: whether the store can be asked, and took the last change. */
    public HealthResult check() {
        Map<String, Double> metrics = Map.of("remembered_sessions", (double) standings.size());
        try {
            boolean none = store.list(null, 1).isEmpty();
            String trouble = store.trouble();
            if (!trouble.isEmpty()) {
                return new HealthResult(
                        HealthStatus.DEGRADED,
                        "the user store answers, but its last change failed, so that perhaps nobody can log in: "
                                + trouble,
                        metrics);
            }
            return new HealthResult(
                    HealthStatus.HEALTHY,
                    none ? "no account yet; nobody can log in before there is one" : "the user store answers",
                    metrics);
        } catch (AuthException e) {
            return new HealthResult(HealthStatus.DEGRADED, "nobody can log in: " + e.getMessage(), metrics);
        }
    }
}
