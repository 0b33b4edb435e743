package ai.primespark.it;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A child JVM whose output is read line by line. Killed when closed. */
public final class JavaProcess implements AutoCloseable {

    private static final long LIMIT_SECONDS = 120;

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Thread reader;

    private JavaProcess(Process process) {
        this.process = process;
        this.reader = new Thread(this::read, "child-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** Runs a main class on this test's class path. */
    public static JavaProcess classPath(
            Path directory, Map<String, String> environment, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(java(), "-Xmx256m", "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return start(directory, environment, command);
    }

    /** Runs a command of the JVM that runs this test. */
    public static JavaProcess start(Path directory, Map<String, String> environment, List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("OLLAMA_") || name.startsWith("PRIMESPARK_"));
        builder.environment().putAll(environment);
        try {
            return new JavaProcess(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Jars of this test's class path whose names begin with one of the prefixes. */
    public static List<String> jars(String... prefixes) {
        List<String> jars = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            String name = Path.of(entry).getFileName().toString();
            for (String prefix : prefixes) {
                if (name.endsWith(".jar") && name.startsWith(prefix)) {
                    jars.add(entry);
                }
            }
        }
        return jars;
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("[output ended: " + e.getMessage() + "]"); // the child was killed
        }
    }

    /** What it has printed so far. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    public String output() {
        return String.join("\n", lines);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it as kill -9 does, and waits until it is gone and its output is read. */
    public void kill() {
        end();
        await();
    }

    /** By its handle: {@link Process#destroyForcibly()} closes the stream, and what is printed but not read yet is lost. */
    private void end() {
        boolean unused = process.toHandle().destroyForcibly();
    }

    /** Waits for its end. */
    public int await() {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("still running after " + LIMIT_SECONDS + " s:\n" + output());
            }
            reader.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        end();
    }
}
