package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TASK-05, TASK-08, TASK-09: every state against everything that can be asked of a task. */
abstract class TaskStateRules extends TaskLeaseRules {

    /** One task that was brought into a state. */
    private record Subject(
            TaskQueue queue, String id, @Nullable TaskLease lease) {}

    /** What can be asked of a task, and the states that come of it: same for the state it is in. */
    private enum Act {
        CLAIM,
        SUCCEED,
        FAIL_FOR_LATER,
        FAIL_FOR_NOW,
        FAIL_FOR_GOOD,
        RELEASE,
        STOP_FOR_USER,
        STOP_FOR_DEADLINE,
        CANCEL,
        REPLAY,
        PURGE,
        SUBMIT_AGAIN
    }

    private static final @Nullable TaskStatus FORGOTTEN = null;

    @Test
    @DisplayName("TASK-05 every transition of the table of states, and none besides, can be made")
    void everyTransition() {
        for (TaskStatus from : TaskStatus.values()) {
            for (Act act : Act.values()) {
                Subject subject = bring(from);
                assertStatus(subject.queue(), subject.id(), from);
                act(subject, act);
                TaskStatus expected = expected(from, act);
                String step = from + " and " + act;
                if (expected == FORGOTTEN) {
                    assertThat(knows(subject.queue(), subject.id())).as(step).isFalse();
                } else {
                    assertThat(find(subject.queue(), subject.id()).status())
                            .as(step)
                            .isEqualTo(expected);
                }
                close(subject.queue());
                contractClosesQueues();
                contractOpensContext();
            }
        }
    }

    private static @Nullable TaskStatus expected(TaskStatus from, Act act) {
        boolean waits = from == TaskStatus.BLOCKED || from == TaskStatus.SCHEDULED || from == TaskStatus.READY;
        return switch (act) {
            case CLAIM -> from == TaskStatus.READY ? TaskStatus.RUNNING : from;
            case SUCCEED -> from == TaskStatus.RUNNING ? TaskStatus.SUCCEEDED : from;
            case FAIL_FOR_LATER -> from == TaskStatus.RUNNING ? TaskStatus.SCHEDULED : from;
            case FAIL_FOR_NOW, RELEASE -> from == TaskStatus.RUNNING ? TaskStatus.READY : from;
            case FAIL_FOR_GOOD -> from == TaskStatus.RUNNING ? TaskStatus.DEAD : from;
            case STOP_FOR_USER -> from == TaskStatus.RUNNING ? TaskStatus.CANCELLED : from;
            case STOP_FOR_DEADLINE -> from == TaskStatus.RUNNING ? TaskStatus.EXPIRED : from;
            case CANCEL -> waits ? TaskStatus.CANCELLED : from;
            case REPLAY -> from == TaskStatus.DEAD ? TaskStatus.READY : from;
            case PURGE -> from == TaskStatus.DEAD ? FORGOTTEN : from;
            case SUBMIT_AGAIN -> from;
        };
    }

    private Subject bring(TaskStatus status) {
        TaskQueue queue = open();
        TaskRequest.Builder request = request("subject").retry(RetryPolicy.DEFAULT);
        switch (status) {
            case BLOCKED -> {
                String before = submit(queue, "before");
                return new Subject(queue, submit(queue, request.after(before)), null);
            }
            case SCHEDULED -> {
                return new Subject(queue, submit(queue, request.notBefore(now().plus(LONG))), null);
            }
            case READY -> {
                return new Subject(queue, submit(queue, request), null);
            }
            case RUNNING -> {
                return running(queue, request);
            }
            case SUCCEEDED -> {
                return ended(queue, request, success("x"));
            }
            case DEAD -> {
                return ended(queue, request, die("no"));
            }
            case CANCELLED -> {
                Subject waiting = new Subject(queue, submit(queue, request), null);
                act(waiting, Act.CANCEL);
                return waiting;
            }
            case EXPIRED -> {
                return ended(queue, request, new TaskCompletion.Stopped(CancelReason.DEADLINE));
            }
        }
        throw new AssertionError("a new state: " + status);
    }

