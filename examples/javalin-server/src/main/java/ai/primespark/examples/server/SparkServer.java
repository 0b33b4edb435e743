package ai.primespark.examples.server;

import ai.primespark.PrimeSpark;
import ai.primespark.auth.Auth;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import io.javalin.json.JavalinJackson;
import io.javalin.router.Endpoint;
import io.javalin.util.JavalinException;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP side. Closing it refuses new requests, lets running ones finish for a while, and leaves Prime Spark open. */
final class SparkServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SparkServer.class);

    private static final boolean VIRTUAL_THREADS = Runtime.version().feature() >= 21;
    private static final Pattern LOOPBACK =
            Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d+)?", Pattern.CASE_INSENSITIVE);

    private static final Set<HandlerType> HARMLESS = Set.of(HandlerType.GET, HandlerType.HEAD, HandlerType.OPTIONS);

    private final Javalin javalin;
    private final EventRoutes events;

    private SparkServer(Javalin javalin, EventRoutes events) {
        this.javalin = javalin;
        this.events = events;
    }

    /**
     * Serves.
     *
     * @param auth who may log in; empty lets everybody do everything, which is for an address of this machine only
     * @throws io.javalin.util.JavalinBindException when the port is taken
     * @throws StartupException when the files for TLS cannot be used
     */
    static SparkServer start(
            PrimeSpark spark, ServerSettings settings, Optional<Auth> auth, PrometheusMeterRegistry meters)
            throws StartupException {
        if (auth.isEmpty() && !settings.here()) {
            throw new IllegalArgumentException("without logins only this machine may be served: " + settings.host());
        }
        EventRoutes events = new EventRoutes(spark.events(), settings.heartbeat());
        Frame frame = new Frame(settings);
        Metrics metrics = new Metrics(meters, settings.metrics(), frame.traffic());
        List<Route> routes = new ArrayList<>(routes(spark, events, settings));
        routes.addAll(new OpenAiRoutes(spark.llm(), settings.heartbeat(), InstantSource.system()).routes());
        auth.ifPresent(logins -> routes.addAll(new AuthRoutes(logins).routes()));
        routes.add(metrics.route());
        Javalin javalin = Javalin.create(config -> {
            configure(config);
            if (!VIRTUAL_THREADS) {
                config.jetty.threadPool = threads(settings.limits().requests());
            }
            frame.applyTo(config);
            config.requestLogger.http((ctx, millis) -> {
                RequestLog.line(ctx, millis);
                metrics.count(ctx, millis);
            });
            config.routes.before(RequestLog::id); // before anything is sent
            if (auth.isEmpty()) {
                config.routes.before(SparkServer::refuseOtherNames);
                config.routes.before(
                        ctx -> refuseOtherPages(ctx, settings.cors().origins()));
            }
            new Guard(auth, new Rates(settings.limits())).addTo(config.routes);
            Problems.register(config.routes);
            routes.forEach(route -> add(route, routes, config));
            new DocsPage(() -> OpenApi.document(routes, spark.info().version(), auth.isPresent())).addTo(config.routes);
            Dashboard.addTo(config.routes, auth.isPresent());
        });
        return new SparkServer(javalin.start(), events);
    }

    /** One for each request that may be in progress, and some for connections and for refusing what is too much. */
    private static QueuedThreadPool threads(int requests) {
        QueuedThreadPool threads = new QueuedThreadPool(requests + 64, 8, 60_000);
        threads.setName("prime-spark-http");
        return threads;
    }

    private static void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.concurrency.useVirtualThreads = VIRTUAL_THREADS;
        config.http.prefer405over404 = true;
        config.jsonMapper(new JavalinJackson(Json.MAPPER, VIRTUAL_THREADS));
    }

    /** The API but OpenAI's, logins and metrics: who may call what, and what filters and the OpenAPI document go by. */
    static List<Route> routes(PrimeSpark spark, EventRoutes events, ServerSettings options) {
        return Stream.of(
                        new HealthRoutes(spark).routes(),
                        new LlmRoutes(spark.llm(), options.heartbeat()).routes(),
                        new ObjectRoutes(spark.memory()).routes(), // before keys, which may hold slashes
                        new UploadRoutes(spark.memory()).routes(),
                        new MemoryRoutes(spark.memory()).routes(),
                        new TaskRoutes(spark.agents()).routes(),
                        new PowerRoutes(spark.power(), () -> spark.llm().stats().strategy()).routes(),
                        new VpnRoutes(spark.vpn()).routes(),
                        new SystemRoutes(spark).routes(),
                        events.routes())
                .flatMap(List::stream)
                .toList();
    }

    /** Where there is a GET there is a HEAD for the same callers (RFC 9110, section 9.3.2), but not for streams without an end. */
    private static void add(Route route, List<Route> all, JavalinConfig config) {
        route.addTo(config.routes);
        boolean ends =
                route.answers().stream().noneMatch(answer -> answer.type().equals(Route.EVENTS));
        boolean declared = all.stream()
                .anyMatch(other ->
                        other.method().equals(HandlerType.HEAD) && other.path().equals(route.path()));
        if (route.method().equals(HandlerType.GET) && ends && !declared) {
            config.routes.addEndpoint(
                    new Endpoint(HandlerType.HEAD, route.path(), route.handler()).withMetadata(route));
        }
    }

    /** A web page whose name was pointed at this machine (DNS rebinding) gives itself away by the name that it asks for. */
    private static void refuseOtherNames(Context ctx) {
        String host = ctx.host();
        if (host == null || !LOOPBACK.matcher(host).matches()) {
            throw new Problem(
                    HttpStatus.FORBIDDEN,
                    "other-host",
                    "this server answers to localhost and 127.0.0.1 only, as long as it has no logins");
        }
    }

    /**
     * A web page of another origin can make a browser send what needs no question beforehand, such as a POST without a body, and here no
     * token is missing from it. Browsers say whose page it was.
     */
    private static void refuseOtherPages(Context ctx, List<String> allowed) {
        String origin = ctx.header("Origin");
        if (origin == null || HARMLESS.contains(ctx.method()) || allowed.contains("*") || allowed.contains(origin)) {
            return;
        }
        if (!origin.equals("http://" + ctx.host()) && !origin.equals("https://" + ctx.host())) {
            throw new Problem(
                    HttpStatus.FORBIDDEN,
                    "other-origin",
                    "web pages of other origins change nothing here; prime-spark-server.cors.origins says which may");
        }
    }

    int port() {
        return javalin.port();
    }

    /** Everything that is served, filters included: for whoever looks whether all of it is declared. */
    List<Endpoint> endpoints() {
        return javalin.unsafe.internalRouter.allHttpHandlers().stream()
                .map(parsed -> parsed.endpoint)
                .toList();
    }

    @Override
    public void close() {
        events.close(); // a stream of events never ends by itself
        try {
            javalin.stop();
        } catch (JavalinException e) {
            if (!(e.getCause() instanceof TimeoutException)) {
                throw e;
            }
            LOG.info("Requests that were still running were cut off"); // all else has stopped
        }
    }
}
