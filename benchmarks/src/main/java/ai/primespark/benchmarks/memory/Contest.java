package ai.primespark.benchmarks.memory;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs workloads: a JVM and an empty Redis for each contender, one after the other, and a table at the end of each. */
public final class Contest {

    private static final long LONGEST_MINUTES = 20;

    private Contest() {}

    /** The workloads by their names, in order. */
    static Map<String, Workload> workloads() {
        Map<String, Workload> all = new LinkedHashMap<>();
        all.put("w1", new ZipfReads());
        all.put("w2", new NearHits());
        all.put("w3", new Race());
        all.put("w4", new MissStorm());
        all.put("w5", new KillPoints());
        all.put("w6", new DurablePuts());
        all.put("w7", new HungTiers());
        all.put("w8", new LargeObject());
        all.put("w9", new SecondTierReads());
        all.put("w10", new LongScan());
        all.put("w11", new ColdStart());
        all.put("w12", new Footprint());
        return all;
    }

    /** The names of all workloads. */
    public static List<String> names() {
        return List.copyOf(workloads().keySet());
    }

    /**
     * Runs workloads and prints their tables.
     *
     * @param names of the workloads; all when empty
     * @param directory on the disk to measure
     * @param effort 1, or how much longer
     */
    public static void run(List<String> names, Path directory, int effort) throws Exception {
        Map<String, Workload> all = workloads();
        for (String name : names.isEmpty() ? all.keySet() : names) {
            Workload workload = all.get(name);
            Map<String, Figures> figures = new LinkedHashMap<>();
            for (String contender : workload.contenders()) {
                System.err.println(name.toUpperCase(Locale.ROOT) + ": " + contender + " …");
                figures.put(contender, contend(name, workload, contender, directory, effort));
            }
            System.out.println("\n### " + name.toUpperCase(Locale.ROOT) + ": " + workload.title() + "\n\n"
                    + workload.report(figures));
        }
    }

    private static Figures contend(String name, Workload workload, String contender, Path root, int effort)
            throws Exception {
        Figures figures = new Figures();
        Path directory = Files.createTempDirectory(root, "contest-");
        try (RedisProcess redis = RedisProcess.start(directory)) {
            List<String> command = new ArrayList<>(
                    List.of(ProcessHandle.current().info().command().orElse("java")));
            command.addAll(workload.jvmOptions(contender));
            command.addAll(List.of(
                    "-Dslf4j.internal.verbosity=ERROR",
                    "--add-opens=java.base/java.lang=ALL-UNNAMED", // some contenders' codecs look there
                    "--add-opens=java.base/java.util=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Contest.class.getName(),
                    name,
                    contender,
                    directory.toString(),
                    String.valueOf(redis.port),
                    String.valueOf(redis.pid),
                    String.valueOf(effort)));
            Path errors = directory.resolve("errors.txt");
            Process child =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            String last = "";
            try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith("@ ")) {
                        String[] parts = line.split(" ");
                        figures.put(parts[1], Double.parseDouble(parts[2]));
                    } else if (!line.isBlank()) {
                        last = line;
                    }
                }
            }
            if (!child.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES) || child.exitValue() != 0) {
                child.destroyForcibly();
                List<String> said = Files.readAllLines(errors);
                figures.fail("ended with an error");
                System.err.println(contender + " failed: " + last + "\n"
                        + String.join("\n", said.subList(Math.max(0, said.size() - 25), said.size())));
            }
        } finally {
            delete(directory);
        }
        return figures;
    }

    /** A contender's JVM. */
    public static void main(String[] arguments) throws Exception {
        workloads().get(arguments[0]).run(arguments[1], Course.of(arguments));
        System.exit(0); // whatever threads a library has left
    }

    static void delete(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, java.io.IOException e) throws IOException {
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
