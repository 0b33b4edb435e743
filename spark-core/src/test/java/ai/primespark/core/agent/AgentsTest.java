package ai.primespark.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import ai.primespark.TypeRef;
import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.Agents;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.DrainReport;
import ai.primespark.agent.IdempotencyConflictException;
import ai.primespark.agent.PowerNeeds;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskContext;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskFailedException;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskMethod;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.agent.TaskTimeoutException;
import ai.primespark.event.SparkEvent;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Tasks and handlers through the facade, on the queue in this process. */
class AgentsTest extends AgentRig {

    /** A payload and a result. */
    public record Doc(String title, int pages) {}

    private static TaskRequest.Builder task(String type) {
        return TaskRequest.of(type, "x");
    }

    private static void forEver() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    // --- values

    @Test
    void payloadsAndResultsAreWhatWasGivenTextAndBytesAsTheyAre() {
        Agents agents = agents();
        agents.local()
                .handle("doc", Doc.class, (doc, task) -> new Doc(doc.title() + "!", doc.pages() + 1))
                .handle("text", String.class, (text, task) -> text)
                .handle("bytes", byte[].class, (bytes, task) -> bytes)
                .handle("list", List.class, (list, task) -> list)
                .handle("none", String.class, (text, task) -> null)
                .start();

        assertThat(agents.submit(TaskRequest.of("doc", new Doc("a", 1)).build()).result(Doc.class, LONG))
                .contains(new Doc("a!", 2));
        assertThat(agents.submit(TaskRequest.of("text", "ä{").build()).result(String.class, LONG))
                .contains("ä{");
        assertThat(agents.submit(TaskRequest.of("bytes", new byte[] {0, -1}).build())
                        .result(byte[].class, LONG))
                .hasValueSatisfying(bytes -> assertThat(bytes).containsExactly(0, -1));
        assertThat(agents.submit(TaskRequest.of("list", List.of(1, 2)).build())
                        .result(new TypeRef<List<Integer>>() {}, LONG))
                .contains(List.of(1, 2));
        assertThat(agents.submit(task("none").build()).result(String.class, LONG))
                .isEmpty();
    }

    @Test
    void aPayloadThatCannotBeReadOrWrittenIsRefusedWithoutBeingQuoted() {
        Agents agents = agents();
        agents.local().handle("doc", Doc.class, (doc, task) -> doc).start();

        TaskSnapshot dead =
                agents.submit(TaskRequest.of("doc", "hunter2").build()).await(LONG);

        assertThat(dead.status()).isEqualTo(TaskStatus.DEAD);
        assertThat(dead.attempts()).isEqualTo(1);
        assertThat(dead.error().orElse("")).contains("cannot be read as").doesNotContain("hunter2");
        assertThatExceptionOfType(TaskException.class)
                .isThrownBy(
                        () -> agents.submit(TaskRequest.of("doc", new Object()).build()))
                .withMessageContaining("has no JSON form");
        assertThatExceptionOfType(TaskException.class)
                .isThrownBy(() ->
                        agents.submit(TaskRequest.of("doc", new byte[10 << 20]).build()))
                .withMessageContaining("10485760 bytes")
                .withMessageContaining("4194304")
                .matches(e -> !e.retryable());
    }

    @Test
    void aResultThatIsTooLargeIsAFailureThatSaysSo() {
        Agents agents = agents();
        agents.local()
                .handle("big", String.class, (text, task) -> new byte[5 << 20])
                .start();

        TaskSnapshot dead = agents.submit(task("big").build()).await(LONG);

        assertThat(dead.status()).isEqualTo(TaskStatus.DEAD);
        assertThat(dead.error().orElse("")).contains("result").contains("4194304");
    }

    // --- handles

    @Test
    void waitingEndsWithTheTimeAndTheTaskGoesOn() {
        Agents agents = agents();
        TaskHandle handle = agents.submit(task("job").build());

        assertThat(handle.await(Duration.ofMillis(20)).status()).isEqualTo(TaskStatus.READY);
        assertThatExceptionOfType(TaskTimeoutException.class)
                .isThrownBy(() -> handle.result(String.class, Duration.ofMillis(20)));

        agents.local().handle("job", String.class, (payload, task) -> payload).start();
        assertThat(handle.result(String.class, LONG)).contains("x");
        assertThat(agents.find(handle.id())).contains(handle);
    }

