package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.PowerNeeds;
import ai.primespark.agent.Priority;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import ai.primespark.spi.TaskQueue.Submitted;
import ai.primespark.spi.TaskQueue.Submitted.Outcome;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TASK-01 and TASK-02: what is submitted comes back as it was, once. */
abstract class TaskSubmitRules extends TaskRules {

    @Test
    @DisplayName("TASK-01 a claimed task is what was submitted, to the last byte and setting")
    void whatIsClaimedIsWhatWasSubmitted() {
        TaskQueue queue = open();
        byte[] payload = new byte[1_000];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) i;
        }
        TaskRequest sent = TaskRequest.of("full", payload)
                .priority(Priority.HIGH)
                .requires(Requirements.all("gpu")
                        .with("model", "llama3.2:3b")
                        .min("memory.gb", 2.5)
                        .not("metered"))
                .notBefore(now().minusSeconds(5).truncatedTo(ChronoUnit.MILLIS))
                .deadline(now().plus(LONG).truncatedTo(ChronoUnit.MILLIS))
                .retry(RetryPolicy.DEFAULT
                        .withMaxFailures(7)
                        .withMaxLosses(4)
                        .withBackoff(Duration.ofMillis(50), Duration.ofSeconds(9))
                        .withJitter(0.25))
                .idempotencyKey("key of the full task: ü")
                .retention(Duration.ofMinutes(90))
                .power(new PowerNeeds(false, true, 12.5))
                .prefer("location=attic")
                .submitter("anna@example.org")
                .maxRuntime(Duration.ofMillis(1_234))
                .build();
        TaskEnvelope task = new TaskEnvelope(newId(), sent, "cbor");
        submit(queue, task);
        List<TaskLease> leases = claim(queue, claim(Set.of(task.lane()), "agent", 1, LONG));
        assertThat(leases).hasSize(1);
        TaskLease lease = leases.get(0);
        assertThat(lease.attempt()).isEqualTo(1);
        assertThat(lease.failures()).isZero();
        assertThat(lease.checkpoint()).isEmpty();
        assertThat(lease.ref().taskId()).isEqualTo(task.id());
        assertThat(lease.ref().agentId()).isEqualTo("agent");
        assertThat(lease.ref().fence()).isPositive();
        TaskEnvelope got = lease.task();
        assertThat(got.id()).isEqualTo(task.id());
        assertThat(got.encoding()).isEqualTo("cbor");
        assertThat(got.payload()).isEqualTo(payload);
        assertThat(got.request())
                .usingRecursiveComparison()
                .ignoringFields("payload")
                .isEqualTo(sent);
    }

    @Test
    @DisplayName("TASK-01 a task without any setting comes back without any setting")
    void defaultsStayDefaults() {
        TaskQueue queue = open();
        TaskRequest sent = TaskRequest.of("plain", new byte[0]).build();
        submit(queue, new TaskEnvelope(newId(), sent, "bytes"));
        TaskLease lease = lease(queue, "plain", "agent");
        assertThat(lease.task().request())
                .usingRecursiveComparison()
                .ignoringFields("payload")
                .isEqualTo(sent);
        assertThat(lease.task().payload()).isEmpty();
    }

    @Test
    @DisplayName("TASK-01 every task of a large batch is claimed once")
    void everyTaskIsClaimedOnce() {
        TaskQueue queue = open();
        TaskEnvelope[] batch = new TaskEnvelope[1_000];
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < batch.length; i++) {
            batch[i] = task("many");
            ids.add(batch[i].id());
        }
        List<Submitted> answers = submitAll(queue, batch);
        assertThat(answers)
                .extracting(Submitted::taskId)
                .containsExactly(
                        java.util.Arrays.stream(batch).map(TaskEnvelope::id).toArray(String[]::new));
        List<String> claimed = new ArrayList<>();
        for (int round = 0; round < 20; round++) {
            claimed.addAll(claimIds(queue, lane("many"), 100));
        }
        assertThat(claimed).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    @DisplayName("TASK-01 a payload of the largest size is taken, a larger one is refused with the limit named")
    void payloadsAreLimited() {
        TaskQueue queue = open();
        int most = queue.traits().maxPayloadBytes();
        TaskEnvelope largest = new TaskEnvelope(
                newId(), TaskRequest.of("large", new byte[most]).build(), "bytes");
        submit(queue, largest);
        TaskEnvelope small = task("small");
        TaskEnvelope larger = new TaskEnvelope(
                newId(), TaskRequest.of("large", new byte[most + 1]).build(), "bytes");
        Throwable refusal =
                Bounded.failure(queuePatience(), "submit", () -> queue.submit(List.of(small, larger), deadline()));
        assertThat(refusal)
                .hasMessageContaining(Integer.toString(most))
                .isInstanceOfSatisfying(
                        TaskException.class,
                        exception -> assertThat(exception.retryable())
                                .as("trying again helps")
                                .isFalse());
        assertThat(knows(queue, small.id())).as("a task of the refused batch").isFalse();
        assertThat(lease(queue, "large", "agent").task().payload()).hasSize(most);
    }

    @Test
    @DisplayName("TASK-02 submitting an id again changes nothing, whatever became of the task")
    void anIdIsTakenOnce() {
        TaskQueue queue = open();
        TaskEnvelope task = task("once");
        assertThat(submitAll(queue, task, task))
                .containsExactly(new Submitted(task.id(), Outcome.CREATED), new Submitted(task.id(), Outcome.EXISTING));
        assertThat(submitAll(queue, task)).containsExactly(new Submitted(task.id(), Outcome.EXISTING));
        TaskLease lease = lease(queue, "once", "agent");
        assertThat(submitAll(queue, task)).containsExactly(new Submitted(task.id(), Outcome.EXISTING));
        assertThat(claimIds(queue, lane("once"), 5)).isEmpty();
        complete(queue, lease, success("done"));
        TaskEnvelope other = new TaskEnvelope(task.id(), request("other").build(), "json");
        assertThat(submitAll(queue, other)).containsExactly(new Submitted(task.id(), Outcome.EXISTING));
        assertThat(claimIds(queue, lane("other"), 5)).isEmpty();
        assertStatus(queue, task.id(), TaskStatus.SUCCEEDED);
    }

    @Test
    @DisplayName(
            "TASK-02 the same idempotency key and work is the same task, also after its end, until the retention is over")
    void aKeyIsOneTask() {
        TaskQueue queue = open();
        String id = submit(queue, request("keyed").idempotencyKey("k").retention(moment()));
        Submitted existing = new Submitted(id, Outcome.EXISTING);
        assertThat(submitAll(queue, task(request("keyed").idempotencyKey("k").priority(Priority.HIGH))))
                .containsExactly(existing);
        TaskLease lease = lease(queue, "keyed", "agent");
        assertThat(submitAll(queue, task(request("keyed").idempotencyKey("k")))).containsExactly(existing);
        complete(queue, lease, success("done"));
        assertThat(submitAll(queue, task(request("keyed").idempotencyKey("k")))).containsExactly(existing);
        assertThat(claimIds(queue, everyLane("keyed"), 5)).isEmpty();
        pass(queue, 1);
        assertThat(knows(queue, id)).isFalse();
        submit(queue, request("keyed").idempotencyKey("k"));
    }

    @Test
    @DisplayName("TASK-02 a submission that is repeated soon is no new task, however short its retention")
    void aShortRetentionForgetsNoSubmission() {
        TaskQueue queue = open();
        if (!queue.traits().shared()) {
            return; // within a process no answer gets lost
        }
        TaskEnvelope task = task(request("short").retention(Duration.ZERO));
        submit(queue, task);
        complete(queue, lease(queue, "short", "agent"), success("done"));
        pass(queue, 1);
        assertThat(knows(queue, task.id())).isFalse();
        assertThat(submitAll(queue, task)).containsExactly(new Submitted(task.id(), Outcome.EXISTING));
        assertThat(claimIds(queue, lane("short"), 1)).isEmpty();
    }

    @Test
    @DisplayName("TASK-02 the key of a dead task stays its own until it is purged")
    void aDeadTaskKeepsItsKey() {
        TaskQueue queue = open();
        String id = submit(queue, request("keyed").idempotencyKey("k").retention(Duration.ZERO));
        complete(queue, lease(queue, "keyed", "agent"), die("no"));
        pass(queue, 1);
        assertThat(submitAll(queue, task(request("keyed").idempotencyKey("k"))))
                .containsExactly(new Submitted(id, Outcome.EXISTING));
        run("purge", () -> queue.purge(ai.primespark.agent.TaskFilter.DEAD, deadline()));
        submit(queue, request("keyed").idempotencyKey("k"));
    }

    @Test
    @DisplayName("TASK-02 a key with other work is a conflict, and nothing of the batch is taken")
    void aKeyWithOtherWorkIsAConflict() {
        TaskQueue queue = open();
        String id = submit(queue, request("keyed").idempotencyKey("k"));
        TaskEnvelope fresh = task("fresh");
        TaskEnvelope otherType = task(request("another").idempotencyKey("k"));
        assertThat(submitAll(queue, fresh, otherType))
                .containsExactly(new Submitted(fresh.id(), Outcome.CREATED), new Submitted(id, Outcome.CONFLICT));
        assertThat(knows(queue, fresh.id())).isFalse();
        TaskEnvelope otherPayload = task(TaskRequest.of("keyed", bytes("other")).idempotencyKey("k"));
        assertThat(submitAll(queue, otherPayload)).containsExactly(new Submitted(id, Outcome.CONFLICT));
        assertThat(knows(queue, otherPayload.id())).isFalse();
        submit(queue, fresh);
        assertThat(claimIds(queue, lane("keyed"), 5)).containsExactly(id);
    }

    @Test
    @DisplayName("TASK-02 keys count within a batch, too")
    void keysCountWithinABatch() {
        TaskQueue queue = open();
        TaskEnvelope first = task(request("keyed").idempotencyKey("k"));
        TaskEnvelope second = task(request("keyed").idempotencyKey("k"));
        assertThat(submitAll(queue, first, second))
                .containsExactly(
                        new Submitted(first.id(), Outcome.CREATED), new Submitted(first.id(), Outcome.EXISTING));
        TaskEnvelope third = task(request("keyed").idempotencyKey("k2"));
        TaskEnvelope fourth = task(TaskRequest.of("keyed", bytes("other")).idempotencyKey("k2"));
        assertThat(submitAll(queue, third, fourth))
                .extracting(Submitted::outcome)
                .containsExactly(Outcome.CREATED, Outcome.CONFLICT);
        assertThat(knows(queue, third.id())).isFalse();
        assertThat(claimIds(queue, lane("keyed"), 5)).containsExactly(first.id());
    }

    @Test
    @DisplayName("TASK-02 of many submitters with one key one makes the task and all get it")
    void oneOfManySubmittersMakesTheTask() throws Exception {
        TaskQueue queue = open();
        for (int round = 0; round < 5; round++) {
            String key = "race-" + round;
            List<java.util.concurrent.FutureTask<Submitted>> racers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                racers.add(Bounded.start(
                        "submit",
                        () -> queue.submit(List.of(task(request("raced").idempotencyKey(key))), deadline())
                                .get(0)));
            }
            List<Submitted> answers = new ArrayList<>();
            for (var racer : racers) {
                answers.add(Bounded.result(queuePatience(), "submit", racer));
            }
            assertThat(answers.stream().filter(answer -> answer.outcome() == Outcome.CREATED))
                    .hasSize(1);
            assertThat(answers.stream().map(Submitted::taskId).distinct()).hasSize(1);
        }
        assertThat(claimIds(queue, lane("raced"), 50)).hasSize(5);
    }

    @Test
    @DisplayName("TASK-06 lanes tells the lanes of tasks that are not over")
    void lanesAreTold() {
        TaskQueue queue = open();
        TaskEnvelope plain = task("plain");
        TaskEnvelope special = task(request("special")
                .requires(Requirements.all("gpu"))
                .priority(Priority.URGENT)
                .prefer("pi-attic")
                .power(new PowerNeeds(false, false, null)));
        TaskEnvelope later = task(request("later").notBefore(now().plus(LONG)));
        submitAll(queue, plain, special, later);
        assertThat(run("lanes", () -> queue.lanes(deadline()))).contains(plain.lane(), special.lane(), later.lane());
        assertThat(special.lane()).isEqualTo(new TaskLane("special", "gpu", Priority.URGENT, false, "pi-attic"));
        lease(queue, "plain", "agent");
        assertThat(run("lanes", () -> queue.lanes(deadline()))).contains(plain.lane());
    }
}
