package ai.primespark.examples.server;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.auth.Auth;
import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The real server with settings of the test's own, with or without logins. */
final class FramedServer implements AutoCloseable {

    static final String ADMIN_PASSWORD = "correct horse battery";

    final FakeOllama ollama = new FakeOllama();
    final PrimeSpark spark;
    final SparkServer server;
    final int port;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Everybody may do everything. */
    static FramedServer open(Path directory, String settings) {
        return new FramedServer(directory, settings, false, config -> config);
    }

    static FramedServer open(Path directory, String settings, UnaryOperator<SparkConfig> more) {
        return new FramedServer(directory, settings, false, more);
    }

    /** With one account, {@code admin}. */
    static FramedServer closed(Path directory, String settings) {
        return closed(directory, settings, config -> config);
    }

    static FramedServer closed(Path directory, String settings, UnaryOperator<SparkConfig> more) {
        FramedServer server = new FramedServer(directory, settings, true, more);
        if (server.spark.auth().users().find("admin").isEmpty()) {
            server.spark.auth().users().create("admin", Secret.of(ADMIN_PASSWORD), Set.of("admin"));
        }
        return server;
    }

    private FramedServer(Path directory, String settings, boolean logins, UnaryOperator<SparkConfig> more) {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        ProviderSpec edge =
                ProviderSpec.of("ollama").id("edge").with("zone", Zone.EDGE).with("url", ollama.url());
        spark = PrimeSpark.builder()
                .config(more.apply(SparkConfig.empty()
                        .with("primespark.data-dir", directory)
                        .with("primespark.llm.default-model", FakeOllama.MODEL)
                        .with("primespark.llm.retries", 0L)
                        .with("primespark.llm.backends", List.of(edge))))
                .meterRegistry(meters)
                .build();
        try {
            Optional<Auth> auth = logins ? Optional.of(spark.auth()) : Optional.empty();
            server = SparkServer.start(
                    spark, ServerSettings.parse("port = 0, grace = 200 ms\n" + settings), auth, meters);
        } catch (StartupException e) {
            spark.close();
            ollama.close();
            throw new IllegalStateException(e);
        } catch (RuntimeException e) {
            spark.close();
            ollama.close();
            throw e;
        }
        port = server.port();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60));
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<String> get(String path) {
        return send(request(path));
    }

    HttpResponse<String> get(String path, String token) {
        return send(request(path).header("Authorization", "Bearer " + token));
    }

    HttpResponse<String> send(String method, String path, String json, String token) {
        HttpRequest.Builder request =
                request(path).header("Content-Type", "application/json").method(method, BodyPublishers.ofString(json));
        return send(token.isEmpty() ? request : request.header("Authorization", "Bearer " + token));
    }

    HttpResponse<String> post(String path, String json) {
        return send("POST", path, json, "");
    }

    HttpResponse<String> login(String user, String password) {
        return post("/api/auth/login", "{\"username\": \"" + user + "\", \"password\": \"" + password + "\"}");
    }

    /** An access token. */
    String token(String user, String password) {
        JsonNode answer = TestServer.json(login(user, password));
        return answer.get("access_token").asText();
    }

    String adminToken() {
        return token("admin", ADMIN_PASSWORD);
    }

    /** What comes back for bytes that no HTTP client would send; until the server closes the connection. */
    String raw(String request) throws IOException {
        try (Socket socket = socket()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    Socket socket() throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(60_000);
        return socket;
    }

    static String type(HttpResponse<String> response) {
        return TestServer.json(response).get("type").asText().replace(Problem.TYPES, "");
    }

    @Override
    public void close() {
        server.close();
        spark.close();
        ollama.close();
    }
}
