package ai.primespark.it;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A child JVM whose output is read line by line. Killed when closed. */
public final class JavaProcess implements AutoCloseable {

    private static final long LIMIT_SECONDS = 120;

    private final Process process;
    private final Path printed;
    private final RandomAccessFile reader; // guarded by this, as is what follows
    private final List<String> lines = new ArrayList<>();
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream(); // of a line that is not complete

    private boolean closed;

    private JavaProcess(Process process, Path printed) throws IOException {
        this.process = process;
        this.printed = printed;
        this.reader = new RandomAccessFile(printed.toFile(), "r");
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
            // no pipe: when a process is killed, the JDK may lose what it had printed and nobody had read
            Path printed = Files.createTempFile("child", ".out");
            return new JavaProcess(builder.redirectOutput(printed.toFile()).start(), printed);
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
        if (closed) {
            return;
        }
        byte[] bytes = new byte[8192];
        try {
            for (int count = reader.read(bytes); count > 0; count = reader.read(bytes)) {
                for (int i = 0; i < count; i++) {
                    if (bytes[i] == '\n') {
                        lines.add(begun.toString(StandardCharsets.UTF_8));
                        begun.reset();
                    } else {
                        begun.write(bytes[i]);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The whole lines that it has printed so far. */
    public synchronized List<String> lines() {
        read();
        return List.copyOf(lines);
    }

    /** All that it has printed so far. */
    public synchronized String output() {
        read();
        return String.join("\n", lines) + "\n" + begun.toString(StandardCharsets.UTF_8);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Program and arguments as every user of this machine sees them; empty when it has ended. */
    public String commandLine() {
        return process.info().commandLine().orElse("");
    }

    /** Ends it as kill -9 does, and waits until it is gone. */
    public void kill() {
        signalKill();
        await();
    }

    /** Tells the kernel to end it; a process in the middle of a write to a hung file system ends when that comes back. */
    public void signalKill() {
        process.destroyForcibly();
    }

    /** Stops it where it is, as a machine that is suspended, until {@link #resume()}. */
    public void pause() {
        signal("-STOP");
    }

    /** Lets it go on. */
    public void resume() {
        signal("-CONT");
    }

    /** Whether it has been {@linkplain #pause() stopped} and not resumed. */
    public boolean isPaused() {
        try {
            Process ps = new ProcessBuilder("ps", "-o", "stat=", "-p", String.valueOf(process.pid())).start();
            return new String(ps.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).startsWith("T");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void signal(String name) {
        try {
            Process kill = new ProcessBuilder("kill", name, String.valueOf(process.pid()))
                    .inheritIO()
                    .start();
            if (kill.waitFor() != 0) {
                throw new IllegalStateException("kill " + name + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Tells it to end, as systemd and Docker do, and waits for that. */
    public int terminate() {
        signal("-TERM");
        return await();
    }

    /** Waits for its end. */
    public int await() {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                signalKill();
                throw new AssertionError("still running after " + LIMIT_SECONDS + " s:\n" + output());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Ends it, if it has not ended. What it had printed can still be asked for. */
    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
        synchronized (this) {
            read();
            closed = true;
            try {
                reader.close();
                Files.deleteIfExists(printed);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
