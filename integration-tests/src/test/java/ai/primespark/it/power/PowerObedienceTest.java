package ai.primespark.it.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.health.HealthResult;
import ai.primespark.it.llm.Dialect;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.Thinking;
import ai.primespark.memory.Ack;
import ai.primespark.memory.PutOptions;
import ai.primespark.power.ManualPowerSource;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerMode;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.DelegatingTier;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import ai.primespark.testkit.InMemoryTier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever power management decides, all other parts do: through the facade, with real backends over real connections. */
@Timeout(60)
class PowerObedienceTest {

    private static final Dialect NEAR = Dialect.OLLAMA;
    private static final Dialect FAR = Dialect.OPENAI;
    private static final String CHAT = "/api/chat";
    private static final String COMPLETIONS = "/v1/chat/completions";

    @TempDir
    Path data;

    private final ManualPowerSource ups = new ManualPowerSource();
    private final Map<String, Object> settings = new HashMap<>();
    private FaultServer edge;
    private FaultServer cloud;
    private final AtomicInteger cloudRequests = new AtomicInteger();

    @BeforeEach
    void start() throws IOException {
        edge = FaultServer.start();
        edge.onRequest(exchange -> exchange.respond(200, "application/json", NEAR.lookup(exchange.path())));
        edge.onRequest(CHAT, NEAR.answer(NEAR.text("near"), NEAR.done("stop")));
        cloud = FaultServer.start();
        cloud.onRequest(exchange -> {
            cloudRequests.incrementAndGet();
            exchange.respond(200, "application/json", FAR.lookup(exchange.path()));
        });
        cloud.onRequest(COMPLETIONS, exchange -> {
            cloudRequests.incrementAndGet();
            FAR.answer(FAR.text("far"), FAR.done("stop")).play(exchange);
        });
        settings.put("primespark.data-dir", data);
        settings.put("primespark.power.on-battery-delay", "0 s");
        settings.put("primespark.power.recover-delay", "0 s");
        settings.put("primespark.power.resume-spread", "200 ms");
        settings.put("primespark.health.interval", "100 ms");
        settings.put("primespark.power.saving.stretch", 1); // so that what must not be asked would be asked often
    }

    @AfterEach
    void stop() {
        edge.close();
        cloud.close();
    }

    private PrimeSpark.Builder builder(RoutingStrategy strategy) {
        SparkConfig config = SparkConfig.empty();
        for (Map.Entry<String, Object> setting : settings.entrySet()) {
            config = config.with(setting.getKey(), setting.getValue());
        }
        return PrimeSpark.builder().config(config).powerSource("ups", ups).llm(piAndCloud(edge, cloud, strategy));
    }

    /** A machine at hand and one in the cloud. */
    static LlmOptions piAndCloud(FaultServer edge, FaultServer cloud, RoutingStrategy strategy) {
        return LlmOptions.builder()
                .backends(
                        ProviderSpec.of(NEAR.provider()).id("pi").with("url", edge.uri()),
                        ProviderSpec.of(FAR.provider())
                                .id("cloud")
                                .with("zone", Zone.CLOUD)
                                .with("url", cloud.uri()))
                .strategy(strategy)
                .defaultModel("m")
                .build();
    }

    private static LlmRequest.Builder fresh(String prompt) {
        return LlmRequest.prompt(prompt).cache(CacheMode.BYPASS);
    }

    private static LlmResponse ask(PrimeSpark spark, String prompt) {
        return spark.llm().generate(fresh(prompt).build());
    }

    private static void awaitProfile(PrimeSpark spark, PowerProfile profile) {
        await().until(() -> spark.power().profile() == profile);
    }

    private static PowerReading reading(PowerSupply supply, PowerFlag... flags) {
        return PowerReading.builder("any", supply, Instant.now())
                .flags(Set.of(flags))
                .build();
    }

    private String lastBody() {
        List<FaultExchange> all = edge.exchanges(CHAT);
        return all.get(all.size() - 1).body();
    }

    // --- where calls go

