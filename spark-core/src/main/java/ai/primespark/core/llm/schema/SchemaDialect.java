package ai.primespark.core.llm.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What of JSON Schema is understood. A schema that says something else is refused when it is declared: a rule that is not
 * checked is worse than no rule. Words that are about nothing but people are let through.
 */
final class SchemaDialect {

    private static final Set<String> TYPES =
            Set.of("string", "number", "integer", "boolean", "null", "array", "object");

    private static final Set<String> WORDS = Set.of(
            "$schema",
            "$id",
            "$comment",
            "title",
            "description",
            "default",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly",
            "contentEncoding",
            "contentMediaType",
            "format");

    private static final Set<String> NUMBERS =
            Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf");

    private static final Set<String> COUNTS = Set.of(
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minProperties",
            "maxProperties",
            "minContains",
            "maxContains");

    private static final Set<String> SCHEMAS =
            Set.of("additionalProperties", "propertyNames", "contains", "additionalItems", "not", "if", "then", "else");

    private static final Set<String> LISTS_OF_SCHEMAS = Set.of("allOf", "anyOf", "oneOf", "prefixItems");

    private static final Set<String> MAPS_OF_SCHEMAS =
            Set.of("properties", "patternProperties", "$defs", "definitions", "dependentSchemas");

    private final JsonNode root;
    private final Map<String, Pattern> patterns = new HashMap<>(); // not changed after the look at the schema
    private final Set<String> references = new HashSet<>();
    private final Set<JsonNode> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private SchemaDialect(JsonNode root) {
        this.root = root;
    }

    static SchemaDialect of(JsonNode schema) {
        SchemaDialect dialect = new SchemaDialect(schema);
        dialect.look(schema, "#");
        for (String reference : dialect.references) {
            dialect.requireEnd(reference);
        }
        return dialect;
    }

    Pattern pattern(String regex) {
        return Objects.requireNonNull(patterns.get(regex));
    }

    JsonNode resolve(String reference) {
        return root.at(pointer(reference));
    }

    /** What a schema says after its references; the dialect has made sure that they end. */
    JsonNode follow(JsonNode schema) {
        JsonNode next = schema;
        while (next.has("$ref")) {
            next = resolve(next.get("$ref").asText());
        }
        return next;
    }

    private void look(JsonNode schema, String where) {
        if (schema.isBoolean()) {
            return;
        }
        if (!schema.isObject()) {
            throw refusal(where, "must be an object, true or false");
        }
        seen.add(schema);
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            look(keyword.getKey(), keyword.getValue(), where + "/" + keyword.getKey());
        }
    }

    private void look(String keyword, JsonNode value, String where) {
        if (WORDS.contains(keyword) || keyword.startsWith("x-") || keyword.equals("const")) {
            return;
        }
        if (NUMBERS.contains(keyword)) {
            require(value.isNumber(), where, "must be a number");
            require(!keyword.equals("multipleOf") || value.decimalValue().signum() > 0, where, "must be positive");
        } else if (COUNTS.contains(keyword)) {
            require(value.canConvertToExactIntegral() && value.decimalValue().signum() >= 0, where, "must be a count");
        } else if (SCHEMAS.contains(keyword)) {
            look(value, where);
        } else if (LISTS_OF_SCHEMAS.contains(keyword)) {
            each(value, where);
        } else if (MAPS_OF_SCHEMAS.contains(keyword)) {
            require(value.isObject(), where, "must be an object");
            value.properties().forEach(entry -> {
                if (keyword.equals("patternProperties")) {
                    compile(entry.getKey(), where);
                }
                look(entry.getValue(), where + "/" + entry.getKey());
            });
        } else {
            lookFurther(keyword, value, where);
        }
    }

    private void lookFurther(String keyword, JsonNode value, String where) {
        switch (keyword) {
            case "type" -> type(value, where);
            case "enum" -> require(value.isArray() && !value.isEmpty(), where, "must be a list of values");
            case "required" -> texts(value, where);
            case "dependentRequired" -> {
                require(value.isObject(), where, "must be an object");
                value.forEach(names -> texts(names, where));
            }
            case "uniqueItems" -> require(value.isBoolean(), where, "must be true or false");
            case "pattern" -> {
                require(value.isTextual(), where, "must be a text");
                compile(value.textValue(), where);
            }
            case "items" -> {
                if (value.isArray()) {
                    each(value, where);
                } else {
                    look(value, where);
                }
            }
            case "$ref" -> {
                require(value.isTextual() && value.textValue().matches("#(/.*)?"), where, "must begin with #");
                references.add(value.textValue());
            }
            default -> throw refusal(where, "is not understood");
        }
    }

    private void type(JsonNode value, String where) {
        if (value.isTextual()) {
            require(
                    TYPES.contains(value.textValue()),
                    where,
                    "must be one of " + TYPES.stream().sorted().toList());
            return;
        }
        require(value.isArray() && !value.isEmpty(), where, "must be a text or a list of texts");
        for (JsonNode one : value) {
            require(one.isTextual(), where, "must be a text or a list of texts");
            type(one, where);
        }
    }

    private static void texts(JsonNode value, String where) {
        require(value.isArray(), where, "must be a list of texts");
        for (JsonNode name : value) {
            require(name.isTextual(), where, "must be a list of texts");
        }
    }

    private void each(JsonNode list, String where) {
        require(list.isArray() && !list.isEmpty(), where, "must be a list of schemas");
        for (int i = 0; i < list.size(); i++) {
            look(list.get(i), where + "/" + i);
        }
    }

    private void compile(String regex, String where) {
        try {
            patterns.put(regex, Pattern.compile(regex));
        } catch (PatternSyntaxException e) {
            throw refusal(where, "is not a regular expression that Java understands");
        }
    }

    private void requireEnd(String first) {
        Set<String> passed = new HashSet<>();
        String reference = first;
        while (passed.add(reference)) {
            JsonNode target = resolve(reference);
            if (!target.isBoolean() && !seen.contains(target)) {
                throw refusal(reference, "is referred to and is no schema");
            }
            JsonNode next = target.get("$ref");
            if (next == null) {
                return;
            }
            reference = next.asText();
        }
        throw refusal(first, "refers to itself and to nothing else");
    }

    private static String pointer(String reference) {
        return reference.substring(1);
    }

    private static void require(boolean holds, String where, String rule) {
        if (!holds) {
            throw refusal(where, rule);
        }
    }

    private static IllegalArgumentException refusal(String where, String problem) {
        return new IllegalArgumentException("the JSON schema cannot be used: " + where + " " + problem);
    }
}
