package ai.primespark.examples.memory;

import ai.primespark.memory.Keyring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Makes or rotates the keys of encrypted memory. */
@Command(
        name = "keygen",
        description = "Makes a file of keys for encrypted memory, or adds a new active key to one. Never prints a key.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class KeygenCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Parameters(paramLabel = "FILE", description = "the file; only its owner may read it")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Option(names = "--id", paramLabel = "ID", description = "the new key's id; today's date by default")
    private @Nullable String id;

    @Option(names = "--rotate", description = "add a key to an existing file; the old ones go on reading old records")
    private boolean rotate;

    @Override
    public Integer call() throws IOException {
        String name = id == null ? LocalDate.now(ZoneId.systemDefault()).toString() : id;
        if (Files.exists(file) != rotate) {
            throw new ToolException(
                    ToolException.USAGE,
                    rotate
                            ? "there is no " + file + " to rotate"
                            : file + " exists already; pass --rotate to add a key to it");
        }
        (rotate ? Keyring.load(file).rotate(name) : Keyring.generate(name)).save(file);
        tool.out.println("key '" + name + "' is active in " + file
                + ". Keep a copy where the data is not: without it, what it encrypts is lost.");
        return ToolException.OK;
    }
}