    private Subject running(TaskQueue queue, TaskRequest.Builder request) {
        String id = submit(queue, request);
        return new Subject(queue, id, lease(queue, "subject", "agent"));
    }

    /** The lease is left out: a repetition of what ended it would be accepted. */
    private Subject ended(TaskQueue queue, TaskRequest.Builder request, TaskCompletion completion) {
        Subject running = running(queue, request);
        complete(running, completion);
        return new Subject(queue, running.id(), null);
    }

    private void act(Subject subject, Act act) {
        TaskQueue queue = subject.queue();
        switch (act) {
            case CLAIM -> claim(queue, claim(lane("subject"), "agent", 1, LONG));
            case SUCCEED -> complete(subject, success("late"));
            case FAIL_FOR_LATER -> complete(subject, retry("late", LONG));
            case FAIL_FOR_NOW -> complete(subject, retry("late", Duration.ZERO));
            case FAIL_FOR_GOOD -> complete(subject, die("late"));
            case RELEASE -> complete(subject, release(CancelReason.SHUTDOWN));
            case STOP_FOR_USER -> complete(subject, new TaskCompletion.Stopped(CancelReason.USER));
            case STOP_FOR_DEADLINE -> complete(subject, new TaskCompletion.Stopped(CancelReason.DEADLINE));
            case CANCEL -> cancel(queue, subject.id());
            case REPLAY -> run("replay", () -> queue.replay(TaskFilter.ALL.withId(subject.id()), deadline()));
            case PURGE -> run("purge", () -> queue.purge(TaskFilter.ALL.withId(subject.id()), deadline()));
            case SUBMIT_AGAIN ->
                submitAll(
                        queue,
                        new ai.primespark.spi.TaskEnvelope(
                                subject.id(), request("subject").build(), "json"));
        }
        sweep(queue);
    }

    private void complete(Subject subject, TaskCompletion completion) {
        TaskLease lease = subject.lease();
        TaskLease.Ref ref = lease == null ? new TaskLease.Ref(subject.id(), "agent", 1) : lease.ref();
        run("complete", () -> subject.queue().complete(ref, completion, deadline()));
    }

    final CancelOutcome cancel(TaskQueue queue, String id) {
        return run("cancel", () -> queue.cancel(id, "nobody needs it", deadline()));
    }

    // --- cancellation

    @Test
    @DisplayName("TASK-08 a cancelled task that was not running never starts, and says why")
    void cancelledBeforeItRan() {
        TaskQueue queue = open();
        String ready = submit(queue, "ready");
        String later = submit(queue, request("ready").notBefore(now().plus(moment())));
        String blocked = submit(queue, request("ready").after(later));
        String kept = submit(queue, "ready");
        assertThat(cancel(queue, ready)).isEqualTo(CancelOutcome.CANCELLED);
        assertThat(cancel(queue, blocked)).isEqualTo(CancelOutcome.CANCELLED);
        assertThat(cancel(queue, later)).isEqualTo(CancelOutcome.CANCELLED);
        assertThat(cancel(queue, ready)).isEqualTo(CancelOutcome.TOO_LATE);
        assertThat(cancel(queue, newId())).isEqualTo(CancelOutcome.UNKNOWN);
        assertThat(find(queue, ready).error()).contains("nobody needs it");
        assertThat(find(queue, ready).endedAt()).isPresent();
        pass(queue, 1);
        assertThat(claimIds(queue, lane("ready"), 10)).containsExactly(kept);
        assertStatus(queue, ready, TaskStatus.CANCELLED);
    }

