package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.CancelReason;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TASK-03, TASK-04, TASK-05, TASK-07 and TASK-15: leases, fences and the outcomes of attempts. */
abstract class TaskLeaseRules extends TaskSubmitRules {

    @Test
    @DisplayName("TASK-03 a task is under one lease at a time, and fences grow with each")
    void oneLeaseAtATime() {
        TaskQueue queue = open();
        String id = submit(queue, request("one").retry(RetryPolicy.DEFAULT.withMaxLosses(9)));
        long fence = 0;
        for (int attempt = 1; attempt <= 4; attempt++) {
            TaskLease lease = lease(queue, "one", "agent-" + attempt, moment());
            assertThat(lease.attempt()).isEqualTo(attempt);
            assertThat(lease.ref().fence()).isGreaterThan(fence);
            fence = lease.ref().fence();
            assertThat(claim(queue, claim(lane("one"), "other", 1, LONG))).isEmpty();
            TaskSnapshot running = find(queue, id);
            assertThat(running.status()).isEqualTo(TaskStatus.RUNNING);
            assertThat(running.agentId()).contains("agent-" + attempt);
            assertThat(running.attempts()).isEqualTo(attempt);
            assertThat(running.startedAt()).isPresent();
            switch (attempt) {
                case 1 -> complete(queue, lease, retry("again", Duration.ZERO));
                case 2 -> complete(queue, lease, release(CancelReason.POWER));
                default -> pass(queue, 1);
            }
        }
    }

    @Test
    @DisplayName("TASK-03 of many agents that claim at once, each task goes to one")
    void manyAgentsShareTheTasks() {
        TaskQueue queue = open();
        for (int i = 0; i < 200; i++) {
            submit(queue, "shared");
        }
        List<FutureTask<List<String>>> agents = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String agent = "agent-" + i;
            agents.add(Bounded.start("claims", () -> {
                List<String> mine = new ArrayList<>();
                List<TaskLease> some;
                do {
                    some = queue.claim(claim(lane("shared"), agent, 7, LONG), deadline());
                    some.forEach(lease -> mine.add(lease.task().id()));
                } while (!some.isEmpty());
                return mine;
            }));
        }
        List<String> all = new ArrayList<>();
        agents.forEach(agent -> all.addAll(Bounded.result(queuePatience(), "claims", agent)));
        assertThat(all).hasSize(200).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("TASK-04 a lease that is over changes nothing, before and after the next one")
    void aLeaseThatIsOverChangesNothing() {
        TaskQueue queue = open();
        String id = submit(queue, "late");
        TaskLease first = lease(queue, "late", "agent", moment());
        assertThat(save(queue, first, "kept")).isTrue();
        pass(queue, 1);
        assertRefused(queue, first);
        assertStatus(queue, id, TaskStatus.READY);
        TaskLease second = lease(queue, "late", "other");
        assertThat(second.checkpoint()).hasValue(bytes("kept"));
        assertRefused(queue, first);
        assertStatus(queue, id, TaskStatus.RUNNING);
        assertThat(complete(queue, second, success("second"))).isTrue();
        assertRefused(queue, first);
        assertThat(result(queue, id)).isEqualTo("second");
    }

    private void assertRefused(TaskQueue queue, TaskLease lease) {
        assertThat(complete(queue, lease, success("late"))).as("success").isFalse();
        assertThat(complete(queue, lease, retry("late", Duration.ZERO)))
                .as("failure")
                .isFalse();
        assertThat(complete(queue, lease, new TaskCompletion.Release(CancelReason.SHUTDOWN, bytes("late"))))
                .as("release")
                .isFalse();
        assertThat(complete(queue, lease, new TaskCompletion.Stopped(CancelReason.USER)))
                .as("stopped")
                .isFalse();
        assertThat(save(queue, lease, "late")).as("save").isFalse();
        assertThat(beat(queue, lease, LONG).held()).as("beat").isFalse();
        assertThat(run("emit", () -> queue.emit(lease.ref(), "late", deadline())))
                .as("emit")
                .isFalse();
    }

