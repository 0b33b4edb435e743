package ai.primespark.benchmarks.agents;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.benchmarks.Sampled;
import ai.primespark.benchmarks.Table;
import ai.primespark.testkit.LocalRedis;
import java.nio.file.Path;
import java.util.List;

/** A5: from the kill of a worker in the middle of a task to the task's begin elsewhere. */
final class Failover {

    private static final int ROUNDS = 5;

    private Failover() {}

    static Table run(Path root) throws Exception {
        Sampled ours = new Sampled();
        try (LocalRedis redis = LocalRedis.start();
                PrimeSpark submitter = Sparks.open(root, "submits-failover", Sparks.redis(redis.port()), 1)) {
            for (int round = 0; round < ROUNDS; round++) {
                ours.add(ours(root, redis.port(), submitter, round));
            }
        }
        Bull bull = Bull.install(root);
        double theirs = theirs(bull, List.of());
        double tuned = theirs(bull, List.of(3000, 3000));
        Table table = new Table("A worker killed in the middle of a task", "Seconds until another has it", "Goal", "");
        table.row(
                "Prime Spark, middle of " + ROUNDS,
                Table.number(ours.median()),
                "≤ 1 s",
                Table.reached(ours.median() <= 1));
        table.row(
                "Prime Spark, slowest",
                Table.number(ours.percentile(100)),
                "≤ 1 s",
                Table.reached(ours.percentile(100) <= 1));
        table.row("BullMQ", Table.number(theirs), "≥ 60× ours", Table.reached(theirs >= 60 * ours.median()));
        table.row("BullMQ, lock and stalled interval of 3 s", Table.number(tuned), "", "");
        return table;
    }

    private static double ours(Path root, int port, PrimeSpark submitter, int round) throws Exception {
        try (Child first = Child.java(root, WorkerMain.class, root, "first-" + round, port)) {
            first.await("ready", 60);
            TaskHandle task =
                    submitter.agents().submit(TaskRequest.of("work", 600_000).build());
            first.awaitNumber("started", 60);
            try (Child second = Child.java(root, WorkerMain.class, root, "second-" + round, port)) {
                second.await("ready", 60);
                long killed = System.nanoTime();
                first.kill();
                double seconds = (second.awaitNumber("started", 120) - killed) / 1e9;
                var unused = task.cancel("measured");
                return seconds;
            }
        }
    }

    private static double theirs(Bull bull, List<Integer> limits) throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                Child first = bull.start(redis.port(), "work", limits.toArray())) {
            first.await("ready", 60);
            try (Child add = bull.start(redis.port(), "add")) {
                first.awaitNumber("started", 60);
            }
            try (Child second = bull.start(redis.port(), "work", limits.toArray())) {
                second.await("ready", 60);
                long killed = System.nanoTime();
                first.kill();
                return (second.awaitNumber("started", 180) - killed) / 1e9;
            }
        }
    }
}
