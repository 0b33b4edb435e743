package ai.primespark.benchmarks.agents;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.benchmarks.Table;
import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.InMemoryStorageProvider;

/** A4: tasks from submission to the end within one process, with handle, state and priority. */
public final class InProcess { // JobRunr calls into it

    private static final int TASKS = 400_000;
    private static final int FEW = 20_000;
    private static CountDownLatch end = new CountDownLatch(0);

    private InProcess() {}

    static Table run(Path root) throws Exception {
        double batches = 0;
        double singly = 0;
        double scheduler = 0;
        for (int round = 0; round < 3; round++) { // the first two warm up
            batches = spark(root, 500);
            singly = spark(root, 1);
            scheduler = dbScheduler("jdbc:h2:mem:tasks" + round + ";DB_CLOSE_DELAY=-1", FEW);
        }
        double jobrunr = jobRunr();
        Table table = new Table("In one process", "Tasks a second", "Prime Spark is", "Goal", "");
        table.row(
                "Prime Spark, submitted in batches of 500",
                Table.count(batches),
                "",
                "≥ 500,000",
                Table.reached(batches >= 500_000));
        table.row("Prime Spark, submitted one by one", Table.count(singly), "", "", "");
        table.row(
                "db-scheduler, H2 in memory, one by one",
                Table.count(scheduler),
                Table.times(singly / scheduler),
                "≥ " + Table.times(100),
                Table.reached(singly >= 100 * scheduler));
        table.row(
                "JobRunr, in memory, polls every 200 ms", Table.count(jobrunr), Table.times(singly / jobrunr), "", "");
        return table;
    }

    private static double spark(Path root, int batch) throws Exception {
        try (PrimeSpark spark = Sparks.open(root, "in-process", "{type = memory}", 64)) {
            CountDownLatch done = new CountDownLatch(TASKS);
            spark.agents().local().handle("work", byte[].class, (n, context) -> {
                done.countDown();
                return null;
            });
            spark.agents().local().start();
            TaskRequest one =
                    TaskRequest.of("work", new byte[8]).retention(Duration.ZERO).build();
            List<TaskRequest> many = java.util.Collections.nCopies(batch, one);
            long start = System.nanoTime();
            for (int i = 0; i < TASKS; i += batch) {
                if (batch == 1) {
                    TaskHandle unused = spark.agents().submit(one);
                } else {
                    List<TaskHandle> unused = spark.agents().submitAll(many);
                }
            }
            done.await();
            return SharedQueue.rate(TASKS, start);
        }
    }

    static double dbScheduler(String url, int tasks) throws Exception {
        JdbcConnectionPool pool = JdbcConnectionPool.create(url, "sa", "");
        pool.setMaxConnections(32); // more than it has threads
        createTable(pool);
        CountDownLatch done = new CountDownLatch(tasks);
        OneTimeTask<Void> task = Tasks.oneTime("work").execute((instance, context) -> done.countDown());
        Scheduler scheduler = Scheduler.create(pool, task)
                .threads(16)
                .pollingInterval(Duration.ofMillis(100))
                .enableImmediateExecution()
                .build();
        scheduler.start();
        long start = System.nanoTime();
        for (int i = 0; i < tasks; i++) {
            scheduler.schedule(task.instance(UUID.randomUUID().toString()), Instant.now());
        }
        done.await();
        double rate = SharedQueue.rate(tasks, start);
        scheduler.stop();
        pool.dispose();
        return rate;
    }

    static void createTable(DataSource pool) throws Exception {
        try (var connection = pool.getConnection();
                var statement = connection.createStatement()) {
            // the columns of its documentation (HSQLDB's, which H2 takes)
            statement.execute("""
                    create table if not exists scheduled_tasks (
                      task_name varchar(100) not null, task_instance varchar(100) not null, task_data blob,
                      execution_time timestamp with time zone not null, picked boolean not null, picked_by varchar(50),
                      last_success timestamp with time zone, last_failure timestamp with time zone,
                      consecutive_failures int, last_heartbeat timestamp with time zone, version bigint not null,
                      priority smallint, state varchar(50),
                      primary key (task_name, task_instance))""");
            statement.execute("create index if not exists at_time on scheduled_tasks (execution_time)");
        }
    }

    /** What JobRunr runs: it analyses the lambda's bytes, so the work is a static method. */
    public static void work() {
        end.countDown();
    }

    private static double jobRunr() throws Exception {
        int tasks = 2_000;
        var scheduler = JobRunr.configure()
                .useStorageProvider(new InMemoryStorageProvider())
                .useBackgroundJobServer(BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andWorkerCount(16)
                        .andPollInterval(Duration.ofMillis(200)))
                .initialize()
                .getJobScheduler();
        double rate = 0;
        for (int round = 0; round < 2; round++) { // the first warms up
            end = new CountDownLatch(tasks);
            long start = System.nanoTime();
            for (int i = 0; i < tasks; i++) {
                var unused = scheduler.enqueue(InProcess::work);
            }
            if (!end.await(2, TimeUnit.MINUTES)) {
                throw new IllegalStateException("JobRunr has not run " + end.getCount() + " of " + tasks + " tasks");
            }
            rate = SharedQueue.rate(tasks, start);
        }
        JobRunr.destroy();
        return rate;
    }
}
