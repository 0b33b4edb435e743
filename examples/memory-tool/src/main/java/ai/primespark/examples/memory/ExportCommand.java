package ai.primespark.examples.memory;

import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.ScanPage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Writes values to a file. */
@Command(
        name = "export",
        description =
                "Writes all values of one namespace or of all to a file of JSON lines with checksums. The file holds the"
                        + " values in clear, whatever the tiers encrypt.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ExportCommand implements Callable<Integer> {

    private static final int PAGE = 500;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Parameters(paramLabel = "FILE", description = "the file; - is standard output")
    @SuppressWarnings("NullAway.Init")
    private String file;

    @Option(names = "--prefix", paramLabel = "PREFIX", description = "only keys that begin with it")
    private String prefix = "";

    @Option(
            names = {"-f", "--force"},
            description = "replace the file if it exists")
    private boolean force;

    @Option(names = "--incomplete", description = "go on when a tier is down, although keys may be missing then")
    private boolean incomplete;

    private long records;
    private final List<String> damaged = new ArrayList<>();
    private boolean missing;

    @Override
    public Integer call() throws IOException {
        try (Session session = Session.open(tool);
                ProgressBar bar = new ProgressBar(tool)) {
            if (file.equals("-")) {
                write(session, tool.out, bar);
                tool.out.flush();
            } else {
                writeFile(session, Path.of(file), bar);
            }
        }
        for (String what : damaged) {
            tool.err.println("prime-spark-memory: left out: " + what);
        }
        tool.err.println(records + " records exported" + (missing ? "; keys may be missing" : ""));
        return damaged.isEmpty() ? missing ? ToolException.UNKNOWN : ToolException.OK : ToolException.DAMAGED;
    }

    private void writeFile(Session session, Path target, ProgressBar bar) throws IOException {
        if (Files.exists(target) && !force) {
            throw new FileAlreadyExistsException(target + " exists already; pass --force to replace it");
        }
        Path part = target.resolveSibling(target.getFileName() + ".part");
        Files.deleteIfExists(part);
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), 1 << 16)) {
            write(session, out, bar);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(part);
            throw e;
        }
        Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }

    private void write(Session session, OutputStream plain, ProgressBar bar) throws IOException {
        MessageDigest digest = ExportFile.sha256();
        OutputStream out = new DigestOutputStream(plain, digest);
        Map<String, ExportFile.Namespace> namespaces = new LinkedHashMap<>();
        if (tool.namespace != null) {
            var unused = session.memory(tool.namespace);
        }
        session.admin().namespaces().forEach((name, options) -> {
            if (tool.namespace == null || tool.namespace.equals(name)) {
                namespaces.put(name, ExportFile.Namespace.of(options));
            }
        });
        out.write(ExportFile.bytes(new ExportFile.Header(
                ExportFile.FORMAT,
                ExportFile.VERSION,
                UUID.randomUUID().toString(),
                Instant.now().toString(),
                namespaces)));
        for (String name : namespaces.keySet()) {
            write(session.memory(name), out, bar);
        }
        plain.write(ExportFile.bytes(ExportFile.Line.end(records, HexFormat.of().formatHex(digest.digest()))));
        plain.flush();
    }

    private void write(Memory memory, OutputStream out, ProgressBar bar) throws IOException {
        String cursor = null;
        do {
            ScanPage page = memory.scan(prefix, cursor, PAGE);
            if (!page.missingTiers().isEmpty()) {
                missingSomething("keys may be missing, because these tiers could not be asked: "
                        + String.join(", ", page.missingTiers()));
            }
            for (ScanPage.Entry entry : page.entries()) {
                ExportFile.Line line = line(memory, entry.key());
                if (line != null) {
                    out.write(ExportFile.bytes(line));
                    bar.show("export " + memory.name(), ++records, -1);
                }
            }
            cursor = page.next();
        } while (cursor != null);
    }

    private ExportFile.@Nullable Line line(Memory memory, String key) {
        Lookup<?> answer;
        try {
            answer = Value.look(memory, key);
        } catch (MemoryException e) {
            damaged.add(String.valueOf(e.getMessage()));
            return null;
        }
        if (answer instanceof Lookup.Unknown<?> unknown) {
            missingSomething("key '" + key + "' cannot be read: " + String.join("; ", unknown.tiersNotAsked()));
            return null;
        }
        if (!(answer instanceof Lookup.Found<?> found)) {
            return null; // deleted since it was listed
        }
        return ExportFile.Line.of(
                memory.name(),
                key,
                Value.of(found),
                found.version().toString(),
                found.expiresAt().map(Instant::toString).orElse(null));
    }

    private void missingSomething(String what) {
        if (!incomplete) {
            throw new ToolException(
                    ToolException.UNKNOWN, what + "; nothing was exported. Pass --incomplete to export what there is");
        }
        missing = true;
    }
}
