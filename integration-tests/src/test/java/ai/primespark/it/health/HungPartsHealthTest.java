package ai.primespark.it.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.health.HealthImpact;
import ai.primespark.health.HealthReport;
import ai.primespark.health.HealthReport.Component;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.testkit.LoopFileSystem;
import ai.primespark.testkit.NeedsLoopDevice;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers that take connections and say nothing, and a disk that lets nobody go: health goes on, and threads do not pile up. */
@Timeout(120)
class HungPartsHealthTest {

    private static final int ROUNDS = 25;

    @TempDir
    Path data;

    private PrimeSpark start(String tiers, String more) {
        String text = """
                primespark {
                  data-dir = "%s"
                  health { interval = 100 ms, timeout = 300 ms }
                  memory { tier-timeout = 500 ms, tiers = [ { type = caffeine }, { type = directory, id = local }, %s ] }
                  %s
                }
                """.formatted(data.resolve("spark"), tiers, more);
        return PrimeSpark.builder()
                .config(SparkConfig.empty().withText(text, "the test"))
                .closeTimeout(Duration.ofSeconds(5))
                .build();
    }

    private static Component component(PrimeSpark spark, String name) {
        return spark.health().report().components().get(name);
    }

    private static HealthStatus status(PrimeSpark spark, String name) {
        Component component = component(spark, name);
        return component == null ? null : component.result().status();
    }

    private static HealthStatus part(PrimeSpark spark, String name, String part) {
        return component(spark, name).parts().get(part).result().status();
    }

    private static void awaitStatus(PrimeSpark spark, String name, HealthStatus status) {
        await().atMost(Duration.ofSeconds(30)).until(() -> status(spark, name) == status);
    }

    private static long threads(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }

    /** Lets health be checked so many times more. */
    private static void rounds(PrimeSpark spark) throws Exception {
        AtomicInteger rounds = new AtomicInteger();
        try (AutoCloseable counted = spark.health().register("rounds", HealthImpact.INFORMATIVE, () -> {
            rounds.incrementAndGet();
            return HealthResult.healthy("fine");
        })) {
            await().atMost(Duration.ofSeconds(60)).until(() -> rounds.get() >= ROUNDS);
        }
    }

    @Test
    void serversThatTakeConnectionsAndNeverAnswerLeaveTheRestAsItIs() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
                PrimeSpark spark = start(
                        """
                        { type = redis, url = "redis://127.0.0.1:PORT" },
                        { type = s3, endpoint = "http://127.0.0.1:PORT", bucket = backup, access-key = a, secret-key = secretsecret }
                        """.replace("PORT", String.valueOf(silent.getLocalPort())),
                        "llm.backends = [ { type = ollama, id = pi, url = \"http://127.0.0.1:" + silent.getLocalPort()
                                + "\" } ]")) {
            awaitStatus(spark, "memory_tiers", HealthStatus.DEGRADED);
            awaitStatus(spark, "routing", HealthStatus.UNHEALTHY);
            rounds(spark);
            long before = threads("");
            rounds(spark);

            assertThat(threads("")).isLessThan(before + ROUNDS); // one thread a round, at least, would be more
            assertThat(threads("spark-health-")).isLessThanOrEqualTo(16);
            HealthReport report = spark.health().report();
            assertThat(report.status()).isEqualTo(HealthStatus.UNHEALTHY); // without any backend
            assertThat(report.components().get("memory_tiers").result().status())
                    .isEqualTo(HealthStatus.DEGRADED);
            assertThat(part(spark, "memory_tiers", "local")).isEqualTo(HealthStatus.HEALTHY);
            assertThat(part(spark, "memory_tiers", "redis")).isNotEqualTo(HealthStatus.HEALTHY);
            assertThat(part(spark, "memory_tiers", "s3")).isNotEqualTo(HealthStatus.HEALTHY);
            for (String name : new String[] {"agents", "vpn"}) {
                assertThat(status(spark, name)).as(name).isEqualTo(HealthStatus.HEALTHY);
            }
            assertThat(spark.health().readiness().passed()).isFalse();
            assertThat(spark.health().liveness().passed()).isTrue();
        }
    }

    @Test
    @NeedsLoopDevice
    void aMountThatHangsShowsAsThatTierAndAsNothingElse() throws Exception {
        try (LoopFileSystem disk = LoopFileSystem.create(data, 32)) {
            Path mount = disk.mountPoint();
            try (var files = Files.list(mount)) {
                for (Path file : files.toList()) {
                    Files.delete(file); // lost+found
                }
            }
            try (PrimeSpark spark =
                    start("{ type = nfs, id = nas, path = \"" + mount + "\", init = if-empty }", "llm.backends = []")) {
                awaitStatus(spark, "memory_tiers", HealthStatus.HEALTHY);
                spark.memory().put("key", "value");
                await().until(() -> spark.memory().stats().tiers().get(2).pending() == 0);
                AutoCloseable own = spark.health().register("own", () -> {
                    Files.writeString(mount.resolve("own"), "written");
                    return HealthResult.healthy("written");
                });
                awaitStatus(spark, "own", HealthStatus.HEALTHY);

                disk.freeze();
                try {
                    spark.memory().put("key", "another");
                    awaitStatus(
                            spark, "own", HealthStatus.UNHEALTHY); // its thread is in the kernel, deaf to interrupts
                    awaitStatus(spark, "memory_tiers", HealthStatus.DEGRADED);
                    rounds(spark);
                    long before = threads("");
                    rounds(spark);

                    assertThat(threads("")).isLessThan(before + ROUNDS);
                    assertThat(threads("spark-health-")).isLessThanOrEqualTo(16);
                    assertThat(component(spark, "own").result().message())
                            .isEqualTo("the check did not answer within 300 ms");
                    assertThat(part(spark, "memory_tiers", "nas")).isNotEqualTo(HealthStatus.HEALTHY);
                    assertThat(part(spark, "memory_tiers", "local")).isEqualTo(HealthStatus.HEALTHY);
                    assertThat(status(spark, "agents")).isEqualTo(HealthStatus.HEALTHY);
                    assertThat(status(spark, "vpn")).isEqualTo(HealthStatus.HEALTHY);
                    assertThat(spark.health().liveness().passed()).isTrue();
                } finally {
                    disk.thaw();
                }
                awaitStatus(spark, "own", HealthStatus.HEALTHY);
                awaitStatus(spark, "memory_tiers", HealthStatus.HEALTHY);
                own.close();
            }
        }
    }
}