    @Test
    @DisplayName("TASK-04 who does not hold the lease, or never did, changes nothing")
    void strangersChangeNothing() {
        TaskQueue queue = open();
        String id = submit(queue, "mine");
        TaskLease lease = lease(queue, "mine", "agent");
        TaskLease.Ref ref = lease.ref();
        for (TaskLease.Ref wrong : List.of(
                new TaskLease.Ref(id, "agent", ref.fence() - 1),
                new TaskLease.Ref(id, "agent", ref.fence() + 1),
                new TaskLease.Ref(id, "stranger", ref.fence()),
                new TaskLease.Ref(newId(), "agent", ref.fence()))) {
            assertThat(run("complete", () -> queue.complete(wrong, success("x"), deadline())))
                    .as("complete by " + wrong)
                    .isFalse();
            assertThat(run("save", () -> queue.save(wrong, bytes("x"), deadline())))
                    .as("save by " + wrong)
                    .isFalse();
            assertThat(beat(queue, new TaskLease.Progress(wrong, 0.5, "x"), LONG)
                            .held())
                    .as("beat by " + wrong)
                    .isFalse();
        }
        assertThat(find(queue, id).progress()).isZero();
        assertThat(complete(queue, lease, success("mine"))).isTrue();
        assertThat(result(queue, id)).isEqualTo("mine");
    }

    @Test
    @DisplayName("TASK-04 beats keep a lease, and tell how far it is")
    void beatsKeepALease() {
        TaskQueue queue = open();
        String id = submit(queue, "beating");
        TaskLease lease = lease(queue, "beating", "agent", moment().multipliedBy(3));
        for (int i = 1; i <= 4; i++) {
            pass(queue, 1);
            TaskLease.Progress progress = new TaskLease.Progress(lease.ref(), i * 0.25, "part " + i);
            TaskQueue.Beat beat = beat(queue, progress, moment().multipliedBy(3));
            assertThat(beat).isEqualTo(new TaskQueue.Beat(true, null));
            assertThat(find(queue, id).progress()).isEqualTo(i * 0.25);
            assertThat(find(queue, id).progressNote()).isEqualTo("part " + i);
        }
        assertThat(find(queue, id).losses()).isZero();
        pass(queue, 3);
        assertThat(beat(queue, lease, LONG).held()).isFalse();
        assertThat(find(queue, id).losses()).isEqualTo(1);
    }

    @Test
    @DisplayName("TASK-04 many leases beat at once, answers in their order")
    void answersToBeatsAreInOrder() {
        TaskQueue queue = open();
        submit(queue, "a");
        submit(queue, "b");
        TaskLease a = lease(queue, "a", "agent");
        TaskLease b = lease(queue, "b", "agent");
        complete(queue, a, success("over"));
        List<TaskQueue.Beat> beats = run(
                "beat",
                () -> queue.beat(
                        List.of(new TaskLease.Progress(a.ref(), 1, ""), new TaskLease.Progress(b.ref(), 0, "")),
                        LONG,
                        deadline()));
        assertThat(beats).extracting(TaskQueue.Beat::held).containsExactly(false, true);
        assertThat(run("beat", () -> queue.beat(List.of(), LONG, deadline()))).isEmpty();
    }

    @Test
    @DisplayName("TASK-04 the last checkpoint is given to the next attempt; one that is too large is refused")
    void checkpointsAreKept() {
        TaskQueue queue = open();
        submit(queue, "saving");
        TaskLease first = lease(queue, "saving", "agent");
        assertThat(save(queue, first, "one")).isTrue();
        assertThat(save(queue, first, "two")).isTrue();
        int most = queue.traits().maxPayloadBytes();
        assertTooLarge(most, () -> queue.save(first.ref(), new byte[most + 1], deadline()));
        complete(queue, first, retry("again", Duration.ZERO));
        TaskLease second = lease(queue, "saving", "agent");
        assertThat(second.checkpoint()).hasValue(bytes("two"));
        assertThat(second.failures()).isEqualTo(1);
        complete(queue, second, release(CancelReason.POWER));
        TaskLease third = lease(queue, "saving", "agent");
        assertThat(third.checkpoint()).hasValue(bytes("two"));
        complete(queue, third, new TaskCompletion.Release(CancelReason.POWER, bytes("three")));
        TaskLease fourth = lease(queue, "saving", "agent");
        assertThat(fourth.checkpoint()).hasValue(bytes("three"));
        assertThat(fourth.failures()).isEqualTo(1);
    }

