package ai.primespark.examples.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The example server in a process of its own, on a free port, with the demonstration's queue; and a client for it. */
final class ServerProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long END_SECONDS = 30;
    private static final Pattern ADDRESS = Pattern.compile("listening on (http://\\S+:\\d+) ");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Path log;
    private final String run = UUID.randomUUID().toString();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private URI address = URI.create("");

    private ServerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** The server's jar where a build of this repository leaves it, or beside this program's; empty when it is not there. */
    static Optional<Path> find() {
        try {
            Path program = Path.of(ServerProcess.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toAbsolutePath(); // the jar, or the folder of classes beside it
            return Stream.of("prime-spark-server.jar", "../../javalin-server/target/prime-spark-server.jar")
                    .map(program::resolveSibling)
                    .map(Path::normalize)
                    .filter(Files::isReadable)
                    .findFirst();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /**
     * Starts it and waits until it serves.
     *
     * @param queue the Redis server
     * @param folder for its files and what it prints
     */
    static ServerProcess start(Path jar, String queue, Path folder) throws IOException, InterruptedException {
        Path home = Files.createDirectories(folder.resolve("server"));
        Path config = home.resolve("server.conf");
        Files.writeString(
                config,
                JSON.writeValueAsString(Map.of(
                        "primespark",
                        Map.of(
                                "node-id", "server",
                                "data-dir", home.resolve("data").toString(),
                                "agents",
                                        Map.of("queue", Map.of("type", "redis", "url", queue)))))); // JSON is HOCON too
        Path log = folder.resolve("server.log");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-jar",
                        jar.toAbsolutePath().toString(),
                        "--no-auth",
                        "--port",
                        "0",
                        "--config",
                        config.toString())
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("PRIMESPARK_"));
        ServerProcess server = new ServerProcess(builder.start(), log);
        try {
            server.address = server.awaitAddress();
            return server;
        } catch (IOException | InterruptedException | RuntimeException e) {
            server.process.destroyForcibly();
            throw e;
        }
    }

    private URI awaitAddress() throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Matcher found = ADDRESS.matcher(Files.readString(log));
            if (found.find()) {
                return URI.create(found.group(1));
            }
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                throw new IllegalStateException("the server did not start; it said: "
                        + Files.readString(log).strip());
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    URI address() {
        return address;
    }

    /**
     * Submits a task; the key makes it safe to ask again while the server is still connecting to its queue.
     *
     * @return the task's id
     */
    String submit(DemoWork work) throws IOException, InterruptedException {
        String body = JSON.writeValueAsString(work.body(run + "/" + work.name()));
        HttpRequest request = request("/api/tasks/submit")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        long end = System.nanoTime() + PATIENCE.toNanos();
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
        while (response.statusCode() == 503 && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(100);
            response = client.send(request, BodyHandlers.ofString());
        }
        return answer(response, 202).path("task_id").asText();
    }

    /** How the server counts the tasks, by status. */
    Map<?, ?> tasks() throws IOException, InterruptedException {
        HttpResponse<String> response =
                client.send(request("/api/agents/status").build(), BodyHandlers.ofString());
        return JSON.convertValue(answer(response, 200).path("tasks"), Map.class);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address.resolve(path)).timeout(Duration.ofSeconds(30));
    }

    private static JsonNode answer(HttpResponse<String> response, int expected) throws IOException {
        if (response.statusCode() != expected) {
            throw new IllegalStateException("the server answered " + response.statusCode() + " to "
                    + response.request().method() + " " + response.uri() + ": " + response.body());
        }
        return JSON.readTree(response.body());
    }

    /** SIGTERM, and SIGKILL when it does not end. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
