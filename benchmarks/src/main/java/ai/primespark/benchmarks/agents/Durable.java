package ai.primespark.benchmarks.agents;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.benchmarks.Table;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.jdbcx.JdbcConnectionPool;

/** Submissions that are on the disk when they are acknowledged. */
final class Durable {

    private static final int WARM = 300;

    private Durable() {}

    static Table run(Path root) throws Exception {
        Table table = new Table(
                "Durable on one machine, submissions a second",
                "Prime Spark",
                "db-scheduler, H2 synced",
                "Ratio",
                "Goal",
                "",
                "db-scheduler, H2 not synced");
        for (int threads : new int[] {1, 32, 256}) {
            int tasks = threads == 1 ? 400 : 6_400;
            double ours;
            try (PrimeSpark spark = Sparks.open(root, "durable-" + threads, "{type = file}", 1)) {
                ours = measure(threads, tasks, i -> {
                    TaskHandle unused =
                            spark.agents().submit(TaskRequest.of("later", i).build());
                });
            }
            double synced = dbScheduler(root, threads, tasks, true);
            table.row(
                    threads + (threads == 1 ? " thread" : " threads"),
                    Table.count(ours),
                    Table.count(synced),
                    Table.times(ours / synced),
                    threads == 1 ? "" : "≥ " + Table.times(20),
                    threads == 1 ? "" : Table.reached(ours >= 20 * synced),
                    Table.count(dbScheduler(root, threads, tasks, false)));
        }
        return table;
    }

    /**
     * What db-scheduler submits.
     *
     * @param synced whether H2 is told to force its file to the disk before a submission counts, as ours is; with WRITE_DELAY=0 alone
     *     each commit is written to the file at once, and the operating system keeps it for a while
     */
    private static double dbScheduler(Path root, int threads, int tasks, boolean synced) throws Exception {
        Path file = root.resolve("h2-" + threads + (synced ? "-synced" : "")).toAbsolutePath();
        JdbcConnectionPool pool = JdbcConnectionPool.create("jdbc:h2:file:" + file + ";WRITE_DELAY=0", "sa", "");
        pool.setMaxConnections(Math.max(10, threads * 2));
        InProcess.createTable(pool);
        OneTimeTask<Void> task = Tasks.oneTime("later").execute((instance, context) -> {});
        SchedulerClient client = SchedulerClient.Builder.create(pool, task).build();
        double rate = measure(threads, tasks, i -> {
            boolean unused = client.scheduleIfNotExists(
                    task.instance(UUID.randomUUID().toString()), Instant.now().plusSeconds(3600));
            if (synced) {
                checkpoint(pool);
            }
        });
        pool.dispose();
        return rate;
    }

    private static void checkpoint(JdbcConnectionPool pool) {
        try (var connection = pool.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("CHECKPOINT SYNC");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Submission {
        void submit(int number);
    }

    private static double measure(int threads, int tasks, Submission submission) throws InterruptedException {
        for (int i = 0; i < WARM; i++) {
            submission.submit(-1 - i);
        }
        AtomicInteger next = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(threads);
        long start = System.nanoTime();
        for (int t = 0; t < threads; t++) {
            Thread thread = new Thread(() -> {
                for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                    submission.submit(i);
                }
                done.countDown();
            });
            thread.setDaemon(true);
            thread.start();
        }
        done.await();
        return SharedQueue.rate(tasks, start);
    }
}
