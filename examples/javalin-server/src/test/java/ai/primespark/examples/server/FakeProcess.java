package ai.primespark.examples.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link FakeOllama} in a process of its own, which ends as kill -9 ends one. */
final class FakeProcess implements AutoCloseable {

    private final Process process;
    private final String url;

    private FakeProcess(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    /** One that says these words and is silent then. */
    static FakeProcess start(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                FakeOllama.class.getName()));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String url =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if (url == null) {
            throw new IOException("the fake server did not start");
        }
        return new FakeProcess(process, url);
    }

    String url() {
        return url;
    }

    /** Kills it and waits until it is gone. */
    @Override
    public void close() {
        try {
            if (!process.destroyForcibly().waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the fake server cannot be killed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
