package ai.primespark.core.memory.objects;

import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.memory.MemoryException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which objects are kept on this machine, in a small file: {@code {"format":1, "pinned":{namespace:[name, ...]}}}. Thread-safe. */
final class Pins {

    /** Made when a file is read or written: making it takes longer than the rest of a start. */
    private static final class Json {
        static final JsonMapper MAPPER = JsonMapper.builder().build();
    }

    private final Path file;
    private @Nullable Map<String, Set<String>> pinned; // guarded by this; read when first needed

    Pins(Path file) {
        this.file = file;
    }

    synchronized boolean contains(String namespace, String object) {
        Set<String> names = load().get(namespace);
        return names != null && names.contains(object);
    }

    /** On disk when this returns. */
    synchronized void set(String namespace, String object, boolean pin) {
        Set<String> names = load().computeIfAbsent(namespace, key -> new TreeSet<>());
        boolean changed = pin ? names.add(object) : names.remove(object);
        if (!changed) {
            return;
        }
        try {
            save();
        } catch (IOException e) {
            boolean unused = pin ? names.remove(object) : names.add(object);
            throw new MemoryException("cannot write " + file + ", which says what is kept here: " + e, true, e);
        }
    }

    private void save() throws IOException {
        ObjectNode root = Json.MAPPER.createObjectNode().put("format", 1);
        ObjectNode all = root.putObject("pinned");
        load().forEach((namespace, names) -> {
            ArrayNode list = all.putArray(namespace);
            names.forEach(list::add);
        });
        DurableFiles.replace(file, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
    }

    private Map<String, Set<String>> load() {
        if (pinned == null) {
            Map<String, Set<String>> read = new TreeMap<>();
            if (Files.exists(file)) {
                try {
                    JsonNode root = Json.MAPPER.readTree(Files.readAllBytes(file));
                    if (root.path("format").asInt() != 1) {
                        throw new IOException("unknown format");
                    }
                    root.path("pinned").properties().forEach(entry -> {
                        Set<String> names = new TreeSet<>();
                        entry.getValue().forEach(name -> names.add(name.asText()));
                        read.put(entry.getKey(), names);
                    });
                } catch (IOException e) {
                    throw new MemoryException(
                            "cannot read " + file + " (" + e.getClass().getSimpleName()
                                    + "), which says what is kept on this machine; restore it, or remove it and pin anew",
                            false,
                            e);
                }
            }
            pinned = read;
        }
        return pinned;
    }
}
