package ai.primespark.it.llm.privacy;

import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.llm.Document;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.spi.TierRecord;
import ai.primespark.testkit.InMemoryTier;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.core.ConditionTimeoutException;

/** One Prime Spark with settings by chance, over the servers of a site, and a number of sequences with it. */
final class Round {

    /** Long, because a million sequences may well be run on a machine that is busy or asleep. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Random random;
    private final Site site;
    private final Witness witness;
    private final Tally tally;
    private final List<Privacy> privacies;
    private final Path data;
    private final InMemoryTier nearMemory = new InMemoryTier();
    private final InMemoryTier farMemory = new InMemoryTier();
    private final AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);

    /**
     * Prepares a round.
     *
     * @param seed decides everything but the timing
     * @param privacies what the requests of this round may have
     * @param data a directory of this round's own
     */
    Round(long seed, List<Privacy> privacies, Site site, Witness witness, Tally tally, Path data) {
        this.random = new Random(seed);
        this.privacies = privacies;
        this.site = site;
        this.witness = witness;
        this.tally = tally;
        this.data = data;
    }

    void play(int sequences) {
        Arrived cloud;
        Arrived trusted;
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (PrimeSpark spark = spark(meters)) {
            var unused = spark.events().subscribe(SparkEvent.class, event -> witness.shown("an event", event));
            awaitTheFirstHealthCheck(spark);
            cloud = Arrived.at(site, Zone.CLOUD);
            trusted = Arrived.at(site, Zone.TRUSTED);
            Sequences played = new Sequences(spark, site, privacies, random, later, witness, tally);
            for (int i = 0; i < sequences; i++) {
                played.next();
            }
            awaitThatNothingRuns(spark);
            LlmStats stats = spark.llm().stats();
            tally.add(stats);
            witness.shown("the statistics", stats);
        }
        lookThrough(farMemory);
        meters.getMeters().forEach(meter -> witness.shown("a meter", meter.getId()));
        site.endConnections();
        if (!privacies.contains(Privacy.ANY)) {
            tally.hid(sequences, Zone.CLOUD, Arrived.at(site, Zone.CLOUD).since(cloud));
        }
        if (privacies.equals(List.of(Privacy.EDGE_ONLY))) {
            tally.hid(sequences, Zone.TRUSTED, Arrived.at(site, Zone.TRUSTED).since(trusted));
        }
    }

    /** Answers are kept in memory's tiers, too; those to private requests never far away. */
    private void lookThrough(InMemoryTier far) {
        List<TierRecord> records = far.storage().records();
        tally.count("records in the cloud's memory", records.size());
        for (TierRecord record : records) {
            String body = new String(record.body(), StandardCharsets.UTF_8);
            boolean may = record.key().namespace().equals("llm-answers.any")
                    && !body.contains(Mark.EDGE_ONLY.prefix())
                    && !body.contains(Mark.TRUSTED.prefix());
            if (!may) {
                tally.breach("the cloud's memory holds " + record);
            }
        }
    }

    private void awaitThatNothingRuns(PrimeSpark spark) {
        try {
            await().atMost(PATIENCE)
                    .until(() -> spark.llm().stats().backends().stream().allMatch(one -> one.inFlight() == 0));
        } catch (ConditionTimeoutException e) {
            StringBuilder report =
                    new StringBuilder("something still runs: " + spark.llm().stats());
            Thread.getAllStackTraces().forEach((thread, stack) -> {
                if (Arrays.toString(stack).contains("ai.primespark.core")) {
                    report.append("\n").append(thread).append("\n  ").append(Arrays.toString(stack));
                }
            });
            witness.faults().forEach(fault -> report.append("\n").append(fault));
            throw new AssertionError(report.toString(), e);
        }
    }

    /** It asks every backend for its models, whatever will be asked of them; the next one is a day away. */
    private static void awaitTheFirstHealthCheck(PrimeSpark spark) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> spark.health().report().components().containsKey("routing"));
    }

    /** What came to the servers of a zone so far, or since some moment. */
    record Arrived(long bytes, long connections) {

        static Arrived at(Site site, Zone zone) {
            return new Arrived(site.sum(zone, CountingServer::bytes), site.sum(zone, CountingServer::connections));
        }

        Arrived since(Arrived before) {
            return new Arrived(bytes - before.bytes, connections - before.connections);
        }
    }

    private PrimeSpark spark(SimpleMeterRegistry meters) {
        PrimeSpark.Builder builder = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .with("primespark.data-dir", data)
                        .with("primespark.health.interval", Duration.ofDays(1)))
                .memoryTier("near", Zone.EDGE, nearMemory)
                .memoryTier("far", Zone.CLOUD, farMemory)
                .meterRegistry(meters)
                .clock(() -> Instant.now().plus(later.get()))
                .llm(options());
        if (random.nextInt(3) == 0) {
            builder.routingPolicy(farthestFirst());
        }
        PrimeSpark spark = builder.build();
        spark.llm()
                .documents()
                .ifPresent(documents -> documents.add(List.of(
                        Document.of("d1", "Notes", "What was asked for is in the notes: " + Mark.EDGE_ONLY.numbered(1)),
                        Document.of("d2", "More", "Say again what the answer was, and look at it."))));
        return spark;
    }

    private LlmOptions options() {
        List<ProviderSpec> specs = new ArrayList<>();
        site.hosts.forEach(host -> specs.add(host.spec()));
        if (random.nextInt(4) == 0) {
            specs.add(ProviderSpec.of("recall").id("recall").with("in-memory", true));
        }
        Collections.shuffle(specs, random);
        return LlmOptions.builder()
                .backends(specs.toArray(ProviderSpec[]::new))
                .strategy(pick(RoutingStrategy.values()))
                .defaultModel("m")
                .aliases(Map.of(
                        "smart", "m",
                        "cloud-a/smart", "big:120b-cloud",
                        "sly", "big:120b-cloud", // at the edge as well
                        "trusted/half", "stub",
                        "half", "m"))
                .cloudFallback(random.nextInt(6) != 0)
                .retries(random.nextInt(3))
                .retryBackoff(Duration.ofMillis(1))
                .hedge(random.nextInt(4) != 0)
                .hedgeMaxShare(50)
                .cache(random.nextInt(3) != 0)
                .cacheLife(Duration.ofHours(1 + random.nextInt(24)))
                .maxInFlight(1 + random.nextInt(3))
                .queueWait(Duration.ofMillis(50))
                .structuredReAsks(random.nextInt(3))
                .statusInterval(Duration.ofSeconds(1))
                .circuitWindow(10 + random.nextInt(50))
                .circuitOpenTime(Duration.ofMillis(1))
                .totalTimeout(Duration.ofSeconds(20))
                .build();
    }

    /** A policy that prefers the cloud, names backends that it was not offered, and fails at times. */
    private RoutingPolicy farthestFirst() {
        Random own = new Random(random.nextLong());
        return (request, candidates) -> {
            if (own.nextInt(20) == 0) {
                throw new IllegalStateException(
                        "a policy's fault: " + Mark.in(request.messages().get(0).content()));
            }
            List<RoutingPolicy.Choice> choices = new ArrayList<>();
            choices.add(new RoutingPolicy.Choice("cloud-a", "the cloud is best"));
            choices.add(new RoutingPolicy.Choice("cloud-b", "the cloud is good"));
            choices.add(new RoutingPolicy.Choice("trusted", "better than nothing"));
            candidates.forEach(one -> choices.add(new RoutingPolicy.Choice(one.backend(), "was offered")));
            return choices;
        };
    }

    private <T> T pick(T[] values) {
        return values[random.nextInt(values.length)];
    }
}
