package ai.primespark.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Leases, limits and the last word. */
@Timeout(120)
class LeaseKeepingTest extends EngineRig {

    private static TaskRequest.Builder task() {
        return TaskRequest.of("job", "x");
    }

    private static void forEver() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    /** As a handler does that heeds no cancellation. */
    private static void awaitWhateverHappens(CountDownLatch latch) {
        boolean over = false;
        while (!over) {
            try {
                latch.await();
                over = true;
            } catch (InterruptedException e) {
                over = latch.getCount() == 0;
            }
        }
    }

    // --- times of any length

    @ParameterizedTest
    @ValueSource(strings = {"9999-12-31T23:59:59Z", "+1000000000-12-31T23:59:59.999999999Z"})
    void aDeadlineThatNobodyWillSeeKeepsNoLeaseFromBeingExtended(String deadline) throws Exception {
        heldLikeAnyOther(task().deadline(Instant.parse(deadline)).build());
    }

    @Test
    void aRunTimeThatNobodyWillSeeKeepsNoLeaseFromBeingExtended() throws Exception {
        heldLikeAnyOther(task().maxRuntime(Duration.ofSeconds(Long.MAX_VALUE)).build());
    }

    private void heldLikeAnyOther(TaskRequest request) throws Exception {
        AgentsEngine agents = engine("a", "lease", "500 ms");
        CountDownLatch started = new CountDownLatch(1);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    started.countDown();
                    forEver();
                    return payload;
                })
                .start();

        TaskHandle handle = agents.submit(request);

        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        await().until(() -> calls("beat") > 15); // one every 50 ms: longer than the lease
        assertThat(handle.snapshot().losses()).isZero();
        assertThat(handle.cancel("enough")).isEqualTo(CancelOutcome.REQUESTED);
        assertThat(handle.await(LONG).status()).isEqualTo(TaskStatus.CANCELLED);
        assertThat(handle.snapshot().attempts()).isEqualTo(1);
    }

    // --- the last word

    @Test
    void aHandlerThatStopsAtTheSecondInterruptKeepsNoSlotAndLeavesNone() throws Exception {
        AgentsEngine agents = engine("a", "cancel-grace", "10 ms", "slots", 4);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    try {
                        forEver();
                    } catch (InterruptedException e) { // until the second one; two that come at once are one
                        CountDownLatch never = new CountDownLatch(1);
                        while (!((Attempt) task).isSettled()) {
                            var unused = never.await(50, TimeUnit.MILLISECONDS);
                        }
                    }
                    return payload;
                })
                .start();

        List<TaskHandle> handles = agents.submitAll(Collections.nCopies(
                40,
                task().maxRuntime(Duration.ofMillis(10))
                        .retry(RetryPolicy.DEFAULT.withMaxFailures(1))
                        .build()));

        assertThat(handles)
                .allSatisfy(handle -> assertThat(handle.await(LONG).status()).isEqualTo(TaskStatus.DEAD));
        AgentRunner runner = (AgentRunner) agents.local();
        await().untilAsserted(() -> {
            assertThat(runner.slots().all()).isEmpty();
            assertThat(runner.slots().abandoned()).isZero();
            assertThat(runner.slots().running()).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aStartForWhichThereWasNoThreadCanBeRepeated(int threadsLeft) throws Exception {
        AgentsEngine agents = engine("a", "lease", "500 ms");
        CountDownLatch go = new CountDownLatch(1);
        agents.local().handle("job", String.class, (payload, task) -> {
            go.await();
            return payload;
        });
        threads.set(threadsLeft);
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> agents.local().start());
        assertThat(agents.local().status().state()).isEqualTo(AgentStatus.State.PAUSED);
        threads.set(Integer.MAX_VALUE);

        agents.local().start();

        TaskHandle handle = agents.submit(task().build());
        await().until(() -> calls("beat") > 15); // its lease is extended, too
        go.countDown();
        assertThat(handle.result(String.class, LONG)).contains("x");
        assertThat(handle.snapshot().losses()).isZero();
    }

    @Test
    void aLeaseThatIsGivenUpIsNotExtendedWhileItsHandlerTakesItsTime() throws Exception {
        AgentsEngine agents = engine("a", "lease", "500 ms", "cancel-grace", "5 min");
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    if (task.attempt() > 1) {
                        return "second";
                    }
                    task.onCancel(reason -> {
                        refused.clear(); // the queue is back before the lease is over
                        told.countDown();
                    });
                    started.countDown();
                    awaitWhateverHappens(finish);
                    return "first";
                })
                .start();
        TaskHandle handle = agents.submit(task().build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        refused.add("beat");
        assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();

        assertThat(handle.result(String.class, LONG)).contains("second");
        finish.countDown();
        assertThat(handle.snapshot().losses()).isEqualTo(1);
    }

    @Test
    void closingWaitsForAnOutcomeThatTheQueueDoesNotHaveYet() throws Exception {
        AgentsEngine agents = engine("a", "cancel-grace", "10 ms");
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    started.countDown();
                    awaitWhateverHappens(finish);
                    return payload;
                })
                .start();
        TaskHandle handle = agents.submit(task().build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        refused.addAll(List.of("complete", "completeAll"));
        assertThat(handle.cancel("enough")).isEqualTo(CancelOutcome.REQUESTED);
        await().until(() -> calls("completeAll") > 0); // the last word, which the queue does not take

        CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> ((AgentRunner) agents.local()).close(LONG));
        await().until(() -> agents.local().status().state() != AgentStatus.State.ACTIVE);
        refused.clear();
        closed.get(60, TimeUnit.SECONDS);

        assertThat(handle.snapshot().status()).isEqualTo(TaskStatus.CANCELLED);
        finish.countDown();
    }

    // --- what ends its agents

    @Test
    void tasksWithOneLossLeftRunOneAtATimeSoThatTheGuiltyOneTakesNobodyAlong() throws Exception {
        AgentsEngine agents = engine("a", "slots", 4);
        List<TaskHandle> suspects = agents.submitAll(Collections.nCopies(4, task().build()));
        TaskQueue queue = agents.queue();
        for (int i = 0; i < 2; i++) { // an agent that dies with all of them, twice
            await().until(() -> queue.claim(
                                    new TaskClaim(
                                            "r" + System.nanoTime(),
                                            "dying",
                                            Set.of(TaskLane.of(task().build())),
                                            4,
                                            Duration.ofMillis(20),
                                            Map.of()),
                                    Deadline.in(LONG))
                            .size()
                    == 4);
            await().until(() ->
                    suspects.stream().allMatch(task -> task.snapshot().status() == TaskStatus.READY));
        }
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch second = new CountDownLatch(2);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    second.countDown();
                    boolean unused =
                            second.await(200, TimeUnit.MILLISECONDS); // room for another to begin beside the first
                    running.decrementAndGet();
                    return payload;
                })
                .start();

        assertThat(suspects)
                .allSatisfy(task -> assertThat(task.await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED));
        assertThat(most).hasValue(1);
        assertThat(suspects)
                .allSatisfy(task -> assertThat(task.snapshot().losses()).isEqualTo(2));
    }
}
