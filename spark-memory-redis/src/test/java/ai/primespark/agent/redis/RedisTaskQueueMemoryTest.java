package ai.primespark.agent.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.QueueFullException;
import ai.primespark.agent.TaskStatus;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLease;
import ai.primespark.testkit.LocalRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the queue does about a server's memory. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RedisTaskQueueMemoryTest {

    private final Queues queues = new Queues();

    @AfterEach
    void close() {
        queues.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"allkeys-lru", "allkeys-lfu", "allkeys-random"})
    void aServerThatMayDropTasksIsRefusedAndTheMessageSaysHowToMendIt(String policy) {
        try (LocalRedis redis = LocalRedis.start("--maxmemory-policy", policy)) {
            RedisTaskQueue queue = queues.create(redis.url());

            assertThatThrownBy(queue::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(policy)
                    .hasMessageContaining("noeviction")
                    .hasMessageContaining("accept-task-loss");
            assertThatThrownBy(() -> Queues.submit(queue, Queues.task("t"))).hasMessageContaining(policy);
            assertThatCode(() -> queues.open(redis, "accept-task-loss", true)).doesNotThrowAnyException();
        }
    }

    @Test
    void aDurableQueueOnAServerThatKeepsNothingSaysSoInItsHealth() throws Exception {
        try (LocalRedis forgetful = LocalRedis.start("--appendonly", "no");
                LocalRedis durable = LocalRedis.start("--appendonly", "yes")) {
            HealthResult concerned = health(queues.open(forgetful, "durable", true));
            assertThat(concerned.status()).isEqualTo(HealthStatus.DEGRADED);
            assertThat(concerned.message()).contains("set appendonly yes");
            assertThat(health(queues.open(forgetful)).status()).isEqualTo(HealthStatus.HEALTHY);
            assertThat(health(queues.open(durable, "durable", true)).status()).isEqualTo(HealthStatus.HEALTHY);
        }
    }

    private static HealthResult health(RedisTaskQueue queue) throws Exception {
        Queues.submit(queue, Queues.task("t")); // so that it is connected
        return queue.health().orElseThrow().check();
    }

    @Test
    void thePolicyIsFoundWhenConfigIsForbidden() {
        try (LocalRedis redis =
                LocalRedis.start("--maxmemory-policy", "allkeys-lru", "--rename-command", "CONFIG", "")) {
            RedisTaskQueue queue = queues.create(redis.url());

            assertThatThrownBy(queue::start).hasMessageContaining("allkeys-lru");
        }
    }

    @Test
    void noTaskIsLostBesideACacheThatIsEvicted() {
        try (LocalRedis redis = LocalRedis.start("--maxmemory", "12mb", "--maxmemory-policy", "volatile-lru")) {
            RedisTaskQueue queue = queues.open(redis);
            List<TaskEnvelope> tasks = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                tasks.add(Queues.task("t" + i));
            }
            queue.submit(tasks, Queues.soon());
            for (int i = 0; i < 40; i++) {
                redis.command(
                        "EVAL",
                        "for i = 1, 100 do redis.call('SET', KEYS[1] .. i, string.rep('x', 10000), 'EX', 600) end",
                        "1",
                        "cache" + i + ":");
            }

            assertThat(redis.command("INFO", "stats")).doesNotContain("evicted_keys:0\r");
            assertThat(queue.stats(Queues.soon()).count(TaskStatus.READY)).isEqualTo(500);
            assertThat(Queues.claim(queue, "a", 500)).hasSize(500);
            assertThat(queue.stats(Queues.soon()).repaired()).isZero();
        }
    }

    @Test
    void aFullServerRefusesSubmissionsAndWorkGoesOn() {
        try (LocalRedis redis = LocalRedis.start("--maxmemory-policy", "noeviction")) {
            RedisTaskQueue queue = queues.open(redis);
            for (String id : List.of("done", "failed", "released", "stopped", "late", "waits")) {
                Queues.submit(queue, Queues.task(id));
            }
            List<TaskLease> leases = Queues.claim(queue, "a", 4);
            redis.command("CONFIG", "SET", "maxmemory", "1mb");

            assertThatThrownBy(() -> Queues.submit(queue, Queues.task("more")))
                    .isInstanceOf(QueueFullException.class)
                    .hasMessageContaining("maxmemory");
            assertThat(queue.find("more", Queues.soon())).isEmpty();
            assertThat(queue.beat(
                            List.of(new TaskLease.Progress(leases.get(0).ref(), 0.5, "half")),
                            Queues.LONG,
                            Queues.soon()))
                    .allMatch(beat -> beat.held());
            assertThat(queue.cancel(leases.get(3).ref().taskId(), "x", Queues.soon()))
                    .isEqualTo(CancelOutcome.REQUESTED);
            List<TaskCompletion> outcomes = List.of(
                    new TaskCompletion.Success(new byte[100]),
                    new TaskCompletion.Failure("oops", Duration.ofHours(1)),
                    new TaskCompletion.Release(CancelReason.POWER, new byte[100]),
                    new TaskCompletion.Stopped(CancelReason.USER));
            for (int i = 0; i < 4; i++) {
                assertThat(queue.complete(leases.get(i).ref(), outcomes.get(i), Queues.soon()))
                        .isTrue();
            }
            assertThat(queue.cancel("waits", "x", Queues.soon())).isEqualTo(CancelOutcome.CANCELLED);
            assertThat(Queues.claim(queue, "a", 9))
                    .extracting(lease -> lease.task().id())
                    .containsExactly("released", "late");
        }
    }

    /** Keeps the rule that finishing begins with a removal: the suite must notice when it does not. */
    @Test
    void aFinishingScriptThatDoesNotBeginWithARemovalFailsOnAFullServer() {
        try (LocalRedis redis = LocalRedis.start("--maxmemory-policy", "noeviction")) {
            RedisTaskQueue queue = queues.open(redis);
            Queues.submit(queue, Queues.task("t"));
            TaskLease lease = Queues.claim(queue, "a", 1).get(0);
            String first = "call('ZREM', B .. 'l', unpack(removed)) -- first";
            String source = new String(QueueScript.COMPLETE.source, java.nio.charset.StandardCharsets.UTF_8);
            assertThat(source).contains(first);
            redis.command("CONFIG", "SET", "maxmemory", "1mb");

            Throwable failure = catchThrowable(() -> redis.command(
                    "EVAL",
                    source.replace(first, "-- "),
                    "1",
                    "{ps:tasks}:",
                    "t",
                    "a",
                    String.valueOf(lease.ref().fence()),
                    "S",
                    "digest",
                    "result",
                    "1"));

            assertThat(failure).hasMessageContaining("OOM");
            assertThat(queue.complete(lease.ref(), new TaskCompletion.Success(null), Queues.soon()))
                    .isTrue();
        }
    }

    @Test
    void whatIsUnderWayHasNoEndAndWhatIsOverHas() {
        try (LocalRedis redis = LocalRedis.start()) {
            RedisTaskQueue queue = queues.open(redis);
            Queues.submit(queue, Queues.task("t", request -> request.idempotencyKey("k")));
            assertThat(redis.command("TTL", "{ps:tasks}:t:t")).isEqualTo("-1");
            TaskLease lease = Queues.claim(queue, "a", 1).get(0);
            for (String key : redis.command("KEYS", "*").split("\n")) {
                boolean onlyForRepetition = key.startsWith("{ps:tasks}:q:");
                assertThat(redis.command("TTL", key).equals("-1")).as(key).isEqualTo(!onlyForRepetition);
            }

            queue.complete(lease.ref(), new TaskCompletion.Success(null), Queues.soon());

            assertThat(Long.parseLong(redis.command("TTL", "{ps:tasks}:t:t"))).isBetween(86_000L, 86_401L);
            assertThat(redis.command("KEYS", "{ps:tasks}:e:*")).as("payloads").isEmpty();
        }
    }
}
