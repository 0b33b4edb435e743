package ai.primespark.it.agents;

import static ai.primespark.it.agents.TaskLab.awaitLine;
import static ai.primespark.it.agents.TaskLab.awaitLines;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.Priority;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.it.JavaProcess;
import ai.primespark.it.Share;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.NeedsRedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real processes do tasks over a real Redis while one part fails. When it is mended and everything is done,
 * {@link TaskHistoryChecker} holds what they did against what they were told.
 */
@NeedsRedisServer
class AgentFaultsIT {

    private static final boolean EXHAUSTIVE = Boolean.getBoolean("spark.exhaustive");
    private static final Set<TaskStatus> DONE = Set.of(TaskStatus.SUCCEEDED);

    @TempDir
    Path directory;

    private LocalRedis redis;
    private TaskLab lab;

    @BeforeEach
    void start() throws IOException {
        redis = LocalRedis.start("--appendonly", "yes", "--appendfsync", "always");
        lab = new TaskLab(directory);
    }

    @AfterEach
    void stop() {
        lab.close();
        redis.close();
    }

    private static String queueAt(int port) {
        return "{type = redis, url = \"redis://127.0.0.1:" + port + "\"}";
    }

    private Path node() {
        return lab.configuration(queueAt(redis.port()));
    }

    static Stream<TaskFault> faults() {
        return Share.of(List.of(TaskFault.values()));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void nothingIsLostAndNothingIsDoneAfterItsEnd(TaskFault fault) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (TcpProxy network = new TcpProxy(redis.port());
                TcpProxy submittersNetwork = new TcpProxy(redis.port())) {
            JavaProcess worker = lab.worker(lab.configuration(queueAt(network.port())));
            awaitLine(worker, "started");
            JavaProcess other = lab.worker(node());
            JavaProcess submitter =
                    lab.submitter(lab.configuration(queueAt(submittersNetwork.port())), fault.tasks(), seed);
            TaskFault.Parts parts = new TaskFault.Parts(redis, worker, network, submitter, submittersNetwork);
            awaitLines(worker, "evidence START", 1 + random.nextInt(10));
            assertThat(worker.isAlive()).as(worker::output).isTrue();
            boolean before = fault.hasStruck(parts);
            fault.inflict(parts);
            if (fault.outlastsALease()) {
                awaitAWhile(TaskLab.LEASE.plusSeconds(1));
            } else {
                awaitAWhile(Duration.ofMillis(100 + random.nextInt(400)));
            }
            await("what " + fault + " does").atMost(TaskLab.PATIENCE).until(() -> fault.hasStruck(parts));
            fault.heal(parts);
            await().atMost(TaskLab.PATIENCE)
                    .until(() -> !submitter.isAlive() || submitter.lines().contains("submitted"));
            assertThat(before).as("nothing had struck before").isFalse();
            assertThat(other.isAlive()).as(other::output).isTrue();
            TaskHistory history = lab.judge(node(), DONE, fault + ", seed " + seed);
            System.out.printf(
                    "%s, seed %d: %d tasks, %d attempts more than one%n",
                    fault, seed, history.acknowledged().size(), history.repeats());
        }
    }

