package ai.primespark.benchmarks.agents;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A process of a benchmark that says in lines how far it is. Killed when closed. */
final class Child implements AutoCloseable {

    private static final String END = "\0"; // no line is that

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private Child(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "child-output");
        reader.setDaemon(true);
        reader.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    static Child start(Path directory, List<String> command) throws IOException {
        return new Child(new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start());
    }

    /** A JVM with this one's class path. */
    static Child java(Path directory, Class<?> main, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                classPath(),
                main.getName()));
        for (Object argument : arguments) {
            command.add(String.valueOf(argument));
        }
        return start(directory, command);
    }

    /** As this one's, but for a process that runs somewhere else. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("[" + e.getMessage() + "]"); // it was killed
        } finally {
            lines.add(END);
        }
    }

    /** Waits for a line that begins so. */
    String await(String beginning, long seconds) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        List<String> others = new ArrayList<>();
        while (true) {
            String line = lines.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new IOException("no line '" + beginning + "…' in " + seconds + " s, but " + others);
            }
            if (line.equals(END)) {
                throw new IOException("it ended without a line '" + beginning + "…': " + others);
            }
            if (line.startsWith(beginning)) {
                return line;
            }
            others.add(line);
        }
    }

    /** The number in a line that begins so. */
    long awaitNumber(String beginning, long seconds) throws IOException, InterruptedException {
        return Long.parseLong(await(beginning + " ", seconds)
                .substring(beginning.length() + 1)
                .strip());
    }

    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
