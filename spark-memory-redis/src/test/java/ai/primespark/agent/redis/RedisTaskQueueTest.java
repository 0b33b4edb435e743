package ai.primespark.agent.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.Priority;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskPage;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.memory.redis.RedisServers;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import ai.primespark.spi.TaskQueue.Submitted.Outcome;
import ai.primespark.testkit.LocalRedis;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks through their lives on one server. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RedisTaskQueueTest {

    private static LocalRedis redis;
    private final Queues queues = new Queues();

    @BeforeAll
    static void start() {
        redis = LocalRedis.start();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @AfterEach
    void clean() {
        queues.close();
        redis.command("FLUSHALL");
    }

    @Test
    void aTaskIsSubmittedClaimedAndDoneAndItsResultIsKept() {
        TaskQueue queue = queues.open(redis);
        TaskEnvelope task = Queues.task(
                "t1",
                request -> request.priority(Priority.HIGH)
                        .idempotencyKey("ü")
                        .maxRuntime(Duration.ofSeconds(3))
                        .prefer("attic=1"));

        assertThat(Queues.submit(queue, task).outcome()).isEqualTo(Outcome.CREATED);
        assertThat(Queues.submit(queue, task).outcome()).isEqualTo(Outcome.EXISTING);
        TaskLease lease = Queues.claim(queue, "a", 5).get(0);
        assertThat(lease.task().request()).usingRecursiveComparison().isEqualTo(task.request());
        assertThat(queue.complete(lease.ref(), new TaskCompletion.Success(new byte[] {1, 0, 2}), Queues.soon()))
                .isTrue();
        assertThat(queue.complete(lease.ref(), new TaskCompletion.Success(new byte[] {1, 0, 2}), Queues.soon()))
                .as("the same once more")
                .isTrue();
        assertThat(queue.complete(lease.ref(), new TaskCompletion.Success(null), Queues.soon()))
                .as("another outcome")
                .isFalse();

        assertThat(queue.result("t1", Queues.soon())).contains(new byte[] {1, 0, 2});
        TaskSnapshot found = queue.find("t1", Queues.soon()).orElseThrow();
        assertThat(found.status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(found.attempts()).isOne();
        assertThat(found.agentId()).contains("a");
        assertThat(queue.lanes(Queues.soon())).isEmpty();
        assertThat(queue.stats(Queues.soon()).count(TaskStatus.SUCCEEDED)).isOne();
        assertThat(queue.stats(Queues.soon()).total()).isOne();
    }

    @Test
    void namesWithBracesAreRefused() {
        assertThatThrownBy(() -> queues.create(redis.url(), "queue", "a{b}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("queue")
                .hasMessageContaining("braces");
        assertThatThrownBy(() -> queues.create(redis.url(), "prefix", "{"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("prefix");
    }

    @Test
    void allKeysCarryTheTagOfTheQueue() {
        TaskQueue queue = queues.open(redis, "queue", "night");
        Queues.submit(queue, Queues.task("t1"));
        Queues.submit(queue, Queues.task("t2", request -> request.after("t1").idempotencyKey("k")));
        Queues.claim(queue, "a", 1);
        assertThat(redis.command("KEYS", "*").lines()).isNotEmpty().allMatch(key -> key.startsWith("{ps:night}:"));
    }

    @Test
    void queuesOfTwoNamesOnOneServerAreApart() {
        TaskQueue one = queues.open(redis, "queue", "one");
        TaskQueue two = queues.open(redis, "queue", "two");
        Queues.submit(one, Queues.task("t"));
        assertThat(two.find("t", Queues.soon())).isEmpty();
        assertThat(two.lanes(Queues.soon())).isEmpty();
    }

    @Test
    void scriptsThatTheServerForgotAreSentAgain() {
        TaskQueue queue = queues.open(redis);
        Queues.submit(queue, Queues.task("t1"));
        redis.command("SCRIPT", "FLUSH");
        Queues.submit(queue, Queues.task("t2"));
        redis.command("SCRIPT", "FLUSH");
        assertThat(Queues.claim(queue, "a", 5)).hasSize(2);
    }

    @Test
    void oneTaskWakesOneOfTheWaitingProcesses() throws Exception {
        TaskQueue queue = queues.open(redis);
        TaskEnvelope first = Queues.task("t1");
        Set<TaskLane> lanes = Set.of(first.lane());
        ConcurrentLinkedQueue<String> woken = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<Void>> agents = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            RedisTaskQueue own = queues.open(redis);
            own.claim(Queues.claim(name, 1, Queues.LONG, lanes), Queues.soon()); // it has wanted the lane before
            awaitListening(own);
            CompletableFuture<Void> done = new CompletableFuture<>();
            agents.add(done);
            Thread agent = new Thread(() -> {
                try {
                    if (own.awaitWork(lanes, Duration.ofSeconds(50))) {
                        woken.add(name);
                        own.claim(Queues.claim(name, 1, Queues.LONG, lanes), Queues.soon());
                    }
                    done.complete(null);
                } catch (InterruptedException | RuntimeException e) {
                    done.completeExceptionally(e);
                }
            });
            agent.start();
        }
        awaitBlocked(3);

        Queues.submit(queue, first);
        await().until(() -> queue.find("t1", Queues.soon()).orElseThrow().status() == TaskStatus.RUNNING);
        assertThat(woken).hasSize(1);
        queue.submit(List.of(Queues.task("t2"), Queues.task("t3")), Queues.soon());
        CompletableFuture.allOf(agents.toArray(CompletableFuture[]::new)).get(50, TimeUnit.SECONDS);
        assertThat(woken).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(queue.stats(Queues.soon()).count(TaskStatus.RUNNING)).isEqualTo(3);
    }

    /** Until an instance listens, for which it wakes whoever waits. */
    private static void awaitListening(RedisTaskQueue queue) {
        await().atMost(Duration.ofSeconds(30)).until(queue::isListening);
    }

    private static void awaitBlocked(int clients) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> redis.command("INFO", "clients").contains("blocked_clients:" + clients));
    }

    /** A mark that was taken by a process whose agent did not want it any more wakes another one. */
    @Test
    void aMarkThatWasTakenForNothingGoesOn() throws Exception {
        TaskQueue queue = queues.open(redis);
        TaskEnvelope wanted = Queues.task("t1");
        Set<TaskLane> lanes = Set.of(wanted.lane());
        RedisTaskQueue fickle = queues.open(redis);
        fickle.claim(Queues.claim("fickle", 1, Queues.LONG, lanes), Queues.soon());
        awaitListening(fickle);
        CompletableFuture<Boolean> first = Queues.waiting(fickle, Set.of());
        awaitBlocked(1);
        RedisTaskQueue steady = queues.open(redis);
        steady.claim(Queues.claim("steady", 1, Queues.LONG, lanes), Queues.soon());
        awaitListening(steady);
        CompletableFuture<Boolean> second = Queues.waiting(steady, lanes);
        awaitBlocked(2);

        Queues.submit(queue, wanted);

        assertThat(second.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(first.get(30, TimeUnit.SECONDS))
                .as("the wrong one, woken on a guess")
                .isTrue();
    }

    /** One that is paused meanwhile, or drains, does not claim. */
    @Test
    void aMarkThatWokeSomebodyWhoDoesNotClaimGoesOn() throws Exception {
        TaskQueue queue = queues.open(redis);
        TaskEnvelope wanted = Queues.task("t1");
        Set<TaskLane> lanes = Set.of(wanted.lane());
        RedisTaskQueue idle = queues.open(redis);
        awaitListening(idle);
        CompletableFuture<Boolean> first = Queues.waiting(idle, lanes);
        awaitBlocked(1);
        RedisTaskQueue steady = queues.open(redis);
        awaitListening(steady);
        CompletableFuture<Boolean> second = Queues.waiting(steady, lanes);
        awaitBlocked(2);

        Queues.submit(queue, wanted);

        assertThat(first.get(30, TimeUnit.SECONDS)).as("who waited longer").isTrue();
        assertThat(second.get(30, TimeUnit.SECONDS)).isTrue();
    }

    /** As of a machine that has just lost its power: Redis holds its blocking command for as long as it was asked to. */
    @Test
    void aMarkThatWentToAMachineThatIsGoneIsMadeUpFor() throws Exception {
        TaskQueue queue = queues.open(redis);
        TaskEnvelope wanted = Queues.task("t1");
        try (Socket gone = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
            String list = "{ps:tasks}:w:" + Envelopes.laneId(wanted.lane());
            gone.getOutputStream().write(("BLPOP " + list + " 0\r\n").getBytes(StandardCharsets.US_ASCII));
            awaitBlocked(1);
            RedisTaskQueue agent = queues.open(redis);
            awaitListening(agent);
            CompletableFuture<Boolean> woken = Queues.waiting(agent, Set.of(wanted.lane()));
            awaitBlocked(2);

            Queues.submit(queue, wanted);

            assertThat(gone.getInputStream().read())
                    .as("who has waited for longest")
                    .isEqualTo('*');
            assertThat(woken.get(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void whenOneConnectionIsBrokenTheBlockingOneIsNotTrustedEither() {
        RedisTaskQueue queue = queues.open(redis);
        awaitListening(queue);
        Thread agent = new Thread(() -> {
            try {
                while (true) {
                    boolean unused = queue.awaitWork(Set.of(), Duration.ofSeconds(50)); // as an agent, again and again
                }
            } catch (InterruptedException | QueueUnavailableException e) {
                // the end of the test
            }
        });
        agent.start();
        awaitBlocked(1);
        String before = blocking();

        redis.command("CLIENT", "KILL", "TYPE", "pubsub");

        await().atMost(Duration.ofSeconds(30))
                .until(() -> !blocking().isEmpty() && !blocking().equals(before));
    }

    /** The ids of the connections on which a command blocks. */
    private static String blocking() {
        return redis.command("CLIENT", "LIST")
                .lines()
                .filter(line -> line.contains("cmd=blpop"))
                .map(line -> line.substring(0, line.indexOf(' ')))
                .collect(java.util.stream.Collectors.joining(" "));
    }

    @Test
    void anIdleQueueAsksTheServerForNextToNothing() {
        RedisTaskQueue queue = queues.open(redis);
        awaitListening(queue);
        CompletableFuture<Boolean> waiting =
                Queues.waiting(queue, Set.of(Queues.task("t").lane()));
        awaitBlocked(1);
        await().until(() -> calls("evalsha") > 0);
        redis.command("CONFIG", "RESETSTAT");

        await().pollDelay(Duration.ofSeconds(4)).until(() -> true);

        assertThat(waiting).isNotDone();
        String stats = redis.command("INFO", "commandstats");
        assertThat(stats.lines()
                        .filter(line -> line.startsWith("cmdstat_"))
                        .filter(line -> !line.startsWith("cmdstat_info") && !line.startsWith("cmdstat_config"))
                        .map(line -> line.substring("cmdstat_".length(), line.indexOf(':'))))
                .as("in 4 seconds without heartbeats")
                .isSubsetOf("blpop", "evalsha", "time", "zcard");
        assertThat(calls("evalsha") + calls("blpop"))
                .as("one look, and what it calls in its script")
                .isLessThanOrEqualTo(2);
    }

    private static long calls(String command) {
        return redis.command("INFO", "commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_" + command + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceFirst(".*:calls=(\\d+),.*", "$1")))
                .sum();
    }

    @Test
    void aRunningTaskHearsOfItsCancellationAtOnce() throws Exception {
        TaskQueue queue = queues.open(redis);
        RedisTaskQueue worker = queues.open(redis);
        CompletableFuture<TaskEvent> heard = new CompletableFuture<>();
        AutoCloseable subscription = worker.subscribe(event -> {
            if (event.kind() == TaskEvent.Kind.CANCELLING) {
                heard.complete(event);
            }
        });
        Queues.submit(queue, Queues.task("t1"));
        Queues.claim(worker, "a", 1);

        assertThat(queue.cancel("t1", "nobody waits", Queues.soon())).isEqualTo(CancelOutcome.REQUESTED);

        assertThat(heard.get(20, TimeUnit.SECONDS).taskId()).isEqualTo("t1");
        subscription.close();
    }

    @Test
    void eventsGoOnAfterAListenersErrorAndAfterAMomentWithoutThreads() {
        ScarceThreads threads = queues.scarce(redis.url());
        RedisTaskQueue queue = queues.open(threads);
        awaitListening(queue);
        List<String> heard = new java.util.concurrent.CopyOnWriteArrayList<>();
        var unused = queue.subscribe(event -> {
            if (event.taskId().equals("t0")) {
                throw new AssertionError("a listener that fails badly");
            }
        });
        var unusedToo = queue.subscribe(event -> heard.add(event.taskId()));

        Queues.submit(queue, Queues.task("t0"));
        Queues.submit(queue, Queues.task("t1"));
        await().atMost(Duration.ofSeconds(30)).until(() -> heard.equals(List.of("t0", "t1")));
        threads.scarce(true);
        Queues.submit(queue, Queues.task("t2"));
        await().atMost(Duration.ofSeconds(30)).until(() -> threads.refusals() > 0);
        threads.scarce(false);
        Queues.submit(queue, Queues.task("t3"));

        await().atMost(Duration.ofSeconds(30)).until(() -> heard.equals(List.of("t0", "t1", "t2", "t3")));
    }

    /** Once connections were opened for ever, and none closed. */
    @Test
    void whoMayNotListenOrWaitHoldsNoConnectionForIt() {
        redis.command("ACL SETUSER deaf on >secret ~* &* +@all -subscribe -blpop".split(" "));
        try {
            RedisTaskQueue deaf = queues.open(redis.url().replace("://", "://deaf:secret@"));
            Queues.submit(deaf, Queues.task("t"));
            assertThat(Queues.claim(deaf, "a", 1)).hasSize(1);
            Thread agent = new Thread(() -> waitForWork(deaf));
            agent.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> denied("subscribe") > 1 && denied("blpop") > 1);
            await().atMost(Duration.ofSeconds(30)).until(() -> connections("deaf") == 1);

            redis.command("ACL SETUSER deaf +subscribe +blpop".split(" "));
            awaitListening(deaf);
            assertThat(agent.isAlive()).isTrue();
        } finally {
            redis.command("ACL", "DELUSER", "deaf");
        }
    }

    /** As an agent does: whenever it is woken it asks for the lanes and waits again. */
    private static void waitForWork(RedisTaskQueue queue) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                boolean unused = queue.awaitWork(queue.lanes(Queues.soon()), Duration.ofSeconds(50));
            }
        } catch (InterruptedException | TaskException e) {
            return; // the queue is closed
        }
    }

    private static long denied(String command) {
        return redis.command("INFO", "commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_" + command + ":"))
                .map(line -> line.replaceFirst(".*rejected_calls=(\\d+).*", "$1"))
                .mapToLong(Long::parseLong)
                .sum();
    }

    private static long connections(String user) {
        return redis.command("CLIENT", "LIST")
                .lines()
                .filter(line -> line.contains("user=" + user + " "))
                .count();
    }

    /** With a hundred tasks a second and a retention of a day, something is to be forgotten every 10 ms a day later. */
    @Test
    void nobodyComesInAHurryForWhatIsOnlyToBeForgotten() {
        RedisTaskQueue queue = queues.open(redis);
        Queues.submit(queue, Queues.task("t", request -> request.retention(Duration.ofMillis(700))));
        TaskLease lease = Queues.claim(queue, "a", 1).get(0);
        queue.complete(lease.ref(), new TaskCompletion.Success(null), Queues.soon());

        assertThat(caretaker(queue, "test").sweep(Queues.soon())).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void whileTwoProcessesSeeToWhatIsDueOthersComeLater() {
        RedisTaskQueue queue = queues.open(redis, "presence-grace", "50ms");
        queues.open(redis, "presence-grace", "50ms");
        Queues.submit(queue, Queues.task("t"));
        Queues.claim(queue, "a", 1);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> redis.command("HMGET", "{ps:tasks}:n", "watch1", "watch2")
                                .lines()
                                .filter(line -> !line.isBlank())
                                .count()
                        == 2);
        Queues.submit(
                queue,
                Queues.task("later", request -> request.notBefore(Instant.now().plusSeconds(1))));

        assertThat(caretaker(queue, "third").sweep(Queues.soon())).isGreaterThan(Duration.ofMillis(1_500));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> queue.find("later", Queues.soon()).orElseThrow().status() == TaskStatus.READY);
    }

    /** Another instance's, over the same connection; it has been listening for long. */
    private Caretaker caretaker(RedisTaskQueue queue, String instance) {
        QueueConfig config = QueueConfig.of(
                "test",
                queues.context
                        .with(new RedisTaskQueueProvider(), java.util.Map.of())
                        .settings());
        return new Caretaker(config, queues.context, queue.link(), instance, () -> Duration.ofHours(1));
    }

    @Test
    void recordsThatDoNotMatchAreMendedAndCounted() {
        RedisTaskQueue queue = queues.open(redis);
        for (String id : List.of("lane", "lease", "schedule", "payload", "hash")) {
            Queues.submit(
                    queue,
                    Queues.task(
                            id,
                            request -> id.equals("schedule")
                                    ? request.notBefore(Instant.now().plusSeconds(3_600))
                                    : request));
        }
        String ready =
                redis.command("KEYS", "{ps:tasks}:r:*").lines().findFirst().orElseThrow();
        assertThat(redis.command("ZREM", ready, "lane")).isEqualTo("1");
        assertThat(redis.command("ZREM", "{ps:tasks}:s", "schedule")).isEqualTo("1");
        redis.command("DEL", "{ps:tasks}:t:hash");
        redis.command("DEL", "{ps:tasks}:e:payload");
        redis.command("ZREM", ready, "lease");
        redis.command("HSET", "{ps:tasks}:t:lease", "s", "L");

        caretaker(queue, "test").sweep(Queues.soon());

        assertThat(queue.stats(Queues.soon()).repaired()).isEqualTo(4);
        assertThat(queue.find("hash", Queues.soon())).isEmpty();
        assertThat(queue.find("schedule", Queues.soon()).orElseThrow().status()).isEqualTo(TaskStatus.SCHEDULED);
        assertThat(Queues.claim(queue, "a", 9))
                .extracting(lease -> lease.task().id())
                .containsExactlyInAnyOrder("lane", "lease");
        TaskSnapshot lost = queue.find("payload", Queues.soon()).orElseThrow();
        assertThat(lost.status()).isEqualTo(TaskStatus.DEAD);
        assertThat(lost.error().orElseThrow()).contains("payload is lost");
        assertThat(queue.stats(Queues.soon()).repaired()).isEqualTo(5);
    }

    /** The hash of a running task is deleted: nothing knows its type and lane any more, and what waits for it must not wait on. */
    @Test
    void aRunningTaskWhoseRecordIsLostHoldsUpNothing() {
        RedisTaskQueue queue = queues.open(redis);
        TaskEnvelope lost = Queues.task("lost");
        Queues.submit(queue, lost);
        TaskClaim.Limit one = new TaskClaim.Limit(1, Double.POSITIVE_INFINITY);
        java.util.Map<String, TaskClaim.Limit> limits = java.util.Map.of("echo", one);
        TaskClaim claim = new TaskClaim("r1", "a", Set.of(lost.lane()), 9, Queues.LONG, limits);
        assertThat(queue.claim(claim, Queues.soon())).hasSize(1);
        Queues.submit(queue, Queues.task("follower", request -> request.after("lost")));
        redis.command("DEL", "{ps:tasks}:t:lost");
        redis.command("ZADD", "{ps:tasks}:l", "1", "lost"); // its lease is over

        caretaker(queue, "test").sweep(Queues.soon());
        assertThat(queue.find("follower", Queues.soon()).orElseThrow().status()).isEqualTo(TaskStatus.CANCELLED);
        caretaker(queue, "test").sweep(Queues.soon()); // with a check

        assertThat(queue.lanes(Queues.soon())).isEmpty();
        assertThat(Args.string(sweepAndCheck(queue).get(2)))
                .as("the counts match")
                .isEqualTo("0");
        Queues.submit(queue, Queues.task("next"));
        TaskClaim again = new TaskClaim("r2", "a", Set.of(lost.lane()), 9, Queues.LONG, limits);
        assertThat(queue.claim(again, Queues.soon())).hasSize(1);
    }

    @Test
    void whereSubmittersStandIsForgottenWhenTheirTurnHasPassed() {
        RedisTaskQueue queue = queues.open(redis);
        List<TaskEnvelope> batch = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            String submitter = "s" + i;
            batch.add(Queues.task("t" + i, request -> request.submitter(submitter)));
        }
        queue.submit(batch, Queues.soon());
        assertThat(redis.command("HLEN", "{ps:tasks}:u")).isEqualTo("2000");
        redis.command("HSET", "{ps:tasks}:u", "s77", "9000000000000000"); // its flood goes on

        await().atMost(Duration.ofSeconds(30)).until(() -> {
            var unused = sweepAndCheck(queue); // each looks at a part
            return redis.command("HLEN", "{ps:tasks}:u").equals("1");
        });

        assertThat(redis.command("HKEYS", "{ps:tasks}:u")).isEqualTo("s77");
    }

    /** As while machines are brought to a new version one after the other. */
    @Test
    void aTaskThatCannotBeReadHoldsUpNoOther() {
        RedisTaskQueue queue = queues.open(redis);
        queue.submit(
                List.of(Queues.task("newer"), Queues.task("x-damaged"), Queues.task("good"), Queues.task("also-good")),
                Queues.soon());
        String change = "redis.call('SET', KEYS[1], %s)";
        redis.command("EVAL", change.formatted("'\\2' .. 'in a way not known yet'"), "1", "{ps:tasks}:e:newer");
        redis.command("EVAL", change.formatted("'\\1'"), "1", "{ps:tasks}:e:x-damaged");

        List<TaskLease> leases = Queues.claim(queue, "a", 9);

        assertThat(leases).extracting(lease -> lease.task().id()).containsExactly("good", "also-good");
        await().until(() -> queue.find("x-damaged", Queues.soon()).orElseThrow().status() == TaskStatus.DEAD);
        assertThat(queue.find("x-damaged", Queues.soon()).orElseThrow().error().orElseThrow())
                .contains("damaged");
        TaskSnapshot newer = queue.find("newer", Queues.soon()).orElseThrow();
        assertThat(newer.status()).isEqualTo(TaskStatus.SCHEDULED);
        assertThat(newer.error().orElseThrow()).contains("newer program");
        assertThat(List.of(newer.failures(), newer.losses())).containsExactly(0, 0);
        queue.complete(leases.get(0).ref(), new TaskCompletion.Failure("no", null), Queues.soon());
        assertThat(queue.replay(TaskFilter.DEAD, Queues.soon())).isOne();
        assertThat(queue.find("good", Queues.soon()).orElseThrow().status()).isEqualTo(TaskStatus.READY);
    }

    /** A server that is full evicts what has an end, as the key of a task that is over. */
    @Test
    void aTaskThatIsForgottenLeavesItsEvictedKeyToWhoHasItNow() {
        RedisTaskQueue queue = queues.open(redis);
        TaskEnvelope first =
                Queues.task("t1", request -> request.idempotencyKey("k").retention(Duration.ofSeconds(1)));
        Queues.submit(queue, first);
        TaskLease lease = Queues.claim(queue, "a", 1).get(0);
        queue.complete(lease.ref(), new TaskCompletion.Success(null), Queues.soon());
        redis.command("DEL", redis.command("KEYS", "{ps:tasks}:k:*").strip());
        assertThat(Queues.submit(queue, keyed("t2")).outcome()).isEqualTo(Outcome.CREATED);

        await().atMost(Duration.ofSeconds(30)).until(() -> {
            var unused = sweepAndCheck(queue);
            return redis.command("EXISTS", "{ps:tasks}:zD").equals("0"); // the first is forgotten
        });

        assertThat(Queues.submit(queue, keyed("t3"))).isEqualTo(new TaskQueue.Submitted("t2", Outcome.EXISTING));
    }

    /** Of one type and payload, so that the key means the same work. */
    private static TaskEnvelope keyed(String id) {
        TaskEnvelope same = Queues.task("same", request -> request.idempotencyKey("k"));
        return new TaskEnvelope(id, same.request(), same.encoding());
    }

    /** Each round has no time for more than one part, as if the queue were too large for it. */
    @Test
    void aRepairGoesOnWhereItStoppedUntilAllHaveBeenLookedAt() {
        RedisTaskQueue queue = queues.open(redis);
        List<TaskEnvelope> batch = new ArrayList<>();
        for (int i = 0; i < 1_200; i++) {
            batch.add(Queues.task("%06d".formatted(i)));
        }
        queue.submit(batch, Queues.soon());
        String ready =
                redis.command("KEYS", "{ps:tasks}:r:*").lines().findFirst().orElseThrow();
        redis.command("ZREM", ready, "001199");

        List<String> ends = new ArrayList<>();
        for (int part = 0; part < 3; part++) {
            List<Object> answer = queue.link().call(QueueScript.REPAIR, new Args().number(500), Queues.soon());
            ends.add(Args.string(answer.get(0)) + " " + Args.toLong(answer.get(1)));
        }

        assertThat(ends).containsExactly("0 0", "0 0", "1 1");
        assertThat(queue.stats(Queues.soon()).count(TaskStatus.READY)).isEqualTo(1_200);
        assertThat(queue.stats(Queues.soon()).repaired()).isOne();
    }

    /** One instance stops in the middle; another one's next check ends it, though the counts match again. */
    @Test
    void anUnfinishedRepairIsTakenOverByWhoChecksNext() {
        RedisTaskQueue queue = queues.open(redis);
        List<TaskEnvelope> batch = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            batch.add(Queues.task("%06d".formatted(i)));
        }
        queue.submit(batch, Queues.soon());
        queue.link().call(QueueScript.REPAIR, new Args().number(500), Queues.soon());
        assertThat(redis.command("HGET", "{ps:tasks}:n", "mend")).isEqualTo("000499");

        caretaker(queue, "test").sweep(Queues.soon());

        assertThat(redis.command("HEXISTS", "{ps:tasks}:n", "mend")).isEqualTo("0");
    }

    @Test
    void aLaneThatEndsWhileItWaitsForItsRateLeavesNothingBehind() {
        RedisTaskQueue queue = queues.open(redis);
        TaskEnvelope first = Queues.task("t1");
        queue.submit(List.of(first, Queues.task("t2"), Queues.task("t3")), Queues.soon());
        TaskClaim.Limit slow = new TaskClaim.Limit(9, 0.001);
        TaskClaim claim = new TaskClaim("r", "a", Set.of(first.lane()), 9, Queues.LONG, java.util.Map.of("echo", slow));
        TaskLease lease = queue.claim(claim, Queues.soon()).get(0);
        assertThat(redis.command("ZCARD", "{ps:tasks}:s"))
                .as("the lane waits for its rate")
                .isEqualTo("1");
        queue.complete(lease.ref(), new TaskCompletion.Success(null), Queues.soon());
        for (String id : List.of("t1", "t2", "t3")) {
            queue.cancel(id, "x", Queues.soon());
        }

        List<Object> sweep = sweepAndCheck(queue);

        assertThat(Args.string(sweep.get(2))).as("the counts match").isEqualTo("0");
        assertThat(redis.command("KEYS", "{ps:tasks}:w:*")).isEmpty();
        assertThat(redis.command("EXISTS", "{ps:tasks}:s")).isEqualTo("0");
    }

    private static List<Object> sweepAndCheck(RedisTaskQueue queue) {
        Args args =
                new Args().text("test").flag(false).number(1_000_000).flag(true).number(500);
        return queue.link().call(QueueScript.SWEEP, args, Queues.soon());
    }

    @Test
    void manyTasksAreListedPageByPageAndCountedAtOnce() {
        TaskQueue queue = queues.open(redis);
        List<TaskEnvelope> batch = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            batch.add(Queues.task("%06d".formatted(i)));
        }
        queue.submit(batch, Queues.soon());
        TaskLease lease = Queues.claim(queue, "a", 1).get(0);
        queue.complete(lease.ref(), new TaskCompletion.Failure("no", null), Queues.soon());

        TaskPage page = queue.list(TaskFilter.ALL, null, 1_200, Queues.soon());
        assertThat(page.tasks()).hasSize(1_200);
        assertThat(page.tasks().get(0).id()).isEqualTo("002999");
        assertThat(queue.list(TaskFilter.ALL, page.next(), 5_000, Queues.soon()).tasks())
                .hasSize(1_800);
        assertThat(queue.list(TaskFilter.DEAD, null, 10, Queues.soon()).tasks()).hasSize(1);
        assertThat(queue.stats(Queues.soon()).count(TaskStatus.READY)).isEqualTo(2_999);
    }

    @Test
    void manyThreadsThatEndTasksShareTheirRoundTrips() throws Exception {
        TaskQueue queue = queues.open(redis);
        List<TaskEnvelope> batch = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            batch.add(Queues.task("t" + i));
        }
        queue.submit(batch, Queues.soon());
        List<TaskLease> leases = Queues.claim(queue, "a", 400);
        long before = calls("evalsha");
        CountDownLatch begun = new CountDownLatch(leases.size());
        redis.pause(); // all come while the first are under way
        List<CompletableFuture<Boolean>> ended = leases.stream()
                .map(lease -> CompletableFuture.supplyAsync(
                        () -> {
                            begun.countDown();
                            return queue.complete(
                                    lease.ref(),
                                    new TaskCompletion.Success(lease.task().id().getBytes(StandardCharsets.UTF_8)),
                                    Queues.soon());
                        },
                        queues.context.blocking()))
                .toList();
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        redis.resume();
        for (CompletableFuture<Boolean> each : ended) {
            assertThat(each.get(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(calls("evalsha") - before)
                .as("scripts for 400 outcomes, and a sweep or two")
                .isLessThan(100);
        for (TaskLease lease : leases) {
            assertThat(queue.result(lease.task().id(), Queues.soon()))
                    .contains(lease.task().id().getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void theSettingsOfTheServersAreThoseOfTheMemoryTier() {
        assertThat(new RedisTaskQueueProvider().settings()).containsAll(RedisServers.settings());
    }

    @Test
    void aStoppedTaskSaysWhy() {
        TaskQueue queue = queues.open(redis);
        Queues.submit(queue, Queues.task("t1"));
        TaskLease lease = Queues.claim(queue, "a", 1).get(0);
        queue.cancel("t1", "changed my mind", Queues.soon());
        assertThat(queue.complete(lease.ref(), new TaskCompletion.Stopped(CancelReason.USER), Queues.soon()))
                .isTrue();
        assertThat(queue.find("t1", Queues.soon()).orElseThrow().error()).contains("changed my mind");
    }
}
