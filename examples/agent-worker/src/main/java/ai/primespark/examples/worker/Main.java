package ai.primespark.examples.worker;

import ai.primespark.SparkException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line; {@code README.md} describes it. */
@Command(
        name = "prime-spark-worker",
        description = "Works on tasks of Prime Spark, submits them, and shows what happens when a worker dies.",
        mixinStandardHelpOptions = true,
        version = "prime-spark-worker 0.1",
        subcommands = {Worker.class, Submit.class, Status.class, Demo.class, CommandLine.HelpCommand.class},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:a task ended without success",
            "2:wrong command line or configuration",
            "3:the queue cannot be reached"
        })
public final class Main {

    /** A task ended without success. */
    static final int FAILED = 1;

    static final int USAGE = 2;
    static final int UNREACHABLE = 3;

    /**
     * Runs a command and ends the process.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
        CommandLine line = new CommandLine(new Main());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("prime-spark-worker: " + words(failure));
            return failure instanceof SparkException spark && spark.retryable() ? UNREACHABLE : USAGE;
        });
        if (args.length == 0) {
            line.usage(line.getErr());
            System.exit(USAGE);
        }
        System.exit(line.execute(args));
    }

    private static String words(Exception failure) {
        return failure instanceof SparkException
                        || failure instanceof IllegalArgumentException
                        || failure instanceof IllegalStateException
                ? String.valueOf(failure.getMessage())
                : failure.toString();
    }
}
