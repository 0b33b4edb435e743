package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The OpenAPI document as Markdown for people who read. */
final class ApiReference {

    /** What everything behind is generated after. */
    static final String MARK = "<!-- Generated from the OpenAPI document; see CONTRIBUTING.md -->\n";

    private final JsonNode document;
    private final StringBuilder out = new StringBuilder(MARK);

    private ApiReference(JsonNode document) {
        this.document = document;
    }

    static String render(JsonNode document) {
        return new ApiReference(document).render();
    }

    private String render() {
        Map<String, List<String>> byTag = new LinkedHashMap<>();
        Map<String, JsonNode> operations = new LinkedHashMap<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(call -> {
                    String name = call.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey();
                    operations.put(name, call.getValue());
                    byTag.computeIfAbsent(call.getValue().at("/tags/0").asText(), tag -> new ArrayList<>())
                            .add(name);
                }));
        byTag.forEach((tag, calls) -> {
            out.append("\n## ").append(tag).append('\n');
            calls.forEach(call -> operation(call, operations.get(call)));
        });
        out.append("\n## Objects\n");
        document.at("/components/schemas").properties().forEach(s -> schema(s.getKey(), s.getValue()));
        return out.toString();
    }

    private void operation(String call, JsonNode operation) {
        out.append("\n### `").append(call).append("`\n\n");
        out.append(operation.get("summary").asText())
                .append(' ')
                .append(operation.get("description").asText())
                .append('\n');
        JsonNode body = operation.at("/requestBody/content");
        JsonNode fields = body.at("/application~1json/schema/properties");
        if (operation.has("parameters") || !fields.isMissingNode()) {
            out.append("\n| field | where | value | meaning |\n|---|---|---|---|\n");
            operation
                    .path("parameters")
                    .forEach(p -> row(
                            p.get("name").asText(),
                            p.get("in").asText(),
                            p.get("required").asBoolean(),
                            p.get("schema"),
                            p.get("description").asText()));
            List<String> required = new ArrayList<>();
            body.at("/application~1json/schema/required").forEach(name -> required.add(name.asText()));
            fields.properties()
                    .forEach(f -> row(
                            f.getKey(),
                            "body",
                            required.contains(f.getKey()),
                            f.getValue(),
                            f.getValue().path("description").asText()));
        }
        if (fields.isMissingNode() && !body.isMissingNode()) {
            out.append("\nThe body is `").append(body.fieldNames().next()).append("`.\n");
        }
        out.append("\n| status | answer | meaning |\n|---|---|---|\n");
        operation
                .get("responses")
                .properties()
                .forEach(r -> out.append("| ")
                        .append(r.getKey())
                        .append(" | ")
                        .append(answers(r.getValue().path("content")))
                        .append(" | ")
                        .append(cell(r.getValue().get("description").asText()))
                        .append(" |\n"));
        JsonNode example = body.at("/application~1json/example");
        if (!example.isMissingNode()) {
            out.append("\n    ")
                    .append(call)
                    .append('\n')
                    .append("    ")
                    .append(example)
                    .append('\n');
        }
    }

    private void row(String name, String where, boolean required, JsonNode schema, String about) {
        out.append("| `")
                .append(name)
                .append("` | ")
                .append(where)
                .append(required ? ", required" : "")
                .append(" | ");
        out.append(cell(value(schema))).append(" | ").append(cell(about)).append(" |\n");
    }

    private static String answers(JsonNode content) {
        List<String> all = new ArrayList<>();
        content.properties().forEach(type -> {
            JsonNode schema = type.getValue().has("x-event-data")
                    ? type.getValue().get("x-event-data")
                    : type.getValue().path("schema");
            String plain = schema.isMissingNode() ? "" : " " + value(schema);
            all.add((type.getKey().equals("application/json") ? "" : "`" + type.getKey() + "`") + plain);
        });
        return cell(String.join(" or ", all).strip());
    }

    private void schema(String name, JsonNode schema) {
        out.append("\n### ").append(name).append("\n\n");
        if (!schema.has("properties")) {
            out.append(value(schema)).append('\n');
            return;
        }
        out.append("| field | value | meaning |\n|---|---|---|\n");
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(field -> required.add(field.asText()));
        schema.get("properties")
                .properties()
                .forEach(p -> out.append("| `")
                        .append(p.getKey())
                        .append("` | ")
                        .append(cell(value(p.getValue())))
                        .append(required.contains(p.getKey()) ? "" : ", may be absent")
                        .append(" | ")
                        .append(cell(p.getValue().path("description").asText()))
                        .append(" |\n"));
    }

    /** A schema in words. */
    private static String value(JsonNode schema) {
        if (schema.has("$ref")) {
            String name = schema.get("$ref").asText().replaceFirst(".*/", "");
            return "[" + name + "](#" + name.toLowerCase(Locale.ROOT) + ")";
        }
        if (schema.has("enum")) {
            List<String> names = new ArrayList<>();
            schema.get("enum").forEach(n -> names.add("`" + n.asText() + "`"));
            return String.join(", ", names) + otherwise(schema);
        }
        if (schema.has("anyOf")) {
            List<String> all = new ArrayList<>();
            schema.get("anyOf").forEach(one -> all.add(value(one)));
            return String.join(" or ", all) + otherwise(schema);
        }
        return typed(schema) + limits(schema) + otherwise(schema);
    }

    private static String typed(JsonNode schema) {
        JsonNode type = schema.path("type");
        if (type.isMissingNode()) {
            return "anything";
        }
        List<String> types = new ArrayList<>();
        if (type.isArray()) {
            type.forEach(t -> types.add(t.asText()));
        } else {
            types.add(type.asText());
        }
        return types.stream()
                .map(name -> name(name, schema))
                .reduce((a, b) -> a + " or " + b)
                .orElse("");
    }

    private static String name(String type, JsonNode schema) {
        return switch (type) {
            case "string" -> schema.path("format").asText().equals("date-time") ? "time" : "text";
            case "integer" -> "whole number";
            case "array" -> "list of " + value(schema.path("items"));
            case "object" ->
                schema.path("additionalProperties").isObject()
                        ? "object of " + value(schema.get("additionalProperties"))
                        : "object";
            case "boolean" -> "true or false";
            default -> type;
        };
    }

    private static String limits(JsonNode schema) {
        String from = schema.has("minimum") ? " from " + schema.get("minimum").asText() : "";
        String to = schema.has("maximum") ? " to " + schema.get("maximum").asText() : "";
        return from + to;
    }

    private static String otherwise(JsonNode schema) {
        return schema.has("default") ? ", by default `" + schema.get("default").asText() + "`" : "";
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("\n", " ");
    }
}
