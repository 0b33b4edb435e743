package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.ProviderSpec;
import ai.primespark.Zone;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.ModelManager;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.lang.reflect.Proxy;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fetching models. */
class PullApiTest {

    @TempDir
    Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = new TestServer(directory, Duration.ofMillis(50), ProviderSpec.of("recall"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<Stream<String>> pull(String model, String backend) throws Exception {
        String body = "{\"model\": \"" + model + "\", \"backend\": \"" + backend + "\"}";
        return server.client.send(server.posting("/api/llm/models/pull", body).build(), BodyHandlers.ofLines());
    }

    @Test
    void everyStepOfAPullIsAnEvent() throws Exception {
        server.ollama.spoken.countDown();

        List<SseReader.Event> events = new SseReader(pull("llama3.2:3b", "edge").body()).rest();

        assertThat(server.ollama.asked.take().get("model").asText()).isEqualTo("llama3.2:3b");
        assertThat(events.get(0).name()).isEqualTo("progress");
        assertThat(events.get(0).json().get("status").asText()).isEqualTo("pulling manifest");
        assertThat(events.get(1).json().get("completed_bytes").asLong()).isEqualTo(60);
        assertThat(events.get(1).json().get("total_bytes").asLong()).isEqualTo(100);
        assertThat(events.get(events.size() - 1).name()).isEqualTo("done");
        assertThat(events.get(events.size() - 1).json().get("model").asText()).isEqualTo("llama3.2:3b");
    }

    @Test
    void aClientThatLeavesEndsThePullAtTheBackend() throws Exception {
        SseReader reader = new SseReader(pull("llama3.2", "edge").body());
        assertThat(reader.next().name()).isEqualTo("progress");

        reader.close();

        assertThat(server.ollama.hungUp).succeedsWithin(30, TimeUnit.SECONDS);
    }

    @Test
    void aModelThatTheRegistryDoesNotHaveEndsInAnError() throws Exception {
        List<SseReader.Event> events = new SseReader(pull("unknown:1b", "edge").body()).rest();

        SseReader.Event last = events.get(events.size() - 1);
        assertThat(last.name()).isEqualTo("error");
        assertThat(last.json().get("type").asText()).isEqualTo("urn:primespark:problem:llm-model-not-found");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://169.254.169.254/latest",
                "evil.example/library/llama",
                "evil.example:8080/a/b",
                "127.0.0.1:6379/x/y",
                "../../etc/passwd",
                "a/../b",
                "llama3.2:1b ; rm",
                "user@host/model",
                "name:tag:tag",
                "name?insecure=true",
                "",
                " "
            })
    void aNameThatCouldLeadTheBackendElsewhereNeverReachesIt(String model) throws Exception {
        HttpResponse<String> response =
                server.post("/api/llm/models/pull", "{\"model\": \"" + model + "\", \"backend\": \"edge\"}");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(TestServer.json(response).at("/errors/0/field").asText()).isEqualTo("model");
        assertThat(server.ollama.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"cloud, 404, backend-unknown", "http://127.0.0.1:1, 404, backend-unknown", "recall, 409, backend-fixed"
    })
    void onlyAConfiguredBackendFetches(String backend, int status, String type) throws Exception {
        HttpResponse<String> response =
                server.post("/api/llm/models/pull", "{\"model\": \"llama3.2\", \"backend\": \"" + backend + "\"}");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(TestServer.json(response).get("type").asText()).isEqualTo("urn:primespark:problem:" + type);
        assertThat(server.ollama.asked).isEmpty();
    }

    @Test
    void onlyAFewModelsAreFetchedAtOnce() throws Exception {
        for (int i = 0; i < 4; i++) {
            assertThat(new SseReader(pull("m" + i, "edge").body()).next().name())
                    .isEqualTo("progress");
        }

        HttpResponse<String> response =
                server.post("/api/llm/models/pull", "{\"model\": \"one-more\", \"backend\": \"edge\"}");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(TestServer.json(response).get("type").asText()).isEqualTo("urn:primespark:problem:too-many-pulls");
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        server.ollama.spoken.countDown();
    }

    @Test
    void aPullThatBreaksInAWayNobodyThoughtOfEndsToo() throws Exception {
        ScriptedLlmBackend backend = new ScriptedLlmBackend("edge", Zone.EDGE);
        ModelManager breaking = (ModelManager) Proxy.newProxyInstance(
                PullApiTest.class.getClassLoader(), new Class<?>[] {ModelManager.class}, (proxy, method, args) -> {
                    @SuppressWarnings("unchecked")
                    Consumer<ModelManager.Progress> progress = (Consumer<ModelManager.Progress>) args[1];
                    progress.accept(new ModelManager.Progress("pulling manifest", 0, 0));
                    throw new NoClassDefFoundError("a/jar/was/replaced");
                });
        try (TestServer other = new TestServer(
                directory.resolve("other"),
                Duration.ofMillis(50),
                (builder, config) -> builder.config(config).llmBackend(withModels(backend, breaking)))) {
            String body = "{\"model\": \"llama3.2\", \"backend\": \"edge\"}";
            List<SseReader.Event> events = new SseReader(other.client
                            .send(other.posting("/api/llm/models/pull", body).build(), BodyHandlers.ofLines())
                            .body())
                    .rest();

            assertThat(events).extracting(SseReader.Event::name).containsExactly("progress", "error");
            assertThat(events.get(1).json().get("type").asText()).isEqualTo("urn:primespark:problem:unexpected");
        } finally {
            backend.close();
        }
    }

    /** The same backend, with somebody who fetches its models. */
    private static LlmBackend withModels(LlmBackend backend, ModelManager models) {
        return new LlmBackend() {
            @Override
            public BackendInfo info() {
                return backend.info();
            }

            @Override
            public CompletionStage<BackendStatus> status(Deadline deadline) {
                return backend.status(deadline);
            }

            @Override
            public LlmCall open(LlmRequest request, CallLimits limits) {
                return backend.open(request, limits);
            }

            @Override
            public void close() throws Exception {
                backend.close();
            }

            @Override
            public Optional<ModelManager> modelManager() {
                return Optional.of(models);
            }
        };
    }
}