    @Test
    void onBatteryNoByteReachesTheCloudAndBackOnMainsItIsAskedAgain() throws Exception {
        try (PrimeSpark spark = builder(RoutingStrategy.CLOUD_FIRST).build()) {
            assertThat(ask(spark, "one").backend()).isEqualTo("cloud");

            ups.battery(80);
            awaitProfile(spark, PowerProfile.SAVING);
            assertThat(spark.power().status().edgeOnly()).isTrue();
            AtomicInteger checks = new AtomicInteger();
            try (AutoCloseable registered = spark.health().register("rounds", () -> {
                checks.incrementAndGet();
                return HealthResult.healthy("fine");
            })) {
                await().until(() -> checks.get() >= 2); // what had begun before has ended
                int connections = cloud.connections();
                int requests = cloudRequests.get();
                int rounds = checks.get();

                assertThat(ask(spark, "two").backend()).isEqualTo("pi");
                assertThat(spark.llm().models())
                        .filteredOn(backend -> backend.backend().equals("cloud"))
                        .singleElement()
                        .satisfies(backend -> assertThat(backend.detail()).contains("only the edge"));
                edge.onRequest(CHAT, exchange -> exchange.respond(500, "application/json", NEAR.error("no")));
                LlmException failure = catchThrowableOfType(LlmException.class, () -> ask(spark, "three"));
                assertThat(failure.kind()).isEqualTo(LlmException.Kind.NO_BACKEND);
                assertThat(failure).hasMessageContaining("power management allows only the edge now");
                await().until(() -> checks.get() >= rounds + 3); // health looks at the routing each time

                assertThat(cloud.connections()).isEqualTo(connections);
                assertThat(cloudRequests).hasValue(requests);
            }
            ups.mains();
            awaitProfile(spark, PowerProfile.FULL);
            assertThat(ask(spark, "four").backend()).isEqualTo("cloud");
        }
    }

    @Test
    void whatIsStartedDuringAnOutageDoesNotBeginInTheCloud() {
        settings.put("primespark.power.on-battery-delay", "1 h");
        ups.battery(80);
        try (PrimeSpark spark = builder(RoutingStrategy.CLOUD_FIRST).build()) {
            assertThat(ask(spark, "first").backend()).isEqualTo("pi");
            assertThat(cloud.exchanges(COMPLETIONS)).isEmpty();
        }
    }

    @Test
    void onBatteryTheCloudMayBeAllowedButNeverForWhatIsPrivate() {
        settings.put("primespark.power.on-battery", "any");
        try (PrimeSpark spark = builder(RoutingStrategy.CLOUD_FIRST).build()) {
            ups.battery(80);
            awaitProfile(spark, PowerProfile.SAVING);

            assertThat(ask(spark, "public").backend()).isEqualTo("cloud");
            LlmRequest secret = fresh("secret").privacy(Privacy.EDGE_ONLY).build();
            assertThat(spark.llm().generate(secret).backend()).isEqualTo("pi");
            assertThat(cloud.exchanges(COMPLETIONS)).hasSize(1);
        }
    }

    @Test
    void theCheapestIsTheEdgeUntilItIsMeasuredThatItIsNot() {
        settings.put("primespark.power.on-battery", "cheapest");
        try (PrimeSpark spark = builder(RoutingStrategy.CLOUD_FIRST).build()) {
            ups.battery(80);
            awaitProfile(spark, PowerProfile.SAVING);
            assertThat(ask(spark, "x").backend()).isEqualTo("pi");
            assertThat(spark.llm().models())
                    .as("nor is it asked which models it has")
                    .filteredOn(backend -> backend.backend().equals("cloud"))
                    .singleElement()
                    .satisfies(backend -> assertThat(backend.detail()).contains("until it is measured"));
        }
    }

    @Test
    void aModeByHandPinsWhereCallsGo() {
        try (PrimeSpark spark = builder(RoutingStrategy.CLOUD_FIRST).build()) {
            ups.battery(80);
            awaitProfile(spark, PowerProfile.SAVING);
            spark.power().mode(PowerMode.ON_GRID);
            assertThat(ask(spark, "on grid").backend()).isEqualTo("cloud");
            spark.power().mode(PowerMode.OFF_GRID);
            assertThat(ask(spark, "off grid").backend()).isEqualTo("pi");
        }
    }

