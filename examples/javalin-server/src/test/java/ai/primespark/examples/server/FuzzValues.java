package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;

/** JSON by a schema, and against it. What the server has said before comes back to it under the same name. Not thread-safe. */
final class FuzzValues {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int REMEMBERED = 30;
    private static final int DEEPEST = 4;

    /** Texts with which programs have had trouble. */
    private static final List<String> ODD = List.of(
            "",
            " ",
            "\u0000",
            "\n",
            "null",
            "undefined",
            "true",
            "0",
            "-1",
            "1e309",
            "NaN",
            "[]",
            "{}",
            "'",
            "\"",
            "\\",
            "/",
            "..",
            "../x",
            "%",
            "%00",
            "%s%n",
            "a b",
            "a/b",
            "a//b",
            "\u00e9",
            "e\u0301",
            "\u0130",
            "\ufb01",
            "\u202e",
            "\u200b",
            "\ufeff",
            "\uff0e",
            "\ud83d\udca9",
            "\ud800",
            "\udc00x",
            "\ufffe",
            "<script>",
            "${x}",
            "{{x}}",
            "*",
            "?",
            "#",
            ":",
            "-",
            "_",
            ",",
            ";",
            "=",
            "a=b",
            "none",
            "auto",
            "latest",
            "9223372036854775808",
            "2147483648",
            "1970-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "+292278994-08-17T07:12:55.807Z",
            "2026-02-30T00:00:00Z",
            "P1D",
            "tier(1)",
            "tier(99)",
            "x".repeat(255),
            "x".repeat(256),
            "x".repeat(1_025),
            "x".repeat(5_000),
            "\ud83d\udca9".repeat(300),
            "a,".repeat(500));

    private static final List<String> PLAIN = List.of(
            "x",
            "notes/today",
            "llama3.2:1b",
            "test.echo",
            "mira",
            "garden",
            "auto",
            "hello there",
            "a".repeat(32),
            "user",
            "edge",
            "once");

    private final ApiDocument document;
    private final Random random;
    private final Set<String> kept;
    private final Map<String, Deque<String>> said = new HashMap<>();
    private final Map<String, Pattern> patterns = new HashMap<>();

    /** With words that are never remembered, because the test needs what they name. */
    FuzzValues(ApiDocument document, Random random, Set<String> kept) {
        this.document = document;
        this.random = random;
        this.kept = kept;
    }

    <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    boolean chance(double share) {
        return random.nextDouble() < share;
    }

    /** Remembers the texts of an answer by their names. */
    void learn(JsonNode answer) {
        learn("", answer, 0);
    }

    private void learn(String name, JsonNode node, int depth) {
        if (depth > DEEPEST) {
            return;
        }
        if (node.isTextual() && node.textValue().length() < 300) {
            learn(name, node.textValue());
        }
        for (JsonNode entry : node.isArray() ? node : JSON.arrayNode()) {
            learn(name, entry, depth + 1);
        }
        node.properties().forEach(field -> learn(field.getKey(), field.getValue(), depth + 1));
    }

    void learn(String name, String text) {
        if (kept.contains(text)) {
            return;
        }
        Deque<String> all = said.computeIfAbsent(name, unused -> new ArrayDeque<>());
        all.addLast(text);
        if (all.size() > REMEMBERED) {
            all.removeFirst();
        }
    }

    private List<String> heard(String name) {
        List<String> words = new ArrayList<>();
        for (String each : switch (name) {
            case "id" -> List.of("task_id", "upload");
            case "if_version" -> List.of("version", "current_version");
            case "keys", "prefix" -> List.of("key", "keys", "name");
            case "name" -> List.of("name", "username");
            case "If-Match", "If-None-Match", "If-Range" -> List.of("etag");
            default -> List.of(name);
        }) {
            words.addAll(said.getOrDefault(each, new ArrayDeque<>()));
        }
        return words;
    }

    /** A text that is asked for by this name, or one that nobody would ask for. */
    String text(String name, JsonNode schema) {
        return chance(0.75) ? asText(valid(schema, name, 0)) : one(ODD);
    }

    private static String asText(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString();
    }

    String odd() {
        return one(ODD);
    }

    /** What a schema allows. */
    JsonNode valid(JsonNode unresolved, String name, int depth) {
        JsonNode schema = document.resolved(unresolved);
        if (schema.has("const")) {
            return schema.get("const");
        }
        if (schema.has("enum")) {
            return schema.get("enum").get(random.nextInt(schema.get("enum").size()));
        }
        for (String several : List.of("anyOf", "oneOf")) {
            if (schema.has(several)) {
                return valid(
                        schema.get(several)
                                .get(random.nextInt(schema.get(several).size())),
                        name,
                        depth);
            }
        }
        JsonNode type = schema.path("type");
        String chosen = type.isArray() ? type.get(random.nextInt(type.size())).asText() : type.asText();
        return switch (chosen) {
            case "string" -> JSON.textNode(string(schema, name));
            case "integer" -> JSON.numberNode(whole(schema));
            case "number" -> JSON.numberNode(fraction(schema));
            case "boolean" -> JSON.booleanNode(random.nextBoolean());
            case "array" -> array(schema, name, depth);
            case "object" -> object(schema, depth);
            case "null" -> JSON.nullNode();
            default -> any(depth);
        };
    }

