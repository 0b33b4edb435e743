package ai.primespark.benchmarks.agents;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskStatus;
import ai.primespark.benchmarks.Sampled;
import ai.primespark.benchmarks.Table;
import ai.primespark.testkit.LocalRedis;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** The queue on Redis beside BullMQ's: how much it carries, and how soon an idle agent has a task. */
final class SharedQueue {

    private static final int TASKS = 60_000;
    private static final int SINGLES = 3_000;
    private static final int WARM = 5_000;
    private static final int ROUNDS = 3;
    private static final int SAMPLES = 600;

    private SharedQueue() {}

    private record Number(int n) {} // as large a payload as theirs

    private record Rates(Sampled single, Sampled bulk, Sampled drain) {
        Rates() {
            this(new Sampled(), new Sampled(), new Sampled());
        }

        void add(double single, double bulk, double drain) {
            this.single.add(single);
            this.bulk.add(bulk);
            this.drain.add(drain);
        }
    }

    /** A1 and A2: submissions one by one and in batches of 500, and the drain with results kept and events told. */
    static Table throughput(Path root) throws Exception {
        Table table = new Table(
                "Redis queue, tasks a second, middle of " + ROUNDS, "Prime Spark", "BullMQ", "Ratio", "Goal", "");
        Bull bull = Bull.install(root);
        for (String durability : List.of("no", "yes")) {
            Rates ours = new Rates();
            Rates theirs = new Rates();
            for (int round = 0; round < ROUNDS; round++) { // in turn, so that both see the same machine
                try (LocalRedis redis = redis(durability)) {
                    measure(root, redis.port(), ours);
                }
                try (LocalRedis redis = redis(durability)) {
                    JsonNode figures = bull.figures(redis.port(), "throughput", TASKS, SINGLES);
                    theirs.add(
                            figures.get("single").asDouble(),
                            figures.get("bulk").asDouble(),
                            figures.get("drain").asDouble());
                }
            }
            String how = durability.equals("yes") ? ", written to its file every second" : "";
            row(table, "submit one by one" + how, ours.single(), theirs.single(), 3);
            row(table, "submit in batches of 500" + how, ours.bulk(), theirs.bulk(), 3);
            row(table, "claim, run, complete" + how, ours.drain(), theirs.drain(), 5);
        }
        return table;
    }

    private static LocalRedis redis(String durability) {
        return LocalRedis.start("--appendonly", durability, "--appendfsync", "everysec");
    }

    private static void row(Table table, String what, Sampled ours, Sampled theirs, double goal) {
        table.row(
                what,
                Table.count(ours.median()),
                Table.count(theirs.median()),
                Table.times(ours.median() / theirs.median()),
                "≥ " + Table.times(goal),
                Table.reached(ours.median() >= goal * theirs.median()));
    }

    private static void measure(Path root, int port, Rates rates) throws Exception {
        try (PrimeSpark spark = Sparks.open(root, "drain-" + port, Sparks.redis(port), 100)) {
            spark.agents().local().handle("warm", Number.class, (number, context) -> 0);
            submitAll(spark, "warm", WARM);
            for (int i = 0; i < 500; i++) {
                submit(spark, "warm", i);
            }
            spark.agents().local().start();
            awaitSucceeded(spark, WARM + 500);
            long start = System.nanoTime();
            for (int i = 0; i < SINGLES; i++) {
                submit(spark, "work", i);
            }
            double single = rate(SINGLES, start);
            start = System.nanoTime();
            submitAll(spark, "work", TASKS);
            double bulk = rate(TASKS, start);
            start = System.nanoTime();
            spark.agents().local().handle("work", Number.class, (number, context) -> 0);
            awaitSucceeded(spark, WARM + 500 + TASKS + SINGLES);
            rates.add(single, bulk, rate(TASKS + SINGLES, start));
        }
    }

    /** Until Redis has every completion, as theirs is counted; asking costs two commands each time. */
    private static void awaitSucceeded(PrimeSpark spark, int tasks) throws InterruptedException {
        while (spark.agents().stats().count(TaskStatus.SUCCEEDED) < tasks) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static void submit(PrimeSpark spark, String type, int n) {
        TaskHandle unused =
                spark.agents().submit(TaskRequest.of(type, new Number(n)).build());
    }

    private static void submitAll(PrimeSpark spark, String type, int count) {
        for (int from = 0; from < count; from += 500) {
            List<TaskRequest> requests = new ArrayList<>(500);
            for (int i = from; i < from + 500; i++) {
                requests.add(TaskRequest.of(type, new Number(i)).build());
            }
            List<TaskHandle> unused = spark.agents().submitAll(requests);
        }
    }

    static double rate(int tasks, long start) {
        return tasks * 1e9 / (System.nanoTime() - start);
    }

    /** A3: from just before the submission to the handler's first instruction, with an agent that waits for work. */
    static Table pickup(Path root) throws Exception {
        Table table = new Table("Idle agent's pickup, ms", "Prime Spark", "BullMQ", "Ratio", "Goal", "");
        Sampled ours = new Sampled();
        JsonNode theirs;
        try (LocalRedis redis = redis("no");
                PrimeSpark submitter = Sparks.open(root, "submits", Sparks.redis(redis.port()), 1);
                PrimeSpark worker = Sparks.open(root, "works", Sparks.redis(redis.port()), 4)) {
            BlockingQueue<Long> began = new ArrayBlockingQueue<>(1);
            worker.agents().local().handle("work", Integer.class, (n, context) -> {
                boolean unused = began.offer(System.nanoTime());
                return 0;
            });
            worker.agents().local().start();
            for (int i = 0; i < SAMPLES; i++) {
                long start = System.nanoTime();
                TaskHandle unused =
                        submitter.agents().submit(TaskRequest.of("work", i).build());
                Long at = began.poll(10, TimeUnit.SECONDS);
                if (at == null) {
                    throw new IllegalStateException("a task was not begun in 10 s");
                }
                if (i >= 50) {
                    ours.add((at - start) / 1e6);
                }
                TimeUnit.MILLISECONDS.sleep(5); // so that the agent is idle again
            }
        }
        try (LocalRedis redis = redis("no")) {
            theirs = Bull.install(root).figures(redis.port(), "pickup", SAMPLES);
        }
        for (String rank : List.of("p50", "p99")) {
            double mine = ours.percentile(rank.equals("p50") ? 50 : 99);
            double goal = rank.equals("p50") ? 0.5 : 5;
            table.row(
                    rank,
                    Table.number(mine),
                    Table.number(theirs.get(rank).asDouble()),
                    Table.times(theirs.get(rank).asDouble() / mine),
                    String.format(Locale.ROOT, "≤ %.1f ms", goal),
                    Table.reached(mine <= goal));
        }
        return table;
    }
}
