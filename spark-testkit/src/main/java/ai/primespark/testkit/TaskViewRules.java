package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.Priority;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStats;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What can be seen of a queue: TASK-05 (replay and purge), TASK-15 (counts), and its views, agents, pauses and events. */
abstract class TaskViewRules extends TaskOrderRules {

    @Test
    @DisplayName("TASK-01 a snapshot tells what was submitted and when")
    void snapshotsTell() {
        TaskQueue queue = open();
        String id = submit(queue, request("seen").priority(Priority.HIGH).deadline(now().plus(LONG)));
        TaskSnapshot task = find(queue, id);
        assertThat(task.id()).isEqualTo(id);
        assertThat(task.type()).isEqualTo("seen");
        assertThat(task.priority()).isEqualTo(Priority.HIGH);
        assertThat(task.submitter()).isEqualTo("anna");
        assertThat(Duration.between(task.submittedAt(), now()).abs()).isLessThan(Duration.ofMinutes(1));
        assertThat(task.attempts()).isZero();
        assertThat(task.agentId()).isEmpty();
        assertThat(task.startedAt()).isEmpty();
        assertThat(task.endedAt()).isEmpty();
        assertThat(task.error()).isEmpty();
        assertThat(task.errors()).isEmpty();
        assertThat(task.notBefore()).isEmpty();
        assertThat(knows(queue, newId())).isFalse();
    }

