package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskPage;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import ai.primespark.spi.TaskQueueProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the rules of {@link TaskQueueContract} stand on: opening queues, short forms of their methods, bounded waits, time. */
abstract class TaskRules {

    /** A lease that lasts for the whole test. */
    static final Duration LONG = Duration.ofHours(10);

    private static final AtomicLong IDS = new AtomicLong();

    private final List<TaskQueue> opened = new ArrayList<>();
    private TestContext context;

    abstract TaskQueueProvider queueProvider();

    abstract Map<String, Object> queueSettings(Path directory);

    abstract Map<String, Object> queueSettingsForRoom(int tasks);

    abstract boolean queueHasOwnClock();

    /** The time that tests let pass at once. */
    abstract Duration moment();

    abstract Duration queuePatience();

    @BeforeEach
    void contractOpensContext() {
        context = TestContext.create();
    }

    @AfterEach
    void contractClosesQueues() {
        try {
            for (TaskQueue queue : opened) {
                Bounded.failure(queuePatience(), "close()", () -> {
                    queue.close();
                    return null;
                });
            }
        } finally {
            opened.clear();
            context.close();
        }
    }

    // --- queues and time

    /** Opens a queue over the one storage of this test. */
    final TaskQueue open() {
        return open(Map.of());
    }

    final TaskQueue open(Map<String, Object> further) {
        Map<String, Object> settings =
                new HashMap<>(queueSettings(context.directory().resolve("storage")));
        settings.putAll(further);
        TestContext own = context.with(queueProvider(), settings);
        TaskQueue queue = run("create()", () -> queueProvider().create(own));
        opened.add(queue);
        run("start()", () -> {
            queue.start();
            return true;
        });
        return queue;
    }

    final void close(TaskQueue queue) {
        run("close()", () -> {
            queue.close();
            return true;
        });
    }

    final <T> T run(String what, Callable<T> work) {
        return Bounded.run(queuePatience(), what, work);
    }

    final Deadline deadline() {
        return Deadline.in(queuePatience());
    }

    /** What the queue's clock shows. */
    final Instant now() {
        return queueHasOwnClock() ? Instant.now() : context.clock().instant();
    }

    /** Lets so many moments pass, and a little more, and the queue do what is then due. */
    final void pass(TaskQueue queue, int moments) {
        Duration time = moment().multipliedBy(moments).plus(moment().dividedBy(5));
        if (queueHasOwnClock()) {
            long end = System.nanoTime() + time.toNanos();
            for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        } else {
            context.clock().advance(time);
        }
        sweep(queue);
    }

    /** Moves the clock, where the queue has none of its own. */
    final void advance(Duration time) {
        context.clock().advance(time);
    }

    final Duration sweep(TaskQueue queue) {
        return run("sweep", () -> queue.sweep(deadline()));
    }

    // --- tasks