    @Test
    @DisplayName("TASK-08 a running task is told of its cancellation with the next beat, and stops as cancelled")
    void cancelledWhileItRuns() {
        TaskQueue queue = open();
        String id = submit(queue, "running");
        TaskLease lease = lease(queue, "running", "agent");
        assertThat(beat(queue, lease, LONG)).isEqualTo(new TaskQueue.Beat(true, null));
        assertThat(cancel(queue, id)).isEqualTo(CancelOutcome.REQUESTED);
        assertStatus(queue, id, TaskStatus.RUNNING);
        assertThat(beat(queue, lease, LONG)).isEqualTo(new TaskQueue.Beat(true, CancelReason.USER));
        assertThat(cancel(queue, id)).isEqualTo(CancelOutcome.REQUESTED);
        assertThat(complete(queue, lease, new TaskCompletion.Stopped(CancelReason.USER)))
                .isTrue();
        assertStatus(queue, id, TaskStatus.CANCELLED);
        assertThat(find(queue, id).error()).contains("nobody needs it");
        assertThat(cancel(queue, id)).isEqualTo(CancelOutcome.TOO_LATE);
    }

    @Test
    @DisplayName("TASK-08 a task that was to be cancelled ends as cancelled however its attempt ends, but for success")
    void cancelledHoweverItEnds() {
        TaskQueue queue = open();
        List<Consumer<TaskLease>> ends = List.of(
                lease -> complete(queue, lease, retry("oops", Duration.ZERO)),
                lease -> complete(queue, lease, die("oops")),
                lease -> complete(queue, lease, release(CancelReason.POWER)),
                lease -> complete(queue, lease, new TaskCompletion.Stopped(CancelReason.DEADLINE)),
                lease -> pass(queue, 1));
        for (Consumer<TaskLease> end : ends) {
            String id = submit(queue, "cancelled");
            TaskLease lease = lease(queue, "cancelled", "agent", moment());
            cancel(queue, id);
            end.accept(lease);
            assertStatus(queue, id, TaskStatus.CANCELLED);
        }
        String id = submit(queue, "finished");
        TaskLease lease = lease(queue, "finished", "agent");
        cancel(queue, id);
        assertThat(complete(queue, lease, success("in time"))).isTrue();
        assertStatus(queue, id, TaskStatus.SUCCEEDED);
        assertThat(result(queue, id)).isEqualTo("in time");
    }

    // --- deadlines and delays

    @Test
    @DisplayName("TASK-09 a waiting task whose deadline is over is not claimed and ends as expired")
    void tooLateIsExpired() {
        TaskQueue queue = open();
        Instant soon = now().plus(moment());
        String ready = submit(queue, request("late").deadline(soon));
        String scheduled = submit(
                queue,
                request("late").notBefore(now().plus(moment().dividedBy(2))).deadline(soon));
        String before = submit(queue, "before");
        String blocked = submit(queue, request("late").after(before).deadline(soon));
        String retried = submit(queue, request("retried").deadline(soon));
        complete(queue, lease(queue, "retried", "agent"), retry("oops", LONG));
        String patient = submit(queue, "late");
        pass(queue, 1);
        assertThat(claimIds(queue, lane("late"), 10)).containsExactly(patient);
        for (String id : List.of(ready, scheduled, blocked, retried)) {
            assertStatus(queue, id, TaskStatus.EXPIRED);
            assertThat(find(queue, id).error()).isPresent();
        }
        assertThat(find(queue, ready).deadline())
                .hasValueSatisfying(
                        deadline -> assertThat(deadline.toEpochMilli()).isEqualTo(soon.toEpochMilli()));
        String hopeless = submit(queue, request("late").deadline(now().minusSeconds(1)));
        assertStatus(queue, hopeless, TaskStatus.EXPIRED);
    }

