package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An OpenAPI 3.1 document as what a server promises: whether an answer keeps it. Not thread-safe. */
final class ApiDocument {

    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    /** A call that is promised. */
    record Operation(String method, String template, JsonNode described) {

        List<JsonNode> parameters(String in) {
            List<JsonNode> found = new ArrayList<>();
            described.path("parameters").forEach(parameter -> {
                if (parameter.get("in").asText().equals(in)) {
                    found.add(parameter);
                }
            });
            return found;
        }

        /** What is sent, by its media type; empty for nothing. */
        Map<String, JsonNode> bodies() {
            Map<String, JsonNode> bodies = new HashMap<>();
            described
                    .at("/requestBody/content")
                    .properties()
                    .forEach(type -> bodies.put(type.getKey(), type.getValue()));
            return bodies;
        }

        @Override
        public String toString() {
            return method + " " + template;
        }
    }

    private final JsonNode document;
    private final Map<String, Schema> compiled = new HashMap<>();

    ApiDocument(JsonNode document) {
        this.document = document;
    }

    List<Operation> operations() {
        List<Operation> all = new ArrayList<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(call -> all.add(new Operation(
                                call.getKey().toUpperCase(Locale.ROOT), path.getKey(), call.getValue()))));
        return all;
    }

    /** A schema, or the one that it refers to. */
    JsonNode resolved(JsonNode schema) {
        JsonNode found = schema;
        while (found.has("$ref")) {
            found = document.at(found.get("$ref").asText().substring(1));
        }
        return found;
    }

    /**
     * What of an answer was not promised.
     *
     * @param type its media type without parameters; empty for none
     * @return one sentence each; empty when all is well
     */
    List<String> complaints(Operation operation, int status, String type, byte[] body) {
        JsonNode promised = operation.described().path("responses").path(String.valueOf(status));
        if (promised.isMissingNode()) {
            return List.of("the status " + status + " is not documented");
        }
        if (status >= 500 && status != 503) {
            return List.of("the status is " + status);
        }
        JsonNode content = promised.path("content");
        if (operation.method().equals("HEAD") || body.length == 0 && content.isMissingNode()) {
            return body.length == 0 ? List.of() : List.of("an answer to HEAD has a body");
        }
        if (!content.has(type)) {
            return List.of("the type '" + type + "' is not documented for " + status + ", only " + names(content));
        }
        JsonNode schema = content.path(type).path("schema");
        boolean json = type.endsWith("json") && !schema.isMissingNode();
        return json ? errors(operation + " " + status + " " + type, schema, body) : List.of();
    }

    private static List<String> names(JsonNode content) {
        List<String> names = new ArrayList<>();
        content.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private List<String> errors(String place, JsonNode schema, byte[] body) {
        JsonNode value;
        try {
            value = Json.MAPPER.readTree(body);
        } catch (java.io.IOException e) {
            return List.of("the body is not JSON");
        }
        Schema validator = compiled.computeIfAbsent(
                place,
                unused -> SCHEMAS.getSchema(
                        "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"components\": "
                                + document.get("components") + ", \"allOf\": [" + schema + "]}"));
        return validator.validate(value).stream().map(Error::toString).limit(5).toList();
    }
}
