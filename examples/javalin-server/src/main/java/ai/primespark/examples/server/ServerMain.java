package ai.primespark.examples.server;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkException;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.DocumentIndex;
import ai.primespark.llm.ModelInfo;
import ai.primespark.memory.MemoryStats.TierStats;
import io.javalin.util.JavalinBindException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Starts everything, says what it found, and stops everything when the process is told to end. */
public final class ServerMain {

    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|::1");

    private ServerMain() {}

    /**
     * Runs the server until the process is told to end.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        try {
            start(Arguments.parse(args));
        } catch (StartupException e) {
            System.err.println("prime-spark-server: " + e.getMessage());
            System.exit(e.exitCode());
        } catch (SparkException e) {
            System.err.println("prime-spark-server: cannot start: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void start(Arguments arguments) throws StartupException {
        if (arguments.help()) {
            System.out.print(Arguments.HELP);
            return;
        }
        DotEnv file = DotEnv.read(Path.of(".env"));
        file.problems().forEach(System.err::println);
        Variables variables = new Variables(file.under(System.getenv()));
        variables.logLevel().ifPresent(level -> System.setProperty("LOG_LEVEL", level)); // logback.xml reads these
        variables.logFormat().ifPresent(format -> System.setProperty("LOG_FORMAT", format));

        String host = host(variables);
        Optional<Integer> given = Optional.ofNullable(arguments.port());
        int port = given.isPresent()
                ? given.get()
                : variables.number("API_PORT", 0, 65535).orElse(8000);
        PrimeSpark spark = PrimeSpark.builder()
                .config(variables.config(Optional.ofNullable(arguments.config())))
                .build();
        try {
            String documents = documents(arguments, variables, spark);
            SparkServer server = SparkServer.start(spark, SparkServer.Options.on(host, port));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, spark), "prime-spark-shutdown"));
            report(
                    System.out,
                    spark,
                    "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port(),
                    documents);
        } catch (JavalinBindException e) {
            spark.close();
            throw new StartupException("port " + port + " is taken by another program; choose another with --port");
        } catch (StartupException | RuntimeException e) {
            spark.close();
            throw e;
        }
    }

    private static void stop(SparkServer server, PrimeSpark spark) {
        try (spark) {
            server.close();
        }
    }

    private static String host(Variables variables) {
        String host = variables.text("API_HOST").orElse("127.0.0.1");
        if (LOOPBACK.matcher(host).matches()) {
            return host;
        }
        System.err.println("API_HOST is refused: without logins this server is for this machine only (127.0.0.1)");
        return "127.0.0.1";
    }

    private static String documents(Arguments arguments, Variables variables, PrimeSpark spark)
            throws StartupException {
        Optional<DocumentIndex> index = spark.llm().documents();
        if (index.isEmpty()) {
            return "none: no backend holds documents";
        }
        Optional<Path> folder = Optional.ofNullable(arguments.docs())
                .or(() -> variables.text("DOCS_PATH").map(Path::of));
        if (folder.isEmpty()) {
            return index.get().size() + " in the index; add a folder with --docs DIR";
        }
        if (!Files.isDirectory(folder.get())) {
            return index.get().size() + " in the index; there is no folder " + folder.get();
        }
        int read = DocumentFolder.load(folder.get(), index.get(), System.out);
        return index.get().size() + " in the index, " + read + " of them just read from " + folder.get();
    }

    private static void report(PrintStream out, PrimeSpark spark, String address, String documents) {
        out.println("Prime Spark " + spark.info().version() + " on Java "
                + spark.info().javaVersion() + ", listening on " + address
                + " (this machine only: there are no logins yet)");
        out.println("backends:  "
                + spark.llm().models().stream().map(ServerMain::backend).collect(Collectors.joining("; ")));
        out.println("memory:    "
                + spark.memory().stats().tiers().stream().map(ServerMain::tier).collect(Collectors.joining(" -> ")));
        out.println("documents: " + documents);
        out.println("try:       curl -s " + address
                + "/api/llm/generate -H 'Content-Type: application/json' -d '{\"prompt\": \"What is Prime Spark?\"}'");
    }

    private static String backend(BackendModels backend) {
        String where = backend.endpoint().isEmpty() ? "" : " at " + backend.endpoint();
        String models = backend.models().stream().map(ModelInfo::name).limit(5).collect(Collectors.joining(", "));
        return backend.backend()
                + where
                + (!backend.reachable() ? " (not reachable)" : models.isEmpty() ? "" : ": " + models);
    }

    private static String tier(TierStats tier) {
        return tier.id() + " (" + Choices.name(tier.state()) + ")";
    }
}
