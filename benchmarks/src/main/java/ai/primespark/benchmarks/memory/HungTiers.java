package ai.primespark.benchmarks.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.benchmarks.Table;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.testkit.LoopFileSystem;
import ai.primespark.testkit.S3Fault;
import ai.primespark.testkit.S3FaultServer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** W7: a tier that neither answers nor fails. */
final class HungTiers implements Workload {

    private static final int KEYS = 2000;
    private static final int CALLS = 100;

    @Override
    public String title() {
        return "reads of values that are not near while a tier hangs (they lie in another tier as well)";
    }

    @Override
    public List<String> contenders() {
        return List.of("SPARK_REDIS", "SPARK_NAS", "SPARK_S3", "JETCACHE", "REDISSON");
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        switch (contender) {
            case "SPARK_REDIS" -> {
                String tiers =
                        "{type = redis, url = \"redis://127.0.0.1:" + course.redis.port + "\"}, {type = directory}";
                ours(course, tiers, "redis", () -> course.redis.signal("STOP"), () -> course.redis.signal("CONT"));
            }
            case "SPARK_NAS" -> {
                try (LoopFileSystem nas = LoopFileSystem.create(course.directory, 64);
                        S3FaultServer s3 = S3FaultServer.start()) {
                    s3.createBucket("bench");
                    ours(course, nfs(nas) + ", " + s3(s3), "nfs", nas::freeze, nas::thaw);
                }
            }
            case "SPARK_S3" -> {
                try (LoopFileSystem nas = LoopFileSystem.create(course.directory, 64);
                        S3FaultServer s3 = S3FaultServer.start()) {
                    s3.createBucket("bench");
                    // the tier that hangs is asked first here; behind others, no read of what they have waits for it
                    ours(
                            course,
                            s3(s3) + ", " + nfs(nas),
                            "s3",
                            () -> s3.inject(null, Integer.MAX_VALUE, S3Fault.blackHole()),
                            s3::heal);
                }
            }
            default -> theirs(Nodes.valueOf(contender), course);
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private static String nfs(LoopFileSystem nas) {
        return "{type = nfs, path = \"" + nas.mountPoint() + "\", init = if-empty}";
    }

    private static String s3(S3FaultServer s3) {
        return "{type = s3, endpoint = \"" + s3.uri()
                + "\", bucket = bench, access-key = bench, secret-key = bench-secret-key}";
    }

    private static void ours(Course course, String tiers, String hung, Step stop, Step go) throws Exception {
        Files.createDirectories(course.directory);
        String config = "primespark { data-dir = \"" + course.directory.resolve("data")
                + "\", memory { tiers = [{type = caffeine, max-bytes = 64KiB}, " + tiers + "] } }";
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withText(config, "the benchmark"))
                .build()) {
            Memory memory = spark.memory().namespace("bench", NamespaceOptions.DEFAULT.withCodec("text"));
            Load.each(8, KEYS, i -> {
                var unused = memory.put("key:" + i, Load.value(i, 1024));
            });
            if (!memory.flush(Duration.ofSeconds(60))) {
                throw new IllegalStateException("not drained");
            }
            for (int i = 0; i < 500; i++) {
                var unused = memory.get("key:" + i, String.class);
            }
            stop.run();
            measure(course, i -> {
                Lookup<String> answer = memory.get("key:" + i, String.class);
                return answer.isFound() ? "" : answer instanceof Lookup.Absent ? "absent" : "unknown";
            });
            go.run();
            long begin = System.nanoTime();
            while (memory.stats().tiers().stream()
                    .anyMatch(tier -> tier.id().equals(hung) && tier.state() != MemoryStats.TierState.UP)) {
                TimeUnit.MILLISECONDS.sleep(20);
                if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(30)) {
                    throw new IllegalStateException("the tier does not come back");
                }
            }
            course.figure("recovery", (System.nanoTime() - begin) / 1e6);
        }
    }

    private static void theirs(Nodes library, Course course) throws Exception {
        try (Node node = library.open(course.redis.port, 50, 1024, course.directory)) {
            Load.each(4, KEYS, i -> node.put("key:" + i, Load.value(i, 1024)));
            for (int i = 0; i < 500; i++) {
                String unused = node.get("key:" + i);
            }
            course.redis.signal("STOP");
            measure(course, i -> node.get("key:" + i) == null ? "absent" : "");
            course.redis.signal("CONT");
        }
    }

    private interface Read {
        String outcome(int number) throws Exception;
    }

    private static void measure(Course course, Read read) {
        double[] millis = new double[CALLS];
        int done = 0;
        int absent = 0;
        int failed = 0;
        long begin = System.nanoTime();
        while (done < CALLS && System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(45)) {
            long start = System.nanoTime();
            try {
                String outcome = read.outcome(500 + done);
                absent += outcome.equals("absent") ? 1 : 0;
                failed += outcome.equals("unknown") ? 1 : 0;
            } catch (Exception e) {
                failed++;
            }
            millis[done++] = (System.nanoTime() - start) / 1e6;
        }
        int first = Math.min(10, done);
        course.figure("calls", done);
        course.figure("first", Arrays.stream(millis, 0, first).max().orElse(0));
        double[] later = Arrays.stream(millis, first, done).sorted().toArray();
        if (later.length > 0) {
            course.figure("later", later[(int) Math.ceil(later.length * 0.99) - 1]);
        }
        course.figure("absent", absent);
        course.figure("failed", failed);
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Table table = new Table(
                "Library, what hangs",
                "Calls",
                "First 10, slowest ms",
                "After them, p99 ms",
                "Said \"absent\"",
                "Failed or unknown",
                "Back after ms",
                "Goal",
                "");
        figures.forEach((name, its) -> {
            boolean ours = name.startsWith("SPARK");
            table.row(
                    switch (name) {
                                case "SPARK_REDIS" -> "Prime Spark, Redis stopped (SIGSTOP)";
                                case "SPARK_NAS" -> "Prime Spark, NAS frozen (fsfreeze)";
                                case "SPARK_S3" -> "Prime Spark, S3 a black hole";
                                default -> Nodes.valueOf(name).title + ", Redis stopped";
                            }
                            + its.failure(),
                    Table.count(its.get("calls")),
                    Table.number(its.get("first")),
                    Table.number(its.get("later")),
                    Table.count(its.get("absent")),
                    Table.count(its.get("failed")),
                    Table.count(its.get("recovery")),
                    ours ? "≤ 60, ≤ 5, 0 absent, ≤ 2,000" : "",
                    ours
                            ? Table.reached(its.get("first") <= 60
                                    && its.get("later") <= 5
                                    && its.get("absent") == 0
                                    && its.get("recovery") <= 2000)
                            : "");
        });
        return table;
    }
}