    private void assertTooLarge(int most, java.util.concurrent.Callable<?> call) {
        Throwable refusal = Bounded.failure(queuePatience(), "a call with too much", call);
        assertThat(refusal)
                .hasMessageContaining(Integer.toString(most))
                .isInstanceOfSatisfying(
                        TaskException.class,
                        exception -> assertThat(exception.retryable())
                                .as("trying again helps")
                                .isFalse());
    }

    @Test
    @DisplayName("TASK-05 a result of the largest size is kept; a larger one is refused and the lease holds on")
    void resultsAreLimited() {
        TaskQueue queue = open();
        String id = submit(queue, "result");
        TaskLease lease = lease(queue, "result", "agent");
        int most = queue.traits().maxPayloadBytes();
        assertTooLarge(
                most, () -> queue.complete(lease.ref(), new TaskCompletion.Success(new byte[most + 1]), deadline()));
        assertStatus(queue, id, TaskStatus.RUNNING);
        assertThat(complete(queue, lease, new TaskCompletion.Success(new byte[most])))
                .isTrue();
        assertThat(run("result", () -> queue.result(id, deadline())))
                .hasValueSatisfying(kept -> assertThat(kept).hasSize(most));
    }

    @Test
    @DisplayName("TASK-05 one completion is accepted; the same again is true again, another one is refused")
    void oneCompletionIsAccepted() {
        TaskQueue queue = open();
        String id = submit(queue, "done");
        TaskLease lease = lease(queue, "done", "agent");
        assertThat(complete(queue, lease, success("first"))).isTrue();
        assertThat(complete(queue, lease, success("first")))
                .as("the same again")
                .isTrue();
        assertThat(complete(queue, lease, success("second"))).as("another").isFalse();
        assertThat(complete(queue, lease, die("no"))).as("another").isFalse();
        assertThat(result(queue, id)).isEqualTo("first");
        TaskSnapshot task = find(queue, id);
        assertThat(task.status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(task.endedAt()).isPresent();
        assertThat(task.error()).isEmpty();

        String failing = submit(queue, "fails");
        TaskLease failed = lease(queue, "fails", "agent");
        assertThat(complete(queue, failed, retry("oops", moment()))).isTrue();
        assertThat(complete(queue, failed, retry("oops", moment())))
                .as("the same again")
                .isTrue();
        assertThat(complete(queue, failed, success("x"))).as("another").isFalse();
        assertThat(find(queue, failing).failures()).isEqualTo(1);
    }

    @Test
    @DisplayName("TASK-05 of many completions at once exactly one is accepted")
    void oneOfManyCompletionsIsAccepted() {
        TaskQueue queue = open();
        for (int round = 0; round < 10; round++) {
            String id = submit(queue, "race");
            TaskLease lease = lease(queue, "race", "agent");
            List<FutureTask<Boolean>> racers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                String result = "result-" + i;
                racers.add(Bounded.start("complete", () -> queue.complete(lease.ref(), success(result), deadline())));
            }
            List<Boolean> accepted = new ArrayList<>();
            racers.forEach(racer -> accepted.add(Bounded.result(queuePatience(), "complete", racer)));
            assertThat(Collections.frequency(accepted, true)).isEqualTo(1);
            assertThat(result(queue, id)).isEqualTo("result-" + accepted.indexOf(true));
        }
    }

