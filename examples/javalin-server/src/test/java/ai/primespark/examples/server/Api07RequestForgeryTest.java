package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.examples.server.AttackedServer.Who;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * API7:2023, server side request forgery: no text that a client sends makes the server, or a backend by its order, connect to a place
 * of the client's choice.
 *
 * @see <a href="https://owasp.org/API-Security/editions/2023/en/0xa7-server-side-request-forgery/">OWASP</a>
 */
class Api07RequestForgeryTest {

    @TempDir
    static Path directory;

    private static AttackedServer server;
    private static Calls calls;
    private static Canary canary;

    @BeforeAll
    static void start() throws IOException {
        server = new AttackedServer(directory, "limits.rate = 0, limits.body = 4 MiB", config -> config);
        calls = Calls.of(server.framed);
        canary = new Canary();
        server.framed.ollama.spoken.countDown(); // pulls that begin also end
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
        canary.close();
    }

    /** Places that nobody is to be sent to; the first ones lead to the canary. */
    static List<String> places() {
        int port = canary.port();
        String host = "127.0.0.1:" + port;
        return List.of(
                "http://" + host + "/x",
                "https://" + host + "/x",
                "HTTP://" + host,
                "//" + host + "/x",
                host + "/library/model",
                host + "/model:latest",
                "localhost:" + port + "/a/b",
                "http://[::1]:" + port + "/x",
                "http://2130706433:" + port + "/x",
                "http://0x7f.1:" + port + "/x",
                "http://user@" + host + "/x",
                "http://edge@" + host + "#edge",
                "ftp://" + host + "/x",
                "gopher://" + host + "/_x",
                "dict://" + host + "/x",
                "jar:http://" + host + "/x!/",
                "file:///etc/passwd",
                "file://localhost/etc/passwd",
                "/etc/passwd",
                "\\\\127.0.0.1\\share",
                "http://169.254.169.254/latest/meta-data/",
                "${jndi:ldap://" + host + "/x}",
                "data:text/html,x");
    }

    private static void nobodyWasLed(String answer) {
        assertThat(canary.visits()).isZero();
        assertThat(answer).doesNotContain(Canary.SONG, "root:x:0", "root:*:0");
    }

    static Stream<Calls.Call> callsWithJson() {
        return calls.withJson().stream();
    }

    @ParameterizedTest
    @MethodSource("callsWithJson")
    void noFieldIsAnAddress(Calls.Call call) {
        for (Field<?> field : call.route().body().orElseThrow().fields()) {
            for (String place : places()) {
                for (ObjectNode body : bodies(call, field.name(), place)) {
                    HttpResponse<String> answer = server.send(Who.ADMIN, call.method(), call.path(), body.toString());
                    assertThat(answer.statusCode()).as(body.toString()).isNotEqualTo(500);
                    nobodyWasLed(answer.body());
                }
            }
        }
    }

    /** The place as the field itself, in a list, and as what a schema or a picture refers to. */
    private static List<ObjectNode> bodies(Calls.Call call, String field, String place) {
        List<ObjectNode> bodies = new ArrayList<>();
        ObjectNode plain = calls.body(call);
        bodies.add(plain.put(field, place));
        ObjectNode list = calls.body(call);
        list.putArray(field).add(place);
        bodies.add(list);
        if (field.matches("format|response_format|tools|messages|payload|value")) {
            ObjectNode schema = calls.body(call);
            schema.putObject(field)
                    .put("$ref", place)
                    .put("$schema", place)
                    .put("$id", place)
                    .put("type", "object");
            bodies.add(schema);
        }
        return bodies;
    }

    @Test
    void aSchemaDoesNotReferToOtherServers() {
        server.framed.ollama.answers(FakeOllama.tokens("{\"a\": 1}"));
        for (String place : places()) {
            ObjectNode generate = (ObjectNode) TestServer.json("{\"prompt\": \"x\", \"use_cache\": false}");
            generate.putObject("format")
                    .put("type", "object")
                    .putObject("properties")
                    .putObject("a")
                    .put("$ref", place);
            nobodyWasLed(server.post(Who.MIRA, "/api/llm/generate", generate.toString())
                    .body());

            ObjectNode chat = (ObjectNode)
                    TestServer.json("{\"model\": \"auto\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}");
            ObjectNode format = chat.putObject("response_format").put("type", "json_schema");
            format.putObject("json_schema").putObject("schema").put("$ref", place);
            nobodyWasLed(server.post(Who.MIRA, "/v1/chat/completions", chat.toString())
                    .body());

            ObjectNode tools = (ObjectNode)
                    TestServer.json("{\"model\": \"auto\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}");
            ObjectNode tool = tools.putArray("tools").addObject().put("type", "function");
            tool.putObject("function").put("name", "t").putObject("parameters").put("$ref", place);
            nobodyWasLed(server.post(Who.MIRA, "/v1/chat/completions", tools.toString())
                    .body());
        }
    }

    @Test
    void aPictureIsNotFetched() {
        for (String place : places()) {
            ObjectNode body = (ObjectNode) TestServer.json("{\"model\": \"auto\"}");
            body.putArray("messages")
                    .addObject()
                    .put("role", "user")
                    .putArray("content")
                    .addObject()
                    .put("type", "image_url")
                    .putObject("image_url")
                    .put("url", place);

            HttpResponse<String> answer = server.post(Who.MIRA, "/v1/chat/completions", body.toString());

            assertThat(answer.statusCode()).as(place).isEqualTo(400);
            nobodyWasLed(answer.body());
        }
    }

    @Test
    void aModelIsPulledByNameFromTheBackendsOwnRegistry() {
        for (String place : places()) {
            ObjectNode body = (ObjectNode) TestServer.json("{\"backend\": \"edge\"}");

            HttpResponse<String> answer = server.post(
                    Who.ADMIN, "/api/llm/models/pull", body.put("model", place).toString());

            assertThat(answer.statusCode()).as(place).isEqualTo(400);
            nobodyWasLed(answer.body());
        }
        assertThat(server.framed.ollama.asked)
                .as("what a backend is asked to pull has no host in front")
                .noneMatch(asked -> asked.path("model").asText().contains(":" + canary.port())
                        && !asked.has("messages")
                        && !asked.has("input"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "X-Forwarded-Host",
                "Referer",
                "Origin",
                "X-Original-URL",
                "Destination",
                "Location",
                "X-Callback-URL"
            })
    void noHeaderIsAnAddress(String name) throws IOException {
        for (String place : places()) {
            String answer =
                    server.exchange(("GET /health HTTP/1.1\r\n" + (name.equals("Host") ? "" : "Host: localhost\r\n")
                                    + "Connection: close\r\n" + name + ": " + place + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            nobodyWasLed(answer);
            assertThat(answer).doesNotContain("Location: http");
        }
    }

    @Test
    void whereSomethingIsIsSaidWithoutTheHostThatTheClientNamed() throws IOException {
        String body = "{\"username\": \"forged\", \"password\": \"a long enough one\"}";
        String answer = server.exchange(
                ("POST /api/auth/users HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n"
                                + "Connection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer "
                                + server.token(Who.ADMIN)
                                + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.US_ASCII));

        assertThat(answer)
                .startsWith("HTTP/1.1 201 ")
                .contains("Location: /api/auth/users/forged")
                .doesNotContain("evil");
    }
}