    @Test
    @DisplayName("TASK-01 lists show every task once, newest first, page by page")
    void listsShowEveryTask() {
        TaskQueue queue = open();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            ids.add(submit(queue, i % 5 == 0 ? "fifth" : "other"));
        }
        Collections.reverse(ids);
        for (int limit : List.of(1, 4, 25, 1_000)) {
            assertThat(listAll(queue, TaskFilter.ALL, limit))
                    .as("pages of " + limit)
                    .extracting(TaskSnapshot::id)
                    .isEqualTo(ids);
        }
        assertThat(listAll(queue, TaskFilter.ALL.withType("fifth"), 2)).hasSize(5);
        claimIds(queue, lane("fifth"), 2);
        assertThat(listAll(queue, TaskFilter.ALL.withStatus(TaskStatus.RUNNING), 10))
                .hasSize(2)
                .allMatch(task -> task.type().equals("fifth"));
        assertThat(listAll(queue, TaskFilter.ALL.withStatus(TaskStatus.RUNNING).withType("other"), 10))
                .isEmpty();
        String berts = submit(queue, request("other").submitter("bert"));
        assertThat(listAll(queue, TaskFilter.ALL.withSubmitter("bert"), 10))
                .extracting(TaskSnapshot::id)
                .containsExactly(berts);
        assertThat(listAll(queue, TaskFilter.ALL.withSubmitter("anna"), 10)).hasSize(25);
        assertThat(listAll(queue, TaskFilter.ALL.withId(berts).withSubmitter("anna"), 10))
                .isEmpty();
        assertThat(listAll(queue, TaskFilter.ALL.withId(ids.get(7)), 10))
                .extracting(TaskSnapshot::id)
                .containsExactly(ids.get(7));
    }

    @Test
    @DisplayName("TASK-01 tasks that end while a list is read neither repeat nor hide others")
    void listsSurviveChanges() {
        TaskQueue queue = open();
        for (int i = 0; i < 10; i++) {
            submit(queue, "listed");
        }
        List<String> seen = new ArrayList<>();
        String cursor = null;
        do {
            String from = cursor;
            var page = run("list", () -> queue.list(TaskFilter.ALL.withType("listed"), from, 3, deadline()));
            page.tasks().forEach(task -> seen.add(task.id()));
            cursor = page.next();
            submit(queue, "listed");
            claim(queue, claim(lane("listed"), "agent", 1, LONG))
                    .forEach(lease -> complete(queue, lease, success("x")));
        } while (cursor != null);
        assertThat(seen).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(10);
    }

    private String deadTask(TaskQueue queue, String type) {
        String id = submit(queue, type);
        complete(queue, lease(queue, type, "agent"), die("no use"));
        return id;
    }

    @Test
    @DisplayName("TASK-05 replay puts dead tasks back with their history and new counts, and no others")
    void replayPutsDeadTasksBack() {
        TaskQueue queue = open();
        String a = deadTask(queue, "a");
        String b = deadTask(queue, "b");
        String ready = submit(queue, "ready");
        assertThat(run("replay", () -> queue.replay(TaskFilter.ALL.withType("ready"), deadline())))
                .isZero();
        assertThat(run("replay", () -> queue.replay(TaskFilter.ALL.withType("a"), deadline())))
                .isEqualTo(1);
        TaskSnapshot task = find(queue, a);
        assertThat(task.status()).isEqualTo(TaskStatus.READY);
        assertThat(task.failures()).isZero();
        assertThat(task.losses()).isZero();
        assertThat(task.attempts()).isEqualTo(1);
        assertThat(task.errors()).containsExactly("no use");
        assertThat(task.endedAt()).isEmpty();
        assertStatus(queue, b, TaskStatus.DEAD);
        assertStatus(queue, ready, TaskStatus.READY);
        TaskLease again = lease(queue, "a", "agent");
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(again.failures()).isZero();
        assertThat(again.task().payload()).isEqualTo(bytes("{\"of\":\"a\"}"));
        assertThat(complete(queue, again, success("at last"))).isTrue();
        assertThat(result(queue, a)).isEqualTo("at last");
        assertThat(run("replay", () -> queue.replay(TaskFilter.DEAD, deadline())))
                .isEqualTo(1);
        assertThat(claimIds(queue, lane("b"), 1)).containsExactly(b);
    }

    @Test
    @DisplayName("TASK-05 purge forgets dead tasks and no others")
    void purgeForgetsDeadTasks() {
        TaskQueue queue = open();
        String a = deadTask(queue, "a");
        String b = deadTask(queue, "b");
        String done = submit(queue, "done");
        complete(queue, lease(queue, "done", "agent"), success("kept"));
        assertThat(run("purge", () -> queue.purge(TaskFilter.ALL.withId(a), deadline())))
                .isEqualTo(1);
        assertThat(knows(queue, a)).isFalse();
        assertThat(knows(queue, b)).isTrue();
        assertThat(run("purge", () -> queue.purge(TaskFilter.ALL, deadline()))).isEqualTo(1);
        assertThat(knows(queue, b)).isFalse();
        assertThat(result(queue, done)).isEqualTo("kept");
    }

    @Test
    @DisplayName("TASK-15 stats count the tasks in each state, retries and losses")
    void statsCount() {
        TaskQueue queue = open();
        submit(queue, "ready");
        submit(queue, request("later").notBefore(now().plus(LONG)));
        String done = submit(queue, "done");
        submit(queue, request("blocked").after(submit(queue, "before")));
        complete(queue, lease(queue, "done", "agent"), retry("once more", Duration.ZERO));
        complete(queue, lease(queue, "done", "agent"), success("x"));
        deadTask(queue, "dead");
        submit(queue, "lost");
        lease(queue, "lost", "agent", moment());
        pass(queue, 1);
        lease(queue, "lost", "agent");
        cancel(queue, submit(queue, "cancelled"));
        TaskStats stats = run("stats", () -> queue.stats(deadline()));
        assertThat(stats.count(TaskStatus.READY)).isEqualTo(2);
        assertThat(stats.count(TaskStatus.SCHEDULED)).isEqualTo(1);
        assertThat(stats.count(TaskStatus.BLOCKED)).isEqualTo(1);
        assertThat(stats.count(TaskStatus.RUNNING)).isEqualTo(1);
        assertThat(stats.count(TaskStatus.SUCCEEDED)).isEqualTo(1);
        assertThat(stats.count(TaskStatus.DEAD)).isEqualTo(1);
        assertThat(stats.count(TaskStatus.CANCELLED)).isEqualTo(1);
        assertThat(stats.count(TaskStatus.EXPIRED)).isZero();
        assertThat(stats.total()).isEqualTo(8);
        assertThat(stats.retries()).isEqualTo(1);
        assertThat(stats.losses()).isEqualTo(1);
        assertThat(stats.repaired()).isZero();
        assertStatus(queue, done, TaskStatus.SUCCEEDED);
    }

    // --- agents, pauses and parking

    @Test
    @DisplayName("TASK-06 agents are seen as they said they are, and offline when they are silent")
    void agentsAreSeen() {
        TaskQueue queue = open();
        AgentStatus one = agent("agent-1", "gpu");
        heartbeat(queue, one, moment().multipliedBy(2));
        heartbeat(queue, agent("agent-2"), LONG);
        List<AgentStatus> agents = run("agents", () -> queue.agents(deadline()));
        assertThat(agents).hasSize(2).allMatch(AgentStatus::isOnline);
        AgentStatus seen = agents.stream()
                .filter(agent -> agent.profile().id().equals("agent-1"))
                .findFirst()
                .orElseThrow();
        assertThat(seen.profile()).isEqualTo(one.profile());
        assertThat(seen.state()).isEqualTo(AgentStatus.State.ACTIVE);
        assertThat(Duration.between(seen.lastHeartbeat(), now()).abs()).isLessThan(Duration.ofMinutes(1));
        pass(queue, 3);
        assertThat(run("agents", () -> queue.agents(deadline())))
                .hasSize(2)
                .allMatch(agent -> agent.isOnline() == agent.profile().id().equals("agent-2"));
        heartbeat(queue, agent("agent-1"), LONG);
        assertThat(run("agents", () -> queue.agents(deadline()))).hasSize(2).allMatch(AgentStatus::isOnline);
    }

    @Test
    @DisplayName("TASK-06 what is paused is known until it is resumed, and tasks that wait for it say so")
    void pausesAreKnown() {
        TaskQueue queue = open();
        heartbeat(queue, agent("agent"), LONG);
        String id = submit(queue, "paused");
        assertThat(find(queue, id).parkedReason()).isEmpty();
        assertThat(run("paused", () -> queue.paused(deadline()))).isEmpty();
        List<TaskScope> scopes = List.of(
                new TaskScope.All(),
                new TaskScope.OfType("paused"),
                new TaskScope.UpTo(Priority.NORMAL),
                new TaskScope.OnAgent("agent"));
        for (TaskScope scope : scopes) {
            setPaused(queue, scope, true);
            setPaused(queue, scope, true);
            assertThat(run("paused", () -> queue.paused(deadline()))).containsExactly(scope);
            assertThat(find(queue, id).parkedReason())
                    .as("while paused: " + scope)
                    .isPresent();
            assertThat(run("stats", () -> queue.stats(deadline())).parked()).isEqualTo(1);
            setPaused(queue, scope, false);
            setPaused(queue, scope, false);
            assertThat(find(queue, id).parkedReason()).isEmpty();
            assertThat(run("stats", () -> queue.stats(deadline())).parked()).isZero();
        }
        scopes.forEach(scope -> setPaused(queue, scope, true));
        assertThat(run("paused", () -> queue.paused(deadline()))).containsExactlyInAnyOrderElementsOf(scopes);
        setPaused(queue, scopes.get(0), false);
        assertThat(run("paused", () -> queue.paused(deadline())))
                .containsExactlyInAnyOrderElementsOf(scopes.subList(1, 4));
    }

    final void setPaused(TaskQueue queue, TaskScope scope, boolean paused) {
        run("setPaused", () -> {
            queue.setPaused(scope, paused, deadline());
            return true;
        });
    }

    @Test
    @DisplayName("TASK-06 a task that no agent can run says what is missing, until an agent has it")
    void parkedTasksSayWhy() {
        TaskQueue queue = open();
        String id = submit(queue, request("needy").requires(Requirements.all("hailo")));
        assertThat(find(queue, id).parkedReason()).as("no agent at all").isPresent();
        heartbeat(queue, agent("agent-1", "gpu"), LONG);
        assertThat(find(queue, id).parkedReason())
                .hasValueSatisfying(reason -> assertThat(reason).contains("hailo"));
        assertThat(run("stats", () -> queue.stats(deadline())).parked()).isEqualTo(1);
        heartbeat(queue, agent("agent-2", "hailo"), moment());
        assertThat(find(queue, id).parkedReason()).isEmpty();
        pass(queue, 1);
        assertThat(find(queue, id).parkedReason()).as("the agent is silent").isPresent();
    }

    // --- events

    @Test
    @DisplayName("TASK-08 who follows sees the life of each task, in order, until the subscription ends")
    void eventsTellTheStory() throws Exception {
        TaskQueue queue = open();
        heartbeat(queue, agent("agent"), LONG);
        LinkedBlockingQueue<TaskEvent> events = new LinkedBlockingQueue<>();
        AutoCloseable subscription = run("subscribe", () -> queue.subscribe(events::add));
        AutoCloseable failing = run(
                "subscribe",
                () -> queue.subscribe(event -> {
                    throw new IllegalStateException("a listener that fails");
                }));
        String id = submit(queue, "story");
        TaskLease lease = lease(queue, "story", "agent");
        beat(queue, new TaskLease.Progress(lease.ref(), 0.5, "half"), LONG);
        assertThat(run("emit", () -> queue.emit(lease.ref(), "Once upon a time", deadline())))
                .isTrue();
        complete(queue, lease, retry("oops", Duration.ZERO));
        complete(queue, lease(queue, "story", "agent"), release(CancelReason.POWER));
        lease(queue, "story", "agent", moment());
        pass(queue, 1);
        complete(queue, lease(queue, "story", "agent"), die("no"));
        run("replay", () -> queue.replay(TaskFilter.DEAD, deadline()));
        complete(queue, lease(queue, "story", "agent"), success("x"));
        List<TaskEvent> story = new ArrayList<>();
        while (story.stream()
                        .filter(event -> event.kind() == TaskEvent.Kind.ENDED)
                        .count()
                < 2) {
            TaskEvent event = events.poll(queuePatience().toMillis(), TimeUnit.MILLISECONDS);
            assertThat(event).as("an event after " + story).isNotNull();
            story.add(event);
        }
        assertThat(story).allMatch(event -> event.taskId().equals(id));
        assertThat(story.stream().map(TaskEvent::kind).filter(kind -> kind != TaskEvent.Kind.PARKED))
                .containsExactly(
                        TaskEvent.Kind.SUBMITTED,
                        TaskEvent.Kind.STARTED,
                        TaskEvent.Kind.PROGRESS,
                        TaskEvent.Kind.OUTPUT,
                        TaskEvent.Kind.RETRYING,
                        TaskEvent.Kind.STARTED,
                        TaskEvent.Kind.RELEASED,
                        TaskEvent.Kind.STARTED,
                        TaskEvent.Kind.LOST,
                        TaskEvent.Kind.STARTED,
                        TaskEvent.Kind.ENDED,
                        TaskEvent.Kind.REPLAYED,
                        TaskEvent.Kind.STARTED,
                        TaskEvent.Kind.ENDED);
        assertThat(story.get(story.size() - 1).note()).isEqualTo("SUCCEEDED");
        assertThat(story).anyMatch(event -> event.note().equals("Once upon a time"));
        subscription.close();
        failing.close();
        CountDownLatch later = new CountDownLatch(1);
        AutoCloseable other = run("subscribe", () -> queue.subscribe(event -> later.countDown()));
        submit(queue, "unseen");
        assertThat(later.await(queuePatience().toMillis(), TimeUnit.MILLISECONDS))
                .isTrue();
        other.close();
        assertThat(events).isEmpty();
    }

    @Test
    @DisplayName("TASK-08 a piece of output has 64 KiB at most")
    void piecesAreLimited() {
        TaskQueue queue = open();
        submit(queue, "output");
        TaskLease lease = lease(queue, "output", "agent");
        assertThat(run("emit", () -> queue.emit(lease.ref(), "x".repeat(64 << 10), deadline())))
                .isTrue();
        for (String large : List.of("x".repeat((64 << 10) + 1), "\u20ac".repeat(22_000))) {
            assertThat(Bounded.failure(queuePatience(), "emit", () -> queue.emit(lease.ref(), large, deadline())))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
