package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.CancelReason;
import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskClaim.Limit;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TASK-06, TASK-13 and TASK-14: who is next, and who has to wait. */
abstract class TaskOrderRules extends TaskStateRules {

    @Test
    @DisplayName("TASK-06 within a lane the first is taken first")
    void firstInFirstOut() {
        TaskQueue queue = open();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ids.add(submit(queue, "line"));
        }
        List<String> claimed = new ArrayList<>();
        while (claimed.size() < 20) {
            List<String> some = claimIds(queue, lane("line"), 3);
            assertThat(some).isNotEmpty();
            claimed.addAll(some);
        }
        assertThat(claimed).isEqualTo(ids);
    }

    @Test
    @DisplayName("TASK-06 of tasks submitted together the more urgent is taken first")
    void theMoreUrgentFirst() {
        TaskQueue queue = open();
        List<String> expected = new ArrayList<>();
        for (Priority priority : Priority.values()) {
            expected.add(0, submit(queue, request("mixed").priority(priority)));
        }
        assertThat(claimIds(queue, everyLane("mixed"), 2)).isEqualTo(expected.subList(0, 2));
        assertThat(claimIds(queue, everyLane("mixed"), 9)).isEqualTo(expected.subList(2, 4));
    }

    @Test
    @DisplayName("TASK-06 a task is not passed by one that came later than the difference of their head starts")
    void nobodyStarves() {
        if (queueHasOwnClock()) {
            return; // it would have to wait for 20 minutes; the order by place minus head start is seen in other rules
        }
        TaskQueue queue = open();
        Duration span = Priority.URGENT.headStart().minus(Priority.LOW.headStart());
        String low = submit(queue, request("aged").priority(Priority.LOW));
        advance(span.minusSeconds(1));
        String urgentInTime =
                submit(queue, request("aged").priority(Priority.URGENT).submitter("bert"));
        advance(Duration.ofSeconds(2));
        String urgentTooLate =
                submit(queue, request("aged").priority(Priority.URGENT).submitter("carl"));
        assertThat(claimIds(queue, everyLane("aged"), 9)).containsExactly(urgentInTime, low, urgentTooLate);
    }

    @Test
    @DisplayName("TASK-06 a task that comes back has its old place")
    void whoComesBackHasItsPlace() {
        TaskQueue queue = open();
        String first = submit(queue, "back");
        List<TaskLease> leases = claim(queue, claim(lane("back"), "agent", 1, LONG));
        String second = submit(queue, "back");
        complete(queue, leases.get(0), release(CancelReason.POWER));
        leases = claim(queue, claim(lane("back"), "agent", 1, LONG));
        assertThat(leases.get(0).task().id()).isEqualTo(first);
        complete(queue, leases.get(0), retry("oops", moment()));
        pass(queue, 1);
        assertThat(claimIds(queue, lane("back"), 2)).containsExactly(first, second);
    }

    @Test
    @DisplayName("TASK-06 a submitter's flood does not keep the others waiting behind all of it")
    void submittersTakeTurns() {
        TaskQueue queue = open();
        TaskEnvelope[] flood = new TaskEnvelope[5_000];
        for (int i = 0; i < flood.length; i++) {
            flood[i] = task(request("fair").submitter("flood"));
        }
        submitAll(queue, flood);
        if (!queueHasOwnClock()) {
            advance(Duration.ofSeconds(1));
        }
        Set<String> others = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            others.add(submit(queue, request("fair").submitter("other-" + i)));
        }
        // 5000 tasks stand 5 seconds long, and the others came in the first of them or soon after
        List<String> claimed = new ArrayList<>();
        while (!claimed.containsAll(others) && claimed.size() < 4_500) {
            claimed.addAll(claimIds(queue, lane("fair"), 100));
        }
        assertThat(claimed).containsAll(others);
        List<String> order = claimed.stream().filter(id -> !others.contains(id)).toList();
        for (int i = 0; i < order.size(); i++) {
            assertThat(order.get(i)).as("the flood's own order").isEqualTo(flood[i].id());
        }
    }

    @Test
    @DisplayName("TASK-06 claims take from the lanes asked for and no other")
    void onlyTheLanesAskedFor() {
        TaskQueue queue = open();
        TaskEnvelope plain = task("plain");
        TaskEnvelope urgent = task(request("plain").priority(Priority.URGENT));
        TaskEnvelope needy = task(request("plain").requires(ai.primespark.agent.Requirements.all("gpu")));
        TaskEnvelope preferring = task(request("plain").prefer("pi-1"));
        submitAll(queue, plain, urgent, needy, preferring);
        assertThat(claimIds(queue, lane("other"), 9)).isEmpty();
        assertThat(claimIds(queue, Set.of(), 9)).isEmpty();
        for (TaskEnvelope each : List.of(needy, preferring, plain, urgent)) {
            assertThat(claimIds(queue, Set.of(each.lane()), 9)).containsExactly(each.id());
        }
    }

    // --- limits by type

    private static TaskClaim limited(Set<TaskLane> lanes, String agent, int max, Limit limit) {
        TaskClaim claim = claim(lanes, agent, max, LONG);
        return new TaskClaim(claim.requestId(), agent, lanes, max, LONG, Map.of("limited", limit));
    }

    @Test
    @DisplayName("TASK-13 no more of a type run at once than the claims say, over all agents and lanes")
    void runningOnesAreLimited() {
        TaskQueue queue = open();
        for (int i = 0; i < 6; i++) {
            submit(queue, request("limited").priority(i % 2 == 0 ? Priority.NORMAL : Priority.HIGH));
        }
        String free = submit(queue, "free");
        Limit three = new Limit(3, Double.POSITIVE_INFINITY);
        Set<TaskLane> lanes = new HashSet<>(everyLane("limited"));
        lanes.addAll(lane("free"));
        List<TaskLease> first = claim(queue, limited(lanes, "agent-1", 2, three));
        assertThat(first).hasSize(2);
        List<TaskLease> second = claim(queue, limited(lanes, "agent-2", 9, three));
        assertThat(second).hasSize(2).extracting(lease -> lease.task().id()).contains(free);
        assertThat(claim(queue, limited(lanes, "agent-1", 9, three))).isEmpty();
        complete(queue, first.get(0), success("x"));
        assertThat(claim(queue, limited(lanes, "agent-3", 9, three))).hasSize(1);
        assertThat(claim(queue, claim(everyLane("limited"), "without-limit", 1, LONG)))
                .hasSize(1);
    }

    @Test
    @DisplayName(
            "TASK-13 no more of a type start in a second than the claims say, but for a burst of one second's worth")
    void startsAreLimited() {
        TaskQueue queue = open();
        for (int i = 0; i < 20; i++) {
            submit(queue, "limited");
        }
        double perMoment = 3;
        Limit limit = new Limit(100, perMoment * 1_000 / moment().toMillis());
        int burst = (int) Math.max(1, limit.startsPerSecond());
        assertThat(claim(queue, limited(lane("limited"), "agent-1", 19, limit)))
                .as("a burst at first")
                .hasSize(burst);
        if (!queueHasOwnClock()) {
            assertThat(claim(queue, limited(lane("limited"), "agent-2", 9, limit)))
                    .isEmpty();
        }
        pass(queue, 2);
        List<TaskLease> later = claim(queue, limited(lane("limited"), "agent-2", 19, limit));
        assertThat(later).as("after a pause").hasSizeBetween(1, Math.max(burst, 1));
        assertThat(claim(queue, claim(lane("limited"), "without-limit", 1, LONG)))
                .hasSize(1);
    }

    // --- dependencies

    @Test
    @DisplayName("TASK-14 a task waits until all that it is to run after have succeeded")
    void waitsForAll() {
        TaskQueue queue = open();
        String a = submit(queue, "a");
        String b = submit(queue, "b");
        String both = submit(queue, request("both").after(a, b));
        assertStatus(queue, both, TaskStatus.BLOCKED);
        assertThat(claimIds(queue, lane("both"), 1)).isEmpty();
        complete(queue, lease(queue, "a", "agent"), success("x"));
        assertStatus(queue, both, TaskStatus.BLOCKED);
        complete(queue, lease(queue, "b", "agent"), success("x"));
        assertStatus(queue, both, TaskStatus.READY);
        assertThat(claimIds(queue, lane("both"), 1)).containsExactly(both);
        String afterwards = submit(queue, request("both").after(a));
        assertStatus(queue, afterwards, TaskStatus.READY);
        String laterOn = submit(queue, request("both").after(a).notBefore(now().plus(LONG)));
        assertStatus(queue, laterOn, TaskStatus.SCHEDULED);
    }

    @Test
    @DisplayName("TASK-14 a task is cancelled when one that it is to run after ends otherwise or is not known")
    void cancelledWithWhatItWaitsFor() {
        TaskQueue queue = open();
        String unknown = newId();
        String orphan = submit(queue, request("orphan").after(unknown));
        assertStatus(queue, orphan, TaskStatus.CANCELLED);
        assertThat(find(queue, orphan).error())
                .hasValueSatisfying(error -> assertThat(error).contains(unknown));
        String dies = submit(queue, "dies");
        String child = submit(queue, request("child").after(dies));
        String grandchild = submit(queue, request("child").after(child));
        complete(queue, lease(queue, "dies", "agent"), die("no"));
        assertStatus(queue, child, TaskStatus.CANCELLED);
        assertStatus(queue, grandchild, TaskStatus.CANCELLED);
        String late = submit(queue, request("child").after(dies));
        assertStatus(queue, late, TaskStatus.CANCELLED);
        String cancelled = submit(queue, "cancelled");
        String sibling = submit(queue, request("child").after(cancelled));
        cancel(queue, cancelled);
        assertStatus(queue, sibling, TaskStatus.CANCELLED);
        String expires = submit(queue, request("expires").deadline(now().plus(moment())));
        String heir = submit(queue, request("child").after(expires));
        pass(queue, 1);
        assertStatus(queue, heir, TaskStatus.CANCELLED);
        assertThat(claimIds(queue, lane("child"), 9)).isEmpty();
    }

    @Test
    @DisplayName("TASK-14 tasks of one batch may run after each other, in whatever order they stand in it")
    void dependenciesWithinABatch() {
        TaskQueue queue = open();
        TaskEnvelope first = task("first");
        TaskEnvelope second = task(request("second").after(first.id()));
        TaskEnvelope third = task(request("third").after(first.id(), second.id()));
        submitAll(queue, third, second, first);
        assertStatus(queue, third.id(), TaskStatus.BLOCKED);
        for (String type : List.of("first", "second", "third")) {
            complete(queue, lease(queue, type, "agent"), success(type));
        }
        assertThat(result(queue, third.id())).isEqualTo("third");
    }

    @Test
    @DisplayName("TASK-14 a long chain ends when its first task does")
    void longChainsEnd() {
        TaskQueue queue = open();
        TaskEnvelope[] chain = new TaskEnvelope[1_000];
        chain[0] = task("head");
        for (int i = 1; i < chain.length; i++) {
            chain[i] = task(request("link").after(chain[i - 1].id()));
        }
        submitAll(queue, chain);
        cancel(queue, chain[0].id());
        sweep(queue);
        assertStatus(queue, chain[chain.length - 1].id(), TaskStatus.CANCELLED);
    }
}
