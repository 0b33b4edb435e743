package ai.primespark.core.llm.schema;

import ai.primespark.llm.SchemaViolation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns checked JSON into Java values, and what Jackson has to say about it into violations that do not quote the JSON. */
final class Binding {

    private static final int LONGEST_WORDS = 300;

    private Binding() {}

    /**
     * Makes sure that Jackson can make such values at all, without making one.
     *
     * @throws IllegalArgumentException when it cannot; says what to do
     */
    static void require(JavaType type) {
        try {
            var unused = ShapeJson.mapper().readerFor(type).readValue("true");
        } catch (InvalidDefinitionException e) {
            Class<?> raw =
                    e.getType() == null ? type.getRawClass() : e.getType().getRawClass();
            throw new IllegalArgumentException(
                    "no " + raw.getName() + " can be made from JSON; if it is in a named module, open its package "
                            + raw.getPackageName() + " to com.fasterxml.jackson.databind",
                    e);
        } catch (JsonProcessingException e) {
            // true is no such value, which is all that was to be found out
        }
    }

    /** A value, or what is wrong. */
    static Shape.Reading read(JsonNode tree, JavaType wanted, Place top) {
        try {
            Object value = ShapeJson.mapper().readerFor(wanted).readValue(tree);
            return value == null ? wrong(top, "must not be null", null) : new Shape.Reading(value, List.of(), null);
        } catch (ValueInstantiationException e) {
            return wrong(place(top, e), refused(e.getCause()), e.getCause());
        } catch (MismatchedInputException e) {
            Class<?> target = e.getTargetType();
            String what = target == null ? "cannot be read" : "cannot be read as " + target.getSimpleName();
            return wrong(place(top, e), what, null);
        } catch (JsonMappingException e) {
            return wrong(place(top, e), "cannot be read; a number may be too large", null);
        } catch (IOException e) {
            return wrong(top, "cannot be read", null);
        }
    }

    static Shape.Reading wrong(Place place, String problem, @Nullable Throwable cause) {
        return new Shape.Reading(null, List.of(new SchemaViolation(place.path(), place.place(), problem)), cause);
    }

    /** Says where a text stops being JSON, without quoting it. */
    static String syntax(JsonProcessingException e) {
        if (e instanceof JsonEOFException) {
            return "it ends too early";
        }
        String where = e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
        return String.valueOf(e.getOriginalMessage()).startsWith("Duplicate")
                ? "a property is there twice" + where
                : "it stops making sense" + where;
    }

    /** The words of a check in a record's constructor are meant for whoever made the value: the model. */
    private static String refused(@Nullable Throwable cause) {
        String words = cause == null ? null : cause.getMessage();
        if (words == null) {
            return "is refused";
        }
        return "is refused: " + (words.length() > LONGEST_WORDS ? words.substring(0, LONGEST_WORDS) + "…" : words);
    }

    private static Place place(Place top, JsonMappingException e) {
        Place place = top;
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                place = place.item(step.getIndex());
            } else if (step.getFrom() instanceof Map || step.getFrom() == Map.class) {
                place = place.madeUp(step.getFieldName());
            } else {
                place = place.declared(step.getFieldName());
            }
        }
        return place;
    }
}
