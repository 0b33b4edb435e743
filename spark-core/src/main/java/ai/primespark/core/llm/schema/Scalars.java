package ai.primespark.core.llm.schema;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Java types that are one JSON text, number or boolean. */
final class Scalars {

    private static final String TIME = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?";

    private static final Map<Class<?>, Scalar> ALL = Map.ofEntries(
            Map.entry(String.class, new Scalar("string")),
            Map.entry(CharSequence.class, new Scalar("string")),
            Map.entry(char.class, new Scalar("string", "pattern", "^.$")),
            Map.entry(Character.class, new Scalar("string", "pattern", "^.$")),
            Map.entry(boolean.class, new Scalar("boolean")),
            Map.entry(Boolean.class, new Scalar("boolean")),
            Map.entry(byte.class, new Scalar("integer")),
            Map.entry(Byte.class, new Scalar("integer")),
            Map.entry(short.class, new Scalar("integer")),
            Map.entry(Short.class, new Scalar("integer")),
            Map.entry(int.class, new Scalar("integer")),
            Map.entry(Integer.class, new Scalar("integer")),
            Map.entry(long.class, new Scalar("integer")),
            Map.entry(Long.class, new Scalar("integer")),
            Map.entry(BigInteger.class, new Scalar("integer")),
            Map.entry(float.class, new Scalar("number")),
            Map.entry(Float.class, new Scalar("number")),
            Map.entry(double.class, new Scalar("number")),
            Map.entry(Double.class, new Scalar("number")),
            Map.entry(BigDecimal.class, new Scalar("number")),
            Map.entry(Number.class, new Scalar("number")),
            Map.entry(UUID.class, new Scalar("string", "format", "uuid")),
            Map.entry(URI.class, new Scalar("string", "format", "uri")),
            Map.entry(LocalDate.class, new Scalar("string", "format", "date")),
            Map.entry(Instant.class, new Scalar("string", "format", "date-time")),
            Map.entry(OffsetDateTime.class, new Scalar("string", "format", "date-time")),
            Map.entry(ZonedDateTime.class, new Scalar("string", "format", "date-time")),
            Map.entry(Duration.class, new Scalar("string", "format", "duration")),
            // The formats "time" and "date-time" want an offset, which these do not have
            Map.entry(LocalTime.class, new Scalar("string", "pattern", "^" + TIME + "$")),
            Map.entry(
                    LocalDateTime.class, new Scalar("string", "pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T" + TIME + "$")),
            Map.entry(Period.class, new Scalar("string", "pattern", "^P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?$")));

    private Scalars() {}

    private record Scalar(
            String type, @Nullable String keyword, @Nullable String value) {

        Scalar(String type) {
            this(type, null, null);
        }
    }

    /** What Java's integers hold. Not told to servers, some of which cannot hold a model to it. */
    private static final Map<Class<?>, Long> LARGEST = Map.of(
            byte.class, (long) Byte.MAX_VALUE,
            Byte.class, (long) Byte.MAX_VALUE,
            short.class, (long) Short.MAX_VALUE,
            Short.class, (long) Short.MAX_VALUE,
            int.class, (long) Integer.MAX_VALUE,
            Integer.class, (long) Integer.MAX_VALUE,
            long.class, Long.MAX_VALUE,
            Long.class, Long.MAX_VALUE);

    /** A new schema, if wanted with the range of Java's integers; null when the type is not one of these. */
    static @Nullable ObjectNode schema(Class<?> type, boolean withRange, JsonNodeFactory nodes) {
        Scalar scalar = ALL.get(type);
        if (scalar == null) {
            return null;
        }
        ObjectNode made = nodes.objectNode().put("type", scalar.type());
        if (scalar.keyword() != null) {
            made.put(scalar.keyword(), scalar.value());
        }
        Long largest = withRange ? LARGEST.get(type) : null;
        if (largest != null) {
            made.put("minimum", -largest - 1).put("maximum", largest);
        }
        return made;
    }

    static boolean isOptional(Class<?> type) {
        return type == Optional.class
                || type == OptionalInt.class
                || type == OptionalLong.class
                || type == OptionalDouble.class;
    }

    /** What an optional number holds; an {@link Optional} without an argument holds anything. */
    static JavaType contentOfOptional(Class<?> type, JsonMapper mapper) {
        return mapper.constructType(
                type == OptionalInt.class
                        ? int.class
                        : type == OptionalLong.class
                                ? long.class
                                : type == OptionalDouble.class ? double.class : Object.class);
    }
}
