package ai.primespark.examples.memory;

import ai.primespark.memory.KeyPlaces.Presence;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Reads a value or an object. */
@Command(
        name = "get",
        description = "Writes a value to standard output or a file, byte for byte.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class GetCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Parameters(paramLabel = "KEY", description = "the key, or the object's name")
    @SuppressWarnings("NullAway.Init")
    private String key;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "file to write to; - is standard output")
    private @Nullable String file;

    @Option(
            names = "--object",
            paramLabel = "FILE",
            description = "fetch the object of this name into the file; goes on where an earlier call was cut off")
    private @Nullable Path object;

    @Override
    public Integer call() throws IOException {
        try (Session session = Session.open(tool)) {
            Memory memory = session.memory(tool.namespace);
            return object != null ? fetch(memory.objects(), object) : read(memory);
        }
    }

    private int read(Memory memory) throws IOException {
        Lookup<?> answer;
        try {
            answer = Value.look(memory, key);
        } catch (MemoryException e) {
            throw isDamaged(memory)
                    ? new ToolException(
                            ToolException.DAMAGED, e.getMessage() + "; verify --deep mends what can be mended")
                    : e;
        }
        if (answer instanceof Lookup.Unknown<?> unknown) {
            throw new ToolException(
                    ToolException.UNKNOWN,
                    "whether there is a key '" + key + "' is not known: " + String.join("; ", unknown.tiersNotAsked()));
        }
        if (!(answer instanceof Lookup.Found<?> found)) {
            throw new ToolException(
                    ToolException.NOT_FOUND, "there is no key '" + key + "' in namespace '" + memory.name() + "'");
        }
        Value value = Value.of(found);
        if (file != null && !file.equals("-")) {
            Files.write(Path.of(file), value.bytes());
        } else if (tool.json) {
            tool.out.println(Output.json(fields(memory, found, value)));
        } else {
            tool.out.write(value.bytes());
            tool.out.flush();
        }
        return ToolException.OK;
    }

    private boolean isDamaged(Memory memory) {
        return memory.admin().where(key).places().stream().anyMatch(place -> place.presence() == Presence.DAMAGED);
    }

    private Map<String, Object> fields(Memory memory, Lookup.Found<?> found, Value value) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("namespace", memory.name());
        fields.put("key", key);
        fields.put("type", value.kind().word());
        fields.put(
                "value",
                value.kind() == Value.Kind.BYTES
                        ? Base64.getEncoder().encodeToString(value.bytes())
                        : new String(value.bytes(), StandardCharsets.UTF_8));
        fields.put("version", found.version().toString());
        fields.put("tier", found.tier());
        fields.put("expires", found.expiresAt().map(Object::toString).orElse(null));
        fields.put("freshness", found.freshness().name().toLowerCase(java.util.Locale.ROOT));
        return fields;
    }

    private int fetch(ObjectStore objects, Path target) throws IOException {
        long size = objects.stat(key)
                .orElseThrow(() -> new ToolException(ToolException.NOT_FOUND, "there is no object '" + key + "'"))
                .bytes();
        try (ProgressBar bar = new ProgressBar(tool)) {
            ObjectStore.ObjectInfo info = objects.download(key, target, done -> bar.show("get " + key, done, size));
            ObjectView.print(tool, info);
        }
        return ToolException.OK;
    }
}