    // --- what is asked

    @Test
    void savingPrefersSmallerModelsAndTurnsThinkingOffUnlessItIsUrgentOrWanted() {
        settings.put("primespark.llm.smaller-models", Map.of("big", "small"));
        try (PrimeSpark spark = builder(RoutingStrategy.EDGE_FIRST).build()) {
            spark.llm().generate(fresh("mains").model("big").build());
            assertThat(lastBody()).contains("\"model\":\"big\"").doesNotContain("\"think\"");

            ups.battery(80);
            awaitProfile(spark, PowerProfile.SAVING);
            LlmResponse saved =
                    spark.llm().generate(fresh("saving").model("big").build());
            assertThat(lastBody()).contains("\"model\":\"small\"").contains("\"think\":false");
            assertThat(saved.trace().source()).isEqualTo(AnswerSource.SMALLER_MODEL);
            assertThat(saved.trace().attempts().get(0).reason()).contains("power is short");

            spark.llm().generate(fresh("now").model("big").urgent(true).build());
            assertThat(lastBody()).contains("\"model\":\"big\"").doesNotContain("\"think\"");
            spark.llm()
                    .generate(fresh("think").model("m").thinking(Thinking.HIGH).build());
            assertThat(lastBody()).contains("\"think\":\"high\"");

            ups.mains();
            awaitProfile(spark, PowerProfile.FULL);
            spark.llm().generate(fresh("back").model("big").build());
            assertThat(lastBody()).contains("\"model\":\"big\"").doesNotContain("\"think\"");
        }
    }

    @Test
    void aSmallerModelThatCannotAnswerIsFollowedByTheOneThatIsWanted() {
        settings.put("primespark.llm.smaller-models", Map.of("big", "small"));
        edge.onRequest(CHAT, exchange -> {
            if (exchange.body().contains("\"model\":\"small\"")) {
                exchange.respond(404, "application/json", NEAR.error("model 'small' not found"));
            } else {
                NEAR.answer(NEAR.text("near"), NEAR.done("stop")).play(exchange);
            }
        });
        try (PrimeSpark spark = builder(RoutingStrategy.EDGE_FIRST).build()) {
            ups.battery(80);
            awaitProfile(spark, PowerProfile.SAVING);
            LlmResponse response = spark.llm().generate(fresh("x").model("big").build());
            assertThat(response.text()).isEqualTo("near");
            assertThat(response.trace().source()).isEqualTo(AnswerSource.LIVE);
            assertThat(edge.exchanges(CHAT)).hasSize(2);
        }
    }

    @Test
    void criticalAnswersFromTheCacheAloneUnlessItIsUrgentAndAShutdownNotEvenThen() {
        try (PrimeSpark spark = builder(RoutingStrategy.EDGE_FIRST).build()) {
            LlmRequest known = LlmRequest.prompt("known").build();
            spark.llm().generate(known);
            ups.set(reading(PowerSupply.BATTERY, PowerFlag.LOW_BATTERY));
            awaitProfile(spark, PowerProfile.CRITICAL);
            int asked = edge.exchanges(CHAT).size();

            assertThat(spark.llm().generate(known).trace().source()).isEqualTo(AnswerSource.CACHE);
            LlmException refused = catchThrowableOfType(LlmException.class, () -> ask(spark, "new"));
            assertThat(refused.kind()).isEqualTo(LlmException.Kind.NO_BACKEND);
            assertThat(refused).hasMessageContaining("the power profile is CRITICAL");
            assertThat(edge.exchanges(CHAT)).hasSize(asked);
            assertThat(spark.llm().generate(fresh("fire").urgent(true).build()).text())
                    .isEqualTo("near");

            ups.set(reading(PowerSupply.BATTERY, PowerFlag.FORCED_SHUTDOWN));
            awaitProfile(spark, PowerProfile.SHUTDOWN);
            LlmRequest tooLate = fresh("fire").urgent(true).build();
            LlmException last =
                    catchThrowableOfType(LlmException.class, () -> spark.llm().generate(tooLate));
            assertThat(last).hasMessageContaining("the power profile is SHUTDOWN");

            ups.mains();
            awaitProfile(spark, PowerProfile.FULL);
            assertThat(ask(spark, "new").text()).isEqualTo("near");
        }
    }

