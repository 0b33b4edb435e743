package ai.primespark.core.auth;

import ai.primespark.Secret;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.LoginFailedException;
import ai.primespark.auth.LoginThrottledException;
import ai.primespark.auth.User;
import ai.primespark.core.auth.LoginThrottle.Attempt;
import ai.primespark.core.auth.LoginThrottle.Refusal;
import ai.primespark.event.SparkEvent;
import ai.primespark.spi.UserStore.Account;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether somebody is the user. Whatever is wrong, the same work is done and the same said: the store is asked for the
 * name and for one that nobody has, and one hash is made. A store that knows some names while it cannot say of others that nobody
 * has them is away for all. Thread-safe.
 */
final class Login {

    private static final Logger LOG = LoggerFactory.getLogger(Login.class);

    private static final int LONGEST_NAME = 64;

    private final StoreCalls store;
    private final PasswordHasher hasher;
    private final LoginThrottle throttle;
    private final InstantSource clock;
    private final AuthMeters meters;
    private final Consumer<SparkEvent> events;

    Login(
            StoreCalls store,
            PasswordHasher hasher,
            LoginThrottle throttle,
            InstantSource clock,
            AuthMeters meters,
            Consumer<SparkEvent> events) {
        this.store = store;
        this.hasher = hasher;
        this.throttle = throttle;
        this.clock = clock;
        this.meters = meters;
        this.events = events;
    }

    /**
     * Checks a password.
     *
     * @param username in lower case
     * @param client where the request came from, or null
     * @return the account, active
     * @throws LoginFailedException when the user is unknown or inactive, or the password is wrong
     * @throws LoginThrottledException after too many failures
     */
    Account check(String username, Secret password, @Nullable String client) {
        String name = cut(username);
        return check(username, name, password, client, throttle.begin(name, ClientKey.of(client)));
    }

    /** The same for somebody who has logged in, and is asked once more; strangers who guess do not count against him. */
    Account checkAgain(String username, Secret password) {
        String name = cut(username);
        return check(username, name, password, null, throttle.beginAgain(name));
    }

    private Account check(String username, String name, Secret password, @Nullable String client, Attempt begun) {
        try (Attempt attempt = begun) {
            Objects.requireNonNull(password, "password");
            Refusal refusal = attempt.refusal();
            if (refusal != null) {
                throw throttled(refusal, name, client);
            }
            Optional<Account> account = find(name, password, attempt);
            boolean right = hasher.matches(
                    cut(password), account.map(Account::passwordHash).orElse(null));
            if (account.isPresent()
                    && right
                    && account.get().user().active()
                    && username.equals(name)
                    && isShortEnough(password)) {
                attempt.succeeded();
                return refreshed(account.get(), password);
            }
            attempt.failed(account.isPresent());
            var unused =
                    store.find(nobody()); // else who is unknown hears another answer while parts of the store are away
            meters.login("failed");
            events.accept(new SparkEvent.LoginFailed(
                    clock.instant(), account.isPresent() ? name : "", client == null ? "" : client));
            throw new LoginFailedException();
        } catch (AuthUnavailableException e) {
            meters.login("unavailable");
            throw e;
        }
    }

    /** Who cannot be an account is asked for by another name that is none. A store that is away costs the same as a wrong password. */
    private Optional<Account> find(String name, Secret password, Attempt attempt) {
        try {
            return store.find(UserAccounts.canBe(name) ? name : nobody());
        } catch (AuthUnavailableException e) {
            boolean unused = hasher.matches(cut(password), null);
            attempt.failed(false);
            throw e;
        }
    }

    /** A name that nobody has. */
    private static String nobody() {
        return UUID.randomUUID().toString();
    }

    private LoginThrottledException throttled(Refusal refusal, String name, @Nullable String client) {
        meters.login("throttled");
        if (refusal.isNews()) {
            events.accept(new SparkEvent.LoginThrottled(
                    clock.instant(), refusal.known() ? name : "", client == null ? "" : client, refusal.delay()));
        }
        return new LoginThrottledException(refusal.delay());
    }

    private static String cut(String username) {
        return username.length() > LONGEST_NAME ? username.substring(0, LONGEST_NAME) : username;
    }

    private static boolean isShortEnough(Secret password) {
        return password.reveal().length() <= PasswordRules.LONGEST;
    }

    /** What is longer is no password, and must not cost more. */
    private static Secret cut(Secret password) {
        return isShortEnough(password) ? password : Secret.of(password.reveal().substring(0, PasswordRules.LONGEST));
    }

    /** With a hash of today's parameters; if that cannot be kept, the old one does. */
    private Account refreshed(Account account, Secret password) {
        if (!hasher.isDated(account.passwordHash())) {
            return account;
        }
        User user = account.user();
        try {
            Account fresh = new Account(user, hasher.hash(password), account.version() + 1);
            if (store.replace(fresh)) {
                LOG.info("The password hash of '{}' has the parameters of now", user.username());
                return fresh;
            }
        } catch (AuthUnavailableException e) {
            LOG.warn("The password hash of '{}' keeps its old parameters: {}", user.username(), e.getMessage());
        }
        return account;
    }
}
