package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ser.BeanPropertyWriter;
import com.fasterxml.jackson.databind.ser.PropertyWriter;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON Schemas (2020-12) of what {@link Json} writes. It is asked how it writes each type, so the schemas cannot say anything else: the
 * same names, the same fields, nullable where the code says {@link Nullable}. Records become named schemas that others refer to. Not
 * thread-safe.
 */
final class Schemas {

    private static final Set<Class<?>> WHOLE =
            Set.of(int.class, Integer.class, long.class, Long.class, short.class, Short.class);
    private static final Set<Class<?>> FRACTIONS = Set.of(double.class, Double.class, float.class, Float.class);
    private static final Set<Class<?>> TEXTS = Set.of(String.class, URI.class, CharSequence.class);

    private final Map<String, Object> named = new TreeMap<>();
    private final Map<Use, String> names = new HashMap<>();
    private final Map<Class<?>, Class<?>> views;
    private boolean taken;

    /**
     * Begins anew.
     *
     * @param views what is written instead of a type
     */
    Schemas(Map<Class<?>, Class<?>> views) {
        this.views = views;
    }

    /** A type, and whether it is taken rather than given: what may be null may then be left out, and nothing may be added. */
    private record Use(JavaType type, boolean taken) {}

    /** The schemas that were referred to, by name. */
    Map<String, Object> named() {
        return named;
    }

    /** The schema of a type. */
    Map<String, Object> of(Type type) {
        return of(Json.MAPPER.constructType(type));
    }

    /** The schema of a type that requests are made of. */
    Map<String, Object> taken(Type type) {
        taken = true;
        try {
            return of(type);
        } finally {
            taken = false;
        }
    }

    private Map<String, Object> of(JavaType type) {
        Class<?> raw = type.getRawClass();
        if (views.containsKey(raw)) {
            return of(views.get(raw));
        }
        if (TEXTS.contains(raw)) {
            return Map.of("type", "string");
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return Map.of("type", "boolean");
        }
        if (WHOLE.contains(raw)) {
            return Map.of("type", "integer", "format", raw == long.class || raw == Long.class ? "int64" : "int32");
        }
        if (FRACTIONS.contains(raw)) {
            return Map.of("type", "number");
        }
        if (raw == Instant.class) {
            return Map.of("type", "string", "format", "date-time");
        }
        if (raw == Duration.class) {
            return Map.of("type", "integer", "format", "int64", "description", "Milliseconds.");
        }
        if (raw == byte[].class) {
            return Map.of("type", "string", "contentEncoding", "base64");
        }
        if (type.isEnumType()) {
            return Map.of("type", "string", "enum", constants(raw));
        }
        return composed(type, raw);
    }

    private Map<String, Object> composed(JavaType type, Class<?> raw) {
        if (type.isMapLikeType()) {
            return Map.of("type", "object", "additionalProperties", of(type.getContentType()));
        }
        if (type.isContainerType()) {
            return Map.of("type", "array", "items", of(type.getContentType()));
        }
        if (raw == Object.class || JsonNode.class.isAssignableFrom(raw)) {
            return Map.of(); // anything
        }
        if (raw.isSealed()) {
            return Map.of(
                    "anyOf",
                    Arrays.stream(raw.getPermittedSubclasses()).map(this::of).toList());
        }
        return bean(type);
    }

    private static List<String> constants(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> Json.MAPPER.convertValue(constant, String.class))
                .toList();
    }

    private Map<String, Object> bean(JavaType type) {
        JsonSerializer<Object> serializer = serializer(type);
        if (serializer instanceof ToStringSerializer) {
            return Map.of("type", "string");
        }
        Use use = new Use(type, taken);
        String name = names.get(use);
        if (name == null) {
            name = name(type.getRawClass()) + (taken ? "Input" : "");
            names.put(use, name);
            if (named.put(name, Map.of()) != null) {
                throw new IllegalStateException("two types would have the schema " + name + "; rename one: " + type);
            }
            named.put(name, object(serializer));
        }
        return Map.of("$ref", "#/components/schemas/" + name);
    }

    private static JsonSerializer<Object> serializer(JavaType type) {
        try {
            return Json.MAPPER.getSerializerProviderInstance().findValueSerializer(type);
        } catch (JsonMappingException e) {
            throw new IllegalStateException("a declared answer has no JSON form: " + type, e);
        }
    }

    private Map<String, Object> object(JsonSerializer<Object> serializer) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (Iterator<PropertyWriter> all = serializer.properties(); all.hasNext(); ) {
            PropertyWriter property = all.next();
            Map<String, Object> schema = of(property.getType());
            boolean suppressed = property instanceof BeanPropertyWriter writer && writer.willSuppressNulls();
            boolean nullable = nullable(property);
            properties.put(property.getName(), nullable && !suppressed ? orNull(schema) : schema);
            if (!suppressed && !(nullable && taken)) {
                required.add(property.getName());
            }
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("type", "object");
        object.put("properties", properties);
        if (!required.isEmpty()) {
            object.put("required", required);
        }
        if (taken) {
            object.put("additionalProperties", false);
        }
        return object;
    }

    private static Map<String, Object> orNull(Map<String, Object> schema) {
        if (schema.isEmpty()) {
            return schema;
        }
        if (schema.get("type") instanceof String type && !schema.containsKey("enum")) {
            Map<String, Object> both = new LinkedHashMap<>(schema);
            both.put("type", List.of(type, "null"));
            return both;
        }
        return Map.of("anyOf", List.of(schema, Map.of("type", "null")));
    }

    private static boolean nullable(BeanProperty property) {
        Member member =
                property.getMember() == null ? null : property.getMember().getMember();
        AnnotatedType type = member instanceof Method method
                ? method.getAnnotatedReturnType()
                : member instanceof Field field ? field.getAnnotatedType() : null;
        return type != null && type.isAnnotationPresent(Nullable.class);
    }

    /** {@code LlmViews.Answer} is LlmAnswer, {@code RouteTrace.Attempt} is RouteTraceAttempt. */
    private static String name(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        String prefix = outer == null ? "" : outer.getSimpleName().replaceAll("(Views|Routes)$", "");
        return prefix + type.getSimpleName();
    }
}
