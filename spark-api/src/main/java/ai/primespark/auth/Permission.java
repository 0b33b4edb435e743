package ai.primespark.auth;

import java.util.Objects;

/**
 * The right to do something: {@code area:action}, for example {@code memory:write}. Either part may be {@code *}, which stands for
 * all; anything else is an {@link IllegalArgumentException}. Immutable and thread-safe.
 *
 * @param area {@code [a-z][a-z0-9-]*} or {@code *}
 * @param action {@code [a-z][a-z0-9-]*} or {@code *}
 */
public record Permission(String area, String action) {

    /** Everything. */
    public static final Permission ALL = new Permission("*", "*");

    /** Refuses nulls. */
    public Permission {
        check(Objects.requireNonNull(area, "area"));
        check(Objects.requireNonNull(action, "action"));
    }

    private static void check(String part) {
        if (!part.matches("\\*|[a-z][a-z0-9-]{0,63}")) {
            throw new IllegalArgumentException(
                    "a permission is area:action, each [a-z][a-z0-9-]* or *: '" + part + "'");
        }
    }

    /**
     * Reads a permission.
     *
     * @param text {@code area:action}
     * @return the permission
     * @throws IllegalArgumentException when it is not one
     */
    public static Permission parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("a permission is area:action: '" + text + "'");
        }
        return new Permission(text.substring(0, colon), text.substring(colon + 1));
    }

    /**
     * Whether who has this permission may do what another stands for.
     *
     * @param other what is to be done
     * @return true when each part is the same or {@code *} here
     */
    public boolean implies(Permission other) {
        return (area.equals("*") || area.equals(other.area)) && (action.equals("*") || action.equals(other.action));
    }

    @Override
    public String toString() {
        return area + ":" + action;
    }
}
