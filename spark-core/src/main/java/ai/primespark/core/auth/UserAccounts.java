package ai.primespark.core.auth;

import ai.primespark.Secret;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.Role;
import ai.primespark.auth.User;
import ai.primespark.auth.UserException;
import ai.primespark.auth.UserException.Kind;
import ai.primespark.auth.Users;
import ai.primespark.spi.UserStore.Account;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The accounts and their rules. Thread-safe.
 *
 * <p>That an administrator is left is a rule over all accounts, and stores compare one at a time. So such changes are made one after
 * the other in this process, and looked at once more afterwards, because another server may have taken away the last other one
 * at the same moment: then the change is taken back. Of two such changes at most both are refused.
 */
final class UserAccounts implements Users {

    private static final Logger LOG = LoggerFactory.getLogger(UserAccounts.class);

    /** See {@link User}. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._@-]{0,63}");

    private static final int MOST_TRIES = 50;
    private static final int PAGE = 1_000;

    private final StoreCalls store;
    private final Sessions sessions;
    private final Standings standings;
    private final Roles roles;
    private final PasswordHasher hasher;
    private final Login login;
    private final InstantSource clock;
    private final SecureRandom random;
    private final ReentrantLock administrators = new ReentrantLock();

    UserAccounts(
            StoreCalls store,
            Sessions sessions,
            Standings standings,
            Roles roles,
            PasswordHasher hasher,
            Login login,
            InstantSource clock,
            SecureRandom random) {
        this.store = store;
        this.sessions = sessions;
        this.standings = standings;
        this.roles = roles;
        this.hasher = hasher;
        this.login = login;
        this.clock = clock;
        this.random = random;
    }

    /** How names are compared. */
    static String fold(String username) {
        return username.toLowerCase(Locale.ROOT);
    }

    /** Whether there can be an account of a name; stores are asked for no other. */
    static boolean canBe(String folded) {
        return NAME.matcher(folded).matches();
    }

    @Override
    public User create(String username, Secret password, Set<String> roleNames) {
        Objects.requireNonNull(password, "password");
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        User user = new User(fold(username), Set.copyOf(roleNames), true, now, now);
        roles.check(user.roles());
        PasswordRules.check(user.username(), password);
        if (store.find(user.username()).isPresent() || !store.create(new Account(user, hasher.hash(password), 1))) {
            throw new UserException(Kind.EXISTS, "there is a user '" + user.username() + "' already");
        }
        LOG.info("User '{}' was created with the roles {}", user.username(), user.roles());
        return user;
    }

    @Override
    public Optional<Secret> createFirstAdmin(String username) {
        if (!store.list(null, 1).isEmpty()) {
            return Optional.empty();
        }
        Secret password = PasswordRules.generate(random);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        User user = new User(fold(username), Set.of(Role.ADMIN.name()), true, now, now);
        if (!store.create(new Account(user, hasher.hash(password), 1))) {
            return Optional.empty(); // another server was first
        }
        LOG.info("User '{}' was created as the first administrator", user.username());
        return Optional.of(password);
    }

    @Override
    public Optional<User> find(String username) {
        return lookUp(username).map(Account::user);
    }

    @Override
    public List<User> list(@Nullable String after, int limit) {
        if (limit < 1 || limit > PAGE) {
            throw new IllegalArgumentException("a limit is 1 to 1,000: " + limit);
        }
        return store.list(after == null ? null : fold(after), limit).stream()
                .map(Account::user)
                .toList();
    }

    @Override
    public User setRoles(String username, Set<String> roleNames) {
        Set<String> wanted = Set.copyOf(roleNames);
        roles.check(wanted);
        User changed = changeUser(
                username,
                user -> new User(user.username(), wanted, user.active(), user.createdAt(), user.passwordChangedAt()));
        LOG.info("User '{}' has the roles {} now", changed.username(), changed.roles());
        return changed;
    }

    @Override
    public User setActive(String username, boolean active) {
        User changed = changeUser(
                username,
                user -> new User(user.username(), user.roles(), active, user.createdAt(), user.passwordChangedAt()));
        if (!active) {
            int unused = sessions.endAll(changed.username());
        }
        LOG.info("User '{}' is {} now", changed.username(), active ? "active" : "inactive");
        return changed;
    }

    @Override
    public void setPassword(String username, Secret password) {
        Account account = get(username);
        PasswordRules.check(account.user().username(), password);
        takePassword(account, password);
    }

    @Override
    public void changePassword(String username, Secret current, Secret password) {
        Objects.requireNonNull(password, "password");
        Account account = login.checkAgain(fold(username), current);
        PasswordRules.check(account.user().username(), password);
        takePassword(account, password);
    }

