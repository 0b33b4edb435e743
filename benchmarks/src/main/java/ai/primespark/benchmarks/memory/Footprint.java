package ai.primespark.benchmarks.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.benchmarks.Table;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** W12: what an idle instance costs a small machine. */
final class Footprint implements Workload {

    @Override
    public String title() {
        return "idle on a small machine: -Xmx256m, one core, a heap that starts with 16 MiB as on one with 1 GiB";
    }

    @Override
    public List<String> contenders() {
        return List.of("JVM", "SPARK", "SPARK-REDIS");
    }

    @Override
    public List<String> jvmOptions(String contender) {
        return List.of("-Xms16m", "-Xmx256m", "-XX:ActiveProcessorCount=1", "-XX:+UseSerialGC");
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        if (contender.equals("JVM")) {
            idle(course);
            return;
        }
        String redis = contender.equals("SPARK")
                ? ""
                : "{type = redis, url = \"redis://127.0.0.1:" + course.redis.port + "\"}, ";
        String config = "primespark { data-dir = \"" + course.directory + "\", memory { tiers = [{type = caffeine}, "
                + redis + "{type = directory}] } }";
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withText(config, "the benchmark"))
                .build()) {
            for (int i = 0; i < 1000; i++) {
                var unused = spark.memory().put("key:" + i, "value");
                var unused2 = spark.memory().get("key:" + i, String.class);
            }
            boolean flushed = spark.memory().flush(java.time.Duration.ofSeconds(30));
            course.figure("flushed", flushed ? 1 : 0);
            idle(course);
        }
    }

    private static void idle(Course course) throws Exception {
        System.gc();
        TimeUnit.SECONDS.sleep(3);
        long before = cpu();
        TimeUnit.SECONDS.sleep(10);
        course.figure("cpu", (cpu() - before) / 1e7 / 10); // percent of a core
        course.figure("rss", rss() / 1024.0);
        course.figure("threads", ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static long rss() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Figures bare = figures.get("JVM");
        Table table = new Table(
                        "Process", "RSS MiB", "Threads", "CPU % of a core, idle", "Above the JVM MiB", "Goal", "")
                .row(
                        "a JVM that waits",
                        Table.number(bare.get("rss")),
                        Table.count(bare.get("threads")),
                        Table.number(bare.get("cpu")),
                        "",
                        "",
                        "");
        row(table, "Prime Spark, near tier and directory", bare, figures.get("SPARK"));
        row(table, "Prime Spark, near tier, Redis and directory", bare, figures.get("SPARK-REDIS"));
        return table;
    }

    private static void row(Table table, String name, Figures bare, Figures its) {
        double above = its.get("rss") - bare.get("rss");
        table.row(
                name + its.failure(),
                Table.number(its.get("rss")),
                Table.count(its.get("threads")),
                Table.number(its.get("cpu")),
                Table.number(above),
                "≤ 40 MiB, no busy thread",
                Table.reached(above <= 40 && its.get("cpu") < 1));
    }
}
