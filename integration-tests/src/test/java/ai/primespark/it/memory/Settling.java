package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.it.JavaProcess;
import ai.primespark.memory.KeyPlaces;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.RepairOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The end of a test with {@link FaultWorker}s: everything drains, and then what is there must be what they were told. */
final class Settling {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Settling() {}

    /** Waits until a worker has done enough. */
    static void awaitLines(JavaProcess worker, int lines) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> worker.lines().size() >= lines || !worker.isAlive());
        assertThat(worker.isAlive()).as(worker::output).isTrue();
    }

    /** Has the tiers get what waits for them in a node's journal. */
    static void drain(Path configuration, String context) {
        try (PrimeSpark spark = Lab.open(configuration)) {
            drain(spark.memory(), context);
        }
    }

    private static void drain(Memory memory, String context) {
        assertThat(memory.flush(PATIENCE))
                .as(() -> "drained; " + context + "; " + memory.stats())
                .isTrue();
    }

    /** Holds history and tiers against each other; NAS and S3 must both have everything. */
    static void check(Path configuration, History history, boolean repair, String context) throws Exception {
        check(configuration, "default", Set.of("nfs", "s3"), history, repair, context);
    }

    /** Holds history and tiers against each other. */
    static void check(
            Path configuration, String namespace, Set<String> tiers, History history, boolean repair, String context)
            throws Exception {
        try (PrimeSpark spark = Lab.open(configuration)) {
            Memory memory = spark.memory().namespace(namespace);
            drain(memory, context);
            if (repair) {
                assertThat(memory.admin()
                                .repair(RepairOptions.DEFAULT, progress -> {})
                                .await(PATIENCE))
                        .as("repaired; " + context)
                        .isPresent();
                drain(memory, context);
            }
            HistoryChecker checker =
                    new HistoryChecker(history).checkReads().checkEnd(key -> value(memory, key, context));
            assertThat(checker.violations())
                    .as(() -> context + "\n" + history.remarks())
                    .isEmpty();
            assertThat(memory.stats().tiers())
                    .as("nothing waits; " + context)
                    .allSatisfy(tier -> assertThat(tier.pending()).isZero());
            for (String key : history.byKey().keySet()) {
                checkPlaces(memory, key, tiers, context);
            }
        }
        assertThat(history.acknowledged()).as("acknowledged writes; " + context).isPositive();
    }

    private static void checkPlaces(Memory memory, String key, Set<String> tiers, String context) {
        List<KeyPlaces.Place> places = memory.admin().where(key).places().stream()
                .filter(place -> tiers.contains(place.tier()))
                .toList();
        assertThat(places).as(key + "; " + context).hasSameSizeAs(tiers);
        assertThat(places)
                .as("version of " + key + " in every tier: " + places + "; " + context)
                .allSatisfy(place ->
                        assertThat(place.version()).isEqualTo(places.get(0).version()));
    }

    private static Optional<HistoryChecker.Value> value(Memory memory, String key, String context) {
        Lookup<String> answer = memory.get(key, String.class);
        if (answer instanceof Lookup.Found<String> found) {
            return Optional.of(new HistoryChecker.Value(FaultWorker.number(found.value()), found.version()));
        }
        assertThat(answer).as(key + "; " + context).isInstanceOf(Lookup.Absent.class);
        return Optional.empty();
    }
}
