package ai.primespark.examples.server;

import ai.primespark.Secret;
import ai.primespark.auth.Auth;
import ai.primespark.auth.AuthPrincipal;
import ai.primespark.auth.Permission;
import ai.primespark.auth.Role;
import ai.primespark.auth.Tokens;
import ai.primespark.auth.User;
import ai.primespark.auth.UserException;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Logging in and out, and the accounts. */
final class AuthRoutes {

    private static final String ACCOUNTS = "users:admin";
    private static final String KEYS = "application/jwk-set+json";

    private static final Field<String> LOGIN_NAME =
            Field.text("username", "The user.").needed();
    private static final Field<String> LOGIN_PASSWORD = secret("password", "The password.");
    private static final Field<String> REFRESH = secret("refresh_token", "What the last login or refresh gave.");
    private static final Field<String> CURRENT = secret("current_password", "The password so far.");
    private static final Field<String> NEW = password("new_password").needed();
    private static final Field<String> USERNAME = Field.text(
                    "username", "[a-z0-9][a-z0-9._@-]{0,63}", "The name to log in with.")
            .needed();
    private static final Field<String> NAME = Field.text("name", "[a-z0-9][a-z0-9._@-]{0,63}", "The user's name.");
    private static final Field<String> PASSWORD = password("password");
    private static final Field<List<String>> ROLES = Field.text(
                    "roles", "[a-z][a-z0-9-]{0,63}", "Names of roles, such as `user` and `admin`.")
            .list();
    private static final Field<Boolean> ACTIVE = Field.flag("active", "Whether the user may log in.");
    private static final Field<String> AFTER = Field.text("cursor", "Where the page before ended.");
    private static final Field<Integer> LIMIT =
            Field.whole("limit", 1, 1000, "How many at most.").otherwise(100);

    /** What a login gives. */
    record Login(String accessToken, String tokenType, long expiresIn, String refreshToken, Who user) {
        static Login of(Tokens tokens) {
            return new Login(
                    tokens.accessToken().reveal(),
                    "bearer",
                    tokens.expiresIn().toSeconds(),
                    tokens.refreshToken().reveal(),
                    new Who(
                            tokens.principal().username(),
                            sorted(tokens.principal().roles())));
        }

        @Override
        public String toString() { // tokens are secrets
            return "Login[" + user + "]";
        }
    }

    /** Who is logged in. */
    record Who(String username, List<String> roles) {}

    /** What is known of the caller. */
    record Me(
            String username,
            List<String> roles,
            List<String> permissions,
            @Nullable Instant expiresAt) {
        static Me of(AuthPrincipal principal) {
            return new Me(
                    principal.username(),
                    sorted(principal.roles()),
                    principal.permissions().stream()
                            .map(Permission::toString)
                            .sorted()
                            .toList(),
                    principal.expiresAt());
        }
    }

    /** An account. */
    record Account(String username, List<String> roles, boolean active, Instant createdAt, Instant passwordChangedAt) {
        static Account of(User user) {
            return new Account(
                    user.username(), sorted(user.roles()), user.active(), user.createdAt(), user.passwordChangedAt());
        }
    }

    /** A page of accounts, and where the next one begins. */
    record Accounts(List<Account> users, @Nullable String cursor) {}

    /** That it is done. */
    record Done(boolean success) {}

    /** That it is done to an account. */
    record DoneTo(boolean success, String username) {}

    /** Public keys as a JWK Set (RFC 7517). */
    record KeySet(List<Object> keys) {}

    private final Auth auth;

    AuthRoutes(Auth auth) {
        this.auth = auth;
    }

    /** A secret is never checked for its form, so that no error says anything about it. */
    private static Field<String> secret(String name, String about) {
        return Field.text(name, about).needed();
    }

    private static Field<String> password(String name) {
        return Field.text(name, "8 to 1,024 characters, not too well known.");
    }

    List<Route> routes() {
        return Stream.of(sessions(), own(), accounts()).flatMap(List::stream).toList();
    }

