package ai.primespark.examples.memory;

import ai.primespark.ConfigurationException;
import ai.primespark.SubsystemUnavailableException;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.TierUnavailableException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command line; {@code README.md} describes it. */
@Command(
        name = "prime-spark-memory",
        description = "Shows what is where in the memory of Prime Spark, and mends it.",
        mixinStandardHelpOptions = true,
        version = "prime-spark-memory 0.1",
        sortOptions = false,
        subcommands = {
            GetCommand.class,
            PutCommand.class,
            ListCommand.class,
            RemoveCommand.class,
            StatCommand.class,
            TierCommand.class,
            VerifyCommand.class,
            RepairCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            KeygenCommand.class,
            CommandLine.HelpCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:no such key or object",
            "2:wrong command line, configuration or file",
            "3:not known or not complete: a tier is down, or the data directory is in use",
            "4:damaged beyond repair"
        })
public final class MemoryTool {

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "configuration with the section primespark.memory")
    @Nullable
    Path config;

    @Option(
            names = {"-d", "--data-dir"},
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description =
                    "data directory instead of the configured one. A directory in use by a running program cannot be"
                            + " opened; one of the tool's own sees the remote tiers only")
    @Nullable
    Path dataDir;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "namespace; without it \"default\", and all of them for verify, repair and export")
    @Nullable
    String namespace;

    @Option(
            names = {"-s", "--set"},
            paramLabel = "PATH=VALUE",
            scope = ScopeType.INHERIT,
            description = "one more setting, for example primespark.memory.timeout=30s")
    Map<String, String> settings = new TreeMap<>();

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "output for programs")
    boolean json;

    @Option(
            names = "--progress",
            paramLabel = "auto|always|never",
            scope = ScopeType.INHERIT,
            description = "progress bar on standard error; auto is only on a terminal")
    Progress progress = Progress.auto;

    final InputStream in;
    final PrintStream out;
    final PrintStream err;

    /** When to show a progress bar; lower case as on the command line. */
    enum Progress {
        auto,
        always,
        never
    }

    MemoryTool(InputStream in, PrintStream out, PrintStream err) {
        this.in = in;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs a command and ends the process.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        int code = run(args, System.in, out, err);
        out.flush();
        System.exit(code);
    }

    static int run(String[] args, InputStream in, PrintStream out, PrintStream err) {
        CommandLine line = new CommandLine(new MemoryTool(in, out, err));
        line.setOut(new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true));
        line.setErr(new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, parsed) -> report(failure, err));
        if (args.length == 0) {
            line.usage(line.getErr());
            return ToolException.USAGE;
        }
        int code = line.execute(args);
        out.flush();
        return code;
    }

    private static int report(Exception failure, PrintStream err) {
        String message = String.valueOf(failure.getMessage());
        int code;
        if (failure instanceof ToolException own) {
            code = own.exitCode();
        } else if (isInUse(failure)) {
            code = ToolException.UNKNOWN;
            message = message
                    + System.lineSeparator()
                    + "A running program uses this data directory, and only one at a time may. Stop that program to work on"
                    + " its local tiers and its journal; or pass --data-dir with a directory of the tool's own, which sees"
                    + " the remote tiers (Redis, NAS, S3) only.";
        } else if (failure instanceof TierUnavailableException) {
            code = ToolException.UNKNOWN;
        } else if (failure instanceof ConfigurationException || failure instanceof SubsystemUnavailableException) {
            code = ToolException.USAGE;
        } else if (failure instanceof MemoryException memory) {
            code = memory.retryable() ? ToolException.UNKNOWN : ToolException.USAGE;
        } else if (failure instanceof IllegalArgumentException
                || failure instanceof IllegalStateException
                || failure instanceof java.io.IOException
                || failure instanceof UncheckedIOException) {
            code = ToolException.USAGE;
            message = failure instanceof java.nio.file.NoSuchFileException ? "no such file: " + message : message;
        } else {
            code = ToolException.USAGE;
            message = failure.toString();
        }
        err.println("prime-spark-memory: " + message);
        return code;
    }

    private static boolean isInUse(Throwable failure) {
        List<String> said = new ArrayList<>();
        for (Throwable cause = failure; cause != null && said.size() < 20; cause = cause.getCause()) {
            said.add(String.valueOf(cause.getMessage()));
        }
        return said.stream().anyMatch(message -> message.contains(" is in use by "));
    }
}
