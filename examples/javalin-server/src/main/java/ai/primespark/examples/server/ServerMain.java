package ai.primespark.examples.server;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkException;
import ai.primespark.auth.Auth;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.DocumentIndex;
import ai.primespark.llm.ModelInfo;
import ai.primespark.memory.MemoryStats.TierStats;
import io.javalin.util.JavalinBindException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Starts everything, says what it found, and stops everything when the process is told to end. */
public final class ServerMain {

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
            fail(e.getMessage(), e.exitCode());
        } catch (SparkException e) {
            fail("cannot start: " + e.getMessage(), 1);
        }
    }

    private static void fail(@Nullable String why, int exitCode) {
        ServerLog.finish();
        System.err.println("prime-spark-server: " + why);
        System.exit(exitCode);
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

        IdleHeap.giveBack();
        ServerLog log = ServerLog.hold();
        try {
            serve(arguments, variables);
        } finally {
            log.release();
        }
    }

    private static void serve(Arguments arguments, Variables variables) throws StartupException {
        new HomeVariables(variables).without().forEach(System.err::println);
        Optional<Path> config = Optional.ofNullable(arguments.config());
        ServerSettings settings = settings(arguments, variables, config);
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        PrimeSpark spark = PrimeSpark.builder()
                .config(variables.config(config))
                .meterRegistry(meters)
                .build();
        try {
            String documents = documents(arguments, variables, spark);
            String parts = parts(spark, documents);
            Optional<Auth> auth = arguments.noAuth() ? Optional.empty() : Optional.of(spark.auth());
            SparkServer server = SparkServer.start(spark, settings, auth, meters);
            greet(server, spark, settings, parts, logins(server, auth, variables), auth.isPresent());
        } catch (JavalinBindException e) {
            spark.close();
            throw new StartupException(
                    "cannot listen on " + settings.host() + " port " + settings.port()
                            + ": another program has it, or the address is not this machine's; choose another with --port or API_HOST");
        } catch (StartupException | RuntimeException e) {
            spark.close();
            throw e;
        }
    }

    private static ServerSettings settings(Arguments arguments, Variables variables, Optional<Path> config)
            throws StartupException {
        ServerSettings settings = ServerSettings.load(config.orElse(Path.of("primespark.conf")), variables);
        if (arguments.port() != null) {
            settings = settings.onPort(arguments.port());
        }
        if (arguments.noAuth() && !settings.here()) {
            System.err.println("the host " + settings.host()
                    + " is refused: without logins this server is for this machine only (127.0.0.1)");
            return settings.onHost("127.0.0.1");
        }
        if (!settings.here() && settings.tls().isEmpty() && settings.proxies().isEmpty()) {
            System.err.println("passwords and tokens travel unencrypted to " + settings.host()
                    + ": set prime-spark-server.tls, or put a proxy with TLS before it and name it in proxies");
        }
        return settings;
    }

    /** The first account comes last: its password is said once, so nothing that can fail or take long may come between. */
    private static String logins(SparkServer server, Optional<Auth> auth, Variables variables) throws StartupException {
        try {
            return auth.isPresent()
                    ? Accounts.first(auth.get(), variables)
                    : "none: everybody on this machine may do everything";
        } catch (StartupException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static void greet(
            SparkServer server,
            PrimeSpark spark,
            ServerSettings settings,
            String parts,
            String logins,
            boolean guarded) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, spark), "prime-spark-shutdown"));
        String address = settings.url(server.port());
        System.out.println("Prime Spark " + spark.info().version() + " on Java "
                + spark.info().javaVersion() + ", listening on " + address + " (" + reach(settings, guarded) + ")");
        System.out.println(parts);
        System.out.println("logins:    " + logins);
        System.out.println("try:       "
                + (guarded ? "open " + address + "/ or " + address + "/docs in a browser" : curl(address)));
    }

    private static void stop(SparkServer server, PrimeSpark spark) {
        try (spark) {
            server.close();
        } finally {
            ServerLog.finish();
        }
    }

    private static String documents(Arguments arguments, Variables variables, PrimeSpark spark)
            throws StartupException {
        Optional<DocumentIndex> index = spark.llm().documents();
        if (index.isEmpty()) {
            return "none, because no backend holds them";
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

    /** What there is: asks every backend, and so may take as long as one that does not answer. */
    private static String parts(PrimeSpark spark, String documents) {
        String backends = spark.llm().models().stream().map(ServerMain::backend).collect(Collectors.joining("; "));
        String tiers =
                spark.memory().stats().tiers().stream().map(ServerMain::tier).collect(Collectors.joining(" -> "));
        return "backends:  " + backends + "; documents: " + documents + System.lineSeparator() + "memory:    " + tiers;
    }

    private static String reach(ServerSettings settings, boolean logins) {
        return (settings.here() ? "this machine only" : "from the network as " + settings.host())
                + (logins ? "" : ": --no-auth");
    }

    private static String curl(String address) {
        return "curl -s " + address
                + "/api/llm/generate -H 'Content-Type: application/json' -d '{\"prompt\": \"What is Prime Spark?\"}'";
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
