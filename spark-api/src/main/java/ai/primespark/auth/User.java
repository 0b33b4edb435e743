package ai.primespark.auth;

import java.time.Instant;
import java.util.Objects;
import java.util.Set;

/**
 * An account, without its password. A name that is not allowed is an {@link IllegalArgumentException}.
 *
 * @param username 1 to 64 of {@code [a-z0-9._@-]}, beginning with a letter or digit
 * @param roles names of roles
 * @param active whether logging in and existing tokens are accepted
 * @param createdAt when it was made
 * @param passwordChangedAt when its password was set last; tokens from before are no longer accepted
 */
public record User(String username, Set<String> roles, boolean active, Instant createdAt, Instant passwordChangedAt) {

    /** Checks the parts and copies the collection. */
    public User {
        if (!username.matches("[a-z0-9][a-z0-9._@-]{0,63}")) {
            throw new IllegalArgumentException(
                    "a username has 1 to 64 of [a-z0-9._@-] and begins with a letter or digit");
        }
        roles = Set.copyOf(roles);
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(passwordChangedAt, "passwordChangedAt");
    }
}
