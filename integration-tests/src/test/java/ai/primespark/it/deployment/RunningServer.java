package ai.primespark.it.deployment;

import static org.awaitility.Awaitility.await;

import ai.primespark.it.JavaProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The example server's jar as a process, on a free port of the loopback address. */
final class RunningServer implements AutoCloseable {

    private static final Pattern FIRST_PASSWORD = Pattern.compile("made 'admin' with the password (\\S+)");
    private static final Pattern TOKEN = Pattern.compile("\"access_token\"\\s*:\\s*\"([^\"]+)\"");
    private static final Pattern ADDRESS = Pattern.compile("listening on http://[^:]+:(\\d+)");
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final JavaProcess process;
    private final HttpClient client = HttpClient.newHttpClient();
    private int port;
    private String token = ""; // none

    private RunningServer(JavaProcess process) {
        this.process = process;
    }

    /**
     * Starts it without logins, and waits until it says where it listens.
     *
     * @param java the program and its options
     * @param folder where it looks for its configuration
     * @param data its data directory
     */
    static RunningServer start(List<String> java, Path folder, Path data) {
        return start(java, folder, data, "--no-auth");
    }

    /** Starts it with logins; the first start makes an administrator. */
    static RunningServer withLogins(List<String> java, Path folder, Path data) {
        return start(java, folder, data, new String[0]);
    }

    private static RunningServer start(List<String> java, Path folder, Path data, String... options) {
        if (!Files.isRegularFile(Deployment.serverJar())) {
            throw new IllegalStateException(
                    Deployment.serverJar() + " is missing; build it by: mvn -pl examples/javalin-server -am package");
        }
        List<String> command = new ArrayList<>(java);
        command.addAll(List.of("-jar", Deployment.serverJar().toString(), "--port", "0"));
        command.addAll(List.of(options));
        Map<String, String> environment = new TreeMap<>(Map.of(
                "PRIMESPARK_DATA_DIR", data.toString(),
                "OLLAMA_EDGE_URL", "http://127.0.0.1:9", // nobody: this is not about models
                "PRIMESPARK_MEMORY_TIERS", "[{type = caffeine}, {type = directory}]"));
        RunningServer server = new RunningServer(JavaProcess.start(folder, environment, command));
        try {
            await().atMost(PATIENCE).until(server::listens);
        } catch (RuntimeException e) {
            String said = server.process.output();
            server.close();
            throw new AssertionError("the server did not start:\n" + said, e);
        }
        return server;
    }

    private boolean listens() {
        Matcher address = ADDRESS.matcher(process.output());
        if (!address.find()) {
            if (!process.isAlive()) {
                throw new IllegalStateException("it has ended");
            }
            return false;
        }
        port = Integer.parseInt(address.group(1));
        return true;
    }

    int port() {
        return port;
    }

    String output() {
        return process.output();
    }

    /** What it printed for the first administrator. */
    String firstPassword() {
        await().atMost(PATIENCE).until(() -> FIRST_PASSWORD.matcher(output()).find());
        Matcher password = FIRST_PASSWORD.matcher(output());
        return password.find() ? password.group(1) : "";
    }

    /** Logs in as the administrator, and stays so. */
    String logIn(String password) {
        HttpResponse<String> answer =
                post("/api/auth/login", "{\"username\": \"admin\", \"password\": \"" + password + "\"}");
        Matcher found = TOKEN.matcher(answer.body());
        if (!found.find()) {
            throw new AssertionError("no login: " + answer.statusCode());
        }
        return useToken(found.group(1));
    }

    String useToken(String known) {
        token = known;
        return token;
    }

    HttpResponse<String> get(String path) {
        return send(request(path).build());
    }

    HttpResponse<String> post(String path, String json) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build());
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Tells it to end, as systemd and Docker do, and waits for that. */
    int terminate() {
        return process.terminate();
    }

    @Override
    public void close() {
        process.close();
    }
}