    @Test
    void theEndComesAsAFutureWhoseCancellationLeavesTheTaskAlone() {
        Agents agents = agents();
        TaskHandle handle = agents.submit(task("job").build());
        CompletableFuture<TaskSnapshot> given = handle.ended();
        given.cancel(true);
        CompletableFuture<TaskSnapshot> end = handle.ended();

        agents.local().handle("job", String.class, (payload, task) -> payload).start();

        assertThat(end.orTimeout(20, TimeUnit.SECONDS).join().status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(handle.ended().orTimeout(20, TimeUnit.SECONDS).join().status())
                .isEqualTo(TaskStatus.SUCCEEDED);
    }

    @Test
    void anInterruptedWaitSaysSoAndKeepsTheFlag() {
        Agents agents = agents();
        TaskHandle handle = agents.submit(task("job").build());
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(TaskException.class)
                .isThrownBy(() -> handle.await(LONG))
                .withMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void aTaskThatNobodyKnowsIsAnErrorThatSaysWhy() {
        Agents agents = agents();
        agents.local().handle("job", String.class, (payload, task) -> payload).start();
        TaskHandle brief = agents.submit(task("job").retention(Duration.ZERO).build());

        await().until(() -> agents.find(brief.id()).isEmpty());

        assertThatExceptionOfType(TaskException.class)
                .isThrownBy(brief::snapshot)
                .withMessageContaining("does not know task");
        assertThat(brief.ended())
                .failsWithin(LONG)
                .withThrowableThat()
                .havingCause()
                .withMessageContaining("retention");
    }

    @Test
    void aFailureIsThrownWithTheTaskAndAllItsErrors() {
        Agents agents = agents();
        AtomicInteger count = new AtomicInteger();
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    throw new IllegalStateException("number " + count.incrementAndGet());
                })
                .start();
        TaskHandle handle = agents.submit(task("job")
                .retry(RetryPolicy.DEFAULT.withMaxFailures(3).withBackoff(Duration.ofMillis(1), Duration.ofMillis(1)))
                .build());

        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> handle.result(String.class, LONG))
                .withMessageContaining("number 3")
                .matches(e -> e.task().failures() == 3);
        assertThat(handle.snapshot().errors())
                .containsExactly(
                        "IllegalStateException: number 1",
                        "IllegalStateException: number 2",
                        "IllegalStateException: number 3");
    }

    // --- handlers

    @Test
    void errorsOfHandlersEndTheirAttemptAndNothingElse() {
        Agents agents = agents("agents.slots", 1);
        agents.local()
                .handle("stack", String.class, (payload, task) -> endless(0))
                .handle("memory", String.class, (payload, task) -> {
                    throw new OutOfMemoryError("not really");
                })
                .handle("link", String.class, (payload, task) -> {
                    throw new NoClassDefFoundError("gone");
                })
                .handle("job", String.class, (payload, task) -> payload)
                .start();

        for (String type : List.of("stack", "memory", "link")) {
            TaskSnapshot dead =
                    agents.submit(task(type).retry(RetryPolicy.NEVER).build()).await(LONG);
            assertThat(dead.status()).isEqualTo(TaskStatus.DEAD);
            assertThat(dead.error().orElse("")).contains("Error");
        }
        assertThat(agents.submit(task("job").build()).result(String.class, LONG))
                .contains("x");
    }

    private static int endless(int depth) {
        return depth < 0 ? 0 : endless(depth + 1) + 1;
    }

    /** Handlers by annotation. */
    public static final class Annotated {

        /** Payload and context. */
        @TaskMethod("both")
        public String both(Doc doc, TaskContext task) {
            return doc.title() + task.attempt();
        }

        /** Generic payload. */
        @TaskMethod("sum")
        public int sum(List<Integer> numbers) {
            return numbers.stream().mapToInt(Integer::intValue).sum();
        }

        /** Nothing. */
        @TaskMethod("nothing")
        public void nothing() {}

        /** A failure of its own. */
        @TaskMethod("fails")
        public void fails(TaskContext task) throws java.io.IOException {
            throw new java.io.IOException("of " + task.effectKey());
        }
    }

    /** A method that does not fit. */
    public static final class Unfit {
        /** Too many parameters. */
        @TaskMethod("fits")
        public void fits(String a) {}

        /** Too many parameters. */
        @TaskMethod("unfit")
        public void unfit(String a, String b) {}
    }

    @Test
    void annotatedMethodsAreHandlers() {
        Agents agents = agents();
        agents.local().handlers(new Annotated()).start();

        assertThat(agents.submit(TaskRequest.of("both", new Doc("t", 1)).build())
                        .result(String.class, LONG))
                .contains("t1");
        assertThat(agents.submit(TaskRequest.of("sum", List.of(1, 2, 3)).build())
                        .result(Integer.class, LONG))
                .contains(6);
        assertThat(agents.submit(task("nothing").build()).result(String.class, LONG))
                .isEmpty();
        TaskHandle fails = agents.submit(task("fails").retry(RetryPolicy.NEVER).build());
        assertThat(fails.await(LONG).error()).contains("IOException: of " + fails.id());
    }

    @Test
    void handlersThatDoNotFitAreRefusedAndNothingIsAdded() {
        Agents agents = agents();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> agents.local().handlers(new Unfit()))
                .withMessageContaining("unfit");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> agents.local().handlers("no methods"))
                .withMessageContaining("@TaskMethod");
        agents.local().handle("fits", String.class, (payload, task) -> payload); // is still free
        assertThatIllegalStateException()
                .isThrownBy(() -> agents.local().handle("fits", String.class, (payload, task) -> payload))
                .withMessageContaining("'fits'");
    }

    @Test
    void progressOutputAndCheckpointsReachWhoWantsThem() throws Exception {
        Agents agents = agents();
        CountDownLatch halfway = new CountDownLatch(1);
        CountDownLatch seen = new CountDownLatch(1);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    int from = task.checkpoint(Integer.class).orElse(0);
                    task.emit("piece " + from);
                    task.progress(0.5, "half");
                    halfway.countDown();
                    assertThat(seen.await(20, TimeUnit.SECONDS)).isTrue();
                    if (from == 0) {
                        task.saveCheckpoint(7);
                        throw new IllegalStateException("once");
                    }
                    return from;
                })
                .start();
        Queue<TaskEvent> events = new ConcurrentLinkedQueue<>();
        TaskHandle handle = agents.submit(task("job")
                .notBefore(Instant.now().plusMillis(100))
                .retry(RetryPolicy.DEFAULT.withBackoff(Duration.ofMillis(1), Duration.ofMillis(1)))
                .build());
        handle.onEvent(events::add);

        assertThat(halfway.await(20, TimeUnit.SECONDS)).isTrue();
        await().until(() -> handle.snapshot().progress() == 0.5
                && handle.snapshot().progressNote().equals("half"));
        seen.countDown();

        assertThat(handle.result(Integer.class, LONG)).contains(7);
        await().until(() -> events.stream().anyMatch(e -> e.kind() == TaskEvent.Kind.ENDED));
        assertThat(events)
                .filteredOn(e -> e.kind() == TaskEvent.Kind.OUTPUT)
                .extracting(TaskEvent::note)
                .containsExactly("piece 0", "piece 7");
        assertThat(events).filteredOn(e -> e.kind() == TaskEvent.Kind.ENDED).hasSize(1);
    }

    // --- ends that come from outside

    @Test
    void anAttemptThatTakesTooLongIsStoppedAndCountsAsFailed() {
        Agents agents = agents();
        Queue<CancelReason> reasons = new ConcurrentLinkedQueue<>();
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    try {
                        forEver();
                    } finally {
                        task.cancelled().ifPresent(reasons::add);
                    }
                    return payload;
                })
                .start();

        TaskSnapshot dead = agents.submit(task("job")
                        .maxRuntime(Duration.ofMillis(50))
                        .retry(RetryPolicy.NEVER)
                        .build())
                .await(LONG);

        assertThat(dead.status()).isEqualTo(TaskStatus.DEAD);
        assertThat(dead.error().orElse("")).contains("PT0.05S");
        assertThat(reasons).containsExactly(CancelReason.TIMEOUT);
    }

    @Test
    void aDeadlineStopsRunningWorkAndKeepsWaitingWorkFromStarting() {
        Agents agents = agents("agents.slots", 1);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    forEver();
                    return payload;
                })
                .start();
        TaskHandle running = agents.submit(
                task("job").deadline(Instant.now().plusMillis(150)).build());
        TaskHandle waiting = agents.submit(
                task("other").deadline(Instant.now().plusMillis(100)).build());

        assertThat(running.await(LONG).status()).isEqualTo(TaskStatus.EXPIRED);
        assertThat(waiting.await(LONG).status()).isEqualTo(TaskStatus.EXPIRED);
        assertThat(waiting.snapshot().attempts()).isZero();
    }

    @Test
    void aHandlerThatIgnoresItsEndLosesItsSlotAndTheTaskEndsWithoutIt() throws Exception {
        Agents agents = agents("agents.slots", 1, "agents.max-abandoned", 1);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        agents.local()
                .handle("stubborn", String.class, (payload, task) -> {
                    started.countDown();
                    while (release.getCount() > 0) {
                        try {
                            release.await();
                        } catch (InterruptedException e) {
                            // that is what is tested
                        }
                    }
                    return "late";
                })
                .handle("job", String.class, (payload, task) -> payload)
                .start();
        TaskHandle stubborn = agents.submit(task("stubborn").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        stubborn.cancel("enough");

        assertThat(stubborn.await(LONG).status()).isEqualTo(TaskStatus.CANCELLED);
        assertThat(agents.submit(task("job").build()).result(String.class, LONG))
                .contains("x");
        assertThat(((AgentRunner) agents.local()).slots().abandoned()).isEqualTo(1);

        release.countDown();
        await().until(() -> ((AgentRunner) agents.local()).slots().abandoned() == 0);
        assertThat(stubborn.snapshot().status()).isEqualTo(TaskStatus.CANCELLED);
        assertThat(agents.submit(task("job").build()).result(String.class, LONG))
                .contains("x");
    }

    // --- drains and pauses

    @Test
    void aDrainLetsShortWorkFinishAndHandsTheRestBackWithItsCheckpoint() throws Exception {
        Agents agents = agents("agents.slots", 2);
        CountDownLatch started = new CountDownLatch(2);
        AtomicReference<Duration> left = new AtomicReference<>();
        CountDownLatch finish = new CountDownLatch(1);
        agents.local()
                .handle("short", String.class, (payload, task) -> {
                    started.countDown();
                    finish.await();
                    return "done";
                })
                .handle("long", String.class, (payload, task) -> {
                    started.countDown();
                    if (task.checkpoint(String.class).isPresent()) {
                        return task.checkpoint(String.class).get() + task.attempt();
                    }
                    try {
                        forEver();
                    } finally {
                        left.set(task.drainTimeLeft().orElse(null));
                        task.saveCheckpoint("so far");
                    }
                    return "never";
                })
                .start();
        TaskHandle brief = agents.submit(task("short").build());
        TaskHandle lengthy = agents.submit(task("long").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<DrainReport> drained =
                CompletableFuture.supplyAsync(() -> agents.local().drain(Duration.ofSeconds(1), CancelReason.SHUTDOWN));
        await().until(() -> agents.local().status().state() == AgentStatus.State.DRAINING);
        finish.countDown();

        DrainReport report = drained.get(20, TimeUnit.SECONDS);

        assertThat(report.finished()).isEqualTo(1);
        assertThat(report.released()).isEqualTo(1);
        assertThat(report.abandoned()).isZero();
        assertThat(brief.snapshot().status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(left.get()).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(lengthy.snapshot().status()).isEqualTo(TaskStatus.READY);
        assertThat(agents.local().status().state()).isEqualTo(AgentStatus.State.PAUSED);

        agents.local().start();

        assertThat(lengthy.result(String.class, LONG)).contains("so far2");
        assertThat(lengthy.snapshot().failures()).isZero();
        assertThat(lengthy.snapshot().losses()).isZero();
    }

    @Test
    void aDrainEndsInTimeWithAHandlerThatIgnoresItAndHandsItsTaskBack() throws Exception {
        Agents agents = agents("agents.slots", 1);
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        agents.local()
                .handle("stubborn", String.class, (payload, task) -> {
                    started.countDown();
                    while (release.getCount() > 0) {
                        try {
                            release.await();
                        } catch (InterruptedException e) {
                            // that is what is tested
                        }
                    }
                    return payload;
                })
                .start();
        TaskHandle handle = agents.submit(
                task("stubborn").power(new PowerNeeds(true, false, null)).build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        DrainReport report = agents.local().drain(Duration.ofMillis(300), CancelReason.SHUTDOWN);

        assertThat(report.abandoned()).isEqualTo(1);
        assertThat(handle.snapshot().status()).isEqualTo(TaskStatus.READY);
        release.countDown();
    }

    @Test
    void whatIsPausedIsNotClaimedUntilItIsResumed() throws Exception {
        Agents agents = agents();
        agents.local()
                .handle("a", String.class, (payload, task) -> payload)
                .handle("b", String.class, (payload, task) -> payload)
                .start();
        agents.pause(new TaskScope.OfType("a"));
        TaskHandle paused = agents.submit(task("a").build());
        TaskHandle other = agents.submit(task("b").build());

        assertThat(other.await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(paused.snapshot().status()).isEqualTo(TaskStatus.READY);
        assertThat(paused.snapshot().parkedReason().orElse("")).contains("paused");
        assertThat(agents.paused()).containsExactly(new TaskScope.OfType("a"));

        agents.resume(new TaskScope.OfType("a"));

        assertThat(paused.await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED);
    }

    @Test
    void drainingAScopeWaitsForWhatRunsInIt() throws Exception {
        Agents agents = agents("agents.slots", 2);
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        agents.local()
                .handle("a", String.class, (payload, task) -> {
                    started.countDown();
                    finish.await();
                    return payload;
                })
                .start();
        TaskHandle running = agents.submit(task("a").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        assertThat(agents.drain(new TaskScope.OfType("a"), Duration.ofMillis(50)))
                .isFalse();
        assertThat(agents.drain(new TaskScope.OfType("other"), LONG)).isTrue();
        finish.countDown();
        assertThat(agents.drain(new TaskScope.OfType("a"), LONG)).isTrue();

        assertThat(running.snapshot().status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(agents.paused()).hasSize(2);
    }

    // --- many

    @Test
    void thousandsOfTasksOfManyTypesAreEachDoneOnceByAFewSlots() {
        Agents agents = agents("agents.slots", 4);
        Set<String> done = ConcurrentHashMap.newKeySet();
        AtomicInteger twice = new AtomicInteger();
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        for (String type : List.of("a", "b", "c")) {
            agents.local().handle(type, String.class, (payload, task) -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                if (!done.add(task.taskId())) {
                    twice.incrementAndGet();
                }
                running.decrementAndGet();
                return null;
            });
        }
        agents.local().start();
        List<TaskHandle> handles = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            for (String type : List.of("a", "b", "c")) {
                handles.addAll(
                        agents.submitAll(Collections.nCopies(1_000, task(type).build())));
            }
        }

        await().atMost(LONG).until(() -> agents.stats().count(TaskStatus.SUCCEEDED) == 30_000);
        assertThat(done).hasSize(30_000);
        assertThat(twice).hasValue(0);
        assertThat(most.get()).isBetween(1, 4);
        assertThat(handles).doesNotHaveDuplicates();
        assertThat(agents.stats().repaired()).isZero();
    }

    @Test
    void aSlowTaskBehindVeryShortOnesKeepsNoneOfThemWaiting() throws Exception {
        Agents agents = agents("agents.slots", 2);
        CountDownLatch release = new CountDownLatch(1);
        agents.local()
                .handle("tiny", String.class, (payload, task) -> null)
                .handle("slow", String.class, (payload, task) -> {
                    release.await();
                    return null;
                })
                .start();
        List<TaskHandle> warm =
                agents.submitAll(Collections.nCopies(5_000, task("tiny").build()));
        warm.get(4_999).await(LONG);
        List<TaskRequest> mixed =
                new ArrayList<>(Collections.nCopies(500, task("tiny").build()));
        mixed.add(100, task("slow").build());

        List<TaskHandle> handles = agents.submitAll(mixed);

        handles.remove(100);
        handles.forEach(handle -> assertThat(handle.await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED));
        release.countDown();
    }

    @Test
    void limitsByTypeHoldOverAllAgents() throws Exception {
        Agents agents =
                agents("agents.slots", 4, "agents.limits", List.of(java.util.Map.of("type", "a", "concurrency", 2)));
        Semaphore go = new Semaphore(0);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        for (var agent : List.of(
                agents.local(),
                agents.register(AgentProfile.builder("two").slots(4).build()))) {
            agent.handle("a", String.class, (payload, task) -> {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        go.acquire();
                        running.decrementAndGet();
                        return payload;
                    })
                    .handle("b", String.class, (payload, task) -> payload)
                    .start();
        }
        List<TaskHandle> limited =
                agents.submitAll(Collections.nCopies(6, task("a").build()));
        await().until(() -> running.get() == 2);
        assertThat(agents.submit(task("b").build()).result(String.class, LONG)).contains("x");
        go.release(6);

        limited.forEach(handle -> assertThat(handle.await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED));
        assertThat(most).hasValue(2);
    }

    // --- submissions

    @Test
    void anIdempotencyKeyMakesOneTaskOfTwoAndOtherWorkUnderItIsRefused() {
        Agents agents = agents();
        TaskHandle first = agents.submit(task("job").idempotencyKey("k").build());

        assertThat(agents.submit(task("job").idempotencyKey("k").build())).isEqualTo(first);
        assertThatExceptionOfType(IdempotencyConflictException.class)
                .isThrownBy(() -> agents.submit(
                        TaskRequest.of("job", "other").idempotencyKey("k").build()))
                .matches(e -> e.existingTaskId().equals(first.id()));
        assertThat(agents.stats().total()).isEqualTo(1);
    }

    @Test
    void aTaskWaitsForThoseItComesAfter() {
        Agents agents = agents();
        Queue<String> order = new ConcurrentLinkedQueue<>();
        agents.local().handle("job", String.class, (name, task) -> order.add(name));
        TaskHandle first = agents.submit(TaskRequest.of("job", "first").build());
        TaskHandle second =
                agents.submit(TaskRequest.of("job", "second").after(first.id()).build());
        assertThat(second.snapshot().status()).isEqualTo(TaskStatus.BLOCKED);

        agents.local().start();

        second.await(LONG);
        assertThat(order).containsExactly("first", "second");
    }

    @Test
    void deadLettersAreListedReplayedAndPurged() {
        var spark = spark();
        Agents agents = spark.agents();
        Queue<SparkEvent.TaskDied> died = new ConcurrentLinkedQueue<>();
        spark.events().subscribe(SparkEvent.TaskDied.class, died::add);
        AtomicInteger failing = new AtomicInteger(1);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    if (failing.get() > 0) {
                        throw new IllegalStateException("broken");
                    }
                    return payload;
                })
                .start();
        List<TaskHandle> handles = agents.submitAll(
                Collections.nCopies(2, task("job").retry(RetryPolicy.NEVER).build()));
        handles.forEach(handle -> handle.await(LONG));

        assertThat(agents.list(TaskFilter.DEAD, null, 10).tasks())
                .extracting(TaskSnapshot::id)
                .containsExactly(handles.get(1).id(), handles.get(0).id());
        await().untilAsserted(() -> assertThat(died)
                .extracting(SparkEvent.TaskDied::taskId)
                .containsExactlyInAnyOrder(handles.get(0).id(), handles.get(1).id()));
        assertThat(died)
                .extracting(SparkEvent.TaskDied::submitter)
                .containsOnly(handles.get(0).snapshot().submitter());
        failing.set(0);

        assertThat(agents.replayDead(TaskFilter.DEAD.withId(handles.get(0).id())))
                .isEqualTo(1);
        assertThat(handles.get(0).result(String.class, LONG)).contains("x");
        assertThat(agents.purgeDead(TaskFilter.DEAD)).isEqualTo(1);
        assertThat(agents.find(handles.get(1).id())).isEmpty();
    }

    @Test
    void argumentsThatCannotBeMeantAreRefused() {
        Agents agents = agents();
        List<TaskRequest> tooMany = Collections.nCopies(10_001, task("job").build());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> agents.submitAll(tooMany))
                .withMessageContaining("10000");
        assertThatIllegalArgumentException().isThrownBy(() -> agents.list(TaskFilter.ALL, null, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> agents.local().drain(Duration.ofSeconds(1), CancelReason.USER));
        assertThatIllegalStateException()
                .isThrownBy(() -> agents.register(
                        AgentProfile.builder(agents.local().status().profile().id())
                                .build()));
        assertThat(agents.submitAll(List.of())).isEmpty();
    }

    // --- agents

    @Test
    void anAgentIsSeenWithWhatItCanDoAndGoesOfflineWhenItCloses() {
        var spark = spark();
        Agents agents = spark.agents();
        Queue<SparkEvent.AgentChanged> changes = new ConcurrentLinkedQueue<>();
        spark.events().subscribe(SparkEvent.AgentChanged.class, changes::add);
        var agent = agents.register(
                AgentProfile.builder("pi").slots(3).capabilities("camera").build());
        agent.handle("see", String.class, (payload, task) -> payload).start();

        await().untilAsserted(() -> assertThat(agents.agents())
                .filteredOn(status -> status.profile().id().equals("pi"))
                .singleElement()
                .matches(AgentStatus::isAvailable)
                .matches(status -> status.types().equals(Set.of("see"))));
        agent.close();
        agent.close();

        assertThat(agents.agents())
                .filteredOn(status -> status.profile().id().equals("pi"))
                .singleElement()
                .matches(status -> !status.isOnline());
        assertThatIllegalStateException().isThrownBy(agent::start).withMessageContaining("closed");
        await().untilAsserted(() -> assertThat(changes)
                .extracting(SparkEvent.AgentChanged::reason)
                .contains("started", "drained", "closed"));
        assertThat(agents.register(AgentProfile.builder("pi").build())).isNotSameAs(agent);
    }

    @Test
    void aTaskIsLeftToTheAgentItPrefersWhileThatOneHasRoom() throws Exception {
        Agents agents = agents("agents.slots", 4, "agents.preference-patience", "1 h");
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(2);
        agents.local().handle("job", String.class, (payload, task) -> "local").start();
        var attic = agents.register(
                AgentProfile.builder("pi").slots(2).label("location", "attic").build());
        attic.handle("job", String.class, (payload, task) -> "attic")
                .handle("block", String.class, (payload, task) -> {
                    started.countDown();
                    busy.await();
                    return payload;
                })
                .start();

        await().atMost(LONG)
                .until(() -> agents.agents().stream()
                        .anyMatch(each -> each.profile().id().equals("pi") && each.isAvailable()));
        for (int i = 0; i < 20; i++) { // one after the other, so one of its two slots is free whatever is known of it
            assertThat(agents.submit(task("job").prefer("location=attic").build())
                            .result(String.class, LONG))
                    .contains("attic");
        }
        agents.submit(task("block").build());
        agents.submit(task("block").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(agents.submit(task("job").prefer("pi").build()).result(String.class, LONG))
                .contains("local");
        busy.countDown();
    }

    @Test
    void aBurstIsSharedAmongAgentsByTheirRoom() throws Exception {
        Agents agents = agents("agents.slots", 4);
        AtomicInteger here = new AtomicInteger();
        AtomicInteger there = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(4);
        CountDownLatch finish = new CountDownLatch(1);
        agents.local().handle("job", String.class, (payload, task) -> {
            here.incrementAndGet();
            all.countDown();
            finish.await();
            return payload;
        });
        var other = agents.register(AgentProfile.builder("other").slots(4).build());
        other.handle("job", String.class, (payload, task) -> {
            there.incrementAndGet();
            all.countDown();
            finish.await();
            return payload;
        });
        agents.local().start();
        other.start();
        await().until(() ->
                agents.agents().stream().filter(AgentStatus::isAvailable).count() == 2);

        agents.submitAll(Collections.nCopies(4, task("job").build()));

        assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(here.get()).isBetween(1, 3);
        assertThat(there.get()).isBetween(1, 3);
        finish.countDown();
    }

    @Test
    void aPoisonTaskWhoseLeaseIsLostAgainAndAgainDiesAlone() {
        Agents agents = agents();
        TaskHandle poison = agents.submit(task("poison").build());
        TaskQueue queue = ((AgentsEngine) agents).queue();
        for (int i = 0; i < 3; i++) { // an agent that dies each time
            await().until(() -> !queue.claim(
                            new ai.primespark.spi.TaskClaim(
                                    "r" + Math.random(),
                                    "dying",
                                    Set.of(ai.primespark.spi.TaskLane.of(
                                            task("poison").build())),
                                    1,
                                    Duration.ofMillis(20),
                                    java.util.Map.of()),
                            ai.primespark.spi.Deadline.in(LONG))
                    .isEmpty());
        }
        agents.local().handle("job", String.class, (payload, task) -> payload).start();

        assertThat(poison.await(LONG).status()).isEqualTo(TaskStatus.DEAD);
        assertThat(poison.snapshot().losses()).isEqualTo(3);
        assertThat(agents.submit(task("job").build()).result(String.class, LONG))
                .contains("x");
    }

    @Test
    void onTheDurableQueueTasksAndResultsOutliveTheInstance() {
        Object[] durable = {"agents.queue", java.util.Map.of("type", "file"), "data-dir", dir.resolve("durable")};
        var first = spark(durable);
        first.agents()
                .local()
                .handle("job", String.class, (payload, task) -> payload + "!")
                .start();
        String done = first.agents().submit(task("job").build()).id();
        assertThat(first.agents().find(done).orElseThrow().result(String.class, LONG))
                .contains("x!");
        String waiting = first.agents().submit(task("other").build()).id();
        first.close();

        Agents agents = agents(durable);
        agents.local().handle("other", String.class, (payload, task) -> "done").start();

        assertThat(agents.find(done).orElseThrow().result(String.class, LONG)).contains("x!");
        assertThat(agents.find(waiting).orElseThrow().result(String.class, LONG))
                .contains("done");
    }

    @Test
    void aConfiguredAgentBeginsByItselfWithItsProfile() {
        Agents agents = agents(
                "agents.autostart",
                true,
                "agents.id",
                "pi-1",
                "agents.type",
                "spark-agent",
                "agents.capabilities",
                List.of("camera"),
                "agents.labels",
                java.util.Map.of("location", "attic"),
                "agents.resources",
                java.util.Map.of("memory.gb", "8"));

        AgentProfile profile = agents.local().status().profile();
        assertThat(profile.id()).isEqualTo("pi-1");
        assertThat(profile.capabilities()).containsExactly("camera");
        assertThat(profile.labels()).containsEntry("location", "attic");
        assertThat(profile.resources()).containsEntry("memory.gb", 8.0);
        assertThat(agents.submit(TaskRequest.of("memory.get", java.util.Map.of("key", "k"))
                                .build())
                        .result(java.util.Map.class, LONG))
                .isPresent();
    }

    @Test
    void settingsThatDoNotFitAreConfigurationProblems() {
        assertThatExceptionOfType(ai.primespark.ConfigurationException.class)
                .isThrownBy(() -> agents("agents.lease", "1 s", "agents.heartbeat", "900 ms"))
                .withMessageContaining("three times the heartbeat");
        assertThatExceptionOfType(ai.primespark.ConfigurationException.class)
                .isThrownBy(() -> agents("agents.queue", java.util.Map.of("type", "rabbit")))
                .withMessageContaining("task queue of type 'rabbit'")
                .withMessageContaining("memory");
        assertThatExceptionOfType(ai.primespark.ConfigurationException.class)
                .isThrownBy(() -> agents("agents.resources", java.util.Map.of("memory", "much")))
                .withMessageContaining("agents.resources");
        assertThatExceptionOfType(ai.primespark.ConfigurationException.class)
                .isThrownBy(() -> agents("agents.queue", List.of()))
                .withMessageContaining("one task queue");
    }

    @Test
    void nothingRunsBeforeItIsUsed() {
        Set<String> before = threads();
        var spark = spark();
        assertThat(spark.agents().local()).isSameAs(spark.agents().local());
        assertThat(spark.agents().agents()).isEmpty();
        spark.close();
        await().untilAsserted(() -> assertThat(threads()).isSubsetOf(before));
    }

    private static Set<String> threads() {
        Set<String> names = ConcurrentHashMap.newKeySet();
        Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("spark-"))
                .forEach(names::add);
        return names;
    }
}
