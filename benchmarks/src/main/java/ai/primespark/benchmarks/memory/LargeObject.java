package ai.primespark.benchmarks.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.benchmarks.Table;
import ai.primespark.memory.ObjectStore;
import ai.primespark.testkit.S3FaultServer;
import ai.primespark.testkit.S3Operation;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** W8: a large file into the NAS and S3 and back, in a small heap, cut on its way. */
final class LargeObject implements Workload {

    private static final long BYTES = 1L << 30;
    private static final AtomicLong PEAK = new AtomicLong();

    @Override
    public String title() {
        return "1 GiB file to a NAS directory and S3 and back, in a heap of 96 MiB";
    }

    @Override
    public List<String> contenders() {
        return List.of("COPY", "SPARK");
    }

    @Override
    public List<String> jvmOptions(String contender) {
        return List.of("-Xmx6g"); // holds the S3 double; what is measured runs in JVMs of their own
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        Path file = course.directory.resolve("model.gguf");
        fill(file);
        if (contender.equals("COPY")) {
            child(course, "copy", "");
            return;
        }
        Files.createDirectories(course.directory.resolve("nas"));
        try (S3FaultServer s3 = S3FaultServer.start()) {
            s3.createBucket("bench");
            child(course, "upload", s3.uri().toString());
            child(course, "download", s3.uri().toString());
            child(course, "range", s3.uri().toString());
            // again, cut at three random points each way
            s3.dropBucket("bench");
            s3.createBucket("bench");
            Contest.delete(course.directory.resolve("nas"));
            Contest.delete(course.directory.resolve("data"));
            Files.createDirectories(course.directory.resolve("nas"));
            s3.resetCounts();
            Random random = new Random(course.effort);
            for (int i = 0; i < 3; i++) {
                cut(course, "upload", s3.uri().toString(), 800 + random.nextInt(1500));
            }
            child(course, "upload-again", s3.uri().toString());
            long sent = s3.bytesReceived(S3Operation.PUT_OBJECT) + s3.bytesReceived(S3Operation.UPLOAD_PART);
            course.figure("resent", (sent - BYTES) / 1048576.0);
        }
    }

