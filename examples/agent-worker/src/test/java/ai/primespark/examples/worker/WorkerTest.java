package ai.primespark.examples.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.NeedsRedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The worker as a process, with a real queue between it and those who submit. */
@NeedsRedisServer
@Timeout(180)
class WorkerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path folder;

    private LocalRedis redis;
    private PrimeSpark spark;

    @BeforeEach
    void start() {
        redis = LocalRedis.start();
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .with("primespark.agents.queue", Map.of("type", "redis", "url", redis.url()))
                        .with("primespark.node-id", "test")
                        .with("primespark.data-dir", folder.resolve("test").toString()))
                .build();
    }

    @AfterEach
    void stop() {
        spark.close();
        redis.close();
    }

    private Program worker(String id, String... more) throws Exception {
        String[] args = new String[9 + more.length];
        System.arraycopy(
                new String[] {
                    "work",
                    "--queue",
                    redis.url(),
                    "--set",
                    "primespark.agents.id=" + id,
                    "--set",
                    "primespark.data-dir=" + folder.resolve(id),
                    "--set",
                    "primespark.agents.lease=3s"
                },
                0,
                args,
                0,
                9);
        System.arraycopy(more, 0, args, 9, more.length);
        return Program.ofClasses(folder, args);
    }

    @Test
    void theWorkerDoesWhatItIsAskedAndDrainsWhenItIsToldToEnd() throws Exception {
        try (Program worker = worker("pi", "--drain", "1", "--set", "primespark.agents.capabilities=[camera]")) {
            TaskHandle count = spark.agents()
                    .submit(TaskRequest.of("text.count", "three short words").build());
            assertThat(count.result(PiTasks.Counts.class, PATIENCE)).contains(new PiTasks.Counts(3, 1));
            TaskHandle primes = spark.agents()
                    .submit(TaskRequest.of("primes.count", Map.of("below", 10_000))
                            .requires(Requirements.all("camera"))
                            .build());
            assertThat(primes.result(Integer.class, PATIENCE)).contains(1229);
            worker.awaitOutput("agent pi works", "capabilities [camera]", "+ " + count.id());

            TaskHandle wait = spark.agents()
                    .submit(TaskRequest.of("device.wait", Map.of("seconds", 3600))
                            .build());
            await().atMost(PATIENCE).until(() -> wait.snapshot().status() == TaskStatus.RUNNING);
            worker.terminate();
            assertThat(worker.exitCode()).isEqualTo(143);

            assertThat(worker.output()).contains("drained: 0 finished, 1 handed back, 0 left behind");
            TaskSnapshot back = wait.snapshot();
            assertThat(back.status()).isEqualTo(TaskStatus.READY);
            assertThat(back.failures()).isZero();
            assertThat(back.losses()).isZero();
        }
    }

    @Test
    void workThatAKilledWorkerHeldGoesOnWhereItWasOnAnother() throws Exception {
        try (Program first = worker("first")) {
            TaskHandle primes = spark.agents()
                    .submit(TaskRequest.of("primes.count", Map.of("below", 8_000_000))
                            .build());
            await().atMost(PATIENCE).until(() -> primes.snapshot().progress() > 0);
            first.kill();
            try (Program second = worker("second")) {
                assertThat(primes.result(Integer.class, PATIENCE)).contains(539_777);
                assertThat(primes.snapshot().losses()).isEqualTo(1);
                assertThat(primes.snapshot().agentId()).contains("second");
                second.awaitOutput("+ " + primes.id());
            }
        }
    }

    @Test
    void barsAreDrawnWhileSomethingRunsAndErasedAfterwards() throws Exception {
        try (Program worker = worker("pi", "--progress", "always")) {
            spark.agents()
                    .submit(TaskRequest.of("device.wait", Map.of("seconds", 2)).build())
                    .await(PATIENCE);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(worker.output())
                            .containsPattern("\\[#+\\.*] +\\d+% waiting")
                            .contains("\u001b[1A\u001b[2K"));
        }
    }

    @Test
    void theSubmitterFollowsItsTasksAndSaysHowTheyEnded() throws Exception {
        try (Program worker = worker("pi");
                Program good = submit("text.count", "three short words", "--count", "2", "--priority", "high");
                Program bad = submit("device.wait", "no object")) {
            assertThat(good.exitCode()).as(good.output()).isZero();
            assertThat(good.output()
                            .lines()
                            .filter(line -> line.contains("text.count  SUCCEEDED  pi  {\"words\":3,\"lines\":1}")))
                    .hasSize(2);
            assertThat(bad.exitCode()).as(bad.output()).isEqualTo(1);
            assertThat(bad.output()).contains("device.wait  DEAD  pi");
            try (Program status = Program.ofClasses(
                    folder,
                    "status",
                    "--queue",
                    redis.url(),
                    "--set",
                    "primespark.data-dir=" + folder.resolve("status"))) {
                assertThat(status.exitCode()).as(status.output()).isZero();
                assertThat(status.output()).containsPattern("pi +active +0/").contains("succeeded: 2", "dead: 1");
            }
            worker.awaitOutput("- ");
        }
    }

    @Test
    void aQueueThatIsAwayIsNamed() throws Exception {
        redis.kill();
        try (Program submit = submit("text.count", "word", "--patience", "1")) {
            assertThat(submit.exitCode()).as(submit.output()).isEqualTo(3);
            assertThat(submit.output()).contains("prime-spark-worker: ");
        }
        redis.startAgain();
    }

    private int submitters;

    private Program submit(String... more) throws Exception {
        String[] args = new String[5 + more.length];
        System.arraycopy(
                new String[] {
                    "submit",
                    "--queue",
                    redis.url(),
                    "--set",
                    "primespark.data-dir=" + folder.resolve("submit-" + submitters++)
                },
                0,
                args,
                0,
                5);
        System.arraycopy(more, 0, args, 5, more.length);
        return Program.ofClasses(folder, args);
    }
}
