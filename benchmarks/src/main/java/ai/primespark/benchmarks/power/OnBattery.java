package ai.primespark.benchmarks.power;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.benchmarks.Sampled;
import ai.primespark.benchmarks.Table;
import ai.primespark.benchmarks.TwoWordBackend;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.testkit.LocalNut;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How soon the router refuses a cloud after a real upsd began to report that the mains are away. */
final class OnBattery {

    private static final int ROUNDS = 12;
    private static final int POLL_MILLIS = 1_000;

    private OnBattery() {}

    static Table run(Path root) throws Exception {
        Sampled times = new Sampled();
        try (LocalNut nut = LocalNut.start();
                TwoWordBackend cloud = new TwoWordBackend("cloud", Zone.CLOUD);
                PrimeSpark spark = PrimeSpark.builder()
                        .config(SparkConfig.empty()
                                .with("primespark.data-dir", root.resolve("on-battery"))
                                .with("primespark.power.poll-interval", POLL_MILLIS + " ms")
                                .with("primespark.power.on-battery-delay", "0 s")
                                .with("primespark.power.recover-delay", "0 s")
                                .with("primespark.power.max-changes", 1_000)
                                .with(
                                        "primespark.power.sources",
                                        List.of(ProviderSpec.of("nut")
                                                .with("port", nut.port())
                                                .with("ups", LocalNut.UPS))))
                        .llmBackend(cloud)
                        .build()) {
            await(() -> answers(spark));
            for (int round = 0; round < ROUNDS; round++) {
                nut.set("ups.status", "OB DISCHRG");
                await(() -> nut.status().startsWith("OB"));
                long reported = System.nanoTime();
                await(() -> !answers(spark));
                times.add((System.nanoTime() - reported) / 1e6);
                nut.set("ups.status", "OL CHRG");
                await(() -> answers(spark));
            }
        }
        Table table = new Table("From upsd's OB to the cloud's refusal", "ms", "Goal", "");
        table.row("median of " + ROUNDS, Table.number(times.median()), "", "");
        double slowest = times.percentile(100);
        table.row(
                "slowest",
                Table.number(slowest),
                "≤ " + (POLL_MILLIS + 50) + " (a poll and 50 ms)",
                Table.reached(slowest <= POLL_MILLIS + 50));
        return table;
    }

    private static boolean answers(PrimeSpark spark) {
        try {
            var unused = spark.llm()
                    .generate(LlmRequest.prompt("Is it still allowed?")
                            .cache(CacheMode.BYPASS)
                            .build());
            return true;
        } catch (LlmException e) {
            return false;
        }
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("waited for 30 s");
            }
            TimeUnit.MICROSECONDS.sleep(500);
        }
    }
}
