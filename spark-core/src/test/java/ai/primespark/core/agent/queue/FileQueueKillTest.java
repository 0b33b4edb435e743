package ai.primespark.core.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.CancelReason;
import ai.primespark.agent.Priority;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskPage;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import ai.primespark.testkit.TestContext;
import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed at random moments while its threads submit, work on and cancel tasks of one file queue. */
class FileQueueKillTest {

    private static final int ROUNDS = Boolean.getBoolean("spark.exhaustive") ? 200 : 6;

    @TempDir
    Path temp;

    /** What was acknowledged to the threads of the killed processes. */
    private static final class History {
        final Set<String> submitted = new HashSet<>();
        final Map<String, String> results = new HashMap<>();
        final Set<String> cancelled = new HashSet<>();
        final Map<String, Integer> failures = new HashMap<>();
        final Map<String, Long> checkpoints = new HashMap<>(); // the fence under which the last one was saved
        final Map<String, Long> fences = new HashMap<>();

        void take(String line) {
            if (line == null || !line.endsWith(";")) {
                return; // torn by the kill
            }
            String[] words = line.substring(0, line.length() - 1).split(" ");
            String id = words[1];
            switch (words[0]) {
                case "submitted" -> submitted.add(id);
                case "started" -> {
                    long fence = Long.parseLong(words[2]);
                    assertThat(fence).as("the fence of " + id).isGreaterThan(fences.getOrDefault(id, 0L));
                    assertThat(results)
                            .as("tasks that were done before they started")
                            .doesNotContainKey(id);
                    assertThat(cancelled)
                            .as("tasks that were cancelled before they started")
                            .doesNotContain(id);
                    assertThat(Long.parseLong(words[3]))
                            .as("the fence of the last checkpoint of " + id)
                            .isGreaterThanOrEqualTo(checkpoints.getOrDefault(id, 0L));
                    fences.put(id, fence);
                }
                case "done" -> results.put(id, words[2]);
                case "failed" -> failures.merge(id, 1, Integer::sum);
                case "saved" -> checkpoints.put(id, Long.parseLong(words[2]));
                case "cancelled" -> cancelled.add(id);
                default -> throw new AssertionError(line);
            }
        }
    }