    private String string(JsonNode schema, String name) {
        if (schema.path("format").asText().equals("date-time")) {
            return Instant.ofEpochSecond(Math.abs(random.nextLong() % 4_000_000_000L))
                    .toString();
        }
        if (schema.path("contentEncoding").asText().equals("base64")) {
            byte[] bytes = new byte[random.nextInt(20)];
            random.nextBytes(bytes);
            return Base64.getEncoder().encodeToString(bytes);
        }
        List<String> words = new ArrayList<>(chance(0.7) ? heard(name) : List.of());
        words.addAll(words.isEmpty() || chance(0.2) ? PLAIN : List.of());
        String form = schema.path("pattern").asText();
        List<String> fitting = form.isEmpty()
                ? words
                : words.stream()
                        .filter(word -> pattern(form).matcher(word).find())
                        .toList();
        return fitting.isEmpty() ? one(PLAIN) : one(fitting);
    }

    private Pattern pattern(String form) {
        return patterns.computeIfAbsent(form, Pattern::compile);
    }

    private long whole(JsonNode schema) {
        long least = schema.path("minimum").asLong(-1_000);
        long most = schema.path("maximum").asLong(1_000_000);
        return switch (random.nextInt(4)) {
            case 0 -> least;
            case 1 -> most;
            default -> least + (most > least ? Math.floorMod(random.nextLong(), most - least) : 0);
        };
    }

    private double fraction(JsonNode schema) {
        double least =
                schema.path("minimum").asDouble(schema.path("exclusiveMinimum").asDouble(-1_000) + 1e-3);
        double most = schema.path("maximum").asDouble(1_000);
        return least + random.nextDouble() * (most - least);
    }

    private ArrayNode array(JsonNode schema, String name, int depth) {
        ArrayNode array = JSON.arrayNode();
        int count = schema.path("minItems").asInt(0) + random.nextInt(3);
        for (int i = 0; i < count && depth < DEEPEST; i++) {
            array.add(valid(schema.path("items"), name, depth + 1));
        }
        return array;
    }

    ObjectNode object(JsonNode schema, int depth) {
        ObjectNode object = JSON.objectNode();
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        schema.path("properties").properties().forEach(field -> {
            if (required.contains(field.getKey()) || depth < DEEPEST && chance(0.4)) {
                object.set(field.getKey(), valid(field.getValue(), field.getKey(), depth + 1));
            }
        });
        JsonNode more = schema.path("additionalProperties");
        if (more.isObject() || object.isEmpty() && !schema.has("properties")) {
            object.set(one(PLAIN), more.isObject() ? valid(more, "", depth + 1) : any(depth + 1));
        }
        return object;
    }

    /** Any JSON but null. */
    private JsonNode any(int depth) {
        return switch (random.nextInt(depth < DEEPEST ? 7 : 4)) {
            case 0 -> JSON.textNode(one(PLAIN));
            case 1 -> JSON.numberNode(random.nextInt());
            case 2 -> JSON.numberNode(random.nextDouble() * 1e6);
            case 3 -> JSON.booleanNode(random.nextBoolean());
            case 4 -> JSON.arrayNode().add(any(depth + 1)).add(any(depth + 1));
            default -> JSON.objectNode().set(one(PLAIN), any(depth + 1));
        };
    }

    /** What hardly any schema allows. */
    private JsonNode wrong() {
        return switch (random.nextInt(14)) {
            case 0 -> JSON.nullNode();
            case 1 ->
                JSON.numberNode(one(List.of(0L, -1L, 1L, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 31, (1L << 31) - 1)));
            case 2 -> JSON.numberNode(one(List.of(0.5, -0.0, 1e-300, 1e308, Double.MIN_VALUE, 0.1 + 0.2)));
            case 3 -> JSON.numberNode(BigInteger.TEN.pow(1 + random.nextInt(400)));
            case 4 -> JSON.booleanNode(random.nextBoolean());
            case 5 -> JSON.arrayNode();
            case 6 -> JSON.objectNode();
            case 7 -> nested(1 + random.nextInt(300));
            case 8 -> JSON.arrayNode().add(JSON.nullNode());
            case 9 -> JSON.objectNode().set("$ref", JSON.textNode("#/x"));
            default -> JSON.textNode(one(ODD));
        };
    }

    private JsonNode nested(int depth) {
        JsonNode node = JSON.textNode("x");
        for (int i = 0; i < depth; i++) {
            node = random.nextBoolean()
                    ? JSON.arrayNode().add(node)
                    : JSON.objectNode().set("a", node);
        }
        return node;
    }

    /** The same object with something wrong somewhere in it. */
    ObjectNode broken(ObjectNode whole) {
        ObjectNode object = whole;
        for (int i = 0; i < 3 && chance(0.3); i++) { // somewhere deep inside
            List<JsonNode> inner = new ArrayList<>();
            object.forEach(child -> inner.add(child.isArray() && !child.isEmpty() ? child.get(0) : child));
            inner.removeIf(child -> !child.isObject() || child.isEmpty());
            if (!inner.isEmpty()) {
                object = (ObjectNode) one(inner);
            }
        }
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        if (names.isEmpty() || chance(0.15)) {
            object.set(one(ODD), wrong());
        } else if (chance(0.2)) {
            object.remove(one(names));
        } else {
            object.set(one(names), wrong());
        }
        return whole;
    }

    /** JSON text with something wrong in its form. */
    String malformed(String json) {
        return switch (random.nextInt(8)) {
            case 0 -> "";
            case 1 -> json.substring(0, json.length() / 2);
            case 2 -> json + json;
            case 3 -> "[" + json + "]";
            case 4 -> json.replaceFirst("\\{", "{\"key\": 1, \"key\": 2,");
            case 5 -> json.replace('"', '\'');
            case 6 -> json + " // and so on";
            default ->
                one(List.of(
                        "null",
                        "true",
                        "5",
                        "\"x\"",
                        "\u0000",
                        "{",
                        "}",
                        "\ufeff{}",
                        "{\"a\": NaN}",
                        "{\"a\": 1e999999}"));
        };
    }
}
