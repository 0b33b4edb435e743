package ai.primespark.it.llm.privacy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Privacy;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever fails, whatever a policy wants: what may not go to the cloud does not get there. The engine, the backends and the
 * connections are real; bytes are counted where they arrive.
 *
 * <p>In a round in which no request may go to the cloud, not one byte arrives there, for status neither; only the health check
 * when Prime Spark starts, before the round, asks every server for its models. In mixed rounds, what arrives holds no word of a
 * request that may not be there.
 */
class PrivacyOverSocketsTest {

    private static final boolean EXHAUSTIVE = Boolean.getBoolean("spark.exhaustive");
    private static final long SEED = Long.getLong("spark.privacy.seed", 20_261_125L);
    private static final int SEQUENCES_PER_ROUND = EXHAUSTIVE ? 500 : 100;
    private static final int SEQUENCES = Integer.getInteger("spark.privacy.sequences", EXHAUSTIVE ? 1_000_000 : 3_000);
    private static final int WORKERS = 4;

    @TempDir
    Path directory;

    @Test
    void notOneByteOfWhatMayNotGoToTheCloudArrivesThere() throws Exception {
        Tally tally = new Tally();
        AtomicInteger next = new AtomicInteger();
        List<Site> sites = new ArrayList<>();
        ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
        long startedAt = System.nanoTime();
        try (Witness witness = Witness.listening()) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                Site site = new Site();
                sites.add(site);
                Path data = Files.createDirectory(directory.resolve("worker-" + i));
                done.add(workers.submit(rounds(site, next, witness, tally, data)));
            }
            for (Future<?> one : done) {
                one.get();
            }
            long seconds = (System.nanoTime() - startedAt) / 1_000_000_000;
            System.out.println("privacy over sockets: seed " + SEED + ", " + seconds + " s, " + tally
                    + "; arrived in the cloud: "
                    + sum(sites, Zone.CLOUD, Mark.ANY) + " requests that may be there, "
                    + sum(sites, Zone.CLOUD, Mark.TRUSTED) + " and " + sum(sites, Zone.CLOUD, Mark.EDGE_ONLY)
                    + " that may not; looked through " + witness.lines() + " log lines and " + witness.shownThings()
                    + " other things");
            assertThat(witness.seen()).isEmpty();
            assertThat(witness.faults()).isEmpty();
            assertThat(witness.lines()).isGreaterThan(SEQUENCES);
            assertThat(witness.shownThings()).isGreaterThan(SEQUENCES);
        } finally {
            workers.shutdownNow();
            sites.forEach(Site::close);
        }
        assertThat(tally.breaches()).isEmpty();
        assertNothingArrivedWhereItMustNot(tally, sites);
        assertTheSequencesWereWorthTheirWhile(tally, sites);
    }

    private static Callable<Void> rounds(Site site, AtomicInteger next, Witness witness, Tally tally, Path data) {
        return () -> {
            for (int round = next.getAndIncrement();
                    round * (long) SEQUENCES_PER_ROUND < SEQUENCES;
                    round = next.getAndIncrement()) {
                List<Privacy> privacies = switch (round % 3) {
                    case 0 -> List.of(Privacy.EDGE_ONLY);
                    case 1 -> List.of(Privacy.EDGE_ONLY, Privacy.TRUSTED);
                    default -> List.of(Privacy.values());
                };
                Path own = Files.createDirectory(data.resolve("round-" + round));
                new Round(SEED + round, privacies, site, witness, tally, own).play(SEQUENCES_PER_ROUND);
                delete(own);
            }
            return null;
        };
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void assertNothingArrivedWhereItMustNot(Tally tally, List<Site> sites) {
        assertThat(tally.of("bytes to CLOUD that should be none")).isZero();
        assertThat(tally.of("connections to CLOUD that should be none")).isZero();
        assertThat(tally.of("bytes to TRUSTED that should be none")).isZero();
        assertThat(tally.of("connections to TRUSTED that should be none")).isZero();
        assertThat(sum(sites, Zone.CLOUD, Mark.EDGE_ONLY)).isZero();
        assertThat(sum(sites, Zone.CLOUD, Mark.TRUSTED)).isZero();
        assertThat(sum(sites, Zone.TRUSTED, Mark.EDGE_ONLY)).isZero();
    }

    /** The property would be worthless if hardly anything had been answered, or nothing far away. */
    private static void assertTheSequencesWereWorthTheirWhile(Tally tally, List<Site> sites) {
        assertThat(tally.of("sequences hidden from CLOUD")).isGreaterThan(SEQUENCES / 2);
        assertThat(tally.of("sequences hidden from TRUSTED")).isGreaterThan(SEQUENCES / 4);
        assertThat(tally.of("answered")).isGreaterThan(SEQUENCES / 4);
        for (String often :
                List.of("EDGE_ONLY -> EDGE", "TRUSTED -> TRUSTED", "ANY -> CLOUD", "failovers", "retries")) {
            assertThat(tally.of(often)).as(often).isGreaterThan(SEQUENCES / 100);
        }
        for (String there :
                List.of("hedges", "cache hits", "embedded", "forms", "tool runs", "given up", "failed: PRIVACY")) {
            assertThat(tally.of(there)).as(there).isGreaterThan(SEQUENCES / 600);
        }
        assertThat(tally.of("records in the cloud's memory")).isGreaterThan(SEQUENCES / 100);
        assertThat(sum(sites, Zone.CLOUD, Mark.ANY)).isGreaterThan(SEQUENCES / 20);
        assertThat(sum(sites, Zone.TRUSTED, Mark.TRUSTED)).isGreaterThan(SEQUENCES / 50);
        assertThat(sum(sites, Zone.EDGE, Mark.EDGE_ONLY)).isGreaterThan(SEQUENCES / 10);
    }

    private static long sum(List<Site> sites, Zone zone, Mark mark) {
        return sites.stream()
                .mapToLong(site -> site.sum(zone, server -> server.requestsWith(mark)))
                .sum();
    }

    @Test
    void aCloudThatIsSaidToBeTheEdgeIsNoticed() throws Exception {
        try (Site site = new Site();
                PrimeSpark spark = PrimeSpark.builder()
                        .config(SparkConfig.empty().with("primespark.data-dir", directory))
                        .llm(LlmOptions.builder()
                                .backends(ProviderSpec.of("ollama")
                                        .id("liar")
                                        .with("zone", Zone.EDGE)
                                        .with("url", site.hosts.get(3).server().uri()))
                                .build())
                        .build()) {
            String answer = spark.llm()
                    .generate(LlmRequest.prompt("Say " + Mark.EDGE_ONLY.numbered(5))
                            .model("m")
                            .privacy(Privacy.EDGE_ONLY)
                            .build())
                    .text();
            assertThat(answer).contains(Mark.EDGE_ONLY.numbered(5));
            assertThat(site.sum(Zone.CLOUD, CountingServer::bytes)).isGreaterThan(200);
            assertThat(site.sum(Zone.CLOUD, CountingServer::connections)).isPositive();
            assertThat(site.sum(Zone.CLOUD, server -> server.requestsWith(Mark.EDGE_ONLY)))
                    .isEqualTo(1);
        }
    }

    @Test
    void whatAServerAtTheEdgePassesOnIsNoticed() throws Exception {
        try (Site site = new Site();
                PrimeSpark spark = PrimeSpark.builder()
                        .config(SparkConfig.empty().with("primespark.data-dir", directory))
                        .llm(LlmOptions.builder()
                                .backends(site.hosts.get(0).spec())
                                .build())
                        .build()) {
            LlmRequest question = LlmRequest.prompt("Say " + Mark.ANY.numbered(5))
                    .model("stub")
                    .build();
            assertThat(spark.llm().generate(question).text()).startsWith(FakeModels.FROM_AFAR);
            assertThat(site.sum(Zone.CLOUD, server -> server.requestsWith(Mark.ANY)))
                    .isEqualTo(1);

            long before = site.sum(Zone.CLOUD, CountingServer::bytes);
            assertThatThrownBy(() -> spark.llm()
                            .generate(question.toBuilder()
                                    .privacy(Privacy.TRUSTED)
                                    .build()))
                    .isInstanceOfSatisfying(
                            LlmException.class, e -> assertThat(e.kind()).isEqualTo(LlmException.Kind.PRIVACY));
            assertThat(site.sum(Zone.CLOUD, CountingServer::bytes)).isEqualTo(before);
        }
    }

    @Test
    void theCounterCountsWhatIsNoRequest() throws Exception {
        try (Site site = new Site()) {
            CountingServer cloud = site.hosts.get(3).server();
            try (Socket socket = new Socket(cloud.uri().getHost(), cloud.uri().getPort())) {
                socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                await().until(() -> cloud.bytes() == 5);
                socket.getOutputStream().write(Mark.TRUSTED.numbered(3).getBytes(StandardCharsets.US_ASCII));
            }
            await().until(() -> cloud.requestsWith(Mark.TRUSTED) == 1);
            assertThat(cloud.connections()).isEqualTo(1);
        }
    }
}