    @Test
    @DisplayName("TASK-05 a task may succeed without a result")
    void aResultMayBeMissing() {
        TaskQueue queue = open();
        String id = submit(queue, "void");
        complete(queue, lease(queue, "void", "agent"), withoutResult());
        assertStatus(queue, id, TaskStatus.SUCCEEDED);
        assertThat(run("result", () -> queue.result(id, deadline()))).isEmpty();
        assertThat(run("result", () -> queue.result(newId(), deadline()))).isEmpty();
    }

    @Test
    @DisplayName("TASK-07 a claim that is repeated gives the same leases while they last")
    void aRepeatedClaimGivesTheSame() {
        TaskQueue queue = open();
        for (int i = 0; i < 4; i++) {
            submit(queue, "claimed");
        }
        TaskClaim claim = claim(lane("claimed"), "agent", 2, moment());
        List<TaskLease> leases = claim(queue, claim);
        assertThat(leases).hasSize(2);
        assertThat(claim(queue, claim)).extracting(TaskLease::ref).isEqualTo(refs(leases));
        complete(queue, leases.get(0), success("x"));
        assertThat(claim(queue, claim))
                .extracting(TaskLease::ref)
                .containsExactly(leases.get(1).ref());
        List<TaskLease> others = claim(queue, claim(lane("claimed"), "agent", 2, LONG));
        assertThat(others).hasSize(2).extracting(TaskLease::ref).doesNotContainAnyElementsOf(refs(leases));
        pass(queue, 1);
        assertThat(claim(queue, claim)).extracting(TaskLease::ref).doesNotContainAnyElementsOf(refs(leases));
    }

    private static List<TaskLease.Ref> refs(List<TaskLease> leases) {
        return leases.stream().map(TaskLease::ref).toList();
    }

    @Test
    @DisplayName("TASK-15 a task that is lost too often is dead, and no other task is")
    void lostTooOftenIsDead() {
        TaskQueue queue = open();
        String poison = submit(queue, request("poison").retry(RetryPolicy.DEFAULT.withMaxLosses(2)));
        String other = submit(queue, request("other").retry(RetryPolicy.DEFAULT.withMaxLosses(3)));
        for (int i = 1; i <= 2; i++) {
            lease(queue, "poison", "agent", moment());
            assertThat(lease(queue, "other", "agent", moment()).losses()).isEqualTo(i - 1);
            pass(queue, 1);
            assertThat(find(queue, poison).losses()).isEqualTo(i);
        }
        TaskSnapshot dead = find(queue, poison);
        assertThat(dead.status()).isEqualTo(TaskStatus.DEAD);
        assertThat(dead.failures()).isZero();
        assertThat(dead.attempts()).isEqualTo(2);
        assertThat(dead.error()).isPresent();
        assertStatus(queue, other, TaskStatus.READY);
        assertThat(find(queue, other).losses()).isEqualTo(2);
    }

    @Test
    @DisplayName("TASK-15 the last 16 errors are kept, oldest first, each of 1000 characters at most")
    void errorsAreKept() {
        TaskQueue queue = open();
        String id = submit(queue, "failing");
        for (int i = 1; i <= 18; i++) {
            String error = "error " + i + (i == 18 ? "x".repeat(5_000) : "");
            complete(queue, lease(queue, "failing", "agent"), retry(error, Duration.ZERO));
        }
        TaskSnapshot task = find(queue, id);
        assertThat(task.failures()).isEqualTo(18);
        assertThat(task.errors()).hasSizeBetween(16, 18);
        List<String> last =
                task.errors().subList(task.errors().size() - 16, task.errors().size());
        for (int i = 0; i < 15; i++) {
            assertThat(last.get(i)).isEqualTo("error " + (i + 3));
        }
        assertThat(last.get(15)).startsWith("error 18xxx").hasSizeLessThanOrEqualTo(1_000);
        assertThat(task.error()).hasValueSatisfying(error -> assertThat(error).startsWith("error 18"));
        complete(queue, lease(queue, "failing", "agent"), success("x"));
        assertThat(find(queue, id).errors()).hasSizeGreaterThanOrEqualTo(16);
    }
}
