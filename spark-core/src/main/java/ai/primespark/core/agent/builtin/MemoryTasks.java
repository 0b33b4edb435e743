package ai.primespark.core.agent.builtin;

import ai.primespark.agent.TaskContext;
import ai.primespark.agent.TaskHandler;
import ai.primespark.agent.UnrecoverableTaskException;
import ai.primespark.core.runtime.JsonMapping;
import ai.primespark.memory.Memory;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Stored;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The memory of the agent's machine as tasks. */
final class MemoryTasks {

    static final String GET = "memory.get";
    static final String PUT = "memory.put";
    static final String DELETE = "memory.delete";
    static final String SCAN = "memory.scan";

    private static final String NAMESPACE = "namespace";
    private static final String KEY = "key";
    private static final int MAX_SCAN = 1_000;

    /** Accounts and sessions, marks, cached answers, heads of objects: whoever submits tasks is not the engine. */
    private static final Pattern ENGINES_OWN =
            Pattern.compile("spark-.*|primespark\\..*|llm-answers\\..*|.*\\.objects");

    private final Memory memory;

    MemoryTasks(Memory memory) {
        this.memory = memory;
    }

    Map<String, TaskHandler<JsonNode, Object>> handlers() {
        return Map.of(GET, this::get, PUT, this::put, DELETE, this::delete, SCAN, this::scan);
    }

    /** What was found; a value that is not text or JSON is in {@code bytes}, which JSON writes as Base64. */
    record Found(boolean found, @Nullable Object value, byte @Nullable [] bytes) {}

    /** What was written. */
    record Written(String version, List<String> pending) {}

    /** A page of keys. */
    record Keys(List<String> keys, @Nullable String next) {}

    private Memory namespace(Fields fields) {
        Optional<String> name = fields.text(NAMESPACE);
        if (name.filter(n -> ENGINES_OWN.matcher(n).matches()).isPresent()) {
            throw new IllegalArgumentException("namespace '" + name.get() + "' is the engine's own");
        }
        return name.map(memory::namespace).orElse(memory);
    }

    private Object get(JsonNode payload, TaskContext task) {
        Fields fields = new Fields(GET, payload, NAMESPACE, KEY);
        return refusing(GET, () -> {
            Object value = namespace(fields)
                    .find(fields.requiredText(KEY), Object.class)
                    .orElse(null);
            return value instanceof byte[] bytes ? new Found(true, null, bytes) : new Found(value != null, value, null);
        });
    }

    private Object put(JsonNode payload, TaskContext task) {
        Fields fields = new Fields(PUT, payload, NAMESPACE, KEY, "value", "ttl_ms");
        JsonNode value = fields.node("value").orElseThrow(() -> fields.wrong("needs a 'value'"));
        return refusing(PUT, () -> {
            PutOptions options = fields.number("ttl_ms")
                    .map(Duration::ofMillis)
                    .map(PutOptions::ttl)
                    .orElse(PutOptions.DEFAULT);
            return written(namespace(fields).put(fields.requiredText(KEY), plain(value), options));
        });
    }

    /** As Java's own values, which every codec can write; a text stays a text. */
    private static Object plain(JsonNode value) {
        try {
            return JsonMapping.mapper().treeToValue(value, Object.class);
        } catch (JsonProcessingException e) {
            throw new UnrecoverableTaskException("the value of a task of type '" + PUT + "' is no JSON value", null);
        }
    }

    private Object delete(JsonNode payload, TaskContext task) {
        Fields fields = new Fields(DELETE, payload, NAMESPACE, KEY);
        return refusing(DELETE, () -> written(namespace(fields).delete(fields.requiredText(KEY))));
    }

    private Object scan(JsonNode payload, TaskContext task) {
        Fields fields = new Fields(SCAN, payload, NAMESPACE, "prefix", "cursor", "limit");
        return refusing(SCAN, () -> {
            ScanPage page = namespace(fields)
                    .scan(
                            fields.text("prefix").orElse(""),
                            fields.text("cursor").orElse(null),
                            (int) Math.max(
                                    1, Math.min(MAX_SCAN, fields.number("limit").orElse(100L))));
            return new Keys(page.entries().stream().map(ScanPage.Entry::key).toList(), page.next());
        });
    }

    private static Written written(Stored stored) {
        return new Written(stored.version().toString(), stored.pending());
    }

    private interface Work {
        Object run();
    }

    /** What memory refuses, such as a key that is too long, it refuses in every attempt. */
    private static Object refusing(String type, Work work) {
        try {
            return work.run();
        } catch (IllegalArgumentException e) {
            throw new UnrecoverableTaskException(
                    "the payload of a task of type '" + type + "' is refused: " + e.getMessage(), null);
        }
    }
}
