package ai.primespark.examples.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The JSON object that a client sent, read field by field. Mistakes are collected, so that the client learns of all of them at
 * once from {@link #check()}; a field that was never asked for is one.
 */
final class Body {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final JsonNode fields;
    private final Set<String> known = new HashSet<>();
    private final List<Map<String, String>> errors = new ArrayList<>();

    private Body(JsonNode fields) {
        this.fields = fields;
    }

    static Body read(Context ctx) {
        String type = ctx.contentType();
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            throw new Problem(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "unsupported-media-type",
                    "send JSON, with the header Content-Type: application/json");
        }
        try {
            JsonNode node = JSON.readTree(ctx.bodyAsBytes());
            if (node.isObject()) {
                return new Body(node);
            }
            throw malformed("the body must be a JSON object");
        } catch (JsonProcessingException e) { // its message quotes the body
            var at = e.getLocation();
            throw malformed("the body is not JSON"
                    + (at == null ? "" : ": see line " + at.getLineNr() + ", column " + at.getColumnNr()));
        } catch (IOException e) {
            throw malformed("the body cannot be read");
        }
    }

    private static Problem malformed(String detail) {
        return new Problem(HttpStatus.BAD_REQUEST, "malformed-json", detail);
    }

    /** A text that must be there and not be blank; empty, and an error, if it is not. */
    String text(String name) {
        Optional<String> text = optionalText(name);
        if (text.isEmpty() && absent(name)) {
            error(name, "is required");
        }
        return text.orElse("");
    }

    Optional<String> optionalText(String name) {
        return read(
                name,
                "must be a text that is not blank",
                node -> node.isTextual() && !node.textValue().isBlank() ? node.textValue() : null);
    }

    Optional<Double> number(String name, double least, double most) {
        return read(name, "must be a number from " + least + " to " + most, node -> {
            double number = node.doubleValue();
            return node.isNumber() && number >= least && number <= most ? number : null;
        });
    }

    Optional<Integer> wholeNumber(String name, int most) {
        return read(name, "must be a whole number from 1 to " + most, node -> {
            boolean whole = node.canConvertToExactIntegral() && node.canConvertToInt();
            return whole && node.intValue() >= 1 && node.intValue() <= most ? node.intValue() : null;
        });
    }

    boolean flag(String name, boolean otherwise) {
        return read(name, "must be true or false", node -> node.isBoolean() ? node.booleanValue() : null)
                .orElse(otherwise);
    }

    <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
        return read(
                name,
                "must be one of " + Choices.names(type),
                node -> node.isTextual() ? Choices.find(type, node.textValue()).orElse(null) : null);
    }

    /** Any JSON value but null, as maps, lists, texts, numbers and booleans. */
    Object value(String name) {
        if (absent(name)) {
            error(name, "is required, and must not be null");
        }
        return read(name, "cannot be read", node -> JSON.convertValue(node, Object.class))
                .orElse("");
    }

    /**
     * An optional field of a form of its own.
     *
     * @param parser gives null, or throws IllegalArgumentException, when the rule is broken
     */
    <T> Optional<T> read(String name, String rule, Function<JsonNode, T> parser) {
        known.add(name);
        if (absent(name)) {
            return Optional.empty();
        }
        try {
            Optional<T> value = Optional.of(fields.get(name)).map(parser);
            if (value.isPresent()) {
                return value;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        error(name, rule);
        return Optional.empty();
    }

    private boolean absent(String name) {
        known.add(name);
        return !fields.hasNonNull(name);
    }

    void error(String field, String rule) {
        errors.add(Map.of("field", field, "detail", rule));
    }

    /** Ends the reading: throws what was wrong. */
    void check() {
        fields.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                error(
                        name,
                        "is not a field of this call; the fields are "
                                + known.stream().sorted().toList());
            }
        });
        if (!errors.isEmpty()) {
            throw Problem.invalid(errors);
        }
    }
}
