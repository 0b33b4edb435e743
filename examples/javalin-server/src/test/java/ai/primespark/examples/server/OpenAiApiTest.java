package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiApiTest {

    @TempDir
    Path directory;

    private FramedServer server;

    @BeforeEach
    void start() {
        server = FramedServer.open(directory, "");
        server.ollama.answers(FakeOllama.tokens("Hello", " world"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void anAnswerHasOpenAisShapeAndSaysWhereItComesFrom() {
        JsonNode answer = chat("{\"model\": \"auto\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}");

        assertThat(answer.get("id").asText()).startsWith("chatcmpl-");
        assertThat(answer.get("object").asText()).isEqualTo("chat.completion");
        assertThat(answer.get("created").asLong()).isPositive();
        assertThat(answer.get("model").asText()).isEqualTo(FakeOllama.MODEL);
        assertThat(answer.at("/choices/0/message/role").asText()).isEqualTo("assistant");
        assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("Hello world");
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(7);
        assertThat(answer.at("/usage/total_tokens").asInt()).isEqualTo(9);
        assertThat(answer.at("/prime_spark/backend").asText()).isEqualTo("edge");
    }

    @Test
    void whatIsAskedReachesTheBackendInItsOwnWords() throws Exception {
        String picture = Base64.getEncoder().encodeToString(new byte[] {1, 2, 3});
        chat("""
                {"messages": [
                   {"role": "developer", "content": "Be brief."},
                   {"role": "user", "content": [{"type": "text", "text": "What is this?"},
                      {"type": "image_url", "image_url": {"url": "data:image/png;base64,%s"}}]}],
                 "temperature": 0.5, "max_completion_tokens": 20, "seed": 7, "stop": ["END"], "user": "somebody",
                 "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}}
                """.formatted(picture));

        JsonNode asked = asked();
        assertThat(asked.at("/messages/0/role").asText()).isEqualTo("system");
        assertThat(asked.at("/messages/1/content").asText()).isEqualTo("What is this?");
        assertThat(asked.at("/messages/1/images/0").asText()).isEqualTo(picture);
        assertThat(asked.at("/options/temperature").asDouble()).isEqualTo(0.5);
        assertThat(asked.at("/options/num_predict").asInt()).isEqualTo(20);
        assertThat(asked.at("/options/seed").asInt()).isEqualTo(7);
        assertThat(asked.at("/options/stop/0").asText()).isEqualTo("END");
        assertThat(asked.at("/format/type").asText()).isEqualTo("object");
    }

    @Test
    void aToolIsAskedForAndItsResultGoesBack() throws Exception {
        server.ollama.answers(FakeOllama.toolCall("temperature", Map.of("room", "attic")));
        String tools =
                "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"temperature\", \"description\": \"d\","
                        + " \"parameters\": {\"type\": \"object\", \"properties\": {\"room\": {\"type\": \"string\"}}}}}]";
        JsonNode answer =
                chat("{\"messages\": [{\"role\": \"user\", \"content\": \"How warm is it?\"}], " + tools + "}");

        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
        assertThat(answer.at("/choices/0/message/content").isNull()).isTrue();
        JsonNode call = answer.at("/choices/0/message/tool_calls/0");
        assertThat(call.get("type").asText()).isEqualTo("function");
        assertThat(call.at("/function/name").asText()).isEqualTo("temperature");
        assertThat(TestServer.json(call.at("/function/arguments").asText())
                        .get("room")
                        .asText())
                .isEqualTo("attic");
        asked();

        server.ollama.answers(FakeOllama.tokens("31 degrees"));
        chat(
                "{\"messages\": [{\"role\": \"user\", \"content\": \"How warm is it?\"}, {\"role\": \"assistant\", \"tool_calls\": ["
                        + call + "]}, {\"role\": \"tool\", \"tool_call_id\": " + call.get("id")
                        + ", \"content\": \"31\"}], " + tools + "}");
        JsonNode asked = asked();
        assertThat(asked.at("/messages/2/role").asText()).isEqualTo("tool");
        assertThat(asked.at("/messages/2/content").asText()).isEqualTo("31");
    }

    private JsonNode asked() throws InterruptedException {
        JsonNode asked = server.ollama.asked.take();
        while (asked.path("_debug_render_only").asBoolean()) {
            asked = server.ollama.asked.take();
        }
        return asked;
    }

    @Test
    void vectorsAreNumbersOrTheBytesOfThem() {
        JsonNode numbers =
                TestServer.json(server.post("/v1/embeddings", "{\"model\": \"m\", \"input\": [\"abc\", \"a\"]}"));
        assertThat(numbers.get("object").asText()).isEqualTo("list");
        assertThat(numbers.at("/data/0/embedding/0").asDouble()).isEqualTo(3.0);
        assertThat(numbers.at("/data/1/index").asInt()).isEqualTo(1);
        assertThat(numbers.at("/data/1/embedding/0").asDouble()).isEqualTo(1.0);

        JsonNode bytes = TestServer.json(server.post(
                "/v1/embeddings", "{\"model\": \"m\", \"input\": \"abc\", \"encoding_format\": \"base64\"}"));
        ByteBuffer vector = ByteBuffer.wrap(
                        Base64.getDecoder().decode(bytes.at("/data/0/embedding").asText()))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(vector.getFloat()).isEqualTo(3.0f);
        assertThat(vector.getFloat()).isEqualTo(1.0f);
    }

    @Test
    void theModelsOfAllBackendsAreOneList() {
        JsonNode models = TestServer.json(server.get("/v1/models"));
        assertThat(models.get("data").findValuesAsText("id")).contains("auto", FakeOllama.MODEL);

        JsonNode one = TestServer.json(server.get("/v1/models/" + FakeOllama.MODEL));
        assertThat(one.get("owned_by").asText()).isEqualTo("edge");
        HttpResponse<String> none = server.get("/v1/models/no/such");
        assertThat(none.statusCode()).isEqualTo(404);
        assertThat(TestServer.json(none).at("/error/code").asText()).isEqualTo("model_not_found");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                                              | messages",
                "{\"messages\": []}                                                              | messages",
                "{\"messages\": 1}                                                               | messages",
                "{\"messages\": [{\"role\": \"judge\", \"content\": \"x\"}]}                     | messages[0].role",
                "{\"messages\": [{\"role\": \"tool\", \"content\": \"x\", \"tool_call_id\": \"9\"}]} | messages[0].tool_call_id",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"n\": 2}            | n",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"temperature\": 3}  | temperature",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"stream\": 1}       | stream",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tool_choice\": \"required\"} | tool_choice",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"max_tokens\": 0}   | max_tokens",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"response_format\": {\"type\": \"xml\"}} | response_format"
            })
    void aMistakeIsToldWithItsField(String body, String param) {
        HttpResponse<String> answer = server.post("/v1/chat/completions", body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        JsonNode error = TestServer.json(answer).get("error");
        assertThat(error.get("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.get("param").asText()).isEqualTo(param);
        assertThat(error.get("message").asText()).isNotBlank();
    }

    @Test
    void nothingIsFetchedFromOtherServersForAPicture() {
        for (String url : List.of(
                "http://127.0.0.1:" + server.port + "/health", "file:///etc/passwd", "https://example.org/a.png")) {
            HttpResponse<String> answer = server.post(
                    "/v1/chat/completions",
                    "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\", \"image_url\": {\"url\": \""
                            + url + "\"}}]}]}");

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(TestServer.json(answer).at("/error/message").asText()).contains("nothing is fetched");
        }
        assertThat(server.ollama.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"404, 404, model_not_found", "500, 502, llm_server_error"})
    void aBackendsFailureHasOpenAisShapeToo(int theirs, int ours, String code) {
        server.ollama.answers(FakeOllama.failure(theirs));

        HttpResponse<String> answer =
                server.post("/v1/chat/completions", "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}");

        assertThat(answer.statusCode()).isEqualTo(ours);
        assertThat(TestServer.json(answer).at("/error/code").asText()).isEqualTo(code);
    }

    @Test
    void whatIsRefusedBeforeAnyRouteHasOpenAisShapeToo() throws Exception {
        assertThat(TestServer.json(server.get("/v1/nothing")).at("/error/code").asText())
                .isEqualTo("not_found");
        assertThat(server.raw("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .contains("\"error\":{\"message\":");
    }

    private JsonNode chat(String body) {
        HttpResponse<String> answer = server.post("/v1/chat/completions", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer);
    }
}
