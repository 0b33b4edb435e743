package ai.primespark.benchmarks.agents;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskStatus;
import ai.primespark.benchmarks.Sampled;
import ai.primespark.benchmarks.Table;
import ai.primespark.power.PowerMode;
import ai.primespark.testkit.LocalRedis;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** How fast agents heed what happens around them, and what they cost while nothing does. */
final class Reactions {

    private Reactions() {}

    /** A7: from {@code cancel()} in one process to the handler's callback in another. */
    static Table cancel(Path root) throws Exception {
        Sampled times = new Sampled();
        try (LocalRedis redis = LocalRedis.start();
                PrimeSpark spark = Sparks.open(root, "cancels", Sparks.redis(redis.port()), 1);
                Child worker = Child.java(root, WorkerMain.class, root, "cancelled", redis.port())) {
            worker.await("ready", 60);
            for (int i = 0; i < 250; i++) {
                TaskHandle task =
                        spark.agents().submit(TaskRequest.of("work", 60_000).build());
                long unused = worker.awaitNumber("started", 30);
                long start = System.nanoTime();
                var outcome = task.cancel("measured");
                double millis = (worker.awaitNumber("cancelled", 30) - start) / 1e6;
                if (i >= 50 && outcome != null) {
                    times.add(millis);
                }
            }
        }
        Table table = new Table("Cancelling in another process, ms", "Prime Spark", "Goal", "");
        table.row("p50", Table.number(times.median()), "", "");
        table.row("p99", Table.number(times.percentile(99)), "≤ 100", Table.reached(times.percentile(99) <= 100));
        return table;
    }

    /** A10: commands that an idle agent sends to Redis, over a minute. */
    static Table idle(Path root) throws Exception {
        double ours;
        double theirs;
        try (LocalRedis redis = LocalRedis.start();
                Child worker = Child.java(root, WorkerMain.class, root, "idle", redis.port())) {
            worker.await("ready", 60);
            ours = commandsPerSecond(redis);
        }
        try (LocalRedis redis = LocalRedis.start();
                Child worker = Bull.install(root).start(redis.port(), "idle")) {
            worker.await("ready", 60);
            theirs = commandsPerSecond(redis);
        }
        Table table = new Table("An idle agent", "Commands to Redis a second", "Goal", "");
        table.row("Prime Spark", Table.number(ours), "≤ 1", Table.reached(ours <= 1));
        table.row("BullMQ", Table.number(theirs), "", "");
        return table;
    }

    /** Everything that clients send, as {@code MONITOR} shows it; what scripts call inside of the server is not sent. */
    private static double commandsPerSecond(LocalRedis redis) throws Exception {
        TimeUnit.SECONDS.sleep(5); // what belongs to the start
        int sent = 0;
        try (Socket socket = new Socket("127.0.0.1", redis.port())) {
            socket.setSoTimeout(100);
            socket.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.US_ASCII));
            StringBuilder line = new StringBuilder();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (System.nanoTime() < end) {
                int next = read(socket);
                if (next == '\n') {
                    sent += line.indexOf("[") > 0 && line.indexOf(" lua]") < 0 ? 1 : 0;
                    line.setLength(0);
                } else if (next >= 0) {
                    line.append((char) next);
                }
            }
        }
        return sent / 60.0;
    }

    private static int read(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketTimeoutException e) {
            return -1;
        }
    }

    /** A12: Redis is killed and started again while tasks are submitted and done. */
    static Table restart(Path root) throws Exception {
        try (LocalRedis redis = LocalRedis.start("--appendonly", "yes", "--appendfsync", "everysec");
                PrimeSpark producer = Sparks.open(root, "produces", Sparks.redis(redis.port()), 1);
                PrimeSpark worker = Sparks.open(root, "consumes", Sparks.redis(redis.port()), 8)) {
            AtomicLong lastStart = new AtomicLong();
            AtomicLong firstAfter = new AtomicLong();
            AtomicLong back = new AtomicLong(Long.MAX_VALUE);
            worker.agents()
                    .local()
                    .handle("work", Integer.class, (n, context) -> {
                        lastStart.set(System.nanoTime());
                        if (System.nanoTime() > back.get()) {
                            firstAfter.compareAndSet(0, System.nanoTime());
                        }
                        return 0;
                    })
                    .start();
            List<TaskHandle> acknowledged = new ArrayList<>();
            double slowestError = 0;
            int errors = 0;
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(12);
            long kill = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
            long start = kill + TimeUnit.SECONDS.toNanos(3);
            boolean killed = false;
            for (int i = 0; System.nanoTime() < end; i++) {
                if (!killed && System.nanoTime() > kill) {
                    redis.kill();
                    killed = true;
                }
                if (back.get() == Long.MAX_VALUE && System.nanoTime() > start) {
                    redis.startAgain();
                    back.set(System.nanoTime());
                }
                long began = System.nanoTime();
                try {
                    acknowledged.add(
                            producer.agents().submit(TaskRequest.of("work", i).build()));
                } catch (TaskException e) {
                    errors++;
                    slowestError = Math.max(slowestError, (System.nanoTime() - began) / 1e9);
                }
            }
            long lost = 0;
            for (TaskHandle task : acknowledged) {
                if (producer.agents().find(task.id()).isEmpty()
                        || task.await(Duration.ofSeconds(30)).status() != TaskStatus.SUCCEEDED) {
                    lost++;
                }
            }
            double resumed = (firstAfter.get() - back.get()) / 1e9;
            Table table = new Table("Redis killed and started again under load", "Prime Spark", "Goal", "");
            table.row(
                    "slowest of " + errors + " refused submissions, s",
                    Table.number(slowestError),
                    "≤ 1",
                    Table.reached(slowestError <= 1));
            table.row(
                    "work goes on after, s",
                    Table.number(resumed),
                    "≤ 2",
                    Table.reached(resumed <= 2 && firstAfter.get() > 0));
            table.row(
                    "lost of " + Table.count(acknowledged.size()) + " acknowledged",
                    lost,
                    "0",
                    Table.reached(lost == 0));
            return table;
        }
    }

    /** A11, its first half: the last low-priority task that begins after the machine went on battery. */
    static Table power(Path root) throws Exception {
        Sampled times = new Sampled();
        for (int round = 0; round < 10; round++) {
            try (LocalRedis redis = LocalRedis.start();
                    PrimeSpark spark = Sparks.open(root, "power-" + round, Sparks.redis(redis.port()), 8)) {
                AtomicLong last = new AtomicLong();
                spark.agents()
                        .local()
                        .handle("work", Integer.class, (n, context) -> {
                            last.set(System.nanoTime());
                            TimeUnit.MILLISECONDS.sleep(1);
                            return 0;
                        })
                        .start();
                List<TaskRequest> tasks = new ArrayList<>();
                for (int i = 0; i < 10_000; i++) {
                    tasks.add(TaskRequest.of("work", i).priority(Priority.LOW).build());
                }
                var unused = spark.agents().submitAll(tasks);
                TimeUnit.MILLISECONDS.sleep(300); // in the middle of the work
                long event = System.nanoTime();
                spark.power().mode(PowerMode.OFF_GRID);
                TimeUnit.MILLISECONDS.sleep(700);
                times.add(Math.max(0, (last.get() - event) / 1e6));
            }
        }
        Table table = new Table("On battery: the last LOW task that begins, ms after", "Prime Spark", "Goal", "");
        table.row(
                "slowest of 10",
                Table.number(times.percentile(100)),
                "≤ 250",
                Table.reached(times.percentile(100) <= 250));
        return table;
    }
}
