package ai.primespark.it.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.PowerNeeds;
import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.event.SparkEvent;
import ai.primespark.it.llm.Dialect;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.testkit.FaultServer;
import ai.primespark.testkit.LocalNut;
import ai.primespark.testkit.NeedsNut;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Outages as a real upsd tells of them, from the first second to the return of mains, through the facade. */
@NeedsNut
@Timeout(120)
class UpsOutageTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Dialect NEAR = Dialect.OLLAMA;
    private static final Dialect FAR = Dialect.OPENAI;
    private static final String COMPLETIONS = "/v1/chat/completions";

    @TempDir
    Path data;

    private final List<SparkEvent.PowerDrained> drained = new CopyOnWriteArrayList<>();
    private LocalNut nut;
    private FaultServer edge;
    private FaultServer cloud;

    @BeforeEach
    void start() throws IOException {
        nut = LocalNut.start();
        edge = FaultServer.start();
        edge.onRequest(exchange -> exchange.respond(200, "application/json", NEAR.lookup(exchange.path())));
        edge.onRequest("/api/chat", NEAR.answer(NEAR.text("near"), NEAR.done("stop")));
        cloud = FaultServer.start();
        cloud.onRequest(exchange -> exchange.respond(200, "application/json", FAR.lookup(exchange.path())));
        cloud.onRequest(COMPLETIONS, FAR.answer(FAR.text("far"), FAR.done("stop")));
    }

    @AfterEach
    void stop() {
        cloud.close();
        edge.close();
        nut.close();
    }

    private PrimeSpark spark(Map<String, Object> source, Duration deadTime) {
        Map<String, Object> all = new HashMap<>(source);
        all.putAll(Map.of("type", "nut", "port", nut.port(), "ups", LocalNut.UPS));
        PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .with("primespark.data-dir", data)
                        .with("primespark.power.sources", List.of(all))
                        .with("primespark.power.poll-interval", "100 ms")
                        .with("primespark.power.poll-interval-on-battery", "100 ms")
                        .with("primespark.power.dead-time", deadTime)
                        .with("primespark.power.on-battery-delay", "0 s")
                        .with("primespark.power.recover-delay", "0 s")
                        .with("primespark.power.resume-spread", "100 ms"))
                .llm(PowerObedienceTest.piAndCloud(edge, cloud, RoutingStrategy.CLOUD_FIRST))
                .build();
        var unused = spark.events().subscribe(SparkEvent.PowerDrained.class, drained::add);
        return spark;
    }

    private static LlmResponse ask(PrimeSpark spark) {
        return spark.llm()
                .generate(LlmRequest.prompt("x").cache(CacheMode.BYPASS).build());
    }

    private static void awaitProfile(PrimeSpark spark, PowerProfile profile) {
        await().atMost(PATIENCE).until(() -> spark.power().profile() == profile);
    }

    private static String lastRule(PrimeSpark spark) {
        return spark.power().status().lastDecision().orElseThrow().rule();
    }

    @Test
    void fromMainsToTheOrderToShutDownAndBackWithoutARestart() {
        Map<String, Object> secondary =
                Map.of("login", true, "username", LocalNut.SECONDARY, "password", LocalNut.SECONDARY);
        try (PrimeSpark spark = spark(secondary, Duration.ofSeconds(15))) {
            CountDownLatch first = new CountDownLatch(1);
            spark.agents()
                    .local()
                    .handle("count", Integer.class, (upTo, context) -> Checkpointed.count(context, first))
                    .start();
            await().atMost(PATIENCE).until(() -> nut.logins() == 1);
            assertThat(ask(spark).backend()).isEqualTo("cloud");
            TaskHandle task = spark.agents()
                    .submit(TaskRequest.of("count", 3)
                            .priority(Priority.URGENT)
                            .power(new PowerNeeds(true, true, null)) // by default it would be waited for
                            .build());
            await().atMost(PATIENCE).until(() -> first.getCount() == 0);

            nut.set("ups.status", "OB DISCHRG");
            awaitProfile(spark, PowerProfile.SAVING);
            assertThat(ask(spark).backend()).as("the router refuses the cloud").isEqualTo("pi");
            assertThat(cloud.exchanges(COMPLETIONS)).hasSize(1);

            nut.set("ups.status", "OB DISCHRG LB");
            awaitProfile(spark, PowerProfile.CRITICAL);
            assertThat(lastRule(spark)).isEqualTo("low-battery");
            LlmException refused = catchThrowableOfType(LlmException.class, () -> ask(spark));
            assertThat(refused.kind()).isEqualTo(LlmException.Kind.NO_BACKEND);
            assertThat(task.snapshot().status()).as("it is urgent").isEqualTo(TaskStatus.RUNNING);

            nut.forceShutdown();
            awaitProfile(spark, PowerProfile.SHUTDOWN);
            await().atMost(PATIENCE).until(() -> !drained.isEmpty());
            assertThat(drained.get(0).safe()).as(() -> drained.toString()).isTrue();
            assertThat(spark.power().status().isSafeToCut()).isTrue();
            TaskSnapshot waiting = task.snapshot();
            assertThat(waiting.status()).as("handed back").isEqualTo(TaskStatus.READY);
            assertThat(waiting.failures() + waiting.losses()).isZero();
            await().atMost(PATIENCE).until(() -> nut.logins() == 0); // the primary need not wait any longer

            nut.set("ups.status", "OL CHRG");
            nut.killServer();
            nut.startServer(); // nothing else takes the order back
            awaitProfile(spark, PowerProfile.FULL);
            assertThat(spark.power().status().isSafeToCut()).isFalse();
            assertThat(ask(spark).backend()).isEqualTo("cloud");
            assertThat(task.result(String.class, PATIENCE)).contains("went on at 7");
            await().atMost(PATIENCE).until(() -> nut.logins() == 1);
        }
    }

    @Test
    void aServerThatDiesOnBatteryCountsAsAnEmptyBattery() {
        try (PrimeSpark spark = spark(Map.of(), Duration.ofSeconds(1))) {
            nut.set("ups.status", "OB DISCHRG");
            awaitProfile(spark, PowerProfile.SAVING);
            nut.killServer();

            awaitProfile(spark, PowerProfile.CRITICAL);
            assertThat(lastRule(spark)).isEqualTo("lost-on-battery");
            assertThat(spark.power().status().reading().quality()).isEqualTo(PowerReading.Quality.LOST);
            assertThat(catchThrowableOfType(LlmException.class, () -> ask(spark)))
                    .hasMessageContaining("the power profile is CRITICAL");

            nut.set("ups.status", "OL CHRG");
            nut.startServer();
            awaitProfile(spark, PowerProfile.FULL);
            assertThat(ask(spark).backend()).isEqualTo("cloud");
        }
    }
}
