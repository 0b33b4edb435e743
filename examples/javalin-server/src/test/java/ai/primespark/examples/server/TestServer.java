package ai.primespark.examples.server;

import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.RouteTrace;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The real server over a real Prime Spark, whose edge backend is a fake Ollama; and a client for it. */
final class TestServer implements AutoCloseable {

    static final long BODY_LIMIT = 20_000;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    final FakeOllama ollama = new FakeOllama();
    final PrimeSpark spark;
    final SparkServer server;
    final int port;
    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    TestServer(Path directory, ProviderSpec... more) {
        this(directory, Duration.ofSeconds(15), more);
    }

    TestServer(Path directory, Duration heartbeat, ProviderSpec... more) {
        ProviderSpec edge =
                ProviderSpec.of("ollama").id("edge").with("zone", Zone.EDGE).with("url", ollama.url());
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .with("primespark.data-dir", directory)
                        .with("primespark.llm.default-model", FakeOllama.MODEL)
                        .with("primespark.llm.retries", 0L)
                        .with("primespark.health.interval", Duration.ofMillis(500))
                        .with(
                                "primespark.llm.backends",
                                java.util.stream.Stream.concat(java.util.stream.Stream.of(edge), List.of(more).stream())
                                        .toList()))
                .build();
        server = SparkServer.start(
                spark, new SparkServer.Options("127.0.0.1", 0, BODY_LIMIT, heartbeat, Duration.ofSeconds(10)));
        port = server.port();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60));
    }

    HttpRequest.Builder posting(String path, String json) {
        return request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(json));
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

    HttpResponse<String> post(String path, String json) {
        return send(posting(path, json));
    }

    /** Waits until the server knows from its backends which models they have; calls that find none tell it nothing. */
    void awaitModelsKnown() {
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            LlmRequest probe =
                    LlmRequest.prompt(FakeOllama.PROBE).cache(CacheMode.BYPASS).build();
            try {
                return spark.llm().generate(probe).text().isEmpty();
            } catch (LlmException e) {
                return e.trace().orElseThrow().candidates().stream()
                        .filter(candidate -> !candidate.backend().equals("recall"))
                        .allMatch(candidate -> candidate.readiness() == RouteTrace.Readiness.WARM);
            }
        });
    }

    static JsonNode json(HttpResponse<String> response) {
        return json(response.body());
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.close();
        spark.close();
        ollama.close();
    }
}
