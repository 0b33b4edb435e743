package ai.primespark.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.DrainReport;
import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskHandler;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.health.HealthStatus;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Deadline;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What agents do when power or the queue goes away. */
class PowerAndLossTest extends EngineRig {

    private static TaskRequest.Builder task(String type) {
        return TaskRequest.of(type, "x");
    }

    private static void forEver() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    // --- power

    @Test
    void onBatteryLowTasksAreParkedWithTheReasonAndGoOnByThemselvesOnMains() throws Exception {
        AgentsEngine agents = engine("a");
        agents.local().handle("job", String.class, (payload, task) -> payload).start();
        power.become(PowerProfile.SAVING, null, null);

        TaskHandle low = agents.submit(task("job").priority(Priority.LOW).build());
        TaskHandle normal = agents.submit(task("job").build());

        assertThat(normal.result(String.class, LONG)).contains("x");
        await().untilAsserted(() ->
                assertThat(low.snapshot().parkedReason().orElse("")).contains("power"));
        assertThat(low.snapshot().attempts()).isZero();

        power.become(PowerProfile.FULL, null, null);

        assertThat(low.result(String.class, LONG)).contains("x");
    }

    @Test
    void onBatteryHalfOfTheSlotsAreUsed() throws Exception {
        AgentsEngine agents = engine("a", "slots", 4);
        AtomicInteger running = new AtomicInteger();
        Semaphore go = new Semaphore(0);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    running.incrementAndGet();
                    go.acquire();
                    return payload;
                })
                .start();
        power.become(PowerProfile.SAVING, null, null);
        agents.submitAll(Collections.nCopies(6, task("job").build()));
        await().until(() -> running.get() == 2);

        power.become(PowerProfile.FULL, null, null);

        await().until(() -> running.get() == 4);
        go.release(6);
        await().until(() -> agents.stats().count(TaskStatus.SUCCEEDED) == 6);
    }

    @Test
    void inACriticalStateInterruptibleWorkIsHandedBackAndOnlyUrgentWorkBegins() throws Exception {
        AgentsEngine agents = engine("a");
        CountDownLatch started = new CountDownLatch(1);
        Queue<CancelReason> reasons = new ConcurrentLinkedQueue<>();
        agents.local()
                .handle("long", String.class, (payload, task) -> {
                    if (task.attempt() > 1) {
                        return task.checkpoint(String.class).orElse("nothing");
                    }
                    task.saveCheckpoint("half");
                    task.onCancel(reasons::add);
                    started.countDown();
                    forEver();
                    return payload;
                })
                .handle("job", String.class, (payload, task) -> payload)
                .start();
        TaskHandle running = agents.submit(task("long").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        power.become(PowerProfile.CRITICAL, null, null);

        await().until(() -> running.snapshot().status() == TaskStatus.READY);
        assertThat(reasons).containsExactly(CancelReason.POWER);
        TaskHandle normal = agents.submit(task("job").priority(Priority.HIGH).build());
        TaskHandle urgent = agents.submit(task("job").priority(Priority.URGENT).build());
        assertThat(urgent.result(String.class, LONG)).contains("x");
        assertThat(normal.snapshot().status()).isEqualTo(TaskStatus.READY);

        power.become(PowerProfile.FULL, null, null);

        assertThat(running.result(String.class, LONG)).contains("half");
        assertThat(running.snapshot().failures()).isZero();
        assertThat(running.snapshot().losses()).isZero();
        assertThat(normal.result(String.class, LONG)).contains("x");
    }

    @Test
    void inACriticalStateInterruptibleWorkIsToldToStopAlthoughTheQueueIsAway() throws Exception {
        AgentsEngine agents = engine("a", "lease", "1 h", "heartbeat", "5 min"); // nothing but power ends it
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        agents.local()
                .handle("long", String.class, (payload, task) -> {
                    if (task.attempt() > 1) {
                        return payload;
                    }
                    task.onCancel(reason -> told.countDown());
                    started.countDown();
                    forEver();
                    return payload;
                })
                .start();
        TaskHandle running = agents.submit(task("long").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        refused.addAll(List.of("paused", "completeAll"));
        int asked = calls("paused");
        await().until(
                        () -> { // what is known of pauses is too old by then
                            ((AgentRunner) agents.local()).poke();
                            return calls("paused") > asked;
                        });

        power.become(PowerProfile.CRITICAL, null, null);

        assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
        refused.clear();
        power.become(PowerProfile.FULL, null, null);
        assertThat(running.result(String.class, LONG)).contains("x");
        assertThat(running.snapshot().losses() + running.snapshot().failures()).isZero();
    }

    @Test
    void anAttemptThatIsJustBeginningWhenPowerBecomesCriticalIsToldToStopToo() throws Exception {
        AgentsEngine agents = engine("a");
        CountDownLatch decoding = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        agents.local()
                .handle("long", String.class, (payload, task) -> {
                    if (task.attempt() == 1) {
                        decoding.countDown();
                        task.onCancel(reason -> told.countDown());
                        forEver();
                    }
                    return payload;
                })
                .start();
        power.deliverLater(); // and never: as if the event had come before the attempt was in its slot
        TaskHandle running = agents.submit(task("long").build());
        assertThat(decoding.await(20, TimeUnit.SECONDS)).isTrue();
        AgentRunner runner = (AgentRunner) agents.local();
        Slot slot = runner.slots().all().stream() // a second one may have begun for the same task, and is about to end
                .filter(each -> each.current() != null)
                .findFirst()
                .orElseThrow();
        runner.slots().all().remove(slot); // nobody sees it
        power.become(PowerProfile.CRITICAL, null, null);
        runner.obeyPower();
        assertThat(told.getCount()).isEqualTo(1);

        runner.slots().all().add(slot);

        assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
        power.become(PowerProfile.FULL, null, null);
        assertThat(running.result(String.class, LONG)).contains("x");
    }

    @Test
    void beforeAShutdownTheAgentDrainsWithinItsBudgetAndBeginsAgainWhenPowerIsBack() throws Exception {
        AgentsEngine agents = engine("a");
        AgentsEngine peer = engine("b", "slots", 1); // told of no work before the first one has drained
        CountDownLatch started = new CountDownLatch(1);
        Queue<Duration> left = new ConcurrentLinkedQueue<>();
        agents.local()
                .handle("long", String.class, (payload, task) -> {
                    if (task.checkpoint(Integer.class).isPresent()) {
                        return "from " + task.checkpoint(Integer.class).get();
                    }
                    started.countDown();
                    try {
                        forEver();
                    } finally {
                        task.drainTimeLeft().ifPresent(left::add);
                        task.saveCheckpoint(42);
                    }
                    return payload;
                })
                .start();
        TaskHandle handle = agents.submit(task("long").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        power.become(PowerProfile.SHUTDOWN, null, Duration.ofSeconds(20));

        await().until(() -> handle.snapshot().status() == TaskStatus.READY);
        await().until(() -> agents.local().status().state() == AgentStatus.State.PAUSED);
        assertThat(left)
                .singleElement()
                .satisfies(time -> assertThat(time).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(18)));
        assertThat(handle.snapshot().status()).isEqualTo(TaskStatus.READY);

        power.become(PowerProfile.FULL, null, null);

        assertThat(handle.result(String.class, LONG)).contains("from 42");
        TaskSnapshot ended = handle.snapshot();
        assertThat(ended.failures() + ended.losses()).isZero();
        assertThat(peer.agents()).isNotEmpty();
    }

    /** Runs until it is let go, whatever it is told. */
    private static TaskHandler<String, String> stubborn(CountDownLatch started, CountDownLatch finish) {
        return (payload, task) -> {
            started.countDown();
            boolean done = false;
            while (!done) {
                try {
                    finish.await();
                    done = true;
                } catch (InterruptedException e) {
                    done = false; // its own business
                }
            }
            return payload;
        };
    }

    private static AgentStatus.State state(AgentsEngine agents) {
        return agents.local().status().state();
    }

    @Test
    void aShutdownThatIsCalledOffWhileTheAgentDrainsLetsItGoOn() throws Exception {
        AgentsEngine agents = engine("a", "cancel-grace", "1 min");
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        agents.local()
                .handle("long", String.class, stubborn(started, finish))
                .handle("job", String.class, (payload, task) -> payload)
                .start();
        TaskHandle running = agents.submit(task("long").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        power.become(PowerProfile.SHUTDOWN, null, Duration.ofMinutes(10));
        await().until(() -> state(agents) == AgentStatus.State.DRAINING);

        power.become(PowerProfile.FULL, null, null);

        assertThat(agents.submit(task("job").build()).result(String.class, LONG))
                .contains("x");
        finish.countDown();
        assertThat(running.result(String.class, LONG)).contains("x");
        assertThat(running.snapshot().attempts()).isEqualTo(1);
        assertThat(state(agents)).isEqualTo(AgentStatus.State.ACTIVE);
    }

    @Test
    void anAgentThatThePowerManagerDrainsBeforeItHearsOfTheShutdownBeginsAgainToo() throws Exception {
        AgentsEngine agents = engine("a", "heartbeat", "5 min", "lease", "1 h"); // it hears by events alone
        agents.local().handle("job", String.class, (payload, task) -> payload).start();
        power.deliverLater();
        power.become(PowerProfile.SHUTDOWN, null, Duration.ofSeconds(20));
        agents.drain(Deadline.in(LONG)); // as the power manager does
        assertThat(state(agents)).isEqualTo(AgentStatus.State.PAUSED);

        power.become(PowerProfile.FULL, null, null);
        power.deliver();

        assertThat(agents.submit(task("job").build()).result(String.class, LONG))
                .contains("x");
    }

    @Test
    void aDrainThatIsCalledOffTakesNoHandlersWorkAway() throws Exception {
        AgentsEngine agents = engine("a", "cancel-grace", "1 min");
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        agents.local().handle("long", String.class, stubborn(started, finish)).start();
        TaskHandle running = agents.submit(task("long").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        power.deliverLater();
        power.become(PowerProfile.SHUTDOWN, null, Duration.ofMinutes(10));
        Thread drain = new Thread(() -> {
            try {
                agents.drain(Deadline.in(Duration.ofMinutes(10)));
            } catch (TimeoutException e) {
                throw new IllegalStateException(e);
            }
        });
        drain.start();
        await().until(() -> state(agents) == AgentStatus.State.DRAINING);

        power.become(PowerProfile.FULL, null, null);
        drain.interrupt(); // as the power manager does
        drain.join();
        power.deliver();
        finish.countDown();

        assertThat(running.result(String.class, LONG)).contains("x");
        assertThat(running.snapshot().attempts()).isEqualTo(1);
        assertThat(state(agents)).isEqualTo(AgentStatus.State.ACTIVE);
        assertThat(agents.check().status()).isEqualTo(HealthStatus.HEALTHY);
    }

    @Test
    void aDrainTellsHandlersAndKeepsToItsBudgetWhileTheQueueIsSilent() throws Exception {
        AgentsEngine agents = engine("a", "queue-timeout", "5 min", "lease", "1 h", "heartbeat", "1 min");
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        agents.local()
                .handle("long", String.class, (payload, task) -> {
                    task.onCancel(reason -> told.countDown());
                    return stubborn(started, finish).handle(payload, task);
                })
                .handle("job", String.class, (payload, task) -> payload)
                .start();
        TaskHandle running = agents.submit(task("long").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        int claims = calls("claim");
        silent.addAll(List.of("claim", "complete", "completeAll", "beat", "heartbeat"));
        TaskHandle waiting = agents.submit(task("job").build());
        await().until(() -> calls("claim") > claims); // on its way for five minutes

        DrainReport report = CompletableFuture.supplyAsync(
                        () -> agents.local().drain(Duration.ofSeconds(2), CancelReason.POWER))
                .get(60, TimeUnit.SECONDS);

        assertThat(told.getCount()).isZero();
        assertThat(report.abandoned()).isEqualTo(1);

        silent.clear();

        await().until(() -> running.snapshot().status() == TaskStatus.READY);
        await().until(() -> waiting.snapshot().status() == TaskStatus.READY);
        assertThat(running.snapshot().losses() + waiting.snapshot().losses()).isZero();
        finish.countDown();
    }

    @Test
    void whatWasOnItsWayWhenAnAgentLeftDoesNotSayThatItIsThere() throws Exception {
        AgentsEngine agents = engine("a", "lease", "1 h", "heartbeat", "1 min"); // nothing else takes it back
        agents.local().handle("job", String.class, (payload, task) -> payload).start();
        await().until(() -> state(agents) == AgentStatus.State.ACTIVE);
        late.add("heartbeat"); // that it drains

        agents.local().close();

        await().until(() -> cameLate.get() == 1);
        assertThat(agents.agents())
                .extracting(AgentStatus::state)
                .as("what the queue was told last")
                .containsExactly(AgentStatus.State.OFFLINE);
    }

    @Test
    void anAgentThatIsClosedWhileItDrainsForPowerStaysClosed() throws Exception {
        AgentsEngine agents = engine("a");
        agents.local().handle("job", String.class, (payload, task) -> payload).start();
        power.become(PowerProfile.SHUTDOWN, null, Duration.ofSeconds(20));
        await().until(() -> state(agents) == AgentStatus.State.PAUSED);
        agents.local().close();

        power.become(PowerProfile.FULL, null, null);

        assertThat(state(agents)).isEqualTo(AgentStatus.State.OFFLINE);
    }

    @Test
    void anIdleAgentThatIsDrainedBeforeItHearsWhyBeginsAgainAllTheSame() throws Exception {
        AgentsEngine agents = engine("a", "heartbeat", "1 min", "lease", "5 min");
        agents.local().handle("job", String.class, (payload, task) -> payload).start();
        power.becomeUnheard(PowerProfile.SHUTDOWN, Duration.ofSeconds(20));

        agents.drain(Deadline.in(LONG));
        assertThat(agents.local().status().state()).isEqualTo(AgentStatus.State.PAUSED);
        power.tell();
        power.become(PowerProfile.FULL, null, null);

        assertThat(agents.submit(task("job").build()).result(String.class, LONG))
                .contains("x");
    }

    @Test
    void aDrainThatComesTooLateFindsTheAgentAtWorkAndLeavesItThere() throws Exception {
        AgentsEngine agents = engine("a", "heartbeat", "1 min", "lease", "5 min");
        agents.local().handle("job", String.class, (payload, task) -> payload).start();
        power.become(PowerProfile.SHUTDOWN, null, Duration.ofSeconds(20));
        await().until(() -> agents.local().status().state() == AgentStatus.State.PAUSED);
        power.become(PowerProfile.FULL, null, null);

        agents.drain(Deadline.in(LONG));

        assertThat(agents.local().status().state()).isEqualTo(AgentStatus.State.ACTIVE);
        assertThat(agents.submit(task("job").build()).result(String.class, LONG))
                .contains("x");
    }

    @Test
    void workThatTheBatteryWouldNotLetFinishIsNotBegun() throws Exception {
        AgentsEngine agents = engine("a", "runtime-margin", "30 s");
        agents.local()
                .handle("long", String.class, (payload, task) -> payload)
                .handle("short", String.class, (payload, task) -> payload)
                .start();
        AgentRunner runner = (AgentRunner) agents.local();
        for (int i = 0; i < 10; i++) { // what was learnt
            runner.handlers()
                    .find("long")
                    .orElseThrow()
                    .durations()
                    .record(Duration.ofSeconds(60).toNanos());
            runner.handlers()
                    .find("short")
                    .orElseThrow()
                    .durations()
                    .record(Duration.ofSeconds(1).toNanos());
        }

        power.become(PowerProfile.SAVING, Duration.ofSeconds(80), null); // 50 s without the margin
        TaskHandle lengthy = agents.submit(task("long").build());
        TaskHandle brief = agents.submit(task("short").build());

        assertThat(brief.result(String.class, LONG)).contains("x");
        assertThat(lengthy.snapshot().status()).isEqualTo(TaskStatus.READY);
        await().untilAsserted(() -> assertThat(lengthy.snapshot().parkedReason().orElse(""))
                .contains("60 s") // as soon as the queue has heard of the agent, which another thread tells it
                .contains("battery"));

        power.become(PowerProfile.FULL, null, null);
        assertThat(lengthy.result(String.class, LONG)).contains("x");
    }

    // --- the queue

    @Test
    void anOutcomeIsHandedInWhenTheQueueIsBack() throws Exception {
        AgentsEngine agents = engine("a");
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    runs.incrementAndGet();
                    started.countDown();
                    finish.await();
                    return payload;
                })
                .start();
        TaskHandle handle = agents.submit(task("job").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        refused.addAll(List.of("complete", "completeAll"));
        finish.countDown();
        await().until(() -> agents.check().status() == HealthStatus.HEALTHY); // what it asks is answered
        assertThat(handle.await(Duration.ofMillis(100)).status()).isEqualTo(TaskStatus.RUNNING);

        refused.clear();

        assertThat(handle.result(String.class, LONG)).contains("x");
        assertThat(runs).hasValue(1);
    }

    @Test
    void aCheckpointWaitsForAQueueThatIsAwayInsteadOfFailingTheAttempt() throws Exception {
        AgentsEngine agents = engine("a");
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    task.saveCheckpoint("half");
                    return task.checkpoint(String.class).orElse("nothing");
                })
                .start();
        refused.add("save");
        TaskHandle handle = agents.submit(task("job").build());
        await().until(() -> calls("save") > 2);

        refused.clear();

        assertThat(handle.result(String.class, LONG)).contains("half");
        assertThat(handle.snapshot().attempts()).isEqualTo(1);
        assertThat(handle.snapshot().failures()).isZero();
    }

    @Test
    void aCheckpointWaitsNoLongerThanTheLeaseIsHeld() throws Exception {
        AgentsEngine agents = engine("a", "lease", "500 ms");
        Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    if (task.attempt() > 1) {
                        return payload;
                    }
                    try {
                        task.saveCheckpoint("half");
                    } catch (TaskException e) {
                        thrown.add(e);
                        refused.clear();
                        throw e;
                    }
                    return payload;
                })
                .start();
        refused.addAll(List.of("save", "beat"));
        TaskHandle handle = agents.submit(task("job").build());

        assertThat(handle.result(String.class, LONG)).contains("x");
        assertThat(thrown).singleElement().satisfies(e -> assertThat(e).hasMessageContaining("does not hold"));
        assertThat(handle.snapshot().losses()).isEqualTo(1);
        assertThat(handle.snapshot().failures()).isZero();
    }

    @Test
    void aClaimWhoseAnswerWasLostIsRepeatedAndLosesNoTask() throws Exception {
        AgentsEngine agents = engine("a", "lease", "1 h", "heartbeat", "1 min"); // nothing comes back by itself
        unanswered.add("claim");
        TaskHandle handle = agents.submit(task("job").build()); // before the agent begins: the first claim gets it

        agents.local().handle("job", String.class, (payload, task) -> payload).start();

        assertThat(handle.result(String.class, LONG)).contains("x");
        assertThat(handle.snapshot().attempts()).isEqualTo(1);
        assertThat(unanswered).isEmpty();
    }

    @Test
    void whatALateClaimGetsIsNotBegunIfItWasPausedMeanwhile() throws Exception {
        AgentsEngine agents = engine("a", "queue-timeout", "1 min");
        AgentsEngine other = engine("b");
        AtomicInteger runs = new AtomicInteger();
        agents.local()
                .handle("job", String.class, (payload, task) -> runs.incrementAndGet())
                .start();
        int claims = calls("claim");
        silent.add("claim");
        TaskHandle handle = other.submit(task("job").build());
        await().until(() -> calls("claim") > claims); // planned before the pause
        long begun = System.nanoTime();
        TaskScope job = new TaskScope.OfType("job");
        assertThat(other.drain(job, LONG)).isTrue();
        await().until(() -> System.nanoTime() - begun > 2 * QueueView.PAUSES_LIFE);

        silent.clear();

        await().until(() ->
                handle.snapshot().attempts() == 1 && handle.snapshot().status() == TaskStatus.READY);
        assertThat(runs).hasValue(0);
        agents.resume(job);
        assertThat(handle.result(Integer.class, LONG)).contains(1);
    }

    @Test
    void theLeaseOfARepeatedClaimIsCountedFromTheFirstOne() throws Exception {
        AgentsEngine agents = engine("a", "lease", "1 h", "heartbeat", "1 min"); // nothing extends it
        AtomicLong lost = new AtomicLong();
        AtomicLong until = new AtomicLong();
        onLost = () -> lost.set(System.nanoTime());
        unanswered.add("claim");
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    until.set(((Attempt) task).validUntil());
                    return payload;
                })
                .start();

        assertThat(agents.submit(task("job").build()).result(String.class, LONG))
                .contains("x");

        assertThat(until.get() - lost.get())
                .isLessThanOrEqualTo(Duration.ofHours(1).toNanos());
    }

    @Test
    void aDrainAsksForWhatAClaimMayHaveGotWhoseAnswerWasLost() throws Exception {
        AgentsEngine agents = engine("a", "lease", "1 h", "heartbeat", "1 min"); // nothing comes back by itself
        CompletableFuture<DrainReport> drained = new CompletableFuture<>();
        onLost = () -> {
            var unused = drained.completeAsync(() -> agents.local().drain(LONG, CancelReason.SHUTDOWN));
            await().until(() -> state(agents) == AgentStatus.State.DRAINING);
        };
        unanswered.add("claim");
        TaskHandle handle = agents.submit(task("job").build()); // before the agent begins: the first claim gets it

        agents.local().handle("job", String.class, (payload, task) -> payload).start();

        assertThat(drained.get(40, TimeUnit.SECONDS).released()).isEqualTo(1);
        TaskSnapshot task = handle.snapshot();
        assertThat(task.status()).isEqualTo(TaskStatus.READY);
        assertThat(task.losses()).isZero();
    }

    @Test
    void anAgentThatCannotExtendItsLeaseTellsTheHandlerBeforeAnotherOneBegins() throws Exception {
        toldBeforeAnotherOneBegins(refused, "600 ms");
    }

    @Test
    void aQueueThatGivesNoAnswerAtAllDelaysThatByNothing() throws Exception {
        toldBeforeAnotherOneBegins(silent, "2 s");
    }

    private void toldBeforeAnotherOneBegins(Set<String> away, String lease) throws Exception {
        AgentsEngine agents = engine("a", "lease", lease, "queue-timeout", "10 s");
        Queue<CancelReason> reasons = new ConcurrentLinkedQueue<>();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        agents.local()
                .handle("job", String.class, (payload, task) -> {
                    if (task.attempt() > 1) {
                        assertThat(told.getCount()).isZero();
                        return "second";
                    }
                    task.onCancel(reasons::add);
                    started.countDown();
                    try {
                        forEver();
                    } finally {
                        told.countDown();
                    }
                    return "first";
                })
                .start();
        TaskHandle handle = agents.submit(task("job").build());
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        away.addAll(List.of("beat", "heartbeat"));
        assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
        away.clear();

        assertThat(handle.result(String.class, LONG)).contains("second");
        assertThat(reasons).containsExactly(CancelReason.LEASE_LOST);
        assertThat(handle.snapshot().losses()).isEqualTo(1);
        assertThat(handle.snapshot().failures()).isZero();
    }

    @Test
    void whileTheQueueIsAwayHealthSaysSoAndWorkGoesOnAfterwards() throws Exception {
        AgentsEngine agents = engine("a");
        agents.local().handle("job", String.class, (payload, task) -> payload).start();
        refused.addAll(List.of("claim", "lanes", "paused", "agents", "heartbeat", "beat", "sweep", "stats"));

        TaskHandle handle = agents.submit(task("job").build());
        assertThat(agents.check().status()).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(agents.check().message()).contains("away");

        refused.clear();
        assertThat(handle.result(String.class, LONG)).contains("x");
        await().until(() -> agents.check().status() == HealthStatus.HEALTHY);
    }

    @Test
    void aCloudOfAgentsDoesEveryTaskOnce() throws Exception {
        AgentsEngine submitter = engine("s");
        AtomicInteger runs = new AtomicInteger();
        for (String id : List.of("a", "b", "c")) {
            engine(id)
                    .local()
                    .handle("job", String.class, (payload, task) -> runs.incrementAndGet())
                    .start();
        }

        List<TaskHandle> handles =
                submitter.submitAll(Collections.nCopies(500, task("job").build()));

        handles.forEach(handle -> assertThat(handle.await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED));
        assertThat(runs).hasValue(500);
    }
}
