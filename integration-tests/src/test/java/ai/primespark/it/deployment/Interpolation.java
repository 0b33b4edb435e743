package ai.primespark.it.deployment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts variables into a Compose file, in the forms that the Compose Specification has and ours uses: {@code ${A}}, {@code ${A:-default}},
 * {@code ${A:+instead}} and {@code $$}.
 */
final class Interpolation {

    static final Pattern VARIABLE = Pattern.compile("\\$(?:(\\$)|\\{([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\\+)([^}]*))?})");

    private Interpolation() {}

    static Object of(Object node, Map<String, String> variables) {
        if (node instanceof Map<?, ?> map) {
            Map<String, Object> result = new LinkedHashMap<>();
            map.forEach((key, value) -> result.put(String.valueOf(key), of(value, variables)));
            return result;
        }
        if (node instanceof List<?> list) {
            List<Object> result = new ArrayList<>();
            list.forEach(item -> result.add(of(item, variables)));
            return result;
        }
        return node instanceof String text ? text(text, variables) : node;
    }

    private static String text(String text, Map<String, String> variables) {
        return VARIABLE.matcher(text).replaceAll(found -> Matcher.quoteReplacement(value(found, variables)));
    }

    private static String value(MatchResult found, Map<String, String> variables) {
        if (found.group(1) != null) {
            return "$";
        }
        String value = variables.getOrDefault(found.group(2), "");
        if (found.group(3) == null) {
            return value;
        }
        if (found.group(3).equals(":+")) {
            return value.isEmpty() ? "" : found.group(4);
        }
        return value.isEmpty() ? found.group(4) : value;
    }
}
