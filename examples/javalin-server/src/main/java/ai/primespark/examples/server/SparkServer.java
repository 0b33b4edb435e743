package ai.primespark.examples.server;

import ai.primespark.PrimeSpark;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.json.JavalinJackson;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** The HTTP side. Closing it refuses new requests, lets running ones finish for a while, and leaves Prime Spark open. */
final class SparkServer implements AutoCloseable {

    private static final boolean VIRTUAL_THREADS = Runtime.version().feature() >= 21;
    private static final Pattern LOOPBACK =
            Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d+)?", Pattern.CASE_INSENSITIVE);

    /**
     * How to serve.
     *
     * @param host a loopback address, as long as there are no logins
     * @param port 0 for any free one
     * @param maxBodyBytes the largest body that is read
     * @param heartbeat how long a stream may be silent before a comment is sent
     * @param grace how long closing waits for running requests
     */
    record Options(String host, int port, long maxBodyBytes, Duration heartbeat, Duration grace) {

        static Options on(String host, int port) {
            return new Options(host, port, 1 << 20, Duration.ofSeconds(15), Duration.ofSeconds(10));
        }
    }

    private final Javalin javalin;

    private SparkServer(Javalin javalin) {
        this.javalin = javalin;
    }

    /**
     * Serves.
     *
     * @throws io.javalin.util.JavalinBindException when the port is taken
     */
    static SparkServer start(PrimeSpark spark, Options options) {
        return new SparkServer(
                Javalin.create(config -> configure(config, spark, options)).start());
    }

    private static void configure(JavalinConfig config, PrimeSpark spark, Options options) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.concurrency.useVirtualThreads = VIRTUAL_THREADS;
        config.jetty.host = options.host();
        config.jetty.port = options.port();
        config.jetty.modifyServer(server -> {
            server.setStopTimeout(options.grace().toMillis());
            server.setErrorHandler(SparkServer::unreadable);
        });
        config.http.maxRequestSize = options.maxBodyBytes();
        config.http.prefer405over404 = true;
        config.jsonMapper(new JavalinJackson(Json.MAPPER, VIRTUAL_THREADS));
        config.requestLogger.http(RequestLog::line);
        config.routes.before(SparkServer::refuseOtherNames);
        Problems.register(config.routes);
        HealthRoutes.addTo(config.routes, spark);
        new LlmRoutes(spark.llm(), options.heartbeat()).addTo(config.routes);
        new MemoryRoutes(spark.memory()).addTo(config.routes);
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

    /** What Jetty itself refuses before any route is looked for, such as a malformed path. */
    private static boolean unreadable(Request request, Response response, Callback done) {
        HttpStatus status = HttpStatus.Companion.forStatus(response.getStatus());
        Map<String, Object> problem = Map.of(
                "type", "urn:primespark:problem:unreadable", "title", status.getMessage(), "status", status.getCode());
        response.getHeaders().put("Content-Type", Problem.CONTENT_TYPE);
        Content.Sink.write(response, true, Json.text(problem), done);
        return true;
    }

    int port() {
        return javalin.port();
    }

    @Override
    public void close() {
        javalin.stop();
    }
}
