package ai.primespark.core.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.CancelReason;
import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskRequest;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import ai.primespark.testkit.TestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random schedules of submissions, claims and returns of tasks of all priorities: no task is passed by one whose submission came
 * later than the difference of their head starts, but for what a submitter's own flood adds to its own places.
 */
class AgeingBoundTest {

    private static final int SCHEDULES = Boolean.getBoolean("spark.exhaustive") ? 1_000_000 : 3_000;
    private static final int STEPS = 40;
    private static final Set<TaskLane> LANES = lanes();

    /** What is known of a task that waits. */
    private record Waiting(long submittedMillis, int before, Priority priority) {}

    @Test
    @Timeout(7_200)
    void noTaskIsPassedByOneThatCameTooMuchLater() throws Exception {
        long seed = System.nanoTime();
        System.out.println("AgeingBoundTest seed " + seed + ", " + SCHEDULES + " schedules");
        Random random = new Random(seed);
        MemoryQueueProvider provider = new MemoryQueueProvider();
        try (TestContext context = TestContext.create()) {
            TestContext own = context.with(provider, Map.of());
            long passed = 0;
            for (int i = 0; i < SCHEDULES; i++) {
                long each = random.nextLong();
                try (TaskQueue queue = provider.create(own)) {
                    queue.start();
                    passed += new Schedule(queue, context, new Random(each), "seed " + each).run();
                }
            }
            assertThat(passed)
                    .as("times that a more urgent task passed another")
                    .isPositive();
        }
    }

    /** One schedule. */
    private static final class Schedule {
        private final TaskQueue queue;
        private final TestContext context;
        private final Random random;
        private final String where;
        private final Map<String, Waiting> waiting = new HashMap<>();
        private final Map<String, Waiting> submitted = new HashMap<>();
        private final Map<String, Integer> submittedBy = new HashMap<>();
        private final List<TaskLease> running = new ArrayList<>();
        private int ids;
        private long passed;

        Schedule(TaskQueue queue, TestContext context, Random random, String where) {
            this.queue = queue;
            this.context = context;
            this.random = random;
            this.where = where;
        }

        long run() {
            for (int step = 0; step < STEPS; step++) {
                switch (random.nextInt(4)) {
                    case 0 -> submit();
                    case 1 -> context.clock().advance(Duration.ofMillis(random.nextInt(900_000)));
                    case 2 -> claim();
                    default -> giveBack();
                }
            }
            while (!waiting.isEmpty()) {
                claim();
            }
            return passed;
        }

        private long now() {
            return context.clock().millis();
        }

        private void submit() {
            for (int n = random.nextInt(5); n >= 0; n--) {
                String submitter = "s" + random.nextInt(3);
                Priority priority = List.of(Priority.values()).get(random.nextInt(4));
                String id = "t" + ids++;
                TaskRequest request = TaskRequest.of("aged", new byte[0])
                        .priority(priority)
                        .submitter(submitter)
                        .build();
                queue.submit(List.of(new TaskEnvelope(id, request, "bytes")), soon());
                int before = submittedBy.merge(submitter, 1, Integer::sum) - 1;
                waiting.put(id, new Waiting(now(), before, priority));
                submitted.put(id, waiting.get(id));
            }
        }

        private void claim() {
            int max = 1 + random.nextInt(3);
            TaskClaim claim = new TaskClaim("c" + ids++, "agent", LANES, max, Duration.ofDays(1_000), Map.of());
            for (TaskLease lease : queue.claim(claim, soon())) {
                Waiting taken = waiting.remove(lease.task().id());
                assertThat(taken).as(where).isNotNull();
                waiting.forEach((id, other) -> check(taken, other, id));
                running.add(lease);
            }
        }

        private void check(Waiting taken, Waiting other, String id) {
            long bound = other.submittedMillis()
                    + taken.priority()
                            .headStart()
                            .minus(other.priority().headStart())
                            .toMillis();
            // its own submitter's tasks before it may have put the other one so many places of a millisecond back
            long flood = Math.min(TaskQueue.LATEST_PLACE.toMillis(), other.before() * TaskQueue.SPACING.toMillis());
            assertThat(taken.submittedMillis())
                    .as("%s: the submission of what was taken while %s waits", where, id)
                    .isLessThanOrEqualTo(bound + flood);
            if (taken.submittedMillis() > other.submittedMillis()) {
                passed++;
            }
        }

        private void giveBack() {
            if (!running.isEmpty()) {
                TaskLease lease = running.remove(random.nextInt(running.size()));
                queue.complete(lease.ref(), new TaskCompletion.Success(null), soon());
            }
            if (!running.isEmpty() && random.nextBoolean()) {
                TaskLease lease = running.remove(random.nextInt(running.size()));
                queue.complete(lease.ref(), new TaskCompletion.Release(CancelReason.POWER, null), soon());
                waiting.put(lease.task().id(), submitted.get(lease.task().id()));
            }
        }
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(60));
    }

    private static Set<TaskLane> lanes() {
        Set<TaskLane> lanes = new java.util.HashSet<>();
        for (Priority priority : Priority.values()) {
            lanes.add(TaskLane.of(
                    TaskRequest.of("aged", new byte[0]).priority(priority).build()));
        }
        return lanes;
    }
}