    private static void fill(Path file) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        byte[] piece = new byte[1 << 20];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long done = 0; done < BYTES; done += piece.length) {
                random.nextBytes(piece);
                out.write(piece);
            }
        }
    }

    private static List<String> command(Course course, String task, String s3) {
        return List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx96m",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                System.getProperty("java.class.path"),
                LargeObject.class.getName(),
                course.directory.toString(),
                task,
                s3);
    }

    private static void child(Course course, String task, String s3) throws Exception {
        Process child = new ProcessBuilder(command(course, task, s3))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        child.inputReader().lines().forEach(System.out::println);
        if (child.waitFor() != 0) {
            throw new IllegalStateException(task + " failed");
        }
    }

    private static void cut(Course course, String task, String s3, long afterMillis) throws Exception {
        Process child = new ProcessBuilder(command(course, task, s3))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        boolean unused = child.waitFor(afterMillis, TimeUnit.MILLISECONDS);
        child.destroyForcibly();
        int code = child.waitFor();
        if (code == 0) {
            throw new IllegalStateException("it was done before it was cut");
        }
    }

    /** What is measured. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        Path file = directory.resolve("model.gguf");
        watchTheHeap();
        if (arguments[1].equals("copy")) {
            long begin = System.nanoTime();
            copy(file, directory.resolve("nas-copy"));
            copy(file, directory.resolve("cloud-copy"));
            say("copy", begin);
            Runtime.getRuntime().halt(0);
        }
        String config = "primespark { data-dir = \"" + directory.resolve("data")
                + "\", memory { tiers = [{type = caffeine}, {type = nfs, path = \"" + directory.resolve("nas")
                + "\", init = if-empty, allow-same-device = true}, {type = s3, endpoint = \"" + arguments[2]
                + "\", bucket = bench, access-key = bench, secret-key = bench-secret-key}] } }";
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withText(config, "the benchmark"))
                .build()) {
            ObjectStore objects = spark.memory().objects();
            long begin = System.nanoTime();
            switch (arguments[1]) {
                case "upload", "upload-again" -> {
                    var unused = objects.upload("model", file, done -> {});
                    if (!objects.flush(Duration.ofMinutes(10))) {
                        throw new IllegalStateException("S3 did not get it");
                    }
                }
                case "download" -> {
                    var unused = objects.download("model", directory.resolve("back.gguf"), done -> {});
                }
                case "range" -> {
                    long before = readBytes();
                    try (InputStream part = objects.read("model", 700L << 20, 64 << 10)) {
                        if (part.readAllBytes().length != 64 << 10) {
                            throw new IllegalStateException("short");
                        }
                    }
                    System.out.println("@ range-moved " + (readBytes() - before) / 1024.0);
                }
                default -> throw new IllegalArgumentException(arguments[1]);
            }
            say(arguments[1], begin);
        }
        System.exit(0);
    }

    /** What the process read from files and sockets so far. */
    private static long readBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith("rchar:"))
                .mapToLong(line -> Long.parseLong(line.substring(7)))
                .sum();
    }

    private static void copy(Path from, Path to) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] piece = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(from);
                OutputStream out = Files.newOutputStream(to)) {
            for (int length = in.read(piece); length > 0; length = in.read(piece)) {
                digest.update(piece, 0, length);
                out.write(piece, 0, length);
            }
        }
    }

    /** Looks at the heap all the time: the pools' own peaks are of different moments, and their sum says nothing. */
    private static void watchTheHeap() {
        Thread watch = new Thread(() -> {
            try {
                while (true) {
                    long used = ManagementFactory.getMemoryMXBean()
                            .getHeapMemoryUsage()
                            .getUsed();
                    PEAK.accumulateAndGet(used, Math::max);
                    TimeUnit.MILLISECONDS.sleep(2);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        watch.setDaemon(true);
        watch.start();
    }

    private static void say(String task, long began) {
        long cpu = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
        System.out.println("@ " + task + "-seconds " + (System.nanoTime() - began) / 1e9);
        System.out.println("@ " + task + "-cpu " + cpu / 1e9);
        System.out.println("@ " + task + "-heap " + PEAK.get() / 1048576.0);
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Figures copy = figures.get("COPY");
        Figures its = figures.get("SPARK");
        double cpu = its.get("upload-cpu") / copy.get("copy-cpu");
        double heap = Math.max(its.get("upload-heap"), its.get("download-heap"));
        return new Table("What", "Seconds", "CPU s", "Heap peak MiB", "", "Goal", "")
                .row(
                        "two plain copies, SHA-256 each",
                        Table.number(copy.get("copy-seconds")),
                        Table.number(copy.get("copy-cpu")),
                        Table.number(copy.get("copy-heap")),
                        copy.failure(),
                        "",
                        "")
                .row(
                        "upload to NAS and S3",
                        Table.number(its.get("upload-seconds")),
                        Table.number(its.get("upload-cpu")),
                        Table.number(its.get("upload-heap")),
                        Table.times(cpu) + " of the copies' CPU" + its.failure(),
                        "≤ 1.50×, ≤ 64 MiB",
                        Table.reached(cpu <= 1.5 && heap <= 64))
                .row(
                        "download",
                        Table.number(its.get("download-seconds")),
                        Table.number(its.get("download-cpu")),
                        Table.number(its.get("download-heap")),
                        "",
                        "≤ 64 MiB",
                        Table.reached(heap <= 64))
                .row(
                        "upload, killed three times",
                        Table.number(its.get("upload-again-seconds")),
                        "",
                        "",
                        Table.number(its.get("resent")) + " MiB sent again to S3",
                        "≤ 1 chunk a kill",
                        Table.reached(its.get("resent") <= 3 * 16))
                .row(
                        "64 KiB at 700 MiB",
                        Table.number(its.get("range-seconds")),
                        "",
                        "",
                        Table.number(its.get("range-moved")) + " KiB read",
                        "≤ 1 chunk",
                        Table.reached(its.get("range-moved") <= 16 << 10));
    }
}
