package ai.primespark.examples.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The program in a process of its own. What it prints goes to a file, so that it can be read after a kill. */
final class Program implements AutoCloseable {

    private final Process process;
    private final Path output;

    private Program(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** Runs the classes of this build. */
    static Program ofClasses(Path folder, String... args) throws IOException {
        return start(folder, List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()), args);
    }

    /** Runs the packaged jar. */
    static Program ofJar(Path folder, String... args) throws IOException {
        Path jar = Path.of("target", "prime-spark-worker.jar").toAbsolutePath();
        return start(folder, List.of("-jar", jar.toString()), args);
    }

    private static Program start(Path folder, List<String> what, String... args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx128m");
        command.addAll(what);
        command.addAll(List.of(args));
        Path output = Files.createTempFile(folder, "output", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("PRIMESPARK_"));
        return new Program(builder.start(), output);
    }

    String output() throws IOException {
        return Files.readString(output);
    }

    /** Waits until it has printed all of these; what happens at an agent is printed a moment after it can be seen in the queue. */
    void awaitOutput(String... parts) {
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> assertThat(output()).contains(parts));
    }

    /** The exit code, when it has ended by itself. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the program did not end");
        }
        return process.exitValue();
    }

    /** As a service manager or Ctrl-C does. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** As a power cut does. */
    void kill() {
        process.destroyForcibly();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
