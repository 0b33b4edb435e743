package ai.primespark.core.auth;

import ai.primespark.auth.Permission;
import ai.primespark.auth.Role;
import ai.primespark.auth.UserException;
import ai.primespark.auth.UserException.Kind;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The roles that there are, and what they allow together. Immutable and thread-safe. */
record Roles(Map<String, Role> byName) {

    /**
     * Checks names.
     *
     * @throws UserException with {@link Kind#UNKNOWN_ROLE}
     */
    void check(Set<String> names) {
        for (String name : names) {
            if (!byName.containsKey(name)) {
                throw new UserException(
                        Kind.UNKNOWN_ROLE,
                        "there is no role '" + (name.length() > 64 ? name.substring(0, 64) + "…" : name)
                                + "', there are " + byName.keySet());
            }
        }
    }

    /** What roles allow; one that an account has and the configuration has no more allows nothing. */
    Set<Permission> permissions(Set<String> names) {
        Set<Permission> all = new HashSet<>();
        for (String name : names) {
            Role role = byName.get(name);
            if (role != null) {
                all.addAll(role.permissions());
            }
        }
        return Set.copyOf(all);
    }
}