    private List<Route> sessions() {
        return List.of(
                Route.post("/api/auth/login")
                        .open()
                        .summary("Logs in. Takes as long for a user that does not exist.")
                        .json(LOGIN_NAME, LOGIN_PASSWORD)
                        .answers(200, Login.class, "Tokens of a new session.")
                        .problem(401, "login-failed", "the username or password is wrong")
                        .problem(429, "login-throttled", "too many failures; see Retry-After")
                        .to(this::login),
                Route.post("/api/auth/refresh")
                        .open()
                        .summary(
                                "Trades a refresh token for new tokens. Each is good once; a second use ends the session.")
                        .json(REFRESH)
                        .answers(200, Login.class, "New tokens of the same session.")
                        .problem(401, "token-invalid", "so are token-expired, token-revoked and token-reused")
                        .to(this::refresh),
                Route.post("/api/auth/logout")
                        .user()
                        .summary("Ends this session: its tokens are no longer accepted.")
                        .answers(200, Done.class, "It is over.")
                        .to(this::logout),
                Route.get("/.well-known/jwks.json")
                        .open()
                        .summary("The public keys by which others can verify access tokens.")
                        .answers(200, KEYS, KeySet.class, "A JWK Set.")
                        .problem(404, "not-found", "tokens are signed with a shared secret")
                        .to(this::keys));
    }

    private List<Route> own() {
        return List.of(
                Route.get("/api/auth/me")
                        .user()
                        .summary("Who the token speaks for.")
                        .answers(200, Me.class, "The user, with roles and permissions of now.")
                        .to(ctx -> ctx.json(Me.of(caller(ctx)))),
                Route.of(HandlerType.PUT, "/api/auth/me/password")
                        .user()
                        .summary("Changes the caller's password, and ends all of the caller's sessions.")
                        .json(CURRENT, NEW)
                        .answers(200, Done.class, "It is changed; log in again.")
                        .problem(401, "login-failed", "the current password is wrong")
                        .problem(429, "login-throttled", "too many failures; see Retry-After")
                        .to(this::changePassword));
    }

    private List<Route> accounts() {
        return List.of(
                Route.get("/api/auth/users")
                        .admin(ACCOUNTS)
                        .summary("The accounts by name.")
                        .query(AFTER, LIMIT)
                        .answers(200, Accounts.class, "A page of them.")
                        .to(this::list),
                Route.post("/api/auth/users")
                        .admin(ACCOUNTS)
                        .summary("Makes an account. Without roles it has the role `user`.")
                        .json(USERNAME, PASSWORD.needed(), ROLES)
                        .answers(201, Account.class, "The account; Location says where it is.")
                        .problem(409, "user-exists", "there is such a user already")
                        .to(this::create),
                Route.of(HandlerType.PATCH, "/api/auth/users/{name}")
                        .admin(ACCOUNTS)
                        .summary(
                                "Changes an account: what is absent stays. A new password, and keeping a user out, end all sessions.")
                        .path(NAME)
                        .json(ROLES, ACTIVE, PASSWORD)
                        .answers(200, Account.class, "The account as it is now.")
                        .problem(404, "user-not-found", "there is no such user")
                        .problem(409, "user-last-admin", "there would be no active administrator left")
                        .to(this::change),
                Route.delete("/api/auth/users/{name}")
                        .admin(ACCOUNTS)
                        .summary("Deletes an account, and ends all its sessions.")
                        .path(NAME)
                        .answers(200, DoneTo.class, "It is gone.")
                        .problem(404, "user-not-found", "there is no such user")
                        .problem(409, "user-last-admin", "there would be no active administrator left")
                        .to(this::delete));
    }

    private void login(Context ctx) {
        Input in = Input.of(ctx);
        secrets(ctx)
                .json(Login.of(
                        auth.login(in.need(LOGIN_NAME), Secret.of(in.need(LOGIN_PASSWORD)), Sources.plain(ctx.ip()))));
    }

    private void refresh(Context ctx) {
        secrets(ctx).json(Login.of(auth.refresh(Secret.of(Input.of(ctx).need(REFRESH)))));
    }