    @Test
    @Timeout(3_600)
    void whatWasAcknowledgedSurvives() throws Exception {
        long seed = System.nanoTime();
        System.out.println("FileQueueKillTest seed " + seed + ", " + ROUNDS + " rounds");
        Random random = new Random(seed);
        History history = new History();
        for (int round = 0; round < ROUNDS; round++) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xshare:auto",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Working.class.getName(),
                            temp.resolve("queue").toString(),
                            Long.toString(random.nextLong()),
                            "r" + round)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
            int last = 1 + random.nextInt(2_000);
            for (int i = 0; i < last; i++) {
                history.take(lines.readLine());
            }
            assertThat(process.toHandle().destroyForcibly()).isTrue();
            process.waitFor();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                history.take(line);
            }
            check(history, "seed " + seed + " round " + round);
        }
        assertThat(history.results).as("the test did something").isNotEmpty();
        assertThat(history.failures).isNotEmpty();
        assertThat(history.cancelled).isNotEmpty();
        assertThat(history.checkpoints).isNotEmpty();
    }

    private void check(History history, String where) throws Exception {
        try (TestContext context = TestContext.create();
                TaskQueue queue = open(context, temp.resolve("queue"))) {
            Map<String, TaskSnapshot> tasks = new HashMap<>();
            String cursor = null;
            do {
                TaskPage page = queue.list(TaskFilter.ALL, cursor, 1_000, soon());
                page.tasks().forEach(task -> tasks.put(task.id(), task));
                cursor = page.next();
            } while (cursor != null);
            assertThat(tasks.keySet()).as(where + ": tasks").containsAll(history.submitted);
            tasks.forEach((id, task) -> {
                String result = history.results.get(id);
                if (result != null) {
                    assertThat(task.status()).as(where + ": " + id).isEqualTo(TaskStatus.SUCCEEDED);
                    assertThat(queue.result(id, soon()).map(bytes -> new String(bytes, StandardCharsets.UTF_8)))
                            .as(where + ": the result of " + id)
                            .contains(result);
                }
                if (history.cancelled.contains(id)) {
                    assertThat(task.status()).as(where + ": " + id).isEqualTo(TaskStatus.CANCELLED);
                }
                assertThat(task.status()).as(where + ": " + id).isNotEqualTo(TaskStatus.RUNNING);
                assertThat(task.failures())
                        .as(where + ": failures of " + id)
                        .isGreaterThanOrEqualTo(history.failures.getOrDefault(id, 0));
            });
        }
    }

    static TaskQueue open(TestContext context, Path directory) throws Exception {
        FileQueueProvider provider = new FileQueueProvider();
        TaskQueue queue = provider.create(context.with(provider, Map.of("path", directory)));
        queue.start();
        return queue;
    }

    static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(60));
    }

    /** The process that is killed. It says what was acknowledged to it, and what it is about to begin. */
    static final class Working {

        private Working() {}

        public static void main(String[] args) throws Exception {
            TaskQueue queue = open(TestContext.create(), Path.of(args[0]));
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            for (int i = 0; i < 3; i++) {
                int thread = i;
                Random random = new Random(Long.parseLong(args[1]) + i);
                new Thread(() -> {
                            for (int n = 0; ; n++) {
                                step(queue, out, random, args[2] + "t" + thread + "n" + n, "agent-" + thread);
                            }
                        })
                        .start();
            }
        }

        private static void step(TaskQueue queue, PrintStream out, Random random, String name, String agent) {
            List<TaskEnvelope> batch = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(3); i++) {
                batch.add(task(name + "b" + i, random));
            }
            queue.submit(batch, soon());
            batch.forEach(task -> out.println("submitted " + task.id() + ";"));
            if (random.nextInt(4) == 0) {
                String id = batch.get(0).id();
                if (queue.cancel(id, "test", soon()) == ai.primespark.agent.CancelOutcome.CANCELLED) {
                    out.println("cancelled " + id + ";");
                }
            }
            TaskClaim claim = new TaskClaim(
                    name,
                    agent,
                    Set.of(lane(Priority.NORMAL), lane(Priority.HIGH)),
                    2,
                    Duration.ofMinutes(5),
                    Map.of());
            for (TaskLease lease : queue.claim(claim, soon())) {
                String saved = lease.checkpoint()
                        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                        .orElse("0");
                out.println("started " + lease.task().id() + " " + lease.ref().fence() + " " + saved + ";");
                work(queue, out, random, lease);
            }
        }

        private static void work(TaskQueue queue, PrintStream out, Random random, TaskLease lease) {
            String id = lease.task().id();
            switch (random.nextInt(5)) {
                case 0 -> {
                    if (queue.complete(lease.ref(), new TaskCompletion.Failure("test", Duration.ZERO), soon())) {
                        out.println("failed " + id + ";");
                    }
                }
                case 1 -> {
                    String checkpoint = String.valueOf(lease.ref().fence());
                    if (queue.save(lease.ref(), checkpoint.getBytes(StandardCharsets.UTF_8), soon())) {
                        out.println("saved " + id + " " + checkpoint + ";");
                    }
                    boolean unused = queue.complete(
                            lease.ref(), new TaskCompletion.Release(CancelReason.SHUTDOWN, null), soon());
                }
                default -> {
                    String result = "r" + random.nextInt(1_000_000);
                    if (queue.complete(
                            lease.ref(), new TaskCompletion.Success(result.getBytes(StandardCharsets.UTF_8)), soon())) {
                        out.println("done " + id + " " + result + ";");
                    }
                }
            }
        }

        private static TaskEnvelope task(String id, Random random) {
            TaskRequest request = TaskRequest.of("kill", new byte[random.nextInt(3_000)])
                    .priority(random.nextBoolean() ? Priority.NORMAL : Priority.HIGH)
                    .retry(RetryPolicy.DEFAULT.withMaxLosses(1_000))
                    .build();
            return new TaskEnvelope(id, request, "bytes");
        }

        private static TaskLane lane(Priority priority) {
            return TaskLane.of(
                    TaskRequest.of("kill", new byte[0]).priority(priority).build());
        }
    }
}
