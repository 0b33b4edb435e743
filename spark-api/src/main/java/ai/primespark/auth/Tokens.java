package ai.primespark.auth;

import ai.primespark.Secret;
import java.time.Duration;
import java.util.Objects;

/**
 * What a login gives: a bearer token (RFC 6750) for some minutes, and a token to get the next one. Prints no token.
 *
 * @param accessToken a JWT (RFC 7519)
 * @param expiresIn how long the access token is good for
 * @param refreshToken opaque; good for one use
 * @param principal who the tokens speak for
 */
public record Tokens(Secret accessToken, Duration expiresIn, Secret refreshToken, AuthPrincipal principal) {

    /** Refuses nulls. */
    public Tokens {
        Objects.requireNonNull(accessToken, "accessToken");
        Objects.requireNonNull(expiresIn, "expiresIn");
        Objects.requireNonNull(refreshToken, "refreshToken");
        Objects.requireNonNull(principal, "principal");
    }
}