    /** A fault's duration is what is tested; there is nothing to wait for but the time. */
    private static void awaitAWhile(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        await().atMost(time.plusSeconds(30)).pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() > end);
    }

    @ParameterizedTest
    @CsvSource({"300000", "-300000"})
    void aWorkersWrongClockChangesNothing(long offset) {
        long seed = System.nanoTime();
        lab.start(node(), offset, true, 0, 0);
        lab.worker(node());
        awaitLine(lab.submitter(node(), 120, seed), "submitted");

        lab.judge(node(), DONE, "clock " + offset + ", seed " + seed);
    }

    @Test
    void severalProcessesThatSubmitAndWorkAtOnceGetInNobodysWay() {
        long seed = System.nanoTime();
        List<JavaProcess> all = IntStream.range(0, 3)
                .mapToObj(i -> lab.start(node(), 0, true, 80, seed + i))
                .toList();
        all.forEach(process -> awaitLine(process, "submitted"));

        TaskHistory history = lab.judge(node(), DONE, "seed " + seed);

        assertThat(history.repeats())
                .as("attempts that a fault alone would explain, besides %s", "those of 'faulty'")
                .isLessThanOrEqualTo(history.acknowledged().size());
    }

    @Test
    void theUrgentGoFirstOverAllProcessesThoughOneOfThemIsKilled() {
        long seed = System.nanoTime();
        awaitLine(lab.submitter(node(), 400, seed), "submitted");
        JavaProcess victim = lab.worker(node());
        lab.worker(node());
        awaitLines(victim, "evidence START", 20);
        victim.kill();

        TaskHistory history = lab.judge(node(), DONE, "seed " + seed);

        int slots = 4;
        assertThat(new TaskOrderChecker(2 * 2 * slots).check(history))
                .as("seed %d: of two agents with %d slots each, claims ahead", seed, slots)
                .isEmpty();
    }

    @Test
    void aTaskThatKillsEveryWorkerIsSetAsideAndTheOthersAreDone() {
        try (PrimeSpark spark = TaskLab.open(node())) {
            TaskHandle poison = spark.agents()
                    .submit(TaskRequest.of("poison", 0)
                            .priority(Priority.URGENT)
                            .retry(RetryPolicy.DEFAULT.withMaxLosses(3))
                            .build());
            List<TaskHandle> others = spark.agents()
                    .submitAll(IntStream.range(0, 20)
                            .mapToObj(i -> TaskRequest.of("work", 1).build())
                            .toList());
            List<JavaProcess> workers = new ArrayList<>();
            await().atMost(TaskLab.PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
                workers.removeIf(worker -> !worker.isAlive());
                if (workers.isEmpty()) {
                    workers.add(lab.worker(node()));
                }
                return poison.snapshot().status().isFinal()
                        && others.stream()
                                .allMatch(task -> task.snapshot().status().isFinal());
            });

            TaskSnapshot end = poison.snapshot();
            assertThat(end.status()).isEqualTo(TaskStatus.DEAD);
            assertThat(end.losses()).isEqualTo(3);
            assertThat(end.failures()).isZero();
            assertThat(others)
                    .allSatisfy(task -> assertThat(task.snapshot().status()).isEqualTo(TaskStatus.SUCCEEDED));
        }
    }

    @Test
    void aRedisThatComesBackEmptyHasForgottenAndWorksOn() {
        try (PrimeSpark spark = TaskLab.open(node())) {
            JavaProcess worker = lab.worker(node());
            awaitLine(worker, "started");
            TaskHandle lost =
                    spark.agents().submit(TaskRequest.of("nobody-does-this", 0).build());
            TaskHandle running =
                    spark.agents().submit(TaskRequest.of("stubborn", 1500).build());
            awaitLine(worker, "evidence START");

            redis.command("FLUSHALL");
            redis.kill();
            redis.startAgain();

            await().atMost(TaskLab.PATIENCE)
                    .ignoreExceptionsInstanceOf(TaskException.class)
                    .untilAsserted(() -> {
                        assertThat(spark.agents().find(lost.id())).isEmpty();
                        assertThat(spark.agents().find(running.id())).isEmpty();
                    });
            TaskHandle after = spark.agents().submit(TaskRequest.of("work", 1).build());
            assertThat(after.await(TaskLab.PATIENCE).status())
                    .as(worker::output)
                    .isEqualTo(TaskStatus.SUCCEEDED);
        }
    }

    @Test
    void allOfALongQueueIsDone() {
        try (PrimeSpark spark = TaskLab.open(node())) {
            int batches = EXHAUSTIVE ? 500 : 50;
            for (int i = 0; i < batches; i++) {
                spark.agents()
                        .submitAll(IntStream.range(0, 200)
                                .mapToObj(each -> TaskRequest.of("work", 0).build())
                                .toList());
            }
            lab.worker(node());
            lab.worker(node());
            await().atMost(Duration.ofMinutes(10))
                    .pollInterval(Duration.ofMillis(100))
                    .untilAsserted(() -> assertThat(spark.agents().stats().count(TaskStatus.SUCCEEDED))
                            .isEqualTo(batches * 200L));
            assertThat(spark.agents().stats().repaired()).isZero();
        }
    }

    @Test
    void aMegabyteIsCarriedAndTenAreRefusedByNamingTheLimit() {
        try (PrimeSpark spark = TaskLab.open(node())) {
            spark.agents().local().handle("weigh", byte[].class, (payload, context) -> payload.length);
            spark.agents().local().start();

            TaskHandle one = await().atMost(TaskLab.PATIENCE)
                    .ignoreExceptionsInstanceOf(QueueUnavailableException.class) // the first one waits for a connection
                    .until(
                            () -> spark.agents()
                                    .submit(TaskRequest.of("weigh", new byte[1_000_000])
                                            .build()),
                            taken -> true);
            assertThat(one.result(Integer.class, TaskLab.PATIENCE)).contains(1_000_000);
            assertThatThrownBy(() -> spark.agents()
                            .submit(TaskRequest.of("weigh", new byte[10_000_000])
                                    .build()))
                    .isInstanceOf(TaskException.class)
                    .hasMessageContaining("max-payload");
        }
    }

    @Test
    void processesThatAreKilledAtRandomLoseNothing() throws Exception {
        int rounds = EXHAUSTIVE ? 200 : 10;
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<JavaProcess> workers = new ArrayList<>(List.of(lab.worker(node()), lab.worker(node())));
        for (int round = 0; round < rounds; round++) {
            JavaProcess submitter = lab.submitter(node(), 1_000_000, seed + round);
            awaitLines(submitter, "evidence ACKED", 1 + random.nextInt(30));
            awaitAWhile(Duration.ofMillis(random.nextInt(200)));
            int dice = random.nextInt(4);
            if (dice == 0) {
                redis.kill();
                awaitAWhile(Duration.ofMillis(random.nextInt(300)));
                redis.startAgain();
            } else {
                JavaProcess victim = workers.remove(random.nextInt(2));
                victim.kill();
                workers.add(lab.worker(node()));
            }
            submitter.kill();
        }
        TaskHistory history = lab.judge(node(), DONE, rounds + " rounds, seed " + seed);
        System.out.printf(
                "%d kills, seed %d: %d tasks acknowledged, %d attempts more than one, no violation%n",
                2 * rounds, seed, history.acknowledged().size(), history.repeats());
    }
}
