package ai.primespark.auth;

import java.security.Principal;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;

/**
 * Who a verified token speaks for.
 *
 * @param username the user
 * @param roles names of roles, as of the verification
 * @param permissions what the roles allow
 * @param sessionId the login that the token goes back to
 * @param expiresAt when the token ends
 */
public record AuthPrincipal(
        String username, Set<String> roles, Set<Permission> permissions, String sessionId, Instant expiresAt)
        implements Principal {

    /** Copies the collections and refuses nulls. */
    public AuthPrincipal {
        Objects.requireNonNull(username, "username");
        roles = Set.copyOf(roles);
        permissions = Set.copyOf(permissions);
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(expiresAt, "expiresAt");
    }

    @Override
    public String getName() {
        return username;
    }

    /**
     * Whether the user may do something.
     *
     * @param permission what is to be done
     * @return true when some permission implies it
     */
    public boolean may(Permission permission) {
        return permissions.stream().anyMatch(p -> p.implies(permission));
    }

    /**
     * Insists that the user may do something.
     *
     * @param permission what is to be done
     * @throws PermissionDeniedException when the user may not
     */
    public void require(Permission permission) {
        if (!may(permission)) {
            throw new PermissionDeniedException(username, permission);
        }
    }
}
