package ai.primespark.benchmarks;

import ai.primespark.benchmarks.llm.Comparison;
import ai.primespark.benchmarks.memory.Contest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs all suites, or those that are named, and prints a table of each in Markdown. */
public final class Main {

    private static final String USAGE = """
            Usage: java -jar benchmarks.jar [SUITE...] [OPTION...]
                   java -jar benchmarks.jar memory [WORKLOAD...] [OPTION...]
                   java -jar benchmarks.jar llm [PART...] [OPTION...]

            Without a suite all are run, in less than five minutes. Suites: %s
            The second form measures memory beside other libraries, in about half an hour. It needs redis-server and, for w7,
            root. Workloads: %s
            The third form sets LangChain4j, Spring AI and ollama4j beside Prime Spark, in about ten minutes. With
            SECOND_JAVA_HOME set, many streams are measured on that JDK, too. Parts: %s
              --dir=DIRECTORY  on the disk to measure; the working directory unless given, and left as it was
              --thorough       three JVMs each and more iterations: about six times as long
              --verbose        shows what JMH says
            """;

    private Main() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        List<Suite> suites = new ArrayList<>();
        boolean thorough = false;
        boolean verbose = false;
        Path directory = Path.of(".");
        boolean memory = arguments.length > 0 && arguments[0].equals("memory");
        boolean llm = arguments.length > 0 && arguments[0].equals("llm");
        List<String> workloads = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.equals("--thorough")) {
                thorough = true;
            } else if (argument.equals("--verbose")) {
                verbose = true;
            } else if (argument.startsWith("--dir=")) {
                directory = Path.of(argument.substring("--dir=".length()));
            } else if (memory && argument.equals("memory") || llm && argument.equals("llm")) {
                continue;
            } else if (memory && Contest.names().contains(argument)
                    || llm && Comparison.names().contains(argument)) {
                workloads.add(argument);
            } else if (!memory && !llm && Suite.named(argument).isPresent()) {
                suites.add(Suite.named(argument).orElseThrow());
            } else {
                System.err.printf(
                        USAGE,
                        String.join(", ", Suite.words()),
                        String.join(", ", Contest.names()),
                        String.join(", ", Comparison.names()));
                System.exit(argument.equals("--help") ? 0 : 2);
            }
        }
        System.setProperty(
                Directories.PROPERTY, directory.toAbsolutePath().normalize().toString());
        Files.createDirectories(Directories.root());
        System.out.println(machine());
        if (memory) {
            Contest.run(workloads, Directories.root(), thorough ? 3 : 1);
            return;
        }
        if (llm) {
            Comparison.run(workloads);
            System.exit(0); // whatever threads a library has left
        }
        for (Suite suite : suites.isEmpty() ? Arrays.asList(Suite.values()) : suites) {
            System.err.println("Running the suite " + suite.word() + " …");
            long start = System.nanoTime();
            Results results =
                    new Results(new Runner(options(suite, thorough, verbose).build()).run());
            System.err.println("… took " + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + " s");
            System.out.println("\n### " + suite.title() + "\n\n" + suite.report(results));
        }
    }

    private static ChainedOptionsBuilder options(Suite suite, boolean thorough, boolean verbose) {
        TimeValue iteration = TimeValue.milliseconds(suite.iteration().toMillis());
        return new OptionsBuilder()
                .include("^" + suite.benchmark().getName().replace(".", "\\.") + "\\.")
                .forks(thorough ? 3 : 1)
                .warmupIterations(thorough ? 10 : 5)
                .warmupTime(iteration)
                .measurementIterations(thorough ? 15 : 9)
                .measurementTime(iteration)
                .jvmArgsAppend(
                        "-Xms1g",
                        "-Xmx1g",
                        "-Dslf4j.internal.verbosity=ERROR",
                        "-D" + Directories.PROPERTY + "=" + Directories.root())
                .shouldFailOnError(true)
                .verbosity(verbose ? VerboseMode.NORMAL : VerboseMode.SILENT);
    }

    private static String machine() throws IOException {
        return "%d cores, JDK %s (%s), %s, disk: %s"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        Runtime.version(),
                        System.getProperty("java.vm.name"),
                        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                        Files.getFileStore(Directories.root()).type());
    }
}
