package ai.primespark.examples.memory;

import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Reads values from a file. */
@Command(
        name = "import",
        description = "Stores the values of an export. Called again after it was interrupted, it goes on where it was.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ImportCommand implements Callable<Integer> {

    private static final int SAVE_EVERY = 200;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Parameters(paramLabel = "FILE", description = "the file; - is standard input")
    @SuppressWarnings("NullAway.Init")
    private String file;

    @Option(names = "--keep-existing", description = "leave keys alone that have a value")
    private boolean keepExisting;

    @Option(names = "--check", description = "only check the file; store nothing")
    private boolean checkOnly;

    @Option(names = "--restart", description = "begin at the beginning, whatever an earlier import has done")
    private boolean restart;

    private final Map<String, Memory> memories = new LinkedHashMap<>();
    private long stored;
    private long kept;
    private long ended;
    private long skipped;
    private @Nullable Progress saved;

    /** How far an import has come; kept beside the file. */
    record Progress(String id, long offset, long records) {}

    @Override
    public Integer call() throws IOException {
        Path path = file.equals("-") ? null : Path.of(file);
        if (path != null && !Files.isReadable(path)) {
            throw new ToolException(ToolException.USAGE, "cannot read " + path);
        }
        try (InputStream in = path == null ? tool.in : Files.newInputStream(path)) {
            LineReader lines = new LineReader(new BufferedInputStream(in, 1 << 16));
            ExportFile.Header header = header(lines);
            Path note = path == null || checkOnly ? null : path.resolveSibling(path.getFileName() + ".progress");
            saved = note == null || restart ? null : before(note, header);
            long size = path == null ? -1 : Files.size(path);
            if (checkOnly) {
                read(lines, header, null, null, size);
            } else {
                try (Session session = Session.open(tool)) {
                    read(lines, header, session, note, size);
                    session.flush(tool);
                }
                if (note != null) {
                    Files.deleteIfExists(note);
                }
            }
        }
        print();
        return ToolException.OK;
    }

    private static ExportFile.Header header(LineReader lines) throws IOException {
        byte[] first = lines.next();
        ExportFile.Header header;
        try {
            header = ExportFile.parse(first == null ? new byte[0] : first, ExportFile.Header.class);
        } catch (IOException e) {
            header = null;
        }
        if (header == null || !ExportFile.FORMAT.equals(header.format())) {
            throw new ToolException(ToolException.USAGE, "this is not an export of prime-spark-memory");
        }
        if (header.version() != ExportFile.VERSION) {
            throw new ToolException(
                    ToolException.USAGE,
                    "the export has version " + header.version() + ", which this tool cannot read");
        }
        return header;
    }

    private static @Nullable Progress before(Path note, ExportFile.Header header) throws IOException {
        if (!Files.exists(note)) {
            return null;
        }
        try {
            Progress progress = ExportFile.parse(Files.readAllBytes(note), Progress.class);
            return header.id().equals(progress.id()) ? progress : null;
        } catch (IOException e) { // cut off in the middle: importing again does no harm
            return null;
        }
    }

    private void read(
            LineReader lines, ExportFile.Header header, @Nullable Session session, @Nullable Path note, long size)
            throws IOException {
        long records = 0;
        try (ProgressBar bar = new ProgressBar(tool)) {
            while (true) {
                String hash = HexFormat.of().formatHex(lines.digest());
                byte[] bytes = lines.next();
                if (bytes == null) {
                    throw damaged(records, "the file ends before its last line: it was cut off");
                }
                boolean done = saved != null && lines.position() <= saved.offset();
                ExportFile.Line line = parse(bytes, records);
                if (line.isEnd()) {
                    checkEnd(lines, line, records, hash);
                    return;
                }
                records++;
                if (done) {
                    skipped++;
                } else {
                    store(header, line, session, records);
                }
                if (note != null && !done && records % SAVE_EVERY == 0) {
                    save(note, new Progress(header.id(), lines.position(), records));
                }
                bar.show(checkOnly ? "check" : "import", lines.position(), size);
            }
        }
    }

    private static void checkEnd(LineReader lines, ExportFile.Line line, long records, String hash) throws IOException {
        if (lines.next() != null) {
            throw damaged(records, "something follows its last line");
        }
        if (line.records() == null || line.records() != records) {
            throw damaged(records, "it should have " + line.records() + " records");
        }
        if (!hash.equals(line.sha256())) {
            throw damaged(records, "the checksum of the whole file does not match");
        }
    }

    private static ExportFile.Line parse(byte[] bytes, long records) {
        try {
            return ExportFile.parse(bytes, ExportFile.Line.class);
        } catch (IOException e) {
            throw damaged(records, "line " + (records + 2) + " is damaged: " + e.getMessage());
        }
    }

    private static ToolException damaged(long records, String what) {
        return new ToolException(
                ToolException.DAMAGED,
                what + ". The " + records + " records before that are whole" + ", and what was stored of them stays");
    }

    private void store(ExportFile.Header header, ExportFile.Line line, @Nullable Session session, long records) {
        Value value;
        try {
            value = line.checked();
        } catch (IOException | IllegalArgumentException e) {
            throw damaged(records - 1, "line " + (records + 1) + " is damaged: " + e.getMessage());
        }
        String namespace = Objects.requireNonNull(line.namespace());
        String key = Objects.requireNonNull(line.key());
        if (tool.namespace != null && !tool.namespace.equals(namespace)) {
            skipped++;
            return;
        }
        PutOptions options = PutOptions.DEFAULT;
        if (line.expires() != null) {
            Duration left = Duration.between(Instant.now(), Instant.parse(line.expires()));
            if (left.isNegative() || left.isZero()) {
                ended++;
                return;
            }
            options = PutOptions.ttl(left);
        }
        if (session == null) {
            stored++;
            return;
        }
        Memory memory = memories.computeIfAbsent(namespace, name -> open(session, header, name));
        boolean done = true;
        if (keepExisting) {
            done = memory.putIfAbsent(key, value.stored(), options).isStored();
        } else {
            var unused = memory.put(key, value.stored(), options);
        }
        stored += done ? 1 : 0;
        kept += done ? 0 : 1;
    }

    /** As it is known here; else as it was there, so that private values travel no farther than they did. */
    private static Memory open(Session session, ExportFile.Header header, String name) {
        ExportFile.Namespace its = header.namespaces().get(name);
        NamespaceOptions known = session.admin().namespaces().get(name);
        return known != null || its == null
                ? session.memory(name)
                : session.memory("default").namespace(name, its.options());
    }

    private static void save(Path note, Progress progress) throws IOException {
        Path part = note.resolveSibling(note.getFileName() + ".part");
        Files.write(part, ExportFile.bytes(progress));
        Files.move(part, note, StandardCopyOption.REPLACE_EXISTING);
    }

    private void print() {
        if (tool.json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("stored", checkOnly ? 0 : stored);
            fields.put("whole", checkOnly ? stored + ended : 0);
            fields.put("kept", kept);
            fields.put("ended", ended);
            fields.put("skipped", skipped);
            tool.out.println(Output.json(fields));
        } else if (checkOnly) {
            tool.out.println("the file is whole: " + (stored + ended) + " records, " + ended + " of them have ended");
        } else {
            tool.out.println(stored + " records stored, " + kept + " kept as they were, " + ended + " had ended, "
                    + skipped + " skipped");
        }
    }
}
