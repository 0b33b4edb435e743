package ai.primespark.llm;

import java.util.Objects;

/**
 * One thing that is wrong with a JSON value.
 *
 * @param path where, as a JSON path: {@code $.items[2].price}. Holds names that the model made up, so treat it as a part of
 *     the answer
 * @param place the same, with {@code *} for names that no schema declares; may be shown to anybody
 * @param problem what is wrong, in words for the model; may quote what the application's own checks said
 */
public record SchemaViolation(String path, String place, String problem) {

    /** Refuses nulls. */
    public SchemaViolation {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(problem, "problem");
    }

    @Override
    public String toString() { // an answer is private data
        return "SchemaViolation[" + place + "]";
    }
}