    private void takePassword(Account seen, Secret password) {
        Secret hash = hasher.hash(password);
        Account changed = change(seen.user().username(), account -> {
            if (!account.user().createdAt().equals(seen.user().createdAt())) {
                throw notFound(account.user().username()); // another account of the same name
            }
            return new Account(withPasswordOfNow(account.user()), hash, account.version() + 1);
        });
        endSessionsThatAreOver(changed.user().username());
        LOG.info("User '{}' has a new password", changed.user().username());
    }

    /** They count no more as the account is now; that they are still kept must not look as if it had not been changed. */
    private void endSessionsThatAreOver(String username) {
        try {
            int unused = sessions.endAll(username);
        } catch (AuthUnavailableException e) {
            LOG.debug("Sessions of '{}' that are over stay in the user store for now: {}", username, e.getMessage());
        }
    }

    /** Never the same moment twice: sessions are told by it from those before. */
    private User withPasswordOfNow(User user) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Instant next = user.passwordChangedAt().plusMillis(1);
        return new User(
                user.username(), user.roles(), user.active(), user.createdAt(), now.isBefore(next) ? next : now);
    }

    @Override
    public boolean delete(String username) {
        administrators.lock();
        try {
            for (int i = 0; i < MOST_TRIES; i++) {
                Optional<Account> account = lookUp(username);
                if (account.isEmpty()) {
                    return false;
                }
                Account there = account.get();
                boolean reduces = isAdministrator(there.user());
                if (reduces) {
                    requireOther(there.user());
                }
                if (store.delete(there.user().username(), there.version())) {
                    if (reduces && !hasAdministrator(null)) {
                        restore(() -> store.create(new Account(there.user(), there.passwordHash(), 1)));
                        throw lastAdministrator(there.user());
                    }
                    endSessionsThatAreOver(there.user().username()); // one that began at that moment
                    LOG.info("User '{}' was deleted", there.user().username());
                    return true;
                }
            }
            throw busy(fold(username));
        } finally {
            standings.changed();
            administrators.unlock();
        }
    }

    private User changeUser(String username, UnaryOperator<User> change) {
        administrators.lock();
        try {
            User[] before = new User[1];
            Account changed = change(username, account -> {
                User user = change.apply(account.user());
                before[0] = account.user();
                if (isAdministrator(account.user()) && !isAdministrator(user)) {
                    requireOther(account.user());
                }
                return new Account(user, account.passwordHash(), account.version() + 1);
            });
            if (isAdministrator(before[0]) && !isAdministrator(changed.user()) && !hasAdministrator(null)) {
                User old = before[0];
                restore(() -> store.replace(new Account(old, changed.passwordHash(), changed.version() + 1)));
                throw lastAdministrator(old);
            }
            return changed.user();
        } finally {
            standings.changed();
            administrators.unlock();
        }
    }

    private static void restore(java.util.function.BooleanSupplier restoring) {
        if (!restoring.getAsBoolean()) {
            LOG.error("No administrator is left, and the last one could not be put back: make one with the user store");
        }
    }

    private Account change(String username, UnaryOperator<Account> change) {
        for (int i = 0; i < MOST_TRIES; i++) {
            Account next = change.apply(get(username));
            if (store.replace(next)) {
                return next;
            }
        }
        throw busy(fold(username));
    }

    private Account get(String username) {
        return lookUp(username).orElseThrow(() -> notFound(username));
    }

    private Optional<Account> lookUp(String username) {
        String name = fold(username);
        return canBe(name) ? store.find(name) : Optional.empty();
    }

    private static UserException notFound(String username) {
        return new UserException(
                Kind.NOT_FOUND,
                "there is no user '" + (username.length() > 64 ? username.substring(0, 64) + "…" : username) + "'");
    }

    private static AuthUnavailableException busy(String username) {
        return new AuthUnavailableException(
                "the account '" + username + "' changes too fast to be changed; try again", null);
    }

    private static boolean isAdministrator(User user) {
        return user.active() && user.roles().contains(Role.ADMIN.name());
    }

    private void requireOther(User user) {
        if (!hasAdministrator(user.username())) {
            throw lastAdministrator(user);
        }
    }

    private static UserException lastAdministrator(User user) {
        return new UserException(
                Kind.LAST_ADMIN, "'" + user.username() + "' is the last active administrator; make another one first");
    }

    private boolean hasAdministrator(@Nullable String besides) {
        String after = null;
        while (true) {
            List<Account> page = store.list(after, PAGE);
            for (Account account : page) {
                if (isAdministrator(account.user())
                        && !account.user().username().equals(besides)) {
                    return true;
                }
            }
            if (page.size() < PAGE) {
                return false;
            }
            after = page.get(page.size() - 1).user().username();
        }
    }
}
