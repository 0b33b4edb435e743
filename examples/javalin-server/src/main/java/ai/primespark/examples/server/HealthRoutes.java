package ai.primespark.examples.server;

import ai.primespark.PrimeSpark;
import ai.primespark.health.HealthStatus;
import io.javalin.config.RoutesConfig;
import io.javalin.http.HttpStatus;
import java.util.Map;

/** Whether it works: in short for people, and for what restarts or feeds the process. */
final class HealthRoutes {

    private record Answer(HealthStatus status, String service, String version) {}

    private HealthRoutes() {}

    static void addTo(RoutesConfig routes, PrimeSpark spark) {
        routes.get("/health", ctx -> {
            HealthStatus status = spark.health().report().status();
            ctx.status(works(status))
                    .json(new Answer(status, "prime-spark-ai", spark.info().version()));
        });
        routes.get("/health/live", ctx -> ctx.json(Map.of("status", "alive")));
        routes.get("/health/ready", ctx -> {
            HealthStatus status = spark.health().report().status();
            boolean ready = works(status) == HttpStatus.OK;
            ctx.status(works(status)).json(Map.of("status", ready ? "ready" : "not_ready"));
        });
    }

    private static HttpStatus works(HealthStatus status) {
        return status == HealthStatus.UNHEALTHY ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.OK;
    }
}
