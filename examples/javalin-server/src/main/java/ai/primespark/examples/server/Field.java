package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A field of a JSON body, or a parameter in the query, the path or a header. Declared once: {@link Input} checks and reads what
 * the client sent by it, and the OpenAPI document describes it. Immutable.
 *
 * @param name as the client writes it
 * @param about one sentence for people
 * @param required whether it must be there; a JSON null counts as absent
 * @param schema its JSON Schema (2020-12), in which a Java class stands for the schema of its JSON
 * @param rule ends the sentence "this field …" for a value that is refused
 * @param parser gives null, or throws IllegalArgumentException, when the rule is broken; {@link Wrong} says it more exactly
 * @param <T> what it is read as
 */
record Field<T>(
        String name,
        String about,
        boolean required,
        Map<String, Object> schema,
        String rule,
        Function<JsonNode, @Nullable T> parser) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    texts -> texts.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    /** What is wrong inside of a field's value. */
    static final class Wrong extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        private final String place;

        /**
         * A mistake.
         *
         * @param place behind the field's name, such as {@code [1].role}
         * @param rule what is wrong there
         */
        Wrong(String place, String rule) {
            super(rule);
            this.place = place;
        }

        String place() {
            return place;
        }
    }

    static <T> Field<T> of(
            String name,
            String about,
            Map<String, Object> schema,
            String rule,
            Function<JsonNode, @Nullable T> parser) {
        return new Field<>(name, about, false, schema, rule, parser);
    }

    /** A text that is not blank. */
    static Field<String> text(String name, String about) {
        return of(
                name,
                about,
                Map.of("type", "string", "pattern", "\\S"),
                "must be a text that is not blank",
                node -> node.isTextual() && !node.textValue().isBlank() ? node.textValue() : null);
    }

    /** A text of a form: a regular expression that takes linear time. */
    static Field<String> text(String name, String form, String about) {
        Pattern whole = Pattern.compile(form);
        return of(
                name,
                about,
                Map.of("type", "string", "pattern", "^(?:" + form + ")$"),
                "must be " + form,
                node -> node.isTextual() && whole.matcher(node.textValue()).matches() ? node.textValue() : null);
    }

    static Field<Double> number(String name, double least, double most, String about) {
        return of(
                name,
                about,
                Map.of("type", "number", "minimum", least, "maximum", most),
                "must be a number from " + least + " to " + most,
                node -> {
                    double number = node.doubleValue();
                    return node.isNumber() && number >= least && number <= most ? number : null;
                });
    }

    static Field<Integer> whole(String name, int least, int most, String about) {
        return of(
                name,
                about,
                Map.of("type", "integer", "minimum", least, "maximum", most),
                "must be a whole number from " + least + " to " + most,
                node -> {
                    boolean whole = node.canConvertToExactIntegral() && node.canConvertToInt();
                    return whole && node.intValue() >= least && node.intValue() <= most ? node.intValue() : null;
                });
    }

    /** Bytes, from 0. */
    static Field<Long> bytes(String name, String about) {
        return of(
                name,
                about,
                Map.of("type", "integer", "format", "int64", "minimum", 0),
                "must be a number of bytes",
                node -> node.canConvertToExactIntegral() && node.canConvertToLong() && node.longValue() >= 0
                        ? node.longValue()
                        : null);
    }

    static Field<Boolean> flag(String name, String about) {
        return of(
                name,
                about,
                Map.of("type", "boolean"),
                "must be true or false",
                node -> node.isBoolean() ? node.booleanValue() : null);
    }

    /** One of an enum's constants, in lower case; {@code -} and {@code _} are the same. */
    static <E extends Enum<E>> Field<E> choice(String name, Class<E> type, String about) {
        return of(
                name,
                about,
                Map.of("type", "string", "enum", Choices.names(type)),
                "must be one of " + Choices.names(type),
                node -> node.isTextual() ? Choices.find(type, node.textValue()).orElse(null) : null);
    }

    /** A time of the years 1970 to 9999. */
    static Field<Instant> time(String name, String about) {
        return of(
                name,
                about,
                Map.of("type", "string", "format", "date-time"),
                "must be a time like 2026-11-25T18:00:00Z",
                Field::instant);
    }

    private static @Nullable Instant instant(JsonNode node) {
        try {
            OffsetDateTime time = OffsetDateTime.parse(node.asText());
            return time.getYear() >= 1970 && time.getYear() <= 9999 ? time.toInstant() : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Any JSON value but null, as maps, lists, texts, numbers and booleans. */
    static Field<Object> any(String name, String about) {
        return of(name, about, Map.of(), "must not be null", node -> {
            requireFinite(node);
            return JSON.convertValue(node, Object.class);
        });
    }

    /** JSON's numbers have no end, those of a {@code double} do, and what is beyond could be written back by nobody. */
    private static void requireFinite(JsonNode node) {
        if (node.isFloatingPointNumber() && !Double.isFinite(node.doubleValue())) {
            throw new Wrong("", "must not hold a number beyond " + Double.MAX_VALUE);
        }
        node.forEach(Field::requireFinite);
    }

    /** A list of objects that are read as records; a component that may be null need not be there. */
    static <R> Field<List<R>> records(String name, Class<R> type, String about) {
        JavaType list = JSON.getTypeFactory().constructCollectionType(List.class, type);
        return of(
                name,
                about,
                Map.of("type", "array", "items", type, "minItems", 1),
                "must be a list with at least one entry",
                node -> {
                    List<R> records = records(node, list);
                    return records.isEmpty() || records.contains(null) ? null : records;
                });
    }

    private static <R> List<R> records(JsonNode node, JavaType list) {
        try {
            return JSON.readerFor(list).readValue(node);
        } catch (UnrecognizedPropertyException e) {
            throw new Wrong(place(e), "is not a field here; the fields are " + e.getKnownPropertyIds());
        } catch (JsonMappingException e) {
            throw new Wrong(place(e), "is not of the right type");
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static String place(JsonMappingException e) {
        return e.getPath().stream()
                .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : "." + step.getFieldName())
                .collect(Collectors.joining());
    }

    /** At least one of something. */
    Field<List<T>> list() {
        return new Field<>(
                name,
                about,
                required,
                Map.of("type", "array", "items", schema, "minItems", 1),
                "must be a list with at least one entry, each of which " + rule,
                node -> entries(node));
    }

    private @Nullable List<T> entries(JsonNode node) {
        List<T> entries = new ArrayList<>();
        for (JsonNode entry : node) {
            T parsed = parser.apply(entry);
            if (parsed == null) {
                return null;
            }
            entries.add(parsed);
        }
        return node.isArray() && !entries.isEmpty() ? entries : null;
    }

    /** The same field, which must be there. */
    Field<T> needed() {
        return new Field<>(name, about, true, schema, rule, parser);
    }

    /** The same field, for which the document names what is taken when it is absent. */
    Field<T> otherwise(Object value) {
        Map<String, Object> described = new LinkedHashMap<>(schema);
        described.put("default", value);
        return new Field<>(name, about, required, Map.copyOf(described), rule, parser);
    }

    /**
     * Reads a value.
     *
     * @return empty when the rule is broken
     * @throws Wrong when it is broken inside
     */
    Optional<T> read(JsonNode node) {
        try {
            return Optional.ofNullable(parser.apply(node));
        } catch (Wrong e) {
            throw e;
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
