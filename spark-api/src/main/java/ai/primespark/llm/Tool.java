package ai.primespark.llm;

import java.util.Objects;

/**
 * A tool that the model may ask for. To have tools declared from Java code and run, see {@link ToolFunction} and
 * {@link Toolbox}.
 *
 * @param name {@code [a-zA-Z0-9_-]{1,64}}
 * @param description when and how to use it
 * @param parametersSchema a JSON Schema object, as text
 */
public record Tool(String name, String description, String parametersSchema) {

    /** Checks the name. */
    public Tool {
        Objects.requireNonNull(description, "description");
        Objects.requireNonNull(parametersSchema, "parametersSchema");
        checkName(name);
    }

    static void checkName(String name) {
        if (!name.matches("[a-zA-Z0-9_-]{1,64}")) {
            throw new IllegalArgumentException("a tool's name must be [a-zA-Z0-9_-]{1,64}: '" + name + "'");
        }
    }
}
