package ai.primespark.auth;

import java.util.Set;

/**
 * A name for permissions that go together. A name that is not allowed is an {@link IllegalArgumentException}.
 *
 * @param name {@code [a-z][a-z0-9-]*}
 * @param permissions what its users may do
 */
public record Role(String name, Set<Permission> permissions) {

    /** May do everything. */
    public static final Role ADMIN = new Role("admin", Set.of(Permission.ALL));

    /** May use everything and administer nothing. */
    public static final Role USER = new Role("user", Set.of(Permission.parse("*:read"), Permission.parse("*:write")));

    /** Checks the parts and copies the collection. */
    public Role {
        if (!name.matches("[a-z][a-z0-9-]{0,63}")) {
            throw new IllegalArgumentException("a role's name is [a-z][a-z0-9-]*: '" + name + "'");
        }
        permissions = Set.copyOf(permissions);
    }
}