    private void logout(Context ctx) {
        auth.revoke(caller(ctx).sessionId());
        ctx.json(new Done(true));
    }

    private void keys(Context ctx) {
        String keys = auth.jwks()
                .orElseThrow(() -> new Problem(
                        HttpStatus.NOT_FOUND,
                        "not-found",
                        "tokens are signed with a shared secret; there is no public key"));
        ctx.header("Cache-Control", "public, max-age=300").result(keys).contentType(KEYS);
    }

    private void changePassword(Context ctx) {
        Input in = Input.of(ctx);
        auth.users().changePassword(caller(ctx).username(), Secret.of(in.need(CURRENT)), Secret.of(in.need(NEW)));
        ctx.json(new Done(true));
    }

    private void list(Context ctx) {
        Input in = Input.of(ctx);
        int limit = in.get(LIMIT).orElse(100);
        List<Account> page = auth.users().list(in.get(AFTER).orElse(null), limit).stream()
                .map(Account::of)
                .toList();
        ctx.json(new Accounts(
                page, page.size() < limit ? null : page.get(page.size() - 1).username()));
    }

    private void create(Context ctx) {
        Input in = Input.of(ctx);
        Set<String> roles = in.get(ROLES).map(Set::copyOf).orElse(Set.of(Role.USER.name()));
        requireNoMoreThan(caller(ctx), roles);
        User user = auth.users()
                .create(in.need(USERNAME), Secret.of(in.get(PASSWORD).orElse("")), roles);
        ctx.status(HttpStatus.CREATED)
                .header("Location", "/api/auth/users/" + user.username())
                .json(Account.of(user));
    }

    /** Keeping out comes first and letting in last: what is refused on the way leaves no account that can do more than before. */
    private void change(Context ctx) {
        Input in = Input.of(ctx);
        String name = in.need(NAME);
        Optional<Set<String>> roles = in.get(ROLES).map(Set::copyOf);
        requireNoMoreThan(caller(ctx), known(name).roles());
        roles.ifPresent(wanted -> requireNoMoreThan(caller(ctx), wanted));
        Optional<Boolean> active = in.get(ACTIVE);
        if (active.isPresent() && !active.get()) {
            var unused = auth.users().setActive(name, false);
        }
        in.get(PASSWORD).ifPresent(password -> auth.users().setPassword(name, Secret.of(password)));
        roles.ifPresent(wanted -> {
            var unused = auth.users().setRoles(name, wanted);
        });
        if (active.isPresent() && active.get()) {
            var unused = auth.users().setActive(name, true);
        }
        ctx.json(Account.of(known(name)));
    }

    /** Whoever keeps accounts gives nobody, and takes over from nobody, what he may not do himself. */
    private void requireNoMoreThan(AuthPrincipal caller, Set<String> roles) {
        for (String name : roles) {
            Role role = auth.roles().get(name);
            if (role != null) { // one that is not known allows nothing, and is refused where it would be given
                role.permissions().forEach(caller::require);
            }
        }
    }

    private void delete(Context ctx) {
        String name = Input.of(ctx).need(NAME);
        auth.users().find(name).ifPresent(user -> requireNoMoreThan(caller(ctx), user.roles()));
        if (!auth.users().delete(name)) {
            throw unknown(name);
        }
        ctx.json(new DoneTo(true, name));
    }

    private User known(String name) {
        return auth.users().find(name).orElseThrow(() -> unknown(name));
    }

    private static UserException unknown(String name) {
        return new UserException(UserException.Kind.NOT_FOUND, "there is no user '" + name + "'");
    }

    private static AuthPrincipal caller(Context ctx) {
        return Guard.principal(ctx).orElseThrow(() -> new IllegalStateException("a route for users without a user"));
    }

    /** RFC 6749, section 5.1: answers with tokens are kept nowhere. */
    private static Context secrets(Context ctx) {
        return ctx.header("Cache-Control", "no-store").header("Pragma", "no-cache");
    }

    private static List<String> sorted(Set<String> names) {
        return List.copyOf(new TreeSet<>(names));
    }
}
