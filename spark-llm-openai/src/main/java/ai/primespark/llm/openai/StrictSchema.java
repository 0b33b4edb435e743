package ai.primespark.llm.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;

/**
 * Whether a JSON Schema keeps the rules under which OpenAI guarantees it: a request that asks for the guarantee with another schema is
 * refused, so it is asked for only when it can be had. Other servers do not look at the request for it.
 */
final class StrictSchema {

    private static final int MOST_LEVELS = 10;

    private static final Set<String> REFUSED = Set.of(
            "oneOf",
            "allOf",
            "not",
            "if",
            "then",
            "else",
            "dependentRequired",
            "dependentSchemas",
            "patternProperties");

    private StrictSchema() {}

    static boolean fits(JsonNode schema) {
        return schema.path("type").asText("").equals("object") && fits(schema, 0);
    }

    private static boolean fits(JsonNode schema, int level) {
        if (!schema.isObject() || level > MOST_LEVELS || REFUSED.stream().anyMatch(schema::has)) {
            return false;
        }
        if (isObject(schema) && !closed(schema)) {
            return false;
        }
        for (String part : new String[] {"properties", "$defs", "definitions"}) {
            if (!all(schema.path(part), level)) {
                return false;
            }
        }
        return all(schema.path("anyOf"), level) && (!schema.has("items") || fits(schema.get("items"), level + 1));
    }

    private static boolean all(JsonNode schemas, int level) {
        for (JsonNode schema : schemas) {
            if (!fits(schema, level + 1)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isObject(JsonNode schema) {
        JsonNode type = schema.path("type");
        boolean among = false;
        for (JsonNode one : type) {
            among |= one.asText().equals("object");
        }
        return among || type.asText("").equals("object") || schema.has("properties");
    }

    /** Every property is required, and there are no others. */
    private static boolean closed(JsonNode schema) {
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        for (Iterator<String> names = schema.path("properties").fieldNames(); names.hasNext(); ) {
            if (!required.contains(names.next())) {
                return false;
            }
        }
        JsonNode others = schema.path("additionalProperties");
        return others.isBoolean() && !others.asBoolean();
    }
}
