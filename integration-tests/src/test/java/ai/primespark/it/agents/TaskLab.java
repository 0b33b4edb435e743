package ai.primespark.it.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.it.JavaProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Processes that submit and do tasks over one queue, and the judgement over what they did. */
final class TaskLab implements AutoCloseable {

    static final Duration LEASE = Duration.ofSeconds(3);
    static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Path directory;
    private final Path effects;
    private final List<JavaProcess> processes = new ArrayList<>();
    private final List<String> said = Collections.synchronizedList(new ArrayList<>());
    private int nodes;

    TaskLab(Path directory) throws IOException {
        this.directory = directory;
        this.effects = Files.createDirectories(directory.resolve("effects"));
    }

    /** A configuration of a node that has this queue. */
    Path configuration(String queue) {
        String node = "n" + nodes++;
        return configuration(queue, node, directory.resolve("data-" + node));
    }

    Path configuration(String queue, String node, Path data) {
        String text = """
                primespark {
                  data-dir = "%s"
                  close-timeout = 5s
                  memory.tiers = [{type = caffeine}]
                  llm.backends = []
                  agents {
                    id = %s
                    slots = 4
                    lease = %d ms
                    heartbeat = 500 ms
                    queue = %s
                  }
                }
                """.formatted(data, node, LEASE.toMillis(), queue);
        try {
            return Files.writeString(directory.resolve(node + ".conf"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Has an instance of this process do the tasks, too. */
    void workHere(PrimeSpark spark) {
        new TaskFaultWorker(effects, said::add).handlers(spark.agents().local()).start();
    }

    JavaProcess worker(Path configuration) {
        return start(configuration, 0, true, 0, 0);
    }

    JavaProcess submitter(Path configuration, int tasks, long seed) {
        return start(configuration, 0, false, tasks, seed);
    }

    /** @param clockOffsetMillis by how much the process's clock is wrong */
    JavaProcess start(Path configuration, long clockOffsetMillis, boolean works, int tasks, long seed) {
        JavaProcess process = JavaProcess.start(
                directory,
                Map.of(),
                List.of(
                        JavaProcess.java(),
                        "-Xmx192m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TaskFaultWorker.class.getName(),
                        configuration.toString(),
                        effects.toString(),
                        String.valueOf(clockOffsetMillis),
                        String.valueOf(works),
                        String.valueOf(tasks),
                        String.valueOf(seed)));
        processes.add(process);
        return process;
    }

    /** Waits until a process has printed a line that begins so. */
    static void awaitLine(JavaProcess process, String beginning) {
        awaitLines(process, beginning, 1);
    }

    static void awaitLines(JavaProcess process, String beginning, int count) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> process.lines().stream()
                                        .filter(line -> line.startsWith(beginning))
                                        .count()
                                >= count
                        || !process.isAlive());
        assertThat(process.lines()).as(process::output).anyMatch(line -> line.startsWith(beginning));
    }

    static PrimeSpark open(Path configuration) {
        return PrimeSpark.builder()
                .config(SparkConfig.empty().withFile(configuration))
                .build();
    }

    /**
     * Waits until every task that was taken is over, ends all processes, and holds the queue against the history.
     *
     * @param configuration of a node that does no work
     * @return what the processes did
     */
    TaskHistory judge(Path configuration, Set<TaskStatus> allowed, String context) {
        try (PrimeSpark spark = open(configuration)) {
            return judge(spark, allowed, context);
        }
    }

    TaskHistory judge(PrimeSpark spark, Set<TaskStatus> allowed, String context) {
        TaskHistory soFar = read();
        for (String task : soFar.acknowledged()) {
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .untilAsserted(() -> assertThat(status(spark, task))
                            .as(() -> task + "; " + context + "\n" + read().remarks())
                            .isPresent()
                            .hasValueSatisfying(
                                    status -> assertThat(status.isFinal()).isTrue()));
        }
        processes.forEach(JavaProcess::close);
        TaskHistory whole = read();
        assertThat(new TaskHistoryChecker(whole, allowed).check(task -> end(spark, task)))
                .as(() -> context + "\n" + whole.remarks())
                .isEmpty();
        assertThat(whole.acknowledged()).as("acknowledged tasks; " + context).isNotEmpty();
        assertThat(spark.agents().stats().repaired()).as("repaired; " + context).isZero();
        return whole;
    }

    private TaskHistory read() {
        TaskHistory all = new TaskHistory();
        processes.forEach(process -> all.add(process.lines()));
        all.add(List.copyOf(said));
        return all;
    }

    private static Optional<TaskStatus> status(PrimeSpark spark, String task) {
        return spark.agents().find(task).map(TaskHandle::snapshot).map(TaskSnapshot::status);
    }

    private static Optional<TaskHistoryChecker.End> end(PrimeSpark spark, String task) {
        return spark.agents().find(task).map(handle -> {
            TaskStatus status = handle.snapshot().status();
            String result = status == TaskStatus.SUCCEEDED
                    ? handle.result(String.class, Duration.ofSeconds(10)).orElse(null)
                    : null;
            return new TaskHistoryChecker.End(status, result);
        });
    }

    @Override
    public void close() {
        processes.forEach(JavaProcess::close);
    }
}
