package ai.primespark.core.llm.tools;

import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolFunction;
import ai.primespark.llm.Toolbox;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tools of a toolbox with their schemas. Immutable and thread-safe. */
public final class ToolSet {

    private final Map<String, BoundTool> tools = new LinkedHashMap<>();

    /**
     * Makes the schemas.
     *
     * @param toolbox the tools
     * @throws IllegalArgumentException when one cannot be made; says for which tool and why
     */
    public ToolSet(Toolbox toolbox) {
        for (ToolFunction function : toolbox.tools()) {
            tools.put(function.name(), BoundTool.of(function));
        }
    }

    /**
     * What the model is told that there is.
     *
     * @return in the toolbox's order
     */
    public List<Tool> declarations() {
        return tools.values().stream().map(BoundTool::declaration).toList();
    }

    @Nullable
    BoundTool find(String name) {
        return tools.get(name);
    }

    String names() {
        return tools.isEmpty() ? "There are no tools." : "The tools are: " + String.join(", ", tools.keySet()) + ".";
    }
}