    @Test
    @DisplayName("TASK-09 a running task whose deadline is over is told so, may still succeed, and is not tried again")
    void tooLateWhileItRuns() {
        TaskQueue queue = open();
        List<Consumer<TaskLease>> ends = List.of(
                lease -> complete(queue, lease, retry("oops", Duration.ZERO)),
                lease -> complete(queue, lease, release(CancelReason.SHUTDOWN)),
                lease -> complete(queue, lease, new TaskCompletion.Stopped(CancelReason.DEADLINE)));
        for (Consumer<TaskLease> end : ends) {
            String id = submit(queue, request("slow").deadline(now().plus(moment())));
            TaskLease lease = lease(queue, "slow", "agent");
            pass(queue, 1);
            assertThat(beat(queue, lease, LONG)).isEqualTo(new TaskQueue.Beat(true, CancelReason.DEADLINE));
            end.accept(lease);
            sweep(queue);
            assertStatus(queue, id, TaskStatus.EXPIRED);
        }
        String lost = submit(queue, request("slow").deadline(now().plus(moment())));
        lease(queue, "slow", "agent", moment());
        pass(queue, 1);
        assertStatus(queue, lost, TaskStatus.EXPIRED);
        String done = submit(queue, request("slow").deadline(now().plus(moment())));
        TaskLease lease = lease(queue, "slow", "agent");
        pass(queue, 1);
        assertThat(complete(queue, lease, success("late but done"))).isTrue();
        assertStatus(queue, done, TaskStatus.SUCCEEDED);
    }

    @Test
    @DisplayName("TASK-01 a task that is to wait waits for its time, and is claimed then")
    void delayedTasksWait() {
        TaskQueue queue = open();
        Instant start = now().plus(moment());
        String later = submit(queue, request("later").notBefore(start));
        String failed = submit(queue, "failed");
        complete(queue, lease(queue, "failed", "agent"), retry("oops", moment()));
        assertThat(claimIds(queue, lane("later"), 1)).isEmpty();
        assertThat(claimIds(queue, lane("failed"), 1)).isEmpty();
        assertStatus(queue, later, TaskStatus.SCHEDULED);
        assertThat(find(queue, later).notBefore())
                .hasValueSatisfying(moment -> assertThat(moment.toEpochMilli()).isEqualTo(start.toEpochMilli()));
        assertStatus(queue, failed, TaskStatus.SCHEDULED);
        assertThat(find(queue, failed).notBefore()).isPresent();
        pass(queue, 1);
        assertStatus(queue, later, TaskStatus.READY);
        assertThat(find(queue, later).notBefore()).isEmpty();
        assertThat(claimIds(queue, lane("later"), 1)).containsExactly(later);
        assertThat(claimIds(queue, lane("failed"), 1)).containsExactly(failed);
    }

    @Test
    @DisplayName("TASK-01 what ended is kept for its retention, and dead tasks until they are purged")
    void endedTasksAreKept() {
        TaskQueue queue = open();
        String done = submit(queue, request("done").retention(moment()));
        String longer = submit(queue, request("done").retention(LONG));
        String dead = submit(queue, request("done").retention(moment()));
        for (TaskLease lease : claim(queue, claim(lane("done"), "agent", 3, LONG))) {
            complete(queue, lease, lease.task().id().equals(dead) ? die("no") : success("kept"));
        }
        sweep(queue);
        assertThat(result(queue, done)).isEqualTo("kept");
        pass(queue, 1);
        assertThat(knows(queue, done)).isFalse();
        assertThat(result(queue, done)).isEqualTo("none");
        assertThat(result(queue, longer)).isEqualTo("kept");
        assertStatus(queue, dead, TaskStatus.DEAD);
        assertThat(run("purge", () -> queue.purge(TaskFilter.DEAD, deadline()))).isEqualTo(1);
        assertThat(knows(queue, dead)).isFalse();
    }

    @Test
    @DisplayName("TASK-09 sweep says how long until something is due, a minute at most")
    void sweepTellsWhatIsNext() {
        TaskQueue queue = open();
        assertThat(sweep(queue)).isBetween(Duration.ZERO, Duration.ofMinutes(1));
        submit(queue, request("soon").notBefore(now().plusSeconds(5)));
        assertThat(sweep(queue)).isBetween(Duration.ZERO, Duration.ofSeconds(6));
        submit(queue, request("sooner").deadline(now().plusSeconds(2)));
        assertThat(sweep(queue)).isBetween(Duration.ZERO, Duration.ofSeconds(3));
    }
}
