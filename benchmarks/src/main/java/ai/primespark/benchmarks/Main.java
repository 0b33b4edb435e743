package ai.primespark.benchmarks;

import ai.primespark.benchmarks.agents.AgentsContest;
import ai.primespark.benchmarks.llm.Comparison;
import ai.primespark.benchmarks.memory.Contest;
import ai.primespark.benchmarks.power.PollCost;
import ai.primespark.benchmarks.server.ServerContest;
import ai.primespark.benchmarks.vpn.Networks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs all suites, or those that are named, and prints a table of each in Markdown. */
public final class Main {

    private static final String USAGE = """
            Usage: java -jar benchmarks.jar [SUITE...] [OPTION...]
                   java -jar benchmarks.jar COMPARISON [PART...] [OPTION...]

            Without a suite all are run, in less than five minutes. Suites: %s
            Comparisons:
            %s
              --dir=DIRECTORY  on the disk to measure; the working directory unless given, and left as it was
              --thorough       three JVMs each and more iterations: about six times as long
              --verbose        shows what JMH says
            """;

    private Main() {}

    private interface Run {
        void run(List<String> parts, boolean thorough) throws Exception;
    }

    /** What is measured beside others, by programs of its own and not by JMH. */
    private enum Beside {
        MEMORY(
                "other libraries' memory, in about half an hour; needs redis-server and, for w7, root",
                Contest.names(),
                (parts, thorough) -> Contest.run(parts, Directories.root(), thorough ? 3 : 1)),
        LLM(
                "LangChain4j, Spring AI and ollama4j, in about ten minutes; with SECOND_JAVA_HOME set, many streams on that JDK, too",
                Comparison.names(),
                (parts, thorough) -> Comparison.run(parts)),
        AGENTS(
                "BullMQ, JobRunr and db-scheduler, in about ten minutes; needs redis-server, Node.js 20 and npm",
                AgentsContest.names(),
                (parts, thorough) -> AgentsContest.run(parts, Directories.root())),
        POWER(
                "one poll of a UPS server and what follows from it, in a minute; needs upsd and certutil",
                List.of(),
                (parts, thorough) -> PollCost.run(Directories.root())),
        NETWORKS(
                "WireGuard networks of a thousand nodes, in less than a minute",
                List.of(),
                (parts, thorough) -> System.out.println("\n### Networks of WireGuard\n\n" + Networks.run())),
        SERVER(
                "the example server beside a bare Javalin handler, in eight minutes; soak takes a quarter of an hour more",
                ServerContest.names(),
                (parts, thorough) -> ServerContest.run(parts));

        private final String about;
        private final List<String> parts;
        private final Run run;

        Beside(String about, List<String> parts, Run run) {
            this.about = about;
            this.parts = parts;
            this.run = run;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static String usage() {
            return Arrays.stream(values())
                    .map(each -> "  %-8s %s%s"
                            .formatted(
                                    each.word(),
                                    each.about,
                                    each.parts.isEmpty() ? "" : ". Parts: " + String.join(", ", each.parts)))
                    .collect(Collectors.joining("\n"));
        }
    }

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        Beside beside = Arrays.stream(Beside.values())
                .filter(each -> arguments.length > 0 && each.word().equals(arguments[0]))
                .findFirst()
                .orElse(null);
        List<Suite> suites = new ArrayList<>();
        List<String> parts = new ArrayList<>();
        boolean thorough = false;
        boolean verbose = false;
        Path directory = Path.of(".");
        for (String argument : List.of(arguments).subList(beside == null ? 0 : 1, arguments.length)) {
            if (argument.equals("--thorough")) {
                thorough = true;
            } else if (argument.equals("--verbose")) {
                verbose = true;
            } else if (argument.startsWith("--dir=")) {
                directory = Path.of(argument.substring("--dir=".length()));
            } else if (beside != null && beside.parts.contains(argument)) {
                parts.add(argument);
            } else if (beside == null && Suite.named(argument).isPresent()) {
                suites.add(Suite.named(argument).orElseThrow());
            } else {
                System.err.printf(USAGE, String.join(", ", Suite.words()), Beside.usage());
                System.exit(argument.equals("--help") ? 0 : 2);
            }
        }
        System.setProperty(
                Directories.PROPERTY, directory.toAbsolutePath().normalize().toString());
        Files.createDirectories(Directories.root());
        System.out.println(machine());
        if (beside != null) {
            beside.run.run(parts, thorough);
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
