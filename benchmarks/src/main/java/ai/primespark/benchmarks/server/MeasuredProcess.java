package ai.primespark.benchmarks.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A JVM of its own, looked at from outside: by {@code /proc} and {@code jcmd}. Killed when closed. */
final class MeasuredProcess implements AutoCloseable {

    private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

    private final Process process;
    private final Path printed;

    /** What it holds at a moment; {@code heap} are the bytes that live after a collection. */
    record Sight(long rss, int threads, int handles, long heap) {}

    private MeasuredProcess(Process process, Path printed) {
        this.process = process;
        this.printed = printed;
    }

    /** Starts a JVM with these arguments in a folder. */
    static MeasuredProcess java(Path folder, Map<String, String> environment, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(java("java")));
        command.addAll(arguments);
        Path printed = folder.resolve("printed.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile());
        builder.environment()
                .keySet()
                .removeIf(name ->
                        name.matches("(OLLAMA|API|PRIMESPARK|PRIME_SPARK|LOG|DOCS|JWT|ADMIN|REDIS|MINIO|NAS)_.*"));
        builder.environment().putAll(environment);
        return new MeasuredProcess(builder.start(), printed);
    }

    private static String java(String program) {
        return Path.of(System.getProperty("java.home"), "bin", program).toString();
    }

    /** Waits until it has printed something, and gives the first group of it. */
    String await(Pattern pattern) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            Matcher found = pattern.matcher(Files.readString(printed));
            if (found.find()) {
                return found.group(1);
            }
            if (!process.isAlive()) {
                break;
            }
            Thread.sleep(20);
        }
        throw new IOException("it did not say " + pattern + ", but:\n" + Files.readString(printed));
    }

    Sight look() throws IOException, InterruptedException {
        String status = Files.readString(proc("status"));
        return new Sight(
                Long.parseLong(field(status, "VmRSS")) << 10,
                Integer.parseInt(field(status, "Threads")),
                handles(),
                heap());
    }

    /** Without a collection, which would change it. */
    long rss() throws IOException {
        return Long.parseLong(field(Files.readString(proc("status")), "VmRSS")) << 10;
    }

    private Path proc(String name) {
        return Path.of("/proc", String.valueOf(process.pid()), name);
    }

    private static String field(String status, String name) throws IOException {
        Matcher found = Pattern.compile("(?m)^" + name + ":\\s+(\\d+)").matcher(status);
        if (!found.find()) {
            throw new IOException("/proc does not say " + name + "; this needs Linux");
        }
        return found.group(1);
    }

    private int handles() throws IOException {
        try (Stream<Path> all = Files.list(proc("fd"))) {
            return (int) all.count();
        }
    }

    /** A histogram of what lives makes the JVM collect first. */
    private long heap() throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(java("jcmd"), String.valueOf(process.pid()), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        StringBuilder text = new StringBuilder();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(jcmd.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                text.append(line).append('\n');
            }
        }
        if (!jcmd.waitFor(60, TimeUnit.SECONDS)) {
            jcmd.destroyForcibly();
        }
        Matcher total = TOTAL.matcher(text);
        if (!total.find()) {
            throw new IOException("jcmd gave no histogram: " + text.substring(0, Math.min(200, text.length())));
        }
        return Long.parseLong(total.group(1));
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            boolean unused = process.waitFor(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
