package ai.primespark.examples.server;

import ai.primespark.auth.Auth;
import ai.primespark.auth.AuthPrincipal;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.InvalidTokenException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.router.Endpoint;
import java.util.Enumeration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks everybody who they are, counts their requests, and lets them through to what they may call. What each route needs is in its
 * {@link Route}; a path without a declaration is closed. Thread-safe.
 */
final class Guard {

    private static final String SCHEME = "Bearer ";
    private static final String PRINCIPAL = "ai.primespark.principal";
    private static final String AGAIN = "ai.primespark.again";
    private static final String REFUSED = "ai.primespark.refused";

    private final @Nullable Auth auth;
    private final Rates rates;

    /** With no {@code auth} everybody may do everything. */
    Guard(Optional<Auth> auth, Rates rates) {
        this.auth = auth.orElse(null);
        this.rates = rates;
    }

    void addTo(RoutesConfig routes) {
        routes.before(this::recognize);
        routes.beforeMatched(this::admit);
    }

    /** Who makes a request; empty when that is not known. */
    static Optional<AuthPrincipal> principal(Context ctx) {
        return Optional.ofNullable(ctx.attribute(PRINCIPAL));
    }

    /**
     * Whether who made a request that goes on and on would still be let through: the token has not ended, the session was not ended, the
     * right was not taken away. While nobody can say, it goes on.
     */
    static boolean isStillAdmitted(Context ctx) {
        Supplier<AuthPrincipal> again = ctx.attribute(AGAIN);
        try {
            return again == null
                    || Route.of(ctx).permission().map(again.get()::may).orElse(true);
        } catch (InvalidTokenException e) {
            return false;
        } catch (AuthUnavailableException e) {
            return true;
        }
    }

    /** A wrong token counts for where it comes from, and is looked at only while that source has requests left. */
    private void recognize(Context ctx) {
        String source = "source " + Sources.of(ctx.ip());
        String header = authorization(ctx);
        if (auth == null || header == null) {
            rates.count(source);
            return;
        }
        rates.require(source);
        try {
            Auth logins = auth;
            String token = token(header);
            AuthPrincipal principal = logins.verify(token);
            ctx.attribute(PRINCIPAL, principal);
            ctx.attribute(AGAIN, (Supplier<AuthPrincipal>) () -> logins.verify(token));
            rates.count("user " + principal.username());
        } catch (InvalidTokenException | AuthUnavailableException e) { // an open route minds neither
            ctx.attribute(REFUSED, e);
            rates.count(source);
        }
    }

    /** Of two headers each program on the way may look at another one; so two say nothing. */
    private static @Nullable String authorization(Context ctx) {
        Enumeration<String> all = ctx.req().getHeaders("Authorization");
        String first = all.hasMoreElements() ? all.nextElement() : null;
        return all.hasMoreElements() ? "" : first;
    }

    /** What stands behind the scheme (RFC 6750, section 2.1); whether it is a token is told by whoever verifies it. */
    private static String token(String header) {
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw new InvalidTokenException(InvalidTokenException.Reason.INVALID);
        }
        int start = SCHEME.length();
        while (start < header.length() && header.charAt(start) == ' ') {
            start++;
        }
        return header.substring(start);
    }

    private void admit(Context ctx) {
        Endpoint endpoint = ctx.endpoints().matchedHttpEndpoint();
        if (auth == null || endpoint == null) { // a file, or HEAD where there is a GET without one, which tells nothing
            return;
        }
        Route route = endpoint.metadata(Route.class);
        if (route != null && route.access() == Access.OPEN) {
            return;
        }
        AuthPrincipal principal = principal(ctx).orElseThrow(() -> stranger(ctx));
        if (route == null) {
            throw new Problem(HttpStatus.FORBIDDEN, "forbidden", "nobody may call this");
        }
        route.permission().ifPresent(principal::require);
    }

    private static RuntimeException stranger(Context ctx) {
        RuntimeException refused = ctx.attribute(REFUSED);
        return refused != null ? refused : unauthorized();
    }

    private static Problem unauthorized() {
        return new Problem(
                        HttpStatus.UNAUTHORIZED,
                        "unauthorized",
                        "log in with POST /api/auth/login, and send the header Authorization: Bearer and its access_token")
                .header("WWW-Authenticate", "Bearer");
    }
}
