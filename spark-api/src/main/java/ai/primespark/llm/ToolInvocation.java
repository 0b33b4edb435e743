package ai.primespark.llm;

import java.util.Objects;

/**
 * The model's wish to run a tool.
 *
 * @param id tells several invocations of one answer apart; may be empty when the server gives none
 * @param name the tool's name
 * @param argumentsJson a JSON object, as text
 */
public record ToolInvocation(String id, String name, String argumentsJson) {

    /** Refuses nulls. */
    public ToolInvocation {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(argumentsJson, "argumentsJson");
    }

    @Override
    public String toString() { // arguments are part of an answer, which is private data
        return "ToolInvocation[" + name + (id.isEmpty() ? "" : ", " + id) + "]";
    }
}
