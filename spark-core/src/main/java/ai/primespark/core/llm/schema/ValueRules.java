package ai.primespark.core.llm.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a schema says about single values. Problems are described without the value. */
final class ValueRules {

    private static final int LONGEST_LIST = 1_000;

    /** Numbers of another size are not computed with: that could take for ever. */
    private static final int WIDEST_SCALE = 400;

    /** Numbers are the same when their values are, as JSON Schema says: 1 is 1.0. */
    private static final Comparator<JsonNode> BY_VALUE = (a, b) -> {
        if (a.isNumber() && b.isNumber()) {
            return a.decimalValue().compareTo(b.decimalValue());
        }
        return a.equals(b) ? 0 : 1;
    };

    private ValueRules() {}

    static boolean same(JsonNode a, JsonNode b) {
        return a.equals(BY_VALUE, b);
    }

    private static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "string" -> value.isTextual();
            case "number" -> value.isNumber();
            case "integer" -> isInteger(value);
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            default -> throw new IllegalStateException("the dialect lets no other type through");
        };
    }

    private static boolean isInteger(JsonNode value) {
        return value.isIntegralNumber()
                || value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
    }

    static String nameOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> "a text";
            case NUMBER -> isInteger(value) ? "an integer" : "a number with a fraction";
            case BOOLEAN -> "true or false";
            case NULL -> "null";
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case BINARY, MISSING, POJO -> "no JSON";
        };
    }

    static boolean isOfAny(@Nullable JsonNode type, JsonNode value) {
        if (type == null || type.isTextual()) {
            return type == null || isOf(type.textValue(), value);
        }
        for (JsonNode one : type) {
            if (isOf(one.textValue(), value)) {
                return true;
            }
        }
        return false;
    }

    static String describe(@Nullable JsonNode type) {
        if (type == null) {
            return "anything";
        }
        if (type.isTextual()) {
            return word(type.textValue());
        }
        List<String> words = new ArrayList<>();
        type.forEach(one -> words.add(word(one.textValue())));
        return String.join(" or ", words);
    }

    private static String word(String type) {
        return switch (type) {
            case "string" -> "a text";
            case "number" -> "a number";
            case "integer" -> "an integer";
            case "boolean" -> "true or false";
            case "array" -> "an array";
            case "object" -> "an object";
            default -> type;
        };
    }

    static String clip(String text) {
        return text.length() > LONGEST_LIST ? text.substring(0, LONGEST_LIST) + "…" : text;
    }

    static void text(JsonNode schema, String text, SchemaDialect dialect, Consumer<String> out) {
        size(schema, "Length", text.codePointCount(0, text.length()), "characters", out);
        JsonNode pattern = schema.get("pattern");
        if (pattern != null && !dialect.pattern(pattern.asText()).matcher(text).find()) {
            out.accept("must match the pattern " + pattern.asText());
        }
        JsonNode format = schema.get("format");
        if (format != null && !Formats.fits(format.asText(), text)) {
            out.accept("must be " + Formats.describe(format.asText()));
        }
    }

    static void number(JsonNode schema, JsonNode value, Consumer<String> out) {
        BigDecimal number = value.decimalValue();
        if (Double.isInfinite(number.doubleValue())) {
            out.accept("is too large a number");
            return;
        }
        JsonNode least = schema.get("minimum");
        if (least != null && number.compareTo(least.decimalValue()) < 0) {
            out.accept("must be at least " + least);
        }
        JsonNode most = schema.get("maximum");
        if (most != null && number.compareTo(most.decimalValue()) > 0) {
            out.accept("must be at most " + most);
        }
        JsonNode above = schema.get("exclusiveMinimum");
        if (above != null && number.compareTo(above.decimalValue()) <= 0) {
            out.accept("must be above " + above);
        }
        JsonNode below = schema.get("exclusiveMaximum");
        if (below != null && number.compareTo(below.decimalValue()) >= 0) {
            out.accept("must be below " + below);
        }
        JsonNode step = schema.get("multipleOf");
        if (step != null && !isMultiple(number, step.decimalValue())) {
            out.accept("must be a multiple of " + step);
        }
    }

    private static boolean isMultiple(BigDecimal number, BigDecimal step) {
        return number.signum() == 0
                || Math.abs(number.scale()) <= WIDEST_SCALE
                        && number.remainder(step).signum() == 0;
    }

    /** {@code min…} and {@code max…} of something that is counted. */
    static void size(JsonNode schema, String what, int size, String unit, Consumer<String> out) {
        JsonNode least = schema.get("min" + what);
        if (least != null && size < least.asLong()) {
            out.accept("must have at least " + least + " " + unit + " but has " + size);
        }
        JsonNode most = schema.get("max" + what);
        if (most != null && size > most.asLong()) {
            out.accept("must have at most " + most + " " + unit + " but has " + size);
        }
    }

    /** The first item that is there before; -1 when there is none. */
    static int firstTwin(JsonNode array) {
        Set<Object> seen = new HashSet<>();
        for (int i = 0; i < array.size(); i++) {
            if (!seen.add(canonical(array.get(i)))) {
                return i;
            }
        }
        return -1;
    }

    /** Equal for values that are the same, however their numbers are written. */
    private static Object canonical(JsonNode value) {
        if (value.isNumber()) {
            return value.decimalValue().stripTrailingZeros();
        } else if (value.isArray()) {
            List<Object> items = new ArrayList<>();
            value.forEach(item -> items.add(canonical(item)));
            return items;
        } else if (value.isObject()) {
            Map<String, Object> properties = new HashMap<>();
            value.properties().forEach(p -> properties.put(p.getKey(), canonical(p.getValue())));
            return properties;
        }
        return value;
    }
}
