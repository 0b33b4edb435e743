package ai.primespark.examples.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** This program again, as a worker in a process of its own. */
final class WorkerProcess implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 30;

    private final String id;
    private final Process process;
    private final Path log;

    private WorkerProcess(String id, Process process, Path log) {
        this.id = id;
        this.process = process;
        this.log = log;
    }

    /**
     * Starts one.
     *
     * @param id the agent's
     * @param capability what it can do
     * @param queue the Redis server
     * @param folder for its files and what it prints
     */
    static WorkerProcess start(String id, String capability, String queue, Path folder) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "work",
                "--drain",
                "5",
                "--queue",
                queue));
        for (String setting : List.of(
                "primespark.data-dir=" + folder.resolve(id),
                "primespark.node-id=" + id,
                "primespark.agents.id=" + id,
                "primespark.agents.slots=2",
                "primespark.agents.capabilities=[" + capability + "]")) {
            command.add("--set");
            command.add(setting);
        }
        Path log = folder.resolve(id + ".log");
        return new WorkerProcess(
                id,
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start(),
                log);
    }

    String id() {
        return id;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** What it has printed so far. */
    String output() {
        try {
            return Files.readString(log).strip();
        } catch (IOException e) {
            return "nothing";
        }
    }

    /** SIGKILL: it can do nothing about it, and says good-bye to nobody. */
    void kill() {
        process.destroyForcibly();
    }

    /** SIGTERM, which drains it; and SIGKILL when that takes too long. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