    /** A new id, later in order than those before. */
    static String newId() {
        return "%013d-%06d".formatted(System.currentTimeMillis(), IDS.incrementAndGet());
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static TaskRequest.Builder request(String type) {
        return TaskRequest.of(type, bytes("{\"of\":\"" + type + "\"}")).submitter("anna");
    }

    static TaskEnvelope task(TaskRequest.Builder request) {
        return new TaskEnvelope(newId(), request.build(), "json");
    }

    static TaskEnvelope task(String type) {
        return task(request(type));
    }

    final List<TaskQueue.Submitted> submitAll(TaskQueue queue, TaskEnvelope... tasks) {
        return run("submit", () -> queue.submit(Arrays.asList(tasks), deadline()));
    }

    /** Submits a new task and gives its id. */
    final String submit(TaskQueue queue, TaskEnvelope task) {
        assertThat(submitAll(queue, task))
                .containsExactly(new TaskQueue.Submitted(task.id(), TaskQueue.Submitted.Outcome.CREATED));
        return task.id();
    }

    final String submit(TaskQueue queue, TaskRequest.Builder request) {
        return submit(queue, task(request));
    }

    final String submit(TaskQueue queue, String type) {
        return submit(queue, task(type));
    }

    static Set<TaskLane> lane(String type) {
        return Set.of(TaskLane.of(request(type).build()));
    }

    /** The lanes of a type, of all priorities. */
    static Set<TaskLane> everyLane(String type) {
        Set<TaskLane> lanes = new java.util.HashSet<>();
        for (Priority priority : Priority.values()) {
            lanes.add(TaskLane.of(request(type).priority(priority).build()));
        }
        return lanes;
    }

    static TaskClaim claim(Set<TaskLane> lanes, String agent, int max, Duration life) {
        return new TaskClaim("claim-" + IDS.incrementAndGet(), agent, lanes, max, life, Map.of());
    }

    final List<TaskLease> claim(TaskQueue queue, TaskClaim claim) {
        List<TaskLease> leases = run("claim", () -> queue.claim(claim, deadline()));
        assertThat(leases).hasSizeLessThanOrEqualTo(claim.max());
        return leases;
    }

    final List<String> claimIds(TaskQueue queue, Set<TaskLane> lanes, int max) {
        return claim(queue, claim(lanes, "agent", max, LONG)).stream()
                .map(lease -> lease.task().id())
                .toList();
    }

    /** Leases the one task that is expected in a type's normal lane, for the whole test. */
    final TaskLease lease(TaskQueue queue, String type, String agent) {
        return lease(queue, type, agent, LONG);
    }

    final TaskLease lease(TaskQueue queue, String type, String agent, Duration life) {
        List<TaskLease> leases = claim(queue, claim(lane(type), agent, 1, life));
        assertThat(leases).as("a task of type " + type + " for " + agent).hasSize(1);
        return leases.get(0);
    }

    final boolean complete(TaskQueue queue, TaskLease lease, TaskCompletion completion) {
        return run("complete", () -> queue.complete(lease.ref(), completion, deadline()));
    }

    static TaskCompletion success(String result) {
        return new TaskCompletion.Success(bytes(result));
    }

    static TaskCompletion retry(String error, Duration pause) {
        return new TaskCompletion.Failure(error, pause);
    }

    static TaskCompletion die(String error) {
        return new TaskCompletion.Failure(error, null);
    }

    @SuppressWarnings("NullAway") // does not see in class files that an array of a record may be null
    static TaskCompletion release(CancelReason reason) {
        return new TaskCompletion.Release(reason, null);
    }

    @SuppressWarnings("NullAway") // as above
    static TaskCompletion withoutResult() {
        return new TaskCompletion.Success(null);
    }

    final TaskQueue.Beat beat(TaskQueue queue, TaskLease lease, Duration life) {
        return beat(queue, new TaskLease.Progress(lease.ref(), 0, ""), life);
    }

    final TaskQueue.Beat beat(TaskQueue queue, TaskLease.Progress progress, Duration life) {
        List<TaskQueue.Beat> beats = run("beat", () -> queue.beat(List.of(progress), life, deadline()));
        assertThat(beats).as("answers to one beat").hasSize(1);
        return beats.get(0);
    }

    final boolean save(TaskQueue queue, TaskLease lease, String checkpoint) {
        return run("save", () -> queue.save(lease.ref(), bytes(checkpoint), deadline()));
    }

    final TaskSnapshot find(TaskQueue queue, String id) {
        return run("find", () -> queue.find(id, deadline()))
                .orElseThrow(() -> new AssertionError("the queue does not know task " + id));
    }

    final boolean knows(TaskQueue queue, String id) {
        return run("find", () -> queue.find(id, deadline())).isPresent();
    }

    final void assertStatus(TaskQueue queue, String id, TaskStatus status) {
        assertThat(find(queue, id).status()).as("the state of " + id).isEqualTo(status);
    }

    final String result(TaskQueue queue, String id) {
        return run("result", () -> queue.result(id, deadline()))
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElse("none");
    }

    /** Everything that a filter keeps, page by page. */
    final List<TaskSnapshot> listAll(TaskQueue queue, TaskFilter filter, int limit) {
        List<TaskSnapshot> all = new ArrayList<>();
        String cursor = null;
        int pages = 0;
        do {
            String from = cursor;
            TaskPage page = run("list", () -> queue.list(filter, from, limit, deadline()));
            assertThat(page.tasks()).as("a page").hasSizeLessThanOrEqualTo(limit);
            all.addAll(page.tasks());
            cursor = page.next();
            if (++pages > 10_000) {
                throw new AssertionError("list does not end: 10000 pages and still a cursor");
            }
        } while (cursor != null);
        return all;
    }

    static AgentStatus agent(String id, String... capabilities) {
        return new AgentStatus(
                AgentProfile.builder(id).slots(2).capabilities(capabilities).build(),
                AgentStatus.State.ACTIVE,
                0,
                0,
                PowerProfile.FULL,
                Instant.EPOCH);
    }

    final void heartbeat(TaskQueue queue, AgentStatus agent, Duration life) {
        run("heartbeat", () -> {
            queue.heartbeat(agent, life, deadline());
            return true;
        });
    }
}
