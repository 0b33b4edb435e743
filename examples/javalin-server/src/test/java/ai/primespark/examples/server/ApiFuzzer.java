package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** Makes requests from an OpenAPI document: many as it wants them, others wrong in one way or another. Not thread-safe. */
final class ApiFuzzer {

    /** A password that is checked takes a tenth of a second. */
    private static final Set<String> COSTLY = Set.of(
            "POST /api/auth/login",
            "PUT /api/auth/me/password",
            "POST /api/auth/users",
            "PATCH /api/auth/users/{name}");

    private final ApiDocument document;
    private final List<ApiDocument.Operation> operations;
    private final FuzzValues values;
    private final Supplier<String> token;

    /**
     * A fuzzer.
     *
     * @param kept words that it never learns
     * @param token of whom its requests are
     */
    ApiFuzzer(ApiDocument document, Random random, Set<String> kept, Supplier<String> token) {
        this.document = document;
        this.operations = document.operations();
        this.values = new FuzzValues(document, random, kept);
        this.token = token;
    }

    FuzzValues values() {
        return values;
    }

    FuzzRequest next() {
        ApiDocument.Operation call = values.one(operations);
        while (COSTLY.contains(call.toString()) && values.chance(0.9)) {
            call = values.one(operations);
        }
        boolean right = values.chance(0.45);
        Map<String, String> headers = new LinkedHashMap<>();
        String path = path(call, right) + query(call, right);
        for (JsonNode header : call.parameters("header")) {
            boolean sent = header.get("required").asBoolean() || values.chance(0.4);
            if (sent && (right || values.chance(0.9))) {
                put(headers, header, right);
            }
        }
        byte[] body = body(call, headers, right);
        return new FuzzRequest(call, path, headers, body, right || values.chance(0.85) ? token.get() : stranger());
    }

    private String stranger() {
        return values.one(List.of("", "", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "null"));
    }

    private void put(Map<String, String> headers, JsonNode header, boolean right) {
        String name = header.get("name").asText();
        if (name.equals("Tus-Resumable") && values.chance(0.95)) {
            headers.put(name, "1.0.0");
            return;
        }
        if (name.equals("Upload-Metadata") && values.chance(0.7)) {
            headers.put(
                    name,
                    "name "
                            + java.util.Base64.getEncoder()
                                    .encodeToString(text(header, right).getBytes(StandardCharsets.UTF_8)));
            return;
        }
        String text = text(header, right);
        StringBuilder legal = new StringBuilder();
        text.chars()
                .filter(c -> c > ' ' && c < 127)
                .forEach(c -> legal.append((char) c)); // more the client does not send
        headers.put(name, legal.toString());
    }

    private String text(JsonNode parameter, boolean right) {
        JsonNode schema = parameter.get("schema");
        String name = parameter.get("name").asText();
        if (right) {
            JsonNode value = values.valid(schema, name, 0);
            return value.isTextual() ? value.textValue() : value.toString();
        }
        return values.text(name, schema);
    }

    /** What would make it another call's path is not sent: then another promise holds. */
    private String path(ApiDocument.Operation call, boolean right) {
        String path = call.template();
        for (JsonNode parameter : call.parameters("path")) {
            String text = text(parameter, right);
            boolean another = text.isEmpty()
                    || text.matches(
                            "\\.{1,2}|dead|objects.*|uploads.*|keys|stats|get|set|persist|prefetch|delete|users|me|login")
                    || text.startsWith("/")
                    || text.endsWith("/")
                    || text.contains("//");
            String encoded = URLEncoder.encode(another ? "x" : text, StandardCharsets.UTF_8)
                    .replace("+", "%20");
            path = path.replace("{" + parameter.get("name").asText() + "}", encoded);
        }
        return path;
    }

    private String query(ApiDocument.Operation call, boolean right) {
        List<String> parts = new ArrayList<>();
        for (JsonNode parameter : call.parameters("query")) {
            if (parameter.get("required").asBoolean() || values.chance(0.5)) {
                parts.add(parameter.get("name").asText() + "="
                        + URLEncoder.encode(text(parameter, right), StandardCharsets.UTF_8));
            }
        }
        if (!right && values.chance(0.1)) {
            parts.add(URLEncoder.encode(values.odd(), StandardCharsets.UTF_8) + "=x");
        }
        return parts.isEmpty() ? "" : "?" + String.join("&", parts);
    }

    private byte[] body(ApiDocument.Operation call, Map<String, String> headers, boolean right) {
        for (Map.Entry<String, JsonNode> each : call.bodies().entrySet()) {
            String type = each.getKey();
            if (right || values.chance(0.95)) {
                headers.put("Content-Type", type);
            } else if (values.chance(0.7)) {
                headers.put(
                        "Content-Type",
                        values.one(
                                List.of("text/plain", "application/x-www-form-urlencoded", "x", "application/json-x")));
            }
            String text = type.equals("application/json")
                    ? json(each.getValue(), right)
                    : values.odd().repeat(3);
            return text.getBytes(StandardCharsets.UTF_8);
        }
        return new byte[0];
    }

    private String json(JsonNode content, boolean right) {
        JsonNode example = content.path("example");
        ObjectNode body = example.isObject() && values.chance(0.3)
                ? example.deepCopy()
                : values.object(document.resolved(content.get("schema")), 0);
        if (right) {
            return body.toString();
        }
        return values.chance(0.15)
                ? values.malformed(body.toString())
                : values.broken(body).toString();
    }
}
