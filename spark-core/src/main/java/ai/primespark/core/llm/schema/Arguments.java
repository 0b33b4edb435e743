package ai.primespark.core.llm.schema;

import ai.primespark.llm.SchemaViolation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The arguments of one tool: their schema, and how they are read. Immutable and thread-safe. */
public final class Arguments {

    private final String schema;
    private final SchemaCheck check;
    private final List<Part> parts;
    private final Form form;

    private enum Form {
        TEXT,
        RECORD,
        PARAMETERS
    }

    private record Part(String name, JavaType type) {}

    private Arguments(String schema, SchemaCheck check, List<Part> parts, Form form) {
        this.schema = schema;
        this.check = check;
        this.parts = parts;
        this.form = form;
    }

    /**
     * Arguments that a record holds; reading gives the record.
     *
     * @param type the record
     * @return the arguments
     * @throws IllegalArgumentException when no schema can be made; says why
     */
    public static Arguments of(Class<?> type) {
        JavaType resolved = ShapeJson.mapper().constructType(type);
        String declared = new SchemaMaker(SchemaMaker.Use.ARGUMENTS).of(type).toString();
        Binding.require(resolved);
        return new Arguments(
                declared,
                new SchemaCheck(new SchemaMaker(SchemaMaker.Use.CHECK).of(type)),
                List.of(new Part("", resolved)),
                Form.RECORD);
    }

    /**
     * Arguments that are a method's parameters; reading gives an array.
     *
     * @param method the method
     * @return the arguments
     * @throws IllegalArgumentException when no schema can be made; says why
     */
    public static Arguments of(Method method) {
        ObjectNode declared = new SchemaMaker(SchemaMaker.Use.ARGUMENTS).of(method);
        List<Part> parts = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
            JavaType type = ShapeJson.mapper().constructType(parameter.getParameterizedType());
            Binding.require(type);
            parts.add(new Part(parameter.getName(), type));
        }
        SchemaCheck check = new SchemaCheck(new SchemaMaker(SchemaMaker.Use.CHECK).of(method));
        return new Arguments(declared.toString(), check, List.copyOf(parts), Form.PARAMETERS);
    }

    /**
     * Arguments with a schema written by hand; reading gives JSON.
     *
     * @param schema a JSON Schema object
     * @return the arguments
     * @throws IllegalArgumentException when it says something that is not understood; says what and where
     */
    public static Arguments of(String schema) {
        JsonNode tree;
        try {
            tree = ShapeJson.mapper().readTree(schema);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the JSON schema is not JSON: " + Binding.syntax(e), e);
        }
        if (!tree.isObject()) {
            throw new IllegalArgumentException("the JSON schema must be an object");
        }
        return new Arguments(schema, new SchemaCheck(tree), List.of(), Form.TEXT);
    }

    /**
     * The schema to send.
     *
     * @return JSON
     */
    public String schema() {
        return schema;
    }

    /**
     * Reads arguments.
     *
     * @param json what the model gave
     * @return a record, an {@code Object[]} or JSON, depending on what this was made for; or what is wrong
     */
    public Shape.Reading read(String json) {
        JsonNode tree;
        try {
            tree = ShapeJson.mapper().readTree(json.isBlank() ? "{}" : json);
        } catch (JsonProcessingException e) {
            return Binding.wrong(Place.top(), "is not JSON: " + Binding.syntax(e), null);
        }
        if (!tree.isObject()) {
            return Binding.wrong(Place.top(), "must be an object", null);
        }
        List<SchemaViolation> violations = check.check(tree);
        if (!violations.isEmpty()) {
            return new Shape.Reading(null, violations, null);
        }
        return switch (form) {
            case TEXT -> new Shape.Reading(json.isBlank() ? "{}" : json, List.of(), null);
            case RECORD -> Binding.read(tree, parts.get(0).type(), Place.top());
            case PARAMETERS -> parameters(tree);
        };
    }

    private Shape.Reading parameters(JsonNode tree) {
        @Nullable Object[] values = new @Nullable Object[parts.size()];
        for (int i = 0; i < values.length; i++) {
            Part part = parts.get(i);
            JsonNode given = tree.get(part.name());
            if (given == null || given.isNull()) { // the check has found that it may be missing
                values[i] = absent(part.type().getRawClass());
                continue;
            }
            Shape.Reading read = Binding.read(given, part.type(), Place.top().declared(part.name()));
            if (read.value() == null) {
                return read;
            }
            values[i] = read.value();
        }
        return new Shape.Reading(values, List.of(), null);
    }

    private static @Nullable Object absent(Class<?> type) {
        if (type == Optional.class) {
            return Optional.empty();
        } else if (type == OptionalInt.class) {
            return OptionalInt.empty();
        } else if (type == OptionalLong.class) {
            return OptionalLong.empty();
        } else if (type == OptionalDouble.class) {
            return OptionalDouble.empty();
        }
        return null;
    }
}
