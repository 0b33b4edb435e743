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
    private static final String MERGE = "merge of ";
    private static final String CLASS_PATH_REFERENCE = "reference.conf @ "; // as the library says it of a resource

    private Origins() {}

    /** Whether a value stands in the reference.conf of a jar; a file of the application's may have that name too. */
    static boolean isReference(ConfigOrigin origin) {
        return origin.description().startsWith(CLASS_PATH_REFERENCE);
    }

    /** Whether all of a value comes from a plugin's reference.conf, and none of it from the application. */
    static boolean onlyReference(ConfigValue value) {
        return value instanceof ConfigObject object && !object.isEmpty()
                ? object.values().stream().allMatch(Origins::onlyReference)
                : isReference(value.origin());
    }

    /** The line where a value begins; for one that was merged from several places, where the application's part does. */
    static int line(ConfigValue value) {
        if (!(value instanceof ConfigObject object) || object.isEmpty()) {
            return value.origin().lineNumber();
        }
        return object.values().stream()
                .filter(part -> !onlyReference(part))
                .mapToInt(Origins::line)
                .filter(line -> line > 0)
                .min()
                .orElse(value.origin().lineNumber());
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
        if (place.startsWith(MERGE)) { // highest first, each as "place: line"
            int end = place.indexOf(',');
            String first = place.substring(MERGE.length(), end < 0 ? place.length() : end);
            int line = first.lastIndexOf(": ");
            return line < 0 ? first : first.substring(0, line) + ":" + first.substring(line + 2);
        }
        boolean oneLine = place.startsWith(VARIABLE) || place.startsWith(PROPERTY);
        return origin.lineNumber() > 0 && !oneLine ? place + ":" + origin.lineNumber() : place;
    }
}
