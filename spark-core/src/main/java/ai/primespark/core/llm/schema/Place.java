package ai.primespark.core.llm.schema;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place in a JSON value.
 *
 * @param parent null at the top
 * @param name of a property; null for an item of an array and at the top
 * @param index of an item
 * @param declared whether the schema names the property, and not the model
 */
record Place(@Nullable Place parent, @Nullable String name, int index, boolean declared) {

    private static final Place TOP = new Place(null, null, 0, true);
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,79}");
    private static final int LONGEST_NAME = 80;

    static Place top() {
        return TOP;
    }

    /** A property that the schema names. */
    Place declared(String property) {
        return new Place(this, property, 0, true);
    }

    /** A property that the model named. */
    Place madeUp(String property) {
        return new Place(this, property, 0, false);
    }

    Place item(int position) {
        return new Place(this, null, position, true);
    }

    /** As a JSON path. */
    String path() {
        return (parent == null ? "$" : parent.path()) + step(true);
    }

    /** As a JSON path with {@code *} for what the model named. */
    String place() {
        return (parent == null ? "$" : parent.place()) + step(declared);
    }

    private String step(boolean shown) {
        if (parent == null) {
            return "";
        } else if (name == null) {
            return "[" + index + "]";
        } else if (!shown) {
            return ".*";
        } else if (PLAIN.matcher(name).matches()) {
            return "." + name;
        }
        String clipped = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name;
        return "['" + clipped.replace("\\", "\\\\").replace("'", "\\'") + "']";
    }
}
