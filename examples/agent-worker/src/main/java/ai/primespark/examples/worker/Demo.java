package ai.primespark.examples.worker;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.Agents;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Two workers with different capabilities get mixed work, from the example server if it is there; one of them is killed in the middle of
 * it. Prints what became of every task, as a table.
 */
@Command(
        name = "demo",
        description =
                "Starts two workers, submits mixed work, kills one of them, and prints the timeline of the failover.",
        mixinStandardHelpOptions = true)
final class Demo implements Callable<Integer> {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @Option(
            names = {"-q", "--queue"},
            paramLabel = "URL",
            description = "a Redis server; without it, redis-server is started for the demonstration")
    private @Nullable String queue;

    @Option(names = "--seconds", paramLabel = "N", description = "how long each of the longer tasks takes")
    private double seconds = 2;

    @Option(
            names = "--server-jar",
            paramLabel = "FILE",
            description =
                    "the example server's jar, to submit by its REST API; by default the one that was built beside this")
    private @Nullable Path serverJar;

    @Option(names = "--no-server", description = "submit from this process, without the server")
    private boolean noServer;

    private final Timeline timeline = new Timeline();
    private final Map<String, TaskHandle> tasks = new LinkedHashMap<>(); // by name

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (serverJar != null && (noServer || !Files.isReadable(serverJar))) {
            throw new IllegalArgumentException(
                    noServer ? "--server-jar and --no-server exclude each other" : "cannot read " + serverJar);
        }
        Path folder = Files.createTempDirectory("prime-spark-demo-");
        if (queue != null) {
            return run(queue, folder);
        }
        try (OwnRedis redis = OwnRedis.start(folder)) {
            return run(redis.url(), folder);
        }
    }

    private int run(String url, Path folder) throws IOException, InterruptedException {
        System.out.println("queue " + url + ", logs in " + folder);
        SparkConfig config = SparkConfig.empty()
                .with("primespark.agents.queue", Map.of("type", "redis", "url", url))
                .with("primespark.node-id", "submitter")
                .with("primespark.data-dir", folder.resolve("submitter").toString());
        List<WorkerProcess> workers = new ArrayList<>();
        try (ServerProcess server = server(url, folder);
                PrimeSpark spark = PrimeSpark.builder().config(config).build()) {
            Agents agents = spark.agents();
            Configuration.awaitQueue(agents, PATIENCE);
            var unused = agents.onEvent(timeline::add); // ends with the instance
            workers.add(WorkerProcess.start("attic", "camera", url, folder));
            workers.add(WorkerProcess.start("desk", "gpu", url, folder));
            await("both workers are there", () -> isOnline(agents, workers.get(0)) && isOnline(agents, workers.get(1)));

            submit(agents, server);
            Instant killed = kill(workers.get(1));
            await(
                    "the rest is done by attic",
                    () -> ended().stream()
                                    .filter(name -> !name.startsWith("gpu"))
                                    .count()
                            == 6);
            timeline.mark(Instant.now(), "a new worker starts", "desk-2");
            workers.add(WorkerProcess.start("desk-2", "gpu", url, folder));
            await("everything is done", () -> ended().size() == tasks.size());
            await("the last event has come", () -> timeline.ends() == tasks.size());

            int code = report(killed);
            if (server != null) {
                System.out.println("the server counts " + server.tasks());
            }
            return code;
        } finally {
            workers.forEach(WorkerProcess::close);
        }
    }

    private static boolean isOnline(Agents agents, WorkerProcess worker) {
        if (!worker.isAlive()) {
            throw new IllegalStateException("worker " + worker.id() + " ended at once; it said: " + worker.output());
        }
        return agents.agents().stream()
                .anyMatch(
                        agent -> agent.profile().id().equals(worker.id()) && agent.state() == AgentStatus.State.ACTIVE);
    }

    /** Null when this process is to submit by itself. */
    private @Nullable ServerProcess server(String url, Path folder) throws IOException, InterruptedException {
        Optional<Path> jar =
                noServer ? Optional.empty() : Optional.ofNullable(serverJar).or(ServerProcess::find);
        if (jar.isEmpty()) {
            System.out.println("submitting from this process" + (noServer ? "" : ": no server's jar was found"));
            return null;
        }
        ServerProcess server = ServerProcess.start(jar.get(), url, folder);
        System.out.println("submitting by POST " + server.address() + "/api/tasks/submit");
        return server;
    }

    private void submit(Agents agents, @Nullable ServerProcess server) throws IOException, InterruptedException {
        List<DemoWork> works = DemoWork.mixed(seconds);
        List<TaskHandle> handles = new ArrayList<>();
        if (server == null) {
            handles.addAll(
                    agents.submitAll(works.stream().map(DemoWork::request).toList()));
        } else {
            for (DemoWork work : works) {
                handles.add(agents.find(server.submit(work)).orElseThrow());
            }
        }
        for (int i = 0; i < works.size(); i++) {
            tasks.put(works.get(i).name(), handles.get(i));
            timeline.name(handles.get(i).id(), works.get(i).name());
        }
    }

    private Instant kill(WorkerProcess worker) throws InterruptedException {
        await(
                worker.id() + " is in the middle of something",
                () -> tasks.values().stream()
                        .map(TaskHandle::snapshot)
                        .anyMatch(task -> task.status() == TaskStatus.RUNNING
                                && task.agentId().filter(worker.id()::equals).isPresent()
                                && task.progress() > 0));
        Instant now = Instant.now();
        worker.kill();
        timeline.mark(now, "kill -9", worker.id());
        System.out.println(worker.id() + " was killed in the middle of its work");
        return now;
    }

    private List<String> ended() {
        return tasks.entrySet().stream()
                .filter(task -> task.getValue().snapshot().status().isFinal())
                .map(Map.Entry::getKey)
                .toList();
    }

    private int report(Instant killed) {
        System.out.println();
        timeline.table().forEach(System.out::println);
        System.out.println();
        long lost = timeline.count(row -> row.event().equals("lost"));
        timeline.first(killed, row -> row.event().equals("lost"))
                .ifPresent(row -> System.out.printf(
                        Locale.ROOT,
                        "the loss of %s was noticed after %d ms; %d of its tasks went back to the queue%n",
                        row.agent(),
                        Duration.between(killed, row.at()).toMillis(),
                        lost));
        List<TaskSnapshot> all =
                tasks.values().stream().map(TaskHandle::snapshot).toList();
        long done = all.stream()
                .filter(task -> task.status() == TaskStatus.SUCCEEDED)
                .count();
        System.out.printf(
                Locale.ROOT,
                "%d of %d tasks succeeded; failures %d, losses %d%n",
                done,
                all.size(),
                all.stream().mapToInt(TaskSnapshot::failures).sum(),
                all.stream().mapToInt(TaskSnapshot::losses).sum());
        return done == all.size() ? 0 : Main.FAILED;
    }

    private static boolean holds(BooleanSupplier condition) {
        try {
            return condition.getAsBoolean();
        } catch (QueueUnavailableException e) {
            return false; // not known now
        }
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds(condition)) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("gave up waiting until " + what + "; see the logs of the workers");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
