package ai.primespark.examples.server;

import ai.primespark.PrimeSpark;
import ai.primespark.health.HealthProbe;
import ai.primespark.health.HealthStatus;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.List;

/** Whether it works: in short for people, and for what restarts or feeds the process. */
final class HealthRoutes {

    record Answer(HealthStatus status, String service, String version) {}

    record Word(String status) {}

    private final PrimeSpark spark;

    HealthRoutes(PrimeSpark spark) {
        this.spark = spark;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/health")
                        .open()
                        .summary("Whether it works.")
                        .answers(200, Answer.class, "Healthy or degraded.")
                        .answers(503, Answer.class, "Unhealthy.")
                        .to(this::health),
                Route.get("/health/live")
                        .open()
                        .summary("Whether the process does its work; if not, or without an answer, restart it.")
                        .answers(200, Word.class, "`alive`.")
                        .answers(503, Word.class, "`stuck`: only a new start mends it.")
                        .to(ctx -> answer(ctx, spark.health().liveness(), "alive", "stuck")),
                Route.get("/health/ready")
                        .open()
                        .summary("Whether requests should be sent here.")
                        .answers(200, Word.class, "`ready`.")
                        .answers(503, Word.class, "`not_ready`: not all checked yet, unhealthy, or about to close.")
                        .to(ctx -> answer(ctx, spark.health().readiness(), "ready", "not_ready")));
    }

    private void health(Context ctx) {
        HealthStatus status = spark.health().report().status();
        ctx.status(status == HealthStatus.UNHEALTHY ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.OK)
                .json(new Answer(status, "prime-spark-ai", spark.info().version()));
    }

    /** Why not is for those who may read the detailed report: these routes are open, and reasons name what runs where. */
    private static void answer(Context ctx, HealthProbe probe, String yes, String no) {
        ctx.status(probe.passed() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
                .json(new Word(probe.passed() ? yes : no));
    }
}
