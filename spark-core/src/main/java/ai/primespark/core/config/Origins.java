package ai.primespark.core.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import org.jspecify.annotations.Nullable;

/** Says where a value was written: {@code file:line} where there is one. */
final class Origins {

    static final String PROGRAM = "PrimeSpark.builder()";
    static final String DEFAULT = "default";
    static final String VARIABLE = "environment variable ";
    static final String PROPERTY = "system property ";
    static final String REFERENCE = "reference.conf";

    private Origins() {}

    /** Whether all of a value comes from a plugin's reference.conf, and none of it from the application. */
    static boolean onlyReference(ConfigValue value) {
        return value instanceof ConfigObject object && !object.isEmpty()
                ? object.values().stream().allMatch(Origins::onlyReference)
                : of(value.origin()).contains(REFERENCE);
    }

    static String of(@Nullable ConfigOrigin origin) {
        if (origin == null) {
            return "configuration";
        }
        String place = origin.filename();
        if (place == null && origin.resource() != null) {
            place = "classpath:" + origin.resource();
        }
        if (place == null) {
            place = origin.description();
            int line = place.lastIndexOf(": ");
            if (line > 0 && origin.lineNumber() > 0) {
                place = place.substring(0, line);
            }
        }
        boolean oneLine = place.startsWith(VARIABLE) || place.startsWith(PROPERTY);
        return origin.lineNumber() > 0 && !oneLine ? place + ":" + origin.lineNumber() : place;
    }
}
