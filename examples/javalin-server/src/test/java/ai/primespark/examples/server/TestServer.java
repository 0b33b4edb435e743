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
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
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
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

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
        this(directory, heartbeat, PrimeSpark.Builder::config, more);
    }

    /** With more in the instance, or other settings, than most tests need. */
    TestServer(
            Path directory,
            Duration heartbeat,
            BiFunction<PrimeSpark.Builder, SparkConfig, PrimeSpark.Builder> setUp,
            ProviderSpec... more) {
        ProviderSpec edge =
                ProviderSpec.of("ollama").id("edge").with("zone", Zone.EDGE).with("url", ollama.url());
        SparkConfig config = SparkConfig.empty()
                .with("primespark.data-dir", directory)
                .with("primespark.agents.autostart", true)
                .with("primespark.llm.default-model", FakeOllama.MODEL)
                .with("primespark.llm.retries", 0L)
                .with("primespark.health.interval", Duration.ofMillis(500))
                .with(
                        "primespark.llm.backends",
                        Stream.concat(Stream.of(edge), Stream.of(more)).toList());
        spark = setUp.apply(PrimeSpark.builder(), config).build();
        server = start(spark, "heartbeat = " + heartbeat.toMillis() + " ms");
        port = server.port();
    }

    /** Without logins, on any free port. */
    private static SparkServer start(PrimeSpark spark, String settings) {
        try {
            return SparkServer.start(
                    spark,
                    ServerSettings.parse(
                            "port = 0, grace = 200 ms, limits { body = " + BODY_LIMIT + ", rate = 0 }, " + settings),
                    Optional.empty(),
                    new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        } catch (StartupException e) {
            throw new IllegalStateException(e);
        }
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
