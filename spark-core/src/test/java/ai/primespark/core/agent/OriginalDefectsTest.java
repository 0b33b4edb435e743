package ai.primespark.core.agent;

import static ai.primespark.agent.Priority.LOW;
import static ai.primespark.agent.Priority.URGENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.Agents;
import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The ten defects of the coordinator that this one replaces, each as what must hold instead. */
class OriginalDefectsTest extends AgentRig {

    private static TaskRequest.Builder task(String type) {
        return TaskRequest.of(type, "x");
    }

    @Test
    void defect1AnUrgentTaskIsRunBeforeLowOnesThatWereSubmittedEarlier() {
        Agents agents = agents("agents.slots", 1);
        Queue<String> order = new ConcurrentLinkedQueue<>();
        agents.local().handle("job", String.class, (name, task) -> order.add(name));
        List<TaskHandle> handles = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            handles.add(
                    agents.submit(TaskRequest.of("job", "low" + i).priority(LOW).build()));
        }
        handles.add(
                agents.submit(TaskRequest.of("job", "urgent").priority(URGENT).build()));

        agents.local().start();

        handles.forEach(handle -> handle.await(LONG));
        assertThat(order).containsExactly("urgent", "low0", "low1", "low2", "low3", "low4");
    }

    @Test
    void defect2TasksRunAtOnceInAllSlots() {
        Agents agents = agents("agents.slots", 15);
        CyclicBarrier together = new CyclicBarrier(15); // passed only when 15 run at the same time
        agents.local()
                .handle("job", String.class, (payload, task) -> together.await(20, TimeUnit.SECONDS))
                .start();

        List<TaskHandle> handles =
                agents.submitAll(java.util.Collections.nCopies(15, task("job").build()));

        assertThat(handles).allMatch(handle -> handle.await(LONG).status() == TaskStatus.SUCCEEDED);
    }

    @Test
    void defect3ATaskOfAnAgentThatJustBeganIsNotKeptWaitingForACheck() {
        Agents agents = agents("agents.heartbeat", "5 min", "agents.lease", "1 h"); // whatever is periodic never comes
        agents.local().handle("job", String.class, (payload, task) -> payload).start();

        TaskHandle handle = agents.submit(task("job").build());

        assertThat(handle.result(String.class, LONG)).contains("x");
    }

    @Test
    void defect4AFailedTaskIsTriedAgainAfterAPauseAndOneThatCannotSucceedIsNot() {
        Agents agents = agents();
        AtomicInteger calls = new AtomicInteger();
        agents.local()
                .handle("flaky", String.class, (payload, task) -> {
                    if (calls.incrementAndGet() < 3) {
                        throw new IllegalStateException("not yet");
                    }
                    return task.attempt();
                })
                .handle("hopeless", String.class, (payload, task) -> {
                    throw new ai.primespark.agent.UnrecoverableTaskException("no such thing", null);
                })
                .start();
        Queue<TaskEvent> events = new ConcurrentLinkedQueue<>();
        agents.onEvent(events::add);
        RetryPolicy pauses = RetryPolicy.DEFAULT
                .withBackoff(Duration.ofMillis(60), Duration.ofSeconds(1))
                .withJitter(0);

        TaskHandle flaky = agents.submit(task("flaky").retry(pauses).build());
        TaskHandle hopeless = agents.submit(task("hopeless").retry(pauses).build());

        assertThat(flaky.result(Integer.class, LONG)).contains(3);
        TaskSnapshot dead = hopeless.await(LONG);
        assertThat(dead.status()).isEqualTo(TaskStatus.DEAD);
        assertThat(dead.attempts()).isEqualTo(1);
        await().until(() -> events.stream()
                .anyMatch(e -> e.kind() == TaskEvent.Kind.ENDED && e.taskId().equals(flaky.id())));
        List<TaskEvent> story =
                events.stream().filter(e -> e.taskId().equals(flaky.id())).toList();
        for (int i = 1; i < story.size(); i++) {
            if (story.get(i - 1).kind() == TaskEvent.Kind.RETRYING
                    && story.get(i).kind() == TaskEvent.Kind.STARTED) {
                assertThat(Duration.between(story.get(i - 1).at(), story.get(i).at()))
                        .isGreaterThanOrEqualTo(Duration.ofMillis(59));
            }
        }
        assertThat(story).filteredOn(e -> e.kind() == TaskEvent.Kind.RETRYING).hasSize(2);
    }

    @Test
    void defect5ADrainedAgentGetsNoMoreWorkAndItsTasksGoOnElsewhereWithoutAFailure() throws Exception {
        Agents agents = agents("agents.slots", 1);
        CountDownLatch started = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    if (first.getAndSet(false)) {
                        started.countDown();
                        new CountDownLatch(1).await(); // until it is told to stop
                    }
                    return "first";
                })
                .start();
        TaskHandle handle = agents.submit(task("job").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        agents.local().drain(Duration.ofMillis(200), CancelReason.SHUTDOWN);
        agents.register(AgentProfile.builder("other").build())
                .handle("job", String.class, (payload, task) -> "other")
                .start();

        assertThat(handle.result(String.class, LONG)).contains("other");
        assertThat(handle.snapshot().failures()).isZero();
        assertThat(handle.snapshot().losses()).isZero();
    }

    @Test
    void defect6ACancelledTaskThatWasWaitingIsNeverExecuted() {
        Agents agents = agents("agents.slots", 1);
        Queue<String> ran = new ConcurrentLinkedQueue<>();
        agents.local().handle("job", String.class, (name, task) -> ran.add(name));
        TaskHandle cancelled = agents.submit(TaskRequest.of("job", "cancelled").build());
        TaskHandle after = agents.submit(TaskRequest.of("job", "after").build());

        assertThat(cancelled.cancel("changed my mind")).isEqualTo(CancelOutcome.CANCELLED);
        agents.local().start();

        after.await(LONG);
        assertThat(ran).containsExactly("after");
        assertThat(cancelled.snapshot().status()).isEqualTo(TaskStatus.CANCELLED);
        assertThat(cancelled.cancel("again")).isEqualTo(CancelOutcome.TOO_LATE);
    }

    @Test
    void defect7CancellingARunningTaskReachesItsHandler() throws Exception {
        Agents agents = agents();
        CountDownLatch started = new CountDownLatch(1);
        Queue<CancelReason> reasons = new ConcurrentLinkedQueue<>();
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    task.onCancel(reasons::add);
                    started.countDown();
                    new CountDownLatch(1).await();
                    return "never";
                })
                .start();
        TaskHandle handle = agents.submit(task("job").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        assertThat(handle.cancel("enough")).isEqualTo(CancelOutcome.REQUESTED);

        TaskSnapshot ended = handle.await(LONG);
        assertThat(ended.status()).isEqualTo(TaskStatus.CANCELLED);
        assertThat(ended.error().orElse("")).contains("enough");
        await().untilAsserted(() -> assertThat(reasons).containsExactly(CancelReason.USER));
    }

    @Test
    void defect8ATaskThatNobodyCanDoIsParkedWithTheReasonAndDelaysNobody() {
        Agents agents = agents("agents.slots", 1);
        Queue<TaskEvent> events = new ConcurrentLinkedQueue<>();
        agents.onEvent(events::add);
        agents.local().handle("job", String.class, (payload, task) -> payload).start();

        TaskHandle voice = agents.submit(task("voice_command").build());
        TaskHandle hailo =
                agents.submit(task("job").requires(Requirements.all("hailo")).build());
        TaskHandle plain = agents.submit(task("job").build());

        assertThat(plain.result(String.class, LONG)).contains("x");
        await().untilAsserted(() -> {
            assertThat(voice.snapshot().parkedReason().orElse("")).contains("voice_command");
            assertThat(hailo.snapshot().parkedReason().orElse("")).contains("hailo");
        });
        await().untilAsserted(() -> assertThat(events)
                .filteredOn(e -> e.kind() == TaskEvent.Kind.PARKED)
                .extracting(TaskEvent::taskId)
                .contains(voice.id(), hailo.id()));
        assertThat(agents.stats().parked()).isEqualTo(2);

        agents.register(AgentProfile.builder("camera").capabilities("hailo").build())
                .handle("job", String.class, (payload, task) -> "seen")
                .start();

        assertThat(hailo.result(String.class, LONG)).contains("seen");
        assertThat(voice.snapshot().status()).isEqualTo(TaskStatus.READY);
    }

    @Test
    void defect9ClosingLeavesNoTaskInProgressAndNoThreadBehind() throws Exception {
        var spark = spark("agents.slots", 2, "close-timeout", "1 s");
        CountDownLatch started = new CountDownLatch(2);
        AtomicInteger stopped = new AtomicInteger();
        spark.agents()
                .local()
                .handle("job", String.class, (payload, task) -> {
                    started.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        stopped.incrementAndGet();
                    }
                    return "never";
                })
                .start();
        List<TaskHandle> handles = spark.agents()
                .submitAll(List.of(task("job").build(), task("job").build()));
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        spark.agents().local().close();

        assertThat(stopped).hasValue(2);
        assertThat(handles).extracting(handle -> handle.snapshot().status()).containsOnly(TaskStatus.READY);
        assertThat(handles).extracting(handle -> handle.snapshot().failures()).containsOnly(0);
        spark.close();
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("spark-close-agent")));
    }

    @Test
    void defect10EndedTasksAreForgottenAfterTheirRetentionAndResultsAreKeptUntilThen() {
        Agents agents = agents();
        agents.local().handle("job", String.class, (payload, task) -> payload).start();
        TaskHandle kept = agents.submit(task("job").build());
        TaskHandle brief =
                agents.submit(task("job").retention(Duration.ofMillis(50)).build());

        assertThat(kept.result(String.class, LONG)).contains("x");

        await().until(() -> agents.find(brief.id()).isEmpty());
        assertThat(agents.find(kept.id())).isPresent();
        assertThat(kept.result(String.class, LONG)).contains("x");
        assertThat(agents.stats().total()).isEqualTo(1);
    }
}
