package ai.primespark.examples.memory;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.Stored;
import ai.primespark.memory.WriteResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Writes a value or an object. */
@Command(
        name = "put",
        description = "Stores a value, from the command line, a file, or standard input.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PutCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Parameters(index = "0", paramLabel = "KEY", description = "the key, or the object's name")
    @SuppressWarnings("NullAway.Init")
    private String key;

    @Parameters(index = "1", paramLabel = "VALUE", arity = "0..1", description = "the value; - is standard input")
    private @Nullable String value;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "take the value from a file; - is standard input")
    private @Nullable String file;

    @Option(names = "--object", paramLabel = "FILE", description = "store a file of any size as an object")
    private @Nullable Path object;

    @Option(
            names = "--as",
            paramLabel = "text|json|bytes",
            description = "how to store it; text by default, bytes for files")
    private Value.@Nullable Kind kind;

    @Option(names = "--ttl", paramLabel = "DURATION", description = "time to live, for example PT12H or P30D")
    private @Nullable String ttl;

    @Option(names = "--ack", paramLabel = "LEVEL", description = "memory, journaled, tier(n) or all")
    private @Nullable String ack;

    @Option(names = "--if-absent", description = "only if there is no value; otherwise nothing is stored, exit code 1")
    private boolean ifAbsent;

    @Option(
            names = "--reach",
            paramLabel = "edge|trusted|cloud",
            description = "how far values of a namespace may travel that is not known in this data directory yet")
    private @Nullable Zone reach;

    @Override
    public Integer call() throws IOException {
        int sources = (value == null ? 0 : 1) + (file == null ? 0 : 1) + (object == null ? 0 : 1);
        if (sources != 1) {
            throw new ToolException(
                    ToolException.USAGE, "say where the value comes from: VALUE, --file FILE or --object FILE");
        }
        PutOptions options = options();
        Value given = object == null ? given() : null;
        try (Session session = Session.open(tool)) {
            Memory memory = session.memory(tool.namespace, reach);
            if (given == null) {
                return upload(memory);
            }
            WriteResult result = ifAbsent
                    ? memory.putIfAbsent(key, given.stored(), options)
                    : memory.put(key, given.stored(), options);
            if (!(result instanceof Stored stored)) {
                throw new ToolException(ToolException.NOT_FOUND, "key '" + key + "' has a value; nothing was stored");
            }
            session.flush(tool);
            print(memory, given, stored);
            return ToolException.OK;
        }
    }

    private Value given() throws IOException {
        boolean fromFile = file != null && !file.equals("-");
        byte[] bytes = fromFile
                ? Files.readAllBytes(Path.of(String.valueOf(file)))
                : value != null && !value.equals("-") ? value.getBytes(StandardCharsets.UTF_8) : tool.in.readAllBytes();
        return Value.of(kind != null ? kind : fromFile ? Value.Kind.BYTES : Value.Kind.TEXT, bytes);
    }

    private PutOptions options() {
        PutOptions options = PutOptions.DEFAULT;
        try {
            options = ttl == null ? options : options.withTtl(Duration.parse(ttl));
        } catch (DateTimeParseException e) {
            throw new ToolException(ToolException.USAGE, "--ttl must look like PT12H or P30D, not '" + ttl + "'");
        }
        return ack == null ? options : options.withAck(Ack.parse(ack));
    }

    private void print(Memory memory, Value given, Stored stored) {
        if (tool.json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("namespace", memory.name());
            fields.put("key", key);
            fields.put("type", given.kind().word());
            fields.put("version", stored.version().toString());
            tool.out.println(Output.json(fields));
        } else {
            tool.out.println(stored.version());
        }
    }

    private int upload(Memory memory) throws IOException {
        Path from = java.util.Objects.requireNonNull(object);
        if (kind != null || ttl != null || ack != null || ifAbsent) {
            throw new ToolException(
                    ToolException.USAGE, "--as, --ttl, --ack and --if-absent are for values, not objects");
        }
        long size = Files.size(from);
        try (ProgressBar bar = new ProgressBar(tool)) {
            ObjectView.print(tool, memory.objects().upload(key, from, done -> bar.show("put " + key, done, size)));
        }
        return ToolException.OK;
    }
}
