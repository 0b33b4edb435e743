package ai.primespark.it.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.event.SparkEvent;
import ai.primespark.power.ManualPowerSource;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What agents do with their tasks when a power source says that the mains are away, through the facade. */
@Timeout(60)
class AgentsOnBatteryTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path data;

    private final ManualPowerSource ups = new ManualPowerSource();
    private final List<SparkEvent.PowerDrained> drained = new CopyOnWriteArrayList<>();
    private PrimeSpark spark;

    @BeforeEach
    void start() {
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .with("primespark.data-dir", data)
                        .with("primespark.power.on-battery-delay", "0 s")
                        .with("primespark.power.recover-delay", "0 s")
                        .with("primespark.power.resume-spread", "200 ms")
                        .with("primespark.agents.slots", 4))
                .powerSource("ups", ups)
                .build();
        var unused = spark.events().subscribe(SparkEvent.PowerDrained.class, drained::add);
        spark.agents().local().start();
    }

    @AfterEach
    void stop() {
        spark.close();
    }

    private void power(PowerSupply supply, PowerProfile expected, PowerFlag... flags) {
        ups.set(PowerReading.builder("any", supply, Instant.now())
                .flags(Set.of(flags))
                .build());
        await().atMost(PATIENCE).until(() -> spark.power().profile() == expected);
    }

    @Test
    void lowTasksWaitForTheMainsAndSayWhy() {
        spark.agents().local().handle("sort-photos", String.class, (payload, context) -> "sorted");
        power(PowerSupply.BATTERY, PowerProfile.SAVING);

        TaskHandle low = spark.agents()
                .submit(TaskRequest.of("sort-photos", "all")
                        .priority(Priority.LOW)
                        .build());
        TaskHandle normal =
                spark.agents().submit(TaskRequest.of("sort-photos", "some").build());

        assertThat(normal.await(PATIENCE).status()).isEqualTo(TaskStatus.SUCCEEDED);
        await().atMost(PATIENCE).until(() -> low.snapshot().parkedReason().isPresent());
        assertThat(low.snapshot().status()).isEqualTo(TaskStatus.READY);
        assertThat(low.snapshot().attempts()).isZero();

        power(PowerSupply.MAINS, PowerProfile.FULL);
        assertThat(low.await(PATIENCE).status()).isEqualTo(TaskStatus.SUCCEEDED);
    }

    @Test
    void anOrderToShutDownHandsWorkBackAndOnlyThenSaysThatThePowerMayGo() {
        CountDownLatch first = new CountDownLatch(1);
        spark.agents().local().handle("count", Integer.class, (upTo, context) -> Checkpointed.count(context, first));
        TaskHandle task = spark.agents().submit(TaskRequest.of("count", 3).build());
        await().atMost(PATIENCE).until(() -> first.getCount() == 0);

        power(PowerSupply.BATTERY, PowerProfile.SHUTDOWN, PowerFlag.FORCED_SHUTDOWN);

        await().atMost(PATIENCE).until(() -> !drained.isEmpty());
        assertThat(drained.get(0).safe()).as(() -> drained.toString()).isTrue();
        TaskSnapshot waiting = task.snapshot();
        assertThat(waiting.status()).isEqualTo(TaskStatus.READY);
        assertThat(waiting.failures() + waiting.losses())
                .as("nothing is held against it")
                .isZero();

        power(PowerSupply.MAINS, PowerProfile.FULL);
        assertThat(task.result(String.class, PATIENCE)).contains("went on at 7");
    }
}
