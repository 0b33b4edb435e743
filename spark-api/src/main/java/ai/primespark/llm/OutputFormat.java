package ai.primespark.llm;

import java.util.Objects;

/** The form that the answer must have. */
public sealed interface OutputFormat permits OutputFormat.Plain, OutputFormat.Json, OutputFormat.Schema {

    /** Any text. */
    OutputFormat PLAIN = new Plain();

    /** Some JSON value. */
    OutputFormat JSON = new Json();

    /**
     * JSON of a given shape. Say it in the prompt as well: models follow better what they can read.
     *
     * @param jsonSchema a JSON Schema object, as text
     * @return the format
     */
    static OutputFormat schema(String jsonSchema) {
        return new Schema(jsonSchema);
    }

    /** See {@link OutputFormat#PLAIN}. */
    record Plain() implements OutputFormat {}

    /** See {@link OutputFormat#JSON}. */
    record Json() implements OutputFormat {}

    /**
     * See {@link OutputFormat#schema(String)}.
     *
     * @param jsonSchema a JSON Schema object, as text
     */
    record Schema(String jsonSchema) implements OutputFormat {
        /** Refuses null. */
        public Schema {
            Objects.requireNonNull(jsonSchema, "jsonSchema");
        }
    }
}
