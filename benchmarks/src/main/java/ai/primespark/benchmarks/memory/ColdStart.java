package ai.primespark.benchmarks.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.benchmarks.Table;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** W11: a fresh JVM, and nobody to talk to. */
final class ColdStart implements Workload {

    @Override
    public String title() {
        return "cold start with Redis, NAS and S3 all away and 1,000 writes waiting in the journal";
    }

    @Override
    public List<String> contenders() {
        return List.of("SPARK-PREPARE", "SPARK", "SPARK-CDS");
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        if (contender.equals("SPARK-PREPARE")) {
            return; // the JVM's files are in the system's cache from here on
        }
        Files.createDirectories(course.directory.resolve("not-mounted"));
        String archive = course.directory.resolve("classes.jsa").toString();
        fresh(course, "fill");
        if (contender.equals("SPARK-CDS")) {
            fresh(course, "archive", "-XX:ArchiveClassesAtExit=" + archive);
            fresh(course, "start", "-XX:SharedArchiveFile=" + archive);
        } else {
            fresh(course, "start");
        }
    }

    private static void fresh(Course course, String task, String... options) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(ProcessHandle.current().info().command().orElse("java")));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-Xmx256m",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                System.getProperty("java.class.path"),
                ColdStart.class.getName(),
                course.directory.toString(),
                task));
        Process child = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        child.inputReader().lines().forEach(System.out::println);
        if (child.waitFor() != 0) {
            throw new IllegalStateException("the fresh JVM failed");
        }
    }

    private static SparkConfig config(String directory) {
        return SparkConfig.empty()
                .withText(
                        "primespark { data-dir = \"" + directory + "/data\", memory { tiers = [{type = caffeine},"
                                + " {type = redis, url = \"redis://127.0.0.1:1\"},"
                                + " {type = nfs, path = \"" + directory + "/not-mounted\"},"
                                + " {type = s3, endpoint = \"http://127.0.0.1:1\", bucket = none, access-key = a,"
                                + " secret-key = secretsecret}] } }",
                        "the benchmark");
    }

    /** The fresh JVM. */
    public static void main(String[] arguments) {
        long begin = System.nanoTime();
        PrimeSpark spark = PrimeSpark.builder().config(config(arguments[0])).build();
        long built = System.nanoTime();
        if (arguments[1].equals("fill")) {
            for (int i = 0; i < 1000; i++) {
                var unused = spark.memory().put("waiting:" + i, "value");
            }
            Runtime.getRuntime().halt(0);
        }
        if (!spark.memory().find("waiting:999", String.class).equals(java.util.Optional.of("value"))) {
            throw new IllegalStateException("what was acknowledged is not there");
        }
        var unused = spark.memory().put("first", "value");
        long usable = System.nanoTime();
        if (arguments[1].equals("archive")) { // the JVM archives what it has loaded when it ends the normal way
            spark.close();
            return;
        }
        System.out.println("@ built " + (built - begin) / 1e6);
        System.out.println("@ usable " + (usable - begin) / 1e6);
        Runtime.getRuntime().halt(0);
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Table table = new Table("Start", "build() ms", "first read and durable write after ms", "Goal", "");
        row(table, "as it is", figures.get("SPARK"));
        row(table, "with a class-data archive", figures.get("SPARK-CDS"));
        return table;
    }

    private static void row(Table table, String name, Figures its) {
        table.row(
                name + its.failure(),
                Table.number(its.get("built")),
                Table.number(its.get("usable")),
                "≤ 300 ms",
                Table.reached(its.get("built") <= 300));
    }
}
