package ai.primespark.benchmarks.llm;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A {@link FakeOllama} in a JVM of its own. */
final class ServerProcess implements AutoCloseable {

    private final Process process;
    private final URI uri;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private ServerProcess(Process process, int port) {
        this.process = process;
        this.uri = URI.create("http://127.0.0.1:" + port);
    }

    static ServerProcess start() throws IOException {
        Process process = new ProcessBuilder(java(ownJava(), List.of("-Xmx128m", "-XX:+UseSerialGC"), FakeOllama.class))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        return new ServerProcess(process, Integer.parseInt(said.readLine()));
    }

    static String ownJava() {
        return ProcessHandle.current().info().command().orElse("java");
    }

    static List<String> java(String java, List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(java));
        command.addAll(options);
        command.addAll(List.of(
                "-Dslf4j.internal.verbosity=ERROR", "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    URI uri() {
        return uri;
    }

    /** What the server has seen so far, one connection of the asking of this not counted. */
    Seen seen() throws IOException, InterruptedException {
        String[] figures = http.send(
                        HttpRequest.newBuilder(uri.resolve("/stats")).build(), HttpResponse.BodyHandlers.ofString())
                .body()
                .split(" ");
        return new Seen(Integer.parseInt(figures[0]) - 1, Integer.parseInt(figures[1]));
    }

    /** Figures since the server's start. */
    record Seen(int connections, int requests) {}

    @Override
    public void close() {
        process.destroy();
    }
}
