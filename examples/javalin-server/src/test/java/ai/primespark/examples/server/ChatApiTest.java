package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conversations and embeddings. */
class ChatApiTest {

    private static final String WEATHER = """
            {"messages": [{"role": "user", "content": "Rain?"}], "use_cache": false, "tools": [{"name": "weather",
              "description": "of a place", "parameters": {"type": "object", "properties": {"place": {"type": "string"}}}}]""";

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
    void aConversationReachesTheBackendAsItIs() throws Exception {
        HttpResponse<String> response = server.post("/api/llm/chat", """
                {"messages": [
                   {"role": "system", "content": "Be brief"},
                   {"role": "user", "content": "What is this?", "images": ["iVBORw0KGgo="]},
                   {"role": "assistant", "content": "A picture."},
                   {"role": "user", "content": "Of what?"}],
                 "temperature": 0.5, "max_tokens": 9, "use_cache": false, "privacy": "edge_only"}""");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode answer = TestServer.json(response);
        assertThat(answer.get("response").asText()).isEqualTo("Hello world");
        assertThat(answer.get("finish_reason").asText()).isEqualTo("stop");
        assertThat(answer.get("location").asText()).isEqualTo("edge");
        assertThat(answer.has("tool_calls")).isFalse();
        JsonNode asked = server.ollama.asked.take();
        assertThat(asked.get("messages").findValuesAsText("role"))
                .containsExactly("system", "user", "assistant", "user");
        assertThat(asked.at("/messages/1/images/0").asText()).isEqualTo("iVBORw0KGgo=");
        assertThat(asked.at("/options/temperature").asDouble()).isEqualTo(0.5);
        assertThat(asked.at("/options/num_predict").asInt()).isEqualTo(9);
    }

    @Test
    void aModelAsksForAToolAndGetsItsResult() throws Exception {
        server.ollama.answers(FakeOllama.toolCall("weather", Map.of("place", "Bonn")));

        JsonNode answer = TestServer.json(server.post("/api/llm/chat", WEATHER + "}"));

        assertThat(server.ollama.asked.take().at("/tools/0/function/name").asText())
                .isEqualTo("weather");
        JsonNode call = answer.at("/tool_calls/0");
        assertThat(call.get("name").asText()).isEqualTo("weather");
        assertThat(call.at("/arguments/place").asText()).isEqualTo("Bonn");
        assertThat(answer.get("finish_reason").asText()).isEqualTo("tool_calls");

        server.ollama.answers(FakeOllama.tokens("No rain."));
        JsonNode last = TestServer.json(
                server.post("/api/llm/chat", """
                {"messages": [{"role": "user", "content": "Rain?"}, {"role": "assistant", "tool_calls": [%s]},
                  {"role": "tool", "tool_call_id": "%s", "content": "dry"}]}""".formatted(call, call.get("id").asText())));

        assertThat(last.get("response").asText()).isEqualTo("No rain.");
        JsonNode asked = server.ollama.asked.take();
        assertThat(asked.at("/messages/1/tool_calls/0/function/arguments/place").asText())
                .isEqualTo("Bonn");
        assertThat(asked.at("/messages/2/role").asText()).isEqualTo("tool");
        assertThat(asked.at("/messages/2/content").asText()).isEqualTo("dry");
    }

    @Test
    void aChatStreamsWhenAskedTo() throws Exception {
        List<SseReader.Event> events = stream("""
                {"messages": [{"role": "user", "content": "Hi"}], "stream": true, "use_cache": false}""");

        assertThat(events.get(0).name()).isEqualTo("routed");
        assertThat(events).filteredOn(event -> event.name().equals("message")).hasSize(2);
        SseReader.Event done = events.get(events.size() - 1);
        assertThat(done.name()).isEqualTo("done");
        assertThat(done.json().at("/usage/total_tokens").asInt()).isEqualTo(9);
        assertThat(done.json().has("response")).isFalse();
    }

    @Test
    void aStreamTellsOfToolCallsInTheFormOfAnswers() throws Exception {
        server.ollama.answers(FakeOllama.toolCall("weather", Map.of("place", "Bonn")));

        List<SseReader.Event> events = stream(WEATHER + ", \"stream\": true}");

        assertThat(events)
                .filteredOn(event -> event.name().equals("tool_call"))
                .singleElement()
                .satisfies(event ->
                        assertThat(event.json().at("/arguments/place").asText()).isEqualTo("Bonn"));
        assertThat(events.get(events.size() - 1).json().at("/tool_calls/0/name").asText())
                .isEqualTo("weather");
    }

