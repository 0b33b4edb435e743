package ai.primespark.examples.server;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** What Prometheus reads: the library's meters and those of this server. Thread-safe. */
final class Metrics {

    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final Pattern THIS_MACHINE =
            Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d+)?", Pattern.CASE_INSENSITIVE);

    private final PrometheusMeterRegistry registry;
    private final ServerSettings.MetricsFor whom;
    /** The registry's own, which it finds by building and comparing names and tags. */
    private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();

    /** What requests are told apart by. */
    private record Kind(String method, String route, int status) {}

    Metrics(PrometheusMeterRegistry registry, ServerSettings.MetricsFor whom, Traffic traffic) {
        this.registry = registry;
        this.whom = whom;
        Gauge.builder("spark.http.requests.active", traffic, Traffic::running)
                .description("Requests in progress, streams included.")
                .register(registry);
        FunctionCounter.builder("spark.http.requests.refused", traffic, Traffic::refused)
                .description("Requests refused because too many were in progress.")
                .register(registry);
    }

    /** One more request is over. The paths are those of the routes, so there is a bounded number of them. */
    void count(Context ctx, Float millis) {
        timers.computeIfAbsent(new Kind(RequestLog.method(ctx), RequestLog.route(ctx), ctx.statusCode()), this::timer)
                .record((long) (millis * 1_000_000), TimeUnit.NANOSECONDS);
    }

    private Timer timer(Kind kind) {
        return Timer.builder("spark.http.requests")
                .description("Requests by route and status.")
                .tag("method", kind.method())
                .tag("route", kind.route())
                .tag("status", String.valueOf(kind.status()))
                .register(registry);
    }

    Route route() {
        Route.Builder route = Route.get("/metrics");
        return (whom == ServerSettings.MetricsFor.USERS ? route.user("metrics:read") : route.open())
                .summary("Meters as Prometheus reads them.")
                .answers(200, "text/plain", null, "Prometheus text, or OpenMetrics if that is asked for.")
                .problem(403, "loopback-only", "only programs on this machine may read them, as configured")
                .to(this::scrape);
    }

    private void scrape(Context ctx) {
        if (whom == ServerSettings.MetricsFor.LOOPBACK && !local(ctx)) {
            throw new Problem(
                    HttpStatus.FORBIDDEN,
                    "loopback-only",
                    "only programs on this machine may read the metrics; prime-spark-server.metrics says who else may");
        }
        String accept = ctx.header("Accept");
        boolean open = accept != null && accept.contains("application/openmetrics-text");
        String type = open ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : TEXT;
        ctx.result(registry.scrape(type)).contentType(type);
    }

    /** A proxy on this machine that we were not told of does not make its clients local. */
    private static boolean local(Context ctx) {
        String host = ctx.host();
        return Sources.loopback(ctx.ip())
                && host != null
                && THIS_MACHINE.matcher(host).matches()
                && ctx.header("X-Forwarded-For") == null
                && ctx.header("Forwarded") == null;
    }
}
