package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.Priority;
import ai.primespark.agent.QueueFullException;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TASK-10 to TASK-12: waiting for work, a full queue, its end and its return. */
abstract class TaskEdgeRules extends TaskViewRules {

    // --- waiting

    /** Waits for work as an agent does, until it claims something. */
    private FutureTask<List<TaskLease>> worker(TaskQueue queue, Set<TaskLane> lanes, String agent) {
        return Bounded.start("waits for work", () -> {
            while (true) {
                List<TaskLease> leases = queue.claim(claim(lanes, agent, 1, LONG), deadline());
                if (!leases.isEmpty()) {
                    return leases;
                }
                boolean unused = queue.awaitWork(lanes, queuePatience());
            }
        });
    }

    @Test
    @DisplayName("TASK-10 who waits is woken by a new task")
    void newWorkWakes() {
        TaskQueue queue = open();
        for (int round = 0; round < 5; round++) {
            FutureTask<List<TaskLease>> worker = worker(queue, lane("work"), "agent");
            String id = submit(queue, "work");
            List<TaskLease> leases = Bounded.result(queuePatience(), "a claim after waiting", worker);
            assertThat(leases.get(0).task().id()).isEqualTo(id);
        }
    }

    @Test
    @DisplayName("TASK-10 who waits is woken by work that comes back, that is unblocked, or whose time has come")
    void oldWorkWakes() {
        TaskQueue queue = open();
        String id = submit(queue, "work");
        List<Runnable> wakers = new ArrayList<>();
        TaskLease first = lease(queue, "work", "agent");
        wakers.add(() -> complete(queue, first, release(CancelReason.SHUTDOWN)));
        for (Runnable waker : wakers) {
            FutureTask<List<TaskLease>> worker = worker(queue, lane("work"), "agent");
            waker.run();
            List<TaskLease> leases = Bounded.result(queuePatience(), "a claim after waiting", worker);
            assertThat(leases.get(0).task().id()).isEqualTo(id);
            complete(queue, leases.get(0), retry("oops", moment()));
        }
        FutureTask<List<TaskLease>> retried = worker(queue, lane("work"), "agent");
        pass(queue, 1);
        TaskLease again = Bounded.result(queuePatience(), "a claim after the pause", retried)
                .get(0);
        submit(queue, request("child").after(id));
        FutureTask<List<TaskLease>> child = worker(queue, lane("child"), "agent");
        complete(queue, again, success("x"));
        assertThat(Bounded.result(queuePatience(), "a claim of what was blocked", child))
                .hasSize(1);
    }