    @Test
    void noModelIsLoadedAheadWhilePowerIsShort() {
        try (PrimeSpark spark = builder(RoutingStrategy.EDGE_FIRST).build()) {
            ups.battery(80);
            awaitProfile(spark, PowerProfile.SAVING);
            LlmException refused = catchThrowableOfType(
                    LlmException.class,
                    () -> spark.llm().modelManager("pi").orElseThrow().warmUp("m", Duration.ofMinutes(5)));
            assertThat(refused).hasMessageContaining("while the power profile is SAVING");
            assertThat(refused.retryable()).isTrue();
        }
    }

    // --- memory

    /** A tier in the cloud that counts what it gets at the same time. */
    private static final class Counting extends DelegatingTier {
        final AtomicInteger batches = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        private final AtomicInteger running = new AtomicInteger();

        Counting(InMemoryTier tier) {
            super(tier);
        }

        @Override
        public CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
            batches.incrementAndGet();
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            return super.applyAll(records, deadline).whenComplete((answer, failure) -> running.decrementAndGet());
        }
    }

    @Test
    void onBatteryBulkReplicationWaitsAndOnMainsTheBacklogDrainsInOrderlyBatches() {
        InMemoryTier far = new InMemoryTier(TierTrait.PERSISTENT);
        Counting counting = new Counting(far);
        InMemoryTier disk = new InMemoryTier(TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
        try (PrimeSpark spark = builder(RoutingStrategy.EDGE_FIRST)
                .memoryTier("disk", disk)
                .memoryTier("far", Zone.CLOUD, counting)
                .build()) {
            AtomicInteger obeyed = new AtomicInteger();
            spark.power().onChange(decision -> obeyed.incrementAndGet());
            ups.battery(80);
            await().until(() -> obeyed.get() == 1);
            await().until(
                            () -> { // memory hears of it by another subscription
                                spark.memory().put("probe", "value");
                                return !spark.memory().prefetch("probe");
                            });
            int before = counting.batches.get();
            for (int i = 0; i < 500; i++) {
                spark.memory().put("key" + i, "value");
            }
            await().until(() -> disk.storage().records().size() >= 501);
            assertThat(counting.batches).as("it waits for a large batch").hasValue(before);

            ups.mains();
            await().until(() -> far.storage().records().size() >= 501);
            assertThat(counting.most).as("one batch at a time").hasValue(1);
            await().until(() -> spark.memory().prefetch("key1"));
        }
    }

    // --- the end

    @Test
    void aForcedShutdownMakesMemorySafeTellsTheUpsAndSaysSo() {
        InMemoryTier disk = new InMemoryTier(TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
        try (PrimeSpark spark =
                builder(RoutingStrategy.EDGE_FIRST).memoryTier("disk", disk).build()) {
            List<SparkEvent.PowerDrained> drained = new CopyOnWriteArrayList<>();
            spark.events().subscribe(SparkEvent.PowerDrained.class, drained::add);
            spark.memory().put("key", "value", PutOptions.ack(Ack.MEMORY));
            ups.set(reading(PowerSupply.BATTERY, PowerFlag.FORCED_SHUTDOWN));
            await().until(() -> !drained.isEmpty());

            assertThat(drained.get(0).safe()).isTrue();
            assertThat(drained.get(0).decision().drainBudget()).isPresent();
            assertThat(disk.storage().records()).hasSize(1);
            assertThat(ups.isDrained()).isTrue();
            assertThat(spark.power().status().isSafeToCut()).isTrue();

            ups.mains();
            awaitProfile(spark, PowerProfile.FULL);
            assertThat(spark.power().status().isSafeToCut()).isFalse();
            spark.memory().put("later", "value");
            assertThat(ask(spark, "x").text()).isEqualTo("near");
        }
    }
}
