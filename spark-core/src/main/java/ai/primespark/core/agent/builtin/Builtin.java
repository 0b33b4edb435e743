package ai.primespark.core.agent.builtin;

import ai.primespark.agent.TaskHandler;
import ai.primespark.llm.Llm;
import ai.primespark.memory.Memory;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The handlers that every agent has, by group. */
public final class Builtin {

    private Builtin() {}

    /**
     * The handlers of some groups.
     *
     * @param groups {@code llm}, {@code memory}
     * @param llm answers
     * @param memory keeps
     * @return by type of task
     */
    public static Map<String, TaskHandler<JsonNode, Object>> handlers(List<String> groups, Llm llm, Memory memory) {
        Map<String, TaskHandler<JsonNode, Object>> handlers = new HashMap<>();
        if (groups.contains("llm")) {
            handlers.putAll(new LlmTasks(llm).handlers());
        }
        if (groups.contains("memory")) {
            handlers.putAll(new MemoryTasks(memory).handlers());
        }
        return handlers;
    }
}
