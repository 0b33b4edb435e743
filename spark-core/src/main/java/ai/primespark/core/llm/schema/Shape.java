package ai.primespark.core.llm.schema;

import ai.primespark.llm.SchemaViolation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.lang.reflect.Type;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The form of an answer that is to become a Java value. What is not an object by itself is put into one, because servers want an
 * object at the top. Immutable and thread-safe.
 */
public final class Shape {

    private static final String WRAPPED = "value";

    /** Models that are not held to a schema like to put their answer into a block of Markdown. */
    private static final Pattern FENCED = Pattern.compile("\\A```[A-Za-z]*\\R(.*)\\R```\\z", Pattern.DOTALL);

    private final JsonMapper mapper = ShapeJson.mapper();
    private final JavaType type;
    private final boolean wrapped;
    private final String schema;
    private final SchemaCheck check;

    /**
     * What came of reading an answer: a value, or what is wrong.
     *
     * @param value null when something is wrong
     * @param violations empty when nothing is wrong
     * @param cause what a check of the application threw, or null
     */
    public record Reading(
            @Nullable Object value,
            List<SchemaViolation> violations,
            @Nullable Throwable cause) {}

    /**
     * Makes a shape.
     *
     * @param wanted the Java type
     * @throws IllegalArgumentException when no schema can be made for it; says why
     */
    public Shape(Type wanted) {
        this.type = mapper.constructType(wanted);
        this.wrapped = !type.getRawClass().isRecord() && !type.isMapLikeType();
        this.schema = make(SchemaMaker.Use.ANSWER).toString();
        this.check = new SchemaCheck(make(SchemaMaker.Use.CHECK));
        Binding.require(type);
    }

    private JsonNode make(SchemaMaker.Use use) {
        SchemaMaker maker = new SchemaMaker(use);
        return wrapped ? maker.wrapped(type, WRAPPED) : maker.of(type);
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
     * The type's name, for messages.
     *
     * @return its simple name
     */
    public String name() {
        return type.getRawClass().getSimpleName();
    }

    /**
     * Reads an answer.
     *
     * @param text all of it
     * @return the value, or what is wrong
     */
    public Reading read(String text) {
        String json = text.strip();
        Matcher fenced = FENCED.matcher(json);
        JsonNode tree;
        try {
            tree = mapper.readTree(fenced.matches() ? fenced.group(1) : json);
        } catch (JsonProcessingException e) {
            return Binding.wrong(Place.top(), "is not JSON: " + Binding.syntax(e), null);
        }
        if (tree.isMissingNode()) {
            return Binding.wrong(Place.top(), "is empty", null);
        }
        List<SchemaViolation> violations = check.check(tree);
        if (!violations.isEmpty()) {
            return new Reading(null, violations, null);
        }
        return wrapped
                ? Binding.read(tree.get(WRAPPED), type, Place.top().declared(WRAPPED))
                : Binding.read(tree, type, Place.top());
    }
}
