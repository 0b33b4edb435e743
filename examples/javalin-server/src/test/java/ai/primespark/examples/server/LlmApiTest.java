package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.ProviderSpec;
import ai.primespark.Zone;
import ai.primespark.llm.Document;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlmApiTest {

    @TempDir
    Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = new TestServer(directory);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void generateAnswersWithWhereAndWhy() {
        HttpResponse<String> response = server.post("/api/llm/generate", "{\"prompt\": \"Say hello\"}");

        assertThat(response.statusCode()).isEqualTo(200);
        JsonNode answer = TestServer.json(response);
        assertThat(answer.get("response").asText()).isEqualTo("Hello world");
        assertThat(answer.get("model").asText()).isEqualTo(FakeOllama.MODEL);
        assertThat(answer.get("location").asText()).isEqualTo("edge");
        assertThat(answer.get("backend").asText()).isEqualTo("edge");
        assertThat(answer.get("reason").asText()).isNotBlank();
        assertThat(answer.get("latency_ms").isIntegralNumber()).isTrue();
        assertThat(answer.get("cached").asBoolean()).isFalse();
        assertThat(answer.get("stale").asBoolean()).isFalse();
        assertThat(answer.get("answer_source").asText()).isEqualTo("live");
        assertThat(answer.get("degraded").asBoolean()).isFalse();
        assertThat(answer.get("usage"))
                .isEqualTo(TestServer.json("{\"prompt_tokens\": 7, \"completion_tokens\": 2, \"total_tokens\": 9}"));
        JsonNode attempt = answer.at("/trace/attempts/0");
        assertThat(attempt.get("backend").asText()).isEqualTo("edge");
        assertThat(attempt.get("location").asText()).isEqualTo("edge");
        assertThat(attempt.get("outcome").asText()).isEqualTo("answered");
        assertThat(attempt.get("duration_ms").isIntegralNumber()).isTrue();
    }

    @Test
    void everyFieldOfTheBodyReachesTheBackend() throws Exception {
        HttpResponse<String> response = server.post("/api/llm/generate", """
                {"prompt": "Name a colour", "model": "llama3.2:1b", "system": "Be brief", "temperature": 0.5, "max_tokens": 9,
                 "use_cache": false, "privacy": "edge_only", "strategy": "edge-first", "format": {"type": "object"}}""");

        assertThat(response.statusCode()).isEqualTo(200);
        JsonNode asked = server.ollama.asked.take();
        assertThat(asked.get("model").asText()).isEqualTo("llama3.2:1b");
        assertThat(asked.at("/messages/0/role").asText()).isEqualTo("system");
        assertThat(asked.at("/messages/0/content").asText()).isEqualTo("Be brief");
        assertThat(asked.at("/messages/1/content").asText()).isEqualTo("Name a colour");
        assertThat(asked.at("/options/temperature").asDouble()).isEqualTo(0.5);
        assertThat(asked.at("/options/num_predict").asInt()).isEqualTo(9);
        assertThat(asked.at("/format/type").asText()).isEqualTo("object");
    }

    @Test
    void theSecondSameQuestionComesFromTheCacheUnlessToldOtherwise() {
        String body = "{\"prompt\": \"Same\"}";
        server.post("/api/llm/generate", body);

        JsonNode second = TestServer.json(server.post("/api/llm/generate", body));
        JsonNode third =
                TestServer.json(server.post("/api/llm/generate", "{\"prompt\": \"Same\", \"use_cache\": false}"));

        assertThat(second.get("cached").asBoolean()).isTrue();
        assertThat(second.get("reason").asText()).isNotBlank();
        assertThat(third.get("cached").asBoolean()).isFalse();
        assertThat(server.ollama.asked).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "400, 400, llm-rejected",
        "401, 502, llm-unauthorized",
        "404, 404, llm-model-not-found",
        "500, 502, llm-server-error"
    })
    void aFailureOfTheOnlyBackendHasItsOwnStatus(int theirs, int ours, String type) {
        server.ollama.answers(FakeOllama.failure(theirs));

        HttpResponse<String> response = server.post("/api/llm/generate", "{\"prompt\": \"a private question\"}");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(ours);
        JsonNode problem = TestServer.json(response);
        assertThat(problem.get("type").asText()).isEqualTo("urn:primespark:problem:" + type);
        assertThat(response.body()).doesNotContain("a private question");
    }

    @Test
    void anOverloadedBackendSaysWhenToComeBack() {
        server.ollama.answers(FakeOllama.failure(503, "Retry-After", "7"));

        HttpResponse<String> response = server.post("/api/llm/generate", "{\"prompt\": \"x\"}");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).hasValue("7");
    }

    @Test
    void aBackendThatIsGoneIsServiceUnavailableWithTheTrace() {
        server.ollama.close();

        HttpResponse<String> response = server.post("/api/llm/generate", "{\"prompt\": \"x\"}");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(TestServer.json(response).at("/trace/attempts/0/backend").asText())
                .isEqualTo("edge");
    }

    @Test
    void documentsAnswerWhenNoModelCan() {
        try (TestServer recalling = new TestServer(directory.resolve("two"), ProviderSpec.of("recall"))) {
            recalling.ollama.close();
            recalling
                    .spark
                    .llm()
                    .documents()
                    .orElseThrow()
                    .add(List.of(Document.of(
                            "sky.md",
                            "The sky",
                            "The sky is blue because air scatters blue light more than red light.")));

            JsonNode answer =
                    TestServer.json(recalling.post("/api/llm/generate", "{\"prompt\": \"Why is the sky blue?\"}"));

            assertThat(answer.get("degraded").asBoolean()).isTrue();
            assertThat(answer.get("answer_source").asText()).isEqualTo("recall");
            assertThat(answer.get("backend").asText()).isEqualTo("recall");
            assertThat(answer.get("response").asText()).contains("scatters blue light");
            assertThat(answer.at("/sources/0/document").asText()).isEqualTo("sky.md");
        }
    }

    @Test
    void modelsAreListedByBackendAndByGroup() {
        try (TestServer three = new TestServer(
                directory.resolve("three"),
                ProviderSpec.of("ollama").id("far").with("zone", Zone.CLOUD).with("url", "http://127.0.0.1:1"),
                ProviderSpec.of("recall"))) {
            JsonNode models = TestServer.json(three.get("/api/llm/models"));

            JsonNode edge = models.get("edge");
            assertThat(edge.get("location").asText()).isEqualTo("edge");
            assertThat(edge.get("endpoint").asText())
                    .isEqualTo(three.ollama.url().toString());
            assertThat(edge.at("/models/0/name").asText()).isEqualTo(FakeOllama.MODEL);
            assertThat(edge.at("/models/0/size").asLong()).isEqualTo(1321098329L);
            assertThat(edge.at("/models/0/loaded").asBoolean()).isTrue();
            assertThat(edge.at("/models/0/capabilities").isArray()).isTrue();
            assertThat(models.at("/far/reachable").asBoolean()).isFalse();
            assertThat(models.at("/far/detail").asText()).isNotBlank();
            assertThat(models.at("/cloud/endpoint").asText()).isEqualTo("http://127.0.0.1:1");
            assertThat(models.at("/cloud/models")).isEmpty();
            assertThat(models.has("recall")).isTrue();
        }
    }

    @Test
    void routingStatsCountRequestsAndSeeThatABackendIsGone() {
        server.post("/api/llm/generate", "{\"prompt\": \"x\"}");
        JsonNode before = TestServer.json(server.get("/api/routing/stats"));
        server.ollama.close();
        JsonNode after = TestServer.json(server.get("/api/routing/stats"));

        assertThat(before.get("strategy").asText()).isEqualTo("edge-first");
        JsonNode edge = before.at("/endpoints/edge");
        assertThat(edge.get("endpoint").asText()).isEqualTo(server.ollama.url().toString());
        assertThat(edge.get("location").asText()).isEqualTo("edge");
        assertThat(edge.get("is_healthy").asBoolean()).isTrue();
        assertThat(edge.get("latency_ms").isIntegralNumber()).isTrue();
        assertThat(edge.get("circuit").asText()).isEqualTo("closed");
        assertThat(edge.get("in_flight").asInt()).isZero();
        assertThat(edge.get("requests").asInt()).isEqualTo(1);
        assertThat(edge.get("failures").asInt()).isZero();
        assertThat(after.at("/endpoints/edge/is_healthy").asBoolean()).isFalse();
    }
}
