package ai.primespark.examples.server;

import ai.primespark.auth.AuthException;
import ai.primespark.auth.InvalidTokenException;
import ai.primespark.auth.LoginFailedException;
import ai.primespark.auth.LoginThrottledException;
import ai.primespark.auth.PermissionDeniedException;
import ai.primespark.auth.UserException;
import io.javalin.http.HttpStatus;
import java.time.Duration;

/** What failures of logins, tokens and accounts are over HTTP. */
final class AuthProblems {

    private AuthProblems() {}

    static Problem of(AuthException failure) {
        String detail = String.valueOf(failure.getMessage());
        if (failure instanceof LoginFailedException) {
            return new Problem(HttpStatus.UNAUTHORIZED, "login-failed", detail);
        }
        if (failure instanceof LoginThrottledException e) {
            return new Problem(HttpStatus.TOO_MANY_REQUESTS, "login-throttled", detail)
                    .header("Retry-After", Problem.seconds(e.retryAfter().orElse(Duration.ofSeconds(1))));
        }
        if (failure instanceof InvalidTokenException e) { // RFC 6750, section 3.1
            return new Problem(HttpStatus.UNAUTHORIZED, "token-" + Choices.name(e.reason()), detail)
                    .header("WWW-Authenticate", "Bearer error=\"invalid_token\"");
        }
        if (failure instanceof PermissionDeniedException) {
            return new Problem(HttpStatus.FORBIDDEN, "forbidden", detail)
                    .header("WWW-Authenticate", "Bearer error=\"insufficient_scope\"");
        }
        if (failure instanceof UserException e) {
            String type = "user-" + Choices.name(e.kind()).replace('_', '-');
            return switch (e.kind()) {
                case NOT_FOUND -> new Problem(HttpStatus.NOT_FOUND, type, detail);
                case EXISTS, LAST_ADMIN -> new Problem(HttpStatus.CONFLICT, type, detail);
                case UNKNOWN_ROLE -> Problem.invalid("roles", detail);
                case WEAK_PASSWORD -> Problem.invalid("password", detail);
            };
        }
        return new Problem(HttpStatus.SERVICE_UNAVAILABLE, "auth-unavailable", detail);
    }
}
