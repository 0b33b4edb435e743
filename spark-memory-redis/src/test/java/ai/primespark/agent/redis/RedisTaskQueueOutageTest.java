package ai.primespark.agent.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue.Submitted.Outcome;
import ai.primespark.testkit.LocalRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that go away, come back, or forget, and connections that end at bad moments. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RedisTaskQueueOutageTest {

    private final Queues queues = new Queues();

    @AfterEach
    void close() {
        queues.close();
    }

    @Test
    void producersFailWhileTheServerIsAwayAndAgentsGoOnWhenItIsBack() throws Exception {
        try (LocalRedis redis = LocalRedis.start("--appendonly", "yes", "--appendfsync", "always")) {
            RedisTaskQueue queue = queues.open(redis, "timeout", "1s");
            Queues.submit(queue, Queues.task("held"));
            Queues.submit(queue, Queues.task("waits"));
            TaskLease held = Queues.claim(queue, "a", 1).get(0);
            redis.kill();

            assertThatThrownBy(() -> Queues.submit(queue, Queues.task("away")))
                    .isInstanceOf(QueueUnavailableException.class)
                    .hasMessageContaining("Redis at 127.0.0.1");
            CompletableFuture<Boolean> completed = CompletableFuture.supplyAsync(
                    () -> queue.complete(held.ref(), new TaskCompletion.Success(null), Queues.soon()));
            CompletableFuture<Boolean> woken = new CompletableFuture<>();
            Thread waiter = new Thread(() -> {
                try {
                    woken.complete(queue.awaitWork(java.util.Set.of(), Duration.ofSeconds(60)));
                } catch (InterruptedException | RuntimeException e) {
                    woken.completeExceptionally(e);
                }
            });
            waiter.start();
            redis.startAgain();

            assertThat(completed.get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(woken.get(30, TimeUnit.SECONDS))
                    .as("woken to look again")
                    .isTrue();
            assertThat(queue.find("held", Queues.soon()).orElseThrow().status()).isEqualTo(TaskStatus.SUCCEEDED);
            assertThat(Queues.claim(queue, "a", 9))
                    .extracting(lease -> lease.task().id())
                    .containsExactly("waits");
            assertThat(queue.stats(Queues.soon()).repaired()).isZero();
        }
    }

    @Test
    void aServerThatHangsIsLeftForANewConnection() {
        try (LocalRedis redis = LocalRedis.start()) {
            RedisTaskQueue queue = queues.open(redis, "timeout", "200ms", "connect-timeout", "300ms");
            Queues.submit(queue, Queues.task("t"));
            redis.pause();
            assertThatThrownBy(() -> Queues.submit(queue, Queues.task("hangs")))
                    .isInstanceOf(QueueUnavailableException.class);
            redis.resume();

            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(queue.stats(Queues.soon()).count(TaskStatus.READY))
                            .isPositive());
        }
    }

    @Test
    void aListenerThatComesWhileTheConnectionIsBeingMadeHearsEvents() throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                CutProxy wire = new CutProxy(redis.port())) {
            wire.holdAnswersTo("SUBSCRIBE".getBytes(StandardCharsets.US_ASCII));
            RedisTaskQueue queue = queues.open(wire.url());
            List<TaskEvent> events = new CopyOnWriteArrayList<>();
            try (AutoCloseable following = queue.subscribe(events::add)) {
                wire.release();
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> redis.command("PUBSUB", "CHANNELS").contains(":e"));
                Queues.submit(queue, Queues.task("t"));

                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(() ->
                                assertThat(events).extracting(TaskEvent::kind).contains(TaskEvent.Kind.SUBMITTED));
                assertThat(following).isNotNull();
            }
        }
    }

    /** The connections for commands, news and wake-ups end while no thread is free. */
    @Test
    void withoutAFreeThreadItConnectsAgainWhenThereIsOne() throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                CutProxy wire = new CutProxy(redis.port())) {
            ScarceThreads threads = queues.scarce(wire.url());
            RedisTaskQueue queue = queues.open(threads);
            RedisTaskQueue other = queues.open(redis);
            TaskEnvelope task = Queues.task("t");
            CompletableFuture<Boolean> woken = Queues.waiting(queue, java.util.Set.of(task.lane()));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> redis.command("INFO", "clients").contains("blocked_clients:1"));
            threads.scarce(true);
            wire.cut();
            await().atMost(Duration.ofSeconds(30)).until(() -> threads.refusals() >= 6); // each has been refused
            wire.mend();
            threads.scarce(false);

            await().atMost(Duration.ofSeconds(30)).until(queue::isListening);
            assertThat(woken.get(30, TimeUnit.SECONDS)).as("marks may be lost").isTrue();
            CompletableFuture<Boolean> again = Queues.waiting(queue, java.util.Set.of(task.lane()));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> redis.command("INFO", "clients").contains("blocked_clients:1"));
            Queues.submit(other, task);
            assertThat(again.get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(Queues.claim(queue, "a", 1)).hasSize(1);
        }
    }

    @Test
    void aServerThatHasForgottenEverythingLosesLeasesAndTakesNewTasks() {
        try (LocalRedis redis = LocalRedis.start()) {
            RedisTaskQueue queue = queues.open(redis);
            Queues.submit(queue, Queues.task("old"));
            TaskLease lease = Queues.claim(queue, "a", 1).get(0);
            redis.command("FLUSHALL");
            redis.command("SCRIPT", "FLUSH");

            assertThat(queue.beat(List.of(new TaskLease.Progress(lease.ref(), 0, "")), Queues.LONG, Queues.soon()))
                    .noneMatch(beat -> beat.held());
            assertThat(queue.complete(lease.ref(), new TaskCompletion.Success(null), Queues.soon()))
                    .isFalse();
            assertThat(queue.find("old", Queues.soon())).isEmpty();
            assertThat(Queues.submit(queue, Queues.task("old")).outcome()).isEqualTo(Outcome.CREATED);
            TaskLease again = Queues.claim(queue, "b", 1).get(0);
            assertThat(again.ref().fence())
                    .as("fences grow all the same")
                    .isGreaterThan(lease.ref().fence());
            assertThat(queue.stats(Queues.soon()).total()).isOne();
        }
    }

    @Test
    void whatWasDoneAndNotHeardOfIsDoneOnce() throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                CutProxy wire = new CutProxy(redis.port())) {
            RedisTaskQueue queue = queues.open(wire.url());
            Queues.submit(queue, Queues.task("warm"));
            TaskLease warm = Queues.claim(queue, "a", 1).get(0);
            queue.complete(warm.ref(), new TaskCompletion.Success(null), Queues.soon());

            wire.loseAnswerTo(QueueScript.SUBMIT.sha);
            assertThat(Queues.submit(queue, Queues.task("t")).taskId()).isEqualTo("t");
            assertThat(queue.stats(Queues.soon()).count(TaskStatus.READY)).isOne();

            TaskClaim claim = Queues.claim("a", 5, Queues.LONG, queue.lanes(Queues.soon()));
            wire.loseAnswerTo(QueueScript.CLAIM.sha);
            List<TaskLease> leases = queue.claim(claim, Queues.soon());
            assertThat(leases).hasSize(1);
            assertThat(leases.get(0).attempt()).isOne();

            wire.loseAnswerTo(QueueScript.COMPLETE.sha);
            assertThat(queue.complete(leases.get(0).ref(), new TaskCompletion.Success(new byte[1]), Queues.soon()))
                    .isTrue();
            assertThat(queue.stats(Queues.soon()).count(TaskStatus.SUCCEEDED)).isEqualTo(2);
        }
    }

    @Test
    void aPieceOfOutputIsSeenOnceAlthoughItsAnswerWasLost() throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                CutProxy wire = new CutProxy(redis.port())) {
            RedisTaskQueue agent = queues.open(wire.url());
            RedisTaskQueue submitter = queues.open(redis);
            await().atMost(Duration.ofSeconds(30)).until(submitter::isListening);
            List<String> heard = new CopyOnWriteArrayList<>();
            var unused = submitter.subscribe(event -> {
                if (event.kind() == TaskEvent.Kind.OUTPUT) {
                    heard.add(event.note());
                }
            });
            Queues.submit(submitter, Queues.task("t"));
            TaskLease lease = Queues.claim(agent, "a", 1).get(0);
            assertThat(agent.emit(lease.ref(), "one", Queues.soon())).isTrue();

            wire.loseAnswerTo(QueueScript.SAVE.sha);
            assertThat(agent.emit(lease.ref(), "two", Queues.soon())).isTrue();
            assertThat(agent.emit(lease.ref(), "three", Queues.soon())).isTrue();

            await().atMost(Duration.ofSeconds(30)).until(() -> heard.contains("three"));
            assertThat(heard).containsExactly("one", "two", "three");
        }
    }

    @Test
    void aCancellationThatWasNotHeardOfIsStillOne() throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                CutProxy wire = new CutProxy(redis.port())) {
            RedisTaskQueue queue = queues.open(wire.url());
            Queues.submit(queue, Queues.task("warm"));
            queue.cancel("warm", "x", Queues.soon());
            Queues.submit(queue, Queues.task("t"));

            wire.loseAnswerTo(QueueScript.CANCEL.sha);

            assertThat(queue.cancel("t", "x", Queues.soon())).isEqualTo(ai.primespark.agent.CancelOutcome.CANCELLED);
        }
    }

    /** As when a process is killed: its connections end at once. The leases last five minutes. */
    @Test
    void theTasksOfAProcessThatIsGoneComeBackLongBeforeTheirLeasesAreOver() throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                CutProxy wire = new CutProxy(redis.port())) {
            RedisTaskQueue dying = queues.open(wire.url());
            RedisTaskQueue other = queues.open(redis, "presence-grace", "300ms");
            Queues.submit(other, Queues.task("t"));
            awaitPresence(redis, 2);
            TaskLease lost = Queues.claim(dying, "a", 1).get(0);
            long cut = System.nanoTime();
            wire.cut();

            await().atMost(Duration.ofSeconds(60))
                    .until(() -> other.find("t", Queues.soon()).orElseThrow().status() == TaskStatus.READY);

            assertThat(Duration.ofNanos(System.nanoTime() - cut)).isLessThan(Queues.LONG);
            TaskLease next = Queues.claim(other, "b", 1).get(0);
            assertThat(next.attempt()).isEqualTo(2);
            assertThat(other.find("t", Queues.soon()).orElseThrow().losses()).isOne();
            wire.mend();
            assertThat(dying.complete(lost.ref(), new TaskCompletion.Success(new byte[] {1}), Queues.soon()))
                    .as("the late outcome of who was taken for gone")
                    .isFalse();
            assertThat(other.complete(next.ref(), new TaskCompletion.Success(new byte[] {2}), Queues.soon()))
                    .isTrue();
            assertThat(other.result("t", Queues.soon()).orElseThrow()).containsExactly(2);
        }
    }

    /** The process is started anew and claims under the same id before anybody has seen that the old one is gone. */
    @Test
    void theLeasesOfAnAgentsFormerProcessAreLostAndThoseOfItsNewOneAreNot() throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                CutProxy wire = new CutProxy(redis.port())) {
            RedisTaskQueue dying = queues.open(wire.url());
            RedisTaskQueue next = queues.open(redis, "presence-grace", "300ms");
            RedisTaskQueue other = queues.open(redis, "presence-grace", "300ms");
            Queues.submit(other, Queues.task("old"));
            awaitPresence(redis, 3);
            Queues.claim(dying, "a", 1);
            Queues.submit(other, Queues.task("new"));
            TaskLease held = Queues.claim(next, "a", 1).get(0);

            wire.cut();

            await().atMost(Duration.ofSeconds(60))
                    .until(() -> other.find("old", Queues.soon()).orElseThrow().status() == TaskStatus.READY);
            assertThat(other.find("new", Queues.soon()).orElseThrow().losses()).isZero();
            assertThat(next.complete(held.ref(), new TaskCompletion.Success(null), Queues.soon()))
                    .isTrue();
        }
    }

    /** Somebody who may judge sees that it is away, and that it is back; then the grace passes. */
    @Test
    void aProcessThatComesBackWithinTheGraceKeepsItsLeases() throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                CutProxy wire = new CutProxy(redis.port())) {
            RedisTaskQueue shaken = queues.open(wire.url());
            RedisTaskQueue judge = queues.open(redis, "presence-grace", "10m"); // it judges only when it is told to
            Queues.submit(judge, Queues.task("t"));
            awaitPresence(redis, 2);
            TaskLease lease = Queues.claim(shaken, "a", 1).get(0);
            String held = redis.command("HKEYS", "{ps:tasks}:o").strip();
            String instance = redis.command("PUBSUB", "CHANNELS", "{ps:tasks}:o:*")
                    .lines()
                    .map(channel -> channel.substring("{ps:tasks}:o:".length()))
                    .filter(each -> !each.equals(held))
                    .findFirst()
                    .orElseThrow();
            Duration grace = Duration.ofSeconds(4);
            assertThat(presence(redis, held)).isEqualTo("+");

            wire.cut();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                judge(judge, instance, grace);
                return presence(redis, held).matches("\\d+");
            });
            long away = Long.parseLong(presence(redis, held));
            wire.mend();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                judge(judge, instance, grace);
                return presence(redis, held).equals("+");
            });
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                judge(judge, instance, grace);
                return time(redis) > away + grace.toNanos() / 1_000;
            });

            assertThat(judge.find("t", Queues.soon()).orElseThrow().losses()).isZero();
            assertThat(shaken.complete(lease.ref(), new TaskCompletion.Success(null), Queues.soon()))
                    .isTrue();
        }
    }

    /** '+' while it is heard, or since when it is not. */
    private static String presence(LocalRedis redis, String instance) {
        return redis.command("HGET", "{ps:tasks}:o", instance).strip();
    }

    /** A sweep of somebody who has listened for long enough. */
    private static void judge(RedisTaskQueue queue, String instance, Duration grace) {
        Args args =
                new Args().text(instance).flag(true).micros(grace).flag(false).number(500);
        var unused = queue.link().call(QueueScript.SWEEP, args, Queues.soon());
    }

    /** The server's, in microseconds. */
    private static long time(LocalRedis redis) {
        String[] time = redis.command("TIME").strip().split("\\s+");
        return Long.parseLong(time[0]) * 1_000_000 + Long.parseLong(time[1]);
    }

    private static void awaitPresence(LocalRedis redis, int instances) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> redis.command("PUBSUB", "CHANNELS", "{ps:tasks}:o:*")
                                .lines()
                                .count()
                        == instances);
    }

    /** Keeps the fence: without its test the script must let a late outcome in, which the rules would notice. */
    @Test
    void withoutTheTestOfTheFenceALateOutcomeWouldBeTaken() {
        try (LocalRedis redis = LocalRedis.start()) {
            RedisTaskQueue queue = queues.open(redis);
            Queues.submit(queue, Queues.task("t", request -> request.retry(RetryPolicy.DEFAULT)));
            TaskLease first = Queues.claim(queue, "a", 1).get(0);
            queue.complete(first.ref(), new TaskCompletion.Failure("oops", Duration.ZERO), Queues.soon());
            TaskLease second = Queues.claim(queue, "a", 1).get(0);
            assertThat(queue.complete(first.ref(), new TaskCompletion.Success(null), Queues.soon()))
                    .isFalse();
            String test = "and t.f == ARGV[a + 2] ";
            String source = new String(QueueScript.COMPLETE.source, StandardCharsets.UTF_8);
            assertThat(source).contains(test);

            String taken = redis.command(
                    "EVAL",
                    source.replace(test, ""),
                    "1",
                    "{ps:tasks}:",
                    "t",
                    "a",
                    String.valueOf(first.ref().fence()),
                    "S",
                    "digest",
                    "late",
                    "1");

            assertThat(taken).isEqualTo("1");
            assertThat(queue.complete(second.ref(), new TaskCompletion.Success(null), Queues.soon()))
                    .as("the violation: the holder is refused")
                    .isFalse();
        }
    }

    @Test
    void aBeatNeverShortensALease() {
        try (LocalRedis redis = LocalRedis.start()) {
            RedisTaskQueue queue = queues.open(redis);
            Queues.submit(queue, Queues.task("t"));
            TaskLease lease = Queues.claim(queue, "a", 1).get(0);
            String before = redis.command("ZSCORE", "{ps:tasks}:l", "t");
            List<TaskLease.Progress> held = List.of(new TaskLease.Progress(lease.ref(), 0, ""));

            queue.beat(held, Duration.ofSeconds(1), Queues.soon());
            assertThat(redis.command("ZSCORE", "{ps:tasks}:l", "t")).isEqualTo(before);
            String source = new String(QueueScript.BEAT.source, StandardCharsets.UTF_8);
            assertThat(source).contains("'XX', 'GT'");
            redis.command(
                    "EVAL",
                    source.replace("'XX', 'GT'", "'XX'"),
                    "1",
                    "{ps:tasks}:",
                    "1000000",
                    "t",
                    "a",
                    String.valueOf(lease.ref().fence()),
                    "");
            assertThat(redis.command("ZSCORE", "{ps:tasks}:l", "t"))
                    .as("without the flag it would")
                    .isNotEqualTo(before);
        }
    }

    @Test
    void aMachineWithAWrongClockChangesNothing() {
        try (LocalRedis redis = LocalRedis.start()) {
            RedisTaskQueue queue = queues.open(redis);
            Queues.submit(queue, Queues.task("t"));
            TaskLease lease = Queues.claim(queue, "a", 1).get(0);
            queues.context.clock().advance(Duration.ofHours(2));
            queue.sweep(Queues.soon());
            assertThat(queue.find("t", Queues.soon()).orElseThrow().status()).isEqualTo(TaskStatus.RUNNING);
            assertThat(queue.complete(lease.ref(), new TaskCompletion.Success(null), Queues.soon()))
                    .isTrue();
        }
    }

    @Test
    void withoutAServerTheQueueStartsAndSaysWhatIsMissing() throws Exception {
        int port = LocalRedis.freePort();
        RedisTaskQueue queue = queues.open("redis://127.0.0.1:" + port, "timeout", "300ms", "connect-timeout", "300ms");
        assertThatThrownBy(() -> queue.find("t", Deadline.in(Duration.ofSeconds(5))))
                .isInstanceOf(QueueUnavailableException.class)
                .hasMessageContaining("127.0.0.1:" + port);
        assertThatThrownBy(() -> queue.submit(List.of(Queues.task("t")), Deadline.in(Duration.ofMillis(50))))
                .isInstanceOf(QueueUnavailableException.class);
    }

    @Test
    void theMasterIsFoundThroughASentinel() {
        try (LocalRedis master = LocalRedis.start();
                LocalRedis sentinel = LocalRedis.startSentinel("house", master, 1)) {
            RedisTaskQueue queue = queues.open("redis-sentinel://127.0.0.1:" + sentinel.port() + "#house");
            Queues.submit(queue, Queues.task("t"));
            assertThat(Queues.claim(queue, "a", 1)).hasSize(1);
            assertThat(master.command("KEYS", "{ps:tasks}:t:*")).isEqualTo("{ps:tasks}:t:t");
        }
    }

    @Test
    void aLargeBatchIsTakenWholeThroughABrokenConnection() throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                CutProxy wire = new CutProxy(redis.port())) {
            RedisTaskQueue queue = queues.open(wire.url());
            List<TaskEnvelope> tasks = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                tasks.add(Queues.task("t" + i));
            }
            queue.stats(Queues.soon());
            wire.loseAnswerTo(QueueScript.SUBMIT.sha);
            assertThat(queue.submit(tasks, Queues.soon())).hasSize(2_000);
            assertThat(queue.stats(Queues.soon()).total()).isEqualTo(2_000);
        }
    }
}