    @Test
    @DisplayName("TASK-10 everybody who knows the lane is woken, and who knows no lane by the first task of a new one")
    void newLanesWake() {
        TaskQueue queue = open();
        List<FutureTask<Set<TaskLane>>> workers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            workers.add(Bounded.start("waits for a lane", () -> {
                while (true) {
                    Set<TaskLane> lanes = queue.lanes(deadline());
                    if (lanes.containsAll(lane("sudden"))) {
                        return lanes;
                    }
                    boolean unused = queue.awaitWork(lanes, queuePatience());
                }
            }));
        }
        submit(queue, "sudden");
        workers.forEach(worker -> assertThat(Bounded.result(queuePatience(), "a new lane", worker))
                .isNotEmpty());
    }

    @Test
    @DisplayName("TASK-10 of two who wait for lanes that overlap, each is woken when there is a task for each")
    void overlappingLanesWakeBoth() {
        TaskQueue both = open();
        TaskQueue one = both.traits().shared() ? open() : both;
        for (int round = 0; round < 12; round++) {
            TaskEnvelope wanted = task(request("a" + round).priority(Priority.HIGH));
            TaskEnvelope common = task("b" + round);
            FutureTask<List<TaskLease>> choosy = waitingWorker(both, Set.of(wanted.lane(), common.lane()), "choosy");
            FutureTask<List<TaskLease>> plain = waitingWorker(one, Set.of(common.lane()), "plain");
            submitAll(both, wanted, common);
            assertThat(Bounded.result(queuePatience(), "a claim of the more urgent", choosy))
                    .extracting(lease -> lease.task().id())
                    .containsExactly(wanted.id());
            assertThat(Bounded.result(queuePatience(), "a claim of the other", plain))
                    .extracting(lease -> lease.task().id())
                    .containsExactly(common.id());
        }
    }

    /** As {@link #worker}, but begins with waiting, sleeps when this returns, and does not wake up by itself. */
    private FutureTask<List<TaskLease>> waitingWorker(TaskQueue queue, Set<TaskLane> lanes, String agent) {
        FutureTask<List<TaskLease>> worker = new FutureTask<>(() -> {
            while (true) {
                boolean unused = queue.awaitWork(lanes, queuePatience().multipliedBy(10));
                List<TaskLease> leases = queue.claim(claim(lanes, agent, 1, LONG), deadline());
                if (!leases.isEmpty()) {
                    return leases;
                }
            }
        });
        Thread thread = new Thread(worker, "testkit-waits-for-work");
        thread.setDaemon(true);
        thread.start();
        run("beginning to wait", () -> {
            while (thread.getState() != Thread.State.TIMED_WAITING && !worker.isDone()) {
                Thread.onSpinWait();
            }
            return true;
        });
        return worker;
    }

    @Test
    @DisplayName("TASK-10 without work the wait ends when its time is over, and not much before")
    void waitsEnd() {
        TaskQueue queue = open();
        submit(queue, "other");
        lease(queue, "other", "agent");
        long begin = System.nanoTime();
        int rounds = 0;
        while (run("awaitWork", () -> queue.awaitWork(lane("none"), Duration.ofMillis(300)))) {
            assertThat(++rounds).as("false alarms in a row").isLessThan(20);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(290));
    }

    @Test
    @DisplayName("TASK-10 work that is there already ends the wait at once")
    void workThatIsThereEndsTheWait() {
        TaskQueue queue = open();
        submit(queue, "there");
        assertThat(run(
                        "awaitWork",
                        () -> queue.awaitWork(lane("there"), queuePatience().multipliedBy(10))))
                .isTrue();
    }

    @Test
    @DisplayName("TASK-10 a waiting thread can be interrupted")
    void waitsCanBeInterrupted() {
        TaskQueue queue = open();
        Thread[] waiting = new Thread[1];
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            while (queue.awaitWork(lane("none"), queuePatience().multipliedBy(10))) {
                Thread.onSpinWait();
            }
            return true;
        });
        waiting[0] = new Thread(task, "testkit-is-interrupted");
        waiting[0].setDaemon(true);
        waiting[0].start();
        waiting[0].interrupt();
        assertThat(Bounded.failure(queuePatience(), "awaitWork after an interrupt", task::get))
                .isInstanceOf(InterruptedException.class);
    }

    // --- a full queue

    @Test
    @DisplayName("TASK-11 a full queue refuses whole batches and still accepts completions, which make room")
    void aFullQueueAcceptsCompletions() {
        Map<String, Object> room = queueSettingsForRoom(4);
        if (room.isEmpty()) {
            return; // the contract says that this is not tested then
        }
        TaskQueue queue = open(room);
        for (int i = 0; i < 2; i++) {
            submit(queue, "full");
        }
        List<TaskLease> leases = claim(queue, claim(lane("full"), "agent", 2, LONG));
        TaskEnvelope[] tooMany = {task("full"), task("full"), task("full")};
        assertThat(Bounded.failure(queuePatience(), "submit", () -> queue.submit(List.of(tooMany), deadline())))
                .isInstanceOf(QueueFullException.class);
        for (TaskEnvelope task : tooMany) {
            assertThat(knows(queue, task.id())).isFalse();
        }
        submitAll(queue, tooMany[0], tooMany[1]);
        assertThat(Bounded.failure(queuePatience(), "submit", () -> queue.submit(List.of(tooMany[2]), deadline())))
                .isInstanceOf(QueueFullException.class);
        assertThat(save(queue, leases.get(0), "a checkpoint")).isTrue();
        assertThat(complete(queue, leases.get(0), success("x"))).isTrue();
        assertThat(complete(queue, leases.get(1), retry("oops", Duration.ZERO))).isTrue();
        submit(queue, tooMany[2]);
        assertThat(claimIds(queue, lane("full"), 9)).hasSize(4);
    }

    // --- the end

    @Test
    @DisplayName("TASK-12 after close every method fails as unavailable; closing twice is harmless")
    void closedIsClosed() {
        TaskQueue queue = open();
        submit(queue, "closing");
        TaskLease lease = lease(queue, "closing", "agent");
        FutureTask<Boolean> waiting = Bounded.start("awaitWork", () -> {
            while (queue.awaitWork(lane("none"), queuePatience().multipliedBy(10))) {
                Thread.onSpinWait();
            }
            return true;
        });
        close(queue);
        close(queue);
        assertThat(Bounded.failure(queuePatience(), "awaitWork during close", waiting::get))
                .isInstanceOf(QueueUnavailableException.class);
        Map<String, Callable<?>> calls = new LinkedHashMap<>();
        calls.put("submit", () -> queue.submit(List.of(task("x")), deadline()));
        calls.put("claim", () -> queue.claim(claim(lane("x"), "agent", 1, LONG), deadline()));
        calls.put("lanes", () -> queue.lanes(deadline()));
        calls.put("awaitWork", () -> queue.awaitWork(lane("x"), Duration.ofSeconds(1)));
        calls.put("beat", () -> queue.beat(List.of(new TaskLease.Progress(lease.ref(), 0, "")), LONG, deadline()));
        calls.put("save", () -> queue.save(lease.ref(), bytes("x"), deadline()));
        calls.put("emit", () -> queue.emit(lease.ref(), "x", deadline()));
        calls.put("complete", () -> queue.complete(lease.ref(), success("x"), deadline()));
        calls.put("cancel", () -> queue.cancel(lease.ref().taskId(), "x", deadline()));
        calls.put("find", () -> queue.find("x", deadline()));
        calls.put("result", () -> queue.result("x", deadline()));
        calls.put("list", () -> queue.list(TaskFilter.ALL, null, 1, deadline()));
        calls.put("replay", () -> queue.replay(TaskFilter.DEAD, deadline()));
        calls.put("purge", () -> queue.purge(TaskFilter.DEAD, deadline()));
        calls.put("heartbeat", () -> {
            queue.heartbeat(agent("agent"), LONG, deadline());
            return true;
        });
        calls.put("agents", () -> queue.agents(deadline()));
        calls.put("setPaused", () -> {
            queue.setPaused(new TaskScope.All(), true, deadline());
            return true;
        });
        calls.put("paused", () -> queue.paused(deadline()));
        calls.put("sweep", () -> queue.sweep(deadline()));
        calls.put("stats", () -> queue.stats(deadline()));
        calls.put("subscribe", () -> queue.subscribe(event -> {}));
        calls.forEach((name, call) -> assertThat(Bounded.failure(queuePatience(), name + " after close", call))
                .as(name + " after close")
                .isInstanceOf(QueueUnavailableException.class));
    }

    @Test
    @DisplayName("TASK-01 a durable queue is after a restart what it was before; fences go on")
    void durableQueuesComeBack() {
        TaskQueue before = open();
        if (!before.traits().durable()) {
            close(before);
            assertThat(knows(open(), newId())).isFalse();
            return;
        }
        String ready = submit(before, request("ready").idempotencyKey("k"));
        String later = submit(before, request("later").notBefore(now().plus(LONG)));
        String blocked = submit(before, request("blocked").after(ready, later));
        String done = submit(before, "done");
        complete(before, lease(before, "done", "agent"), success("kept"));
        String dead = deadBefore(before);
        String failed = submit(before, "failed");
        complete(before, lease(before, "failed", "agent"), retry("oops", Duration.ZERO));
        String cancelled = submit(before, "cancelled");
        assertThat(cancel(before, cancelled)).isEqualTo(CancelOutcome.CANCELLED);
        String running = submit(before, "running");
        TaskLease lease = lease(before, "running", "agent");
        save(before, lease, "half");
        setPaused(before, new TaskScope.OfType("x"), true);
        close(before);

        TaskQueue after = open();
        assertStatus(after, ready, TaskStatus.READY);
        assertStatus(after, later, TaskStatus.SCHEDULED);
        assertStatus(after, blocked, TaskStatus.BLOCKED);
        assertThat(result(after, done)).isEqualTo("kept");
        assertStatus(after, dead, TaskStatus.DEAD);
        assertThat(find(after, failed).failures()).isEqualTo(1);
        assertThat(find(after, failed).errors()).containsExactly("oops");
        assertStatus(after, cancelled, TaskStatus.CANCELLED);
        assertThat(run("paused", () -> after.paused(deadline()))).containsExactly(new TaskScope.OfType("x"));
        assertThat(submitAll(after, task(request("ready").idempotencyKey("k"))))
                .containsExactly(new TaskQueue.Submitted(ready, TaskQueue.Submitted.Outcome.EXISTING));
        pass(after, 1);
        goesOn(after, running, lease);
        assertThat(claimIds(after, lane("ready"), 5)).containsExactly(ready);
    }

    private String deadBefore(TaskQueue queue) {
        String dead = submit(queue, "dead");
        complete(queue, lease(queue, "dead", "agent"), die("no"));
        return dead;
    }

    /** What was under a lease is so still, or is ready again. */
    private void goesOn(TaskQueue after, String running, TaskLease lease) {
        if (find(after, running).status() == TaskStatus.RUNNING) {
            assertThat(complete(after, lease, retry("again", Duration.ZERO))).isTrue();
        } else {
            assertThat(complete(after, lease, success("late"))).isFalse();
        }
        TaskLease next = lease(after, "running", "agent");
        assertThat(next.ref().fence()).isGreaterThan(lease.ref().fence());
        assertThat(next.checkpoint()).hasValue(bytes("half"));
    }
}