    @Test
    void aClientThatLeavesAChatCancelsItAtTheBackend() throws Exception {
        server.ollama.answers(server.ollama.endless());
        SseReader reader = new SseReader(server.client
                .send(server.posting("/api/llm/chat", """
                                {"messages": [{"role": "user", "content": "Hi"}], "stream": true, "use_cache": false}""").build(), BodyHandlers.ofLines())
                .body());
        while (!reader.next().name().equals("message")) {
            // the route comes first
        }

        reader.close();

        assertThat(server.ollama.hungUp).succeedsWithin(30, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                                  | messages",
                "{\"messages\": []}                                                  | messages",
                "{\"messages\": \"hi\"}                                              | messages",
                "{\"messages\": [null]}                                              | messages",
                "{\"messages\": [{\"content\": \"x\"}]}                              | messages[0]",
                "{\"messages\": [{\"role\": \"user\"}]}                              | messages[0]",
                "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"1\"}]}]} | messages[0]",
                "{\"messages\": [{\"role\": \"assistant\", \"content\": \"x\", \"images\": [\"\"]}]} | messages[0]",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tools\": [{}]} | tools",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\", \"images\": [null]}]} | messages[0]",
                "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"name\": \"t\", \"arguments\": 5}]}]} | messages[0]",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tools\": [{\"name\": \"t\", \"parameters\": []}]} | tools",
                "{\"messages\": [{\"role\": \"boss\", \"content\": \"x\"}]}          | messages[0].role",
                "{\"messages\": [{\"role\": \"user\", \"content\": 5}]}              | messages[0].content",
                "{\"messages\": [{\"role\": \"user\", \"contnt\": \"x\"}]}           | messages[0].contnt",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\", \"images\": [\"?\"]}]} | messages[0].images[0]",
                "{\"messages\": [{\"role\": \"tool\", \"content\": \"x\", \"tool_call_id\": \"1\"}]} | messages[0].tool_call_id",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tools\": [{\"name\": \"a b\"}]} | tools",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"stream\": \"yes\"} | stream",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"prompt\": \"y\"} | prompt"
            })
    void everyMistakeInAConversationIsNamed(String body, String field) {
        HttpResponse<String> response = server.post("/api/llm/chat", body);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(TestServer.json(response).get("errors").findValuesAsText("field"))
                .containsExactly(field);
    }

    @Test
    void textsBecomeVectors() throws Exception {
        JsonNode several = TestServer.json(server.post(
                "/api/llm/embed", "{\"input\": [\"one\", \"three\"], \"model\": \"" + FakeOllama.MODEL + "\"}"));
        JsonNode single =
                TestServer.json(server.post("/api/llm/embed", "{\"input\": \"four\", \"privacy\": \"edge_only\"}"));

        assertThat(several.at("/embeddings/0/0").asDouble()).isEqualTo(3);
        assertThat(several.at("/embeddings/1/0").asDouble()).isEqualTo(5);
        assertThat(several.get("model").asText()).isEqualTo(FakeOllama.MODEL);
        assertThat(several.get("location").asText()).isEqualTo("edge");
        assertThat(several.get("backend").asText()).isEqualTo("edge");
        assertThat(single.get("embeddings")).hasSize(1);
        assertThat(server.ollama.asked.take().get("model").asText()).isEqualTo(FakeOllama.MODEL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                    | input",
                "{\"input\": []}                       | input",
                "{\"input\": [\"x\", \" \"]}           | input",
                "{\"input\": {\"a\": 1}}               | input",
                "{\"input\": \"x\", \"privacy\": 1}    | privacy",
                "{\"inputs\": \"x\", \"input\": \"x\"} | inputs"
            })
    void everyMistakeAboutTextsToEmbedIsNamed(String body, String field) {
        HttpResponse<String> response = server.post("/api/llm/embed", body);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(TestServer.json(response).get("errors").findValuesAsText("field"))
                .containsExactly(field);
    }

    private List<SseReader.Event> stream(String body) throws Exception {
        HttpResponse<java.util.stream.Stream<String>> response =
                server.client.send(server.posting("/api/llm/chat", body).build(), BodyHandlers.ofLines());
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        return new SseReader(response.body()).rest();
    }
}
