package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.ProviderSpec;
import ai.primespark.Zone;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * API10:2023, unsafe consumption of APIs: a backend that lies, never ends, leads elsewhere, or speaks to our clients behind our back.
 *
 * @see <a href="https://owasp.org/API-Security/editions/2023/en/0xaa-unsafe-consumption-of-apis/">OWASP</a>
 */
@Timeout(120)
class Api10UnsafeConsumptionTest {

    private static final String LIMITS = """
            primespark.llm.limits { total = 6 s, idle = 2 s, first-token = 3 s, first-byte = 3 s, output-chars = 10000 }
            primespark.llm.retries = 0
            """;

    @TempDir
    Path directory;

    private HostileBackend backend;
    private FramedServer server;

    @BeforeEach
    void start() throws IOException {
        backend = new HostileBackend();
        server = FramedServer.open(
                directory,
                "limits.rate = 0",
                config -> config.withText(LIMITS, "the test's limits")
                        .with(
                                "primespark.llm.backends",
                                List.of(ProviderSpec.of("ollama")
                                        .id("edge")
                                        .with("zone", Zone.EDGE)
                                        .with("url", backend.url()))));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        backend.close();
    }

    private HttpResponse<String> generate() {
        return server.post("/api/llm/generate", "{\"prompt\": \"x\", \"use_cache\": false}");
    }

    /** A failure of the backend's, told as one, in our own words. */
    private void failed(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isIn(404, 502, 503, 504);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(TestServer.json(answer).get("type").asText()).startsWith(Problem.TYPES + "llm-");
        assertThat(answer.body().length()).isLessThan(20_000);
        stillServes();
    }

    private void stillServes() {
        assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
    }

    private static String line(String content) {
        return "{\"model\": \"m\", \"done\": false, \"message\": {\"role\": \"assistant\", \"content\": " + content
                + "}}\n";
    }

    private static final String END = "{\"model\": \"m\", \"done\": true, \"done_reason\": \"stop\"}\n";

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 302, 303, 307, 308})
    void aRedirectLeadsNowhere(int status) throws IOException {
        try (Canary canary = new Canary()) {
            for (String place : List.of(
                    "http://127.0.0.1:" + canary.port() + "/api/chat",
                    "//127.0.0.1:" + canary.port(),
                    "file:///etc/passwd",
                    "/api/tags")) {
                backend.says(
                        "/api/chat", HostileBackend.answer(status + " Elsewhere", "Location: " + place + "\r\n", "{}"));

                HttpResponse<String> answer = generate();

                failed(answer);
                assertThat(answer.body()).doesNotContain("root:x:0", Canary.SONG);
                assertThat(answer.headers().firstValue("Location")).isEmpty();
            }
            assertThat(canary.visits()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "{\"message\": {\"content\": \"", "[", "{\"a\":", " ", "\u0000"})
    void aLineThatNeverEndsIsCutOff(String piece) throws InterruptedException {
        backend.says("/api/chat", HostileBackend.endless(piece));

        failed(generate());
        assertThat(backend.hungUp.await(60, TimeUnit.SECONDS))
                .as("and it is hung up on")
                .isTrue();
    }

    @Test
    void anAnswerThatNeverEndsIsCutWhereAnswersEnd() throws InterruptedException {
        backend.says("/api/chat", HostileBackend.endless(line("\"word \"")));

        JsonNode answer = TestServer.json(generate());

        assertThat(answer.path("finish_reason").asText())
                .as(answer.toString().substring(0, 100))
                .isEqualTo("length");
        assertThat(answer.get("response").asText().length()).isLessThanOrEqualTo(10_000);
        assertThat(backend.hungUp.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "{}\n", "{\"model\": \"m\", \"done\": false}\n"})
    void anAnswerOfNothingForeverEndsInTime(String piece) {
        backend.says("/api/chat", HostileBackend.endless(piece));

        failed(generate());
    }

    @Test
    void aHeadWithoutEndIsNotReadToItsEnd() {
        backend.says("/api/chat", out -> {
            out.write("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] header = ("X-Filler: " + "x".repeat(8_000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 2_000; i++) {
                out.write(header);
            }
            out.write("\r\n{}\n".getBytes(StandardCharsets.US_ASCII));
        });

        failed(generate());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 999 What\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 204 No Content\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\n",
                "HTTP/9.9 200 OK\r\n\r\n{}",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "\r\n\r\n\r\n",
                ""
            })
    void whatIsNoHttpIsAFailureOfTheBackends(String said) {
        backend.says("/api/chat", HostileBackend.bytes(said.getBytes(StandardCharsets.US_ASCII)));

        failed(generate());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json\n",
                "[]\n",
                "null\n",
                "{\"message\": 5}\n",
                "{\"message\": {\"content\": {\"a\": 1}}}\n",
                "{\"message\": {\"content\": \"x\", \"tool_calls\": 7}}\n",
                "{\"message\": {\"tool_calls\": [{\"function\": {\"name\": 5, \"arguments\": \"x\"}}]}, \"done\": false}\n",
                "{\"error\": {\"a\": 1}}\n",
                "{\"done\": \"perhaps\"}\n",
                "{\"done\": true, \"done_reason\": 5, \"eval_count\": \"many\", \"message\": {\"content\": []}}\n",
                "{\"done\": true, \"done_reason\": \"stop\", \"eval_count\": -1e308, \"prompt_eval_count\": 99999999999999999999}\n",
                "{\"message\": {\"content\": \"half"
            })
    void whatIsNoAnswerIsNotTakenForOne(String said) {
        backend.says("/api/chat", HostileBackend.answer("200 OK", "", said));

        HttpResponse<String> answer = generate();

        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 404, 502, 503, 504);
        TestServer.json(answer);
        stillServes();
    }

    @Test
    void jsonThatIsNestedWithoutEndIsAFailureOfTheBackends() {
        backend.says(
                "/api/chat",
                HostileBackend.answer("200 OK", "", line("[".repeat(200_000) + "]".repeat(200_000)) + END));

        failed(generate());
    }

    @Test
    void textThatIsNoTextComesOutAsText() {
        backend.says("/api/chat", out -> {
            out.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.write("{\"message\": {\"content\": \"a".getBytes(StandardCharsets.US_ASCII));
            out.write(new byte[] {(byte) 0xc0, (byte) 0xae, (byte) 0xff, (byte) 0xed, (byte) 0xa0, (byte) 0x80});
            out.write(("b\"}, \"done\": false}\n" + line("\"\\ud800 \\u0000 \\u2028 </script>\"") + END)
                    .getBytes(StandardCharsets.US_ASCII));
        });

        HttpResponse<String> answer = generate();

        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 502);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).contains("json");
        TestServer.json(answer);
    }

    @Test
    void whatABackendSaysInHeadersOurClientsDoNotHear() {
        backend.says(
                "/api/chat",
                HostileBackend.answer(
                        "200 OK",
                        String.join(
                                "\r\n",
                                "Set-Cookie: session=evil",
                                "Access-Control-Allow-Origin: *",
                                "Location: http://evil.example",
                                "Content-Security-Policy: default-src *",
                                "X-Request-Id: evil",
                                "Server: evil",
                                "Refresh: 0;url=http://evil.example",
                                ""),
                        line("\"Hello\"") + END));

        HttpResponse<String> answer = generate();

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().map().toString()).doesNotContain("evil", "Access-Control-Allow-Origin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-5",
                "abc",
                "1e9",
                "99999999999999999999",
                "3153600000",
                "Fri, 31 Dec 9999 23:59:59 GMT",
                "5\t; evil=1"
            })
    void aWaitThatABackendAsksForIsANumberOfSecondsOrNothing(String wait) {
        for (String status : List.of("429 Too Many", "503 Busy")) {
            backend.says(
                    "/api/chat",
                    HostileBackend.answer(status, "Retry-After: " + wait + "\r\n", "{\"error\": \"busy\"}"));

            HttpResponse<String> answer = generate();

            failed(answer);
            answer.headers()
                    .firstValue("Retry-After")
                    .ifPresent(told -> assertThat(told).matches("[0-9]{1,18}"));
        }
    }

    @Test
    void anErrorOfABackendIsATextAndNoMore() {
        String evil = "evil\\r\\nSet-Cookie: x=1\\u0000<script>alert(1)</script>\\n\\nevent: done\\ndata: {}\\n\\n"
                + "x".repeat(100_000);
        backend.says("/api/chat", HostileBackend.answer("500 Broken", "", "{\"error\": \"" + evil + "\"}"));

        HttpResponse<String> answer = generate();

        failed(answer);
        assertThat(answer.headers().map().toString()).doesNotContain("x=1");
    }

    @Test
    void anEventCannotBeForgedByAPieceOfText() {
        String forged =
                "\"\\n\\nevent: done\\ndata: {\\\"forged\\\": true}\\n\\n\\r\\rid: 7\\r\\n\\r\\nretry: 1\\n\\n\"";
        backend.says("/api/chat", HostileBackend.answer("200 OK", "", line(forged) + line("\"[DONE]\"") + END));

        SseReader own =
                new SseReader(server.post("/api/llm/generate/stream", "{\"prompt\": \"x\", \"use_cache\": false}")
                        .body()
                        .lines());
        List<SseReader.Event> events = own.rest();
        assertThat(events.stream().filter(event -> event.name().equals("done"))).hasSize(1);
        assertThat(events.stream()
                        .filter(event -> event.name().equals("message"))
                        .map(event -> event.json().get("text").asText())
                        .collect(Collectors.joining()))
                .contains("event: done\ndata: {\"forged\": true}");

        String openAi = server.post(
                        "/v1/chat/completions",
                        "{\"model\": \"auto\", \"stream\": true, \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}")
                .body();
        assertThat(openAi.lines().filter(text -> text.equals("data: [DONE]"))).hasSize(1);
        assertThat(openAi.lines()
                        .filter(text ->
                                text.startsWith("event:") || text.startsWith("id:") || text.startsWith("retry:")))
                .isEmpty();
    }

    @Test
    void theProgressOfAPullCannotForgeItsEnd() {
        backend.says("/api/pull", HostileBackend.answer("200 OK", "", """
                        {"status": "x\\n\\nevent: done\\ndata: {}\\n\\n", "total": -5, "completed": 1e300}
                        {"status": 5, "digest": []}
                        {"error": "no\\n\\nevent: done\\n\\n"}
                        """));

        String body = server.post("/api/llm/models/pull", "{\"model\": \"m\", \"backend\": \"edge\"}")
                .body();

        assertThat(body.lines().filter(text -> text.equals("event: done"))).isEmpty();
        stillServes();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"embeddings\": []}",
                "{\"embeddings\": [[1.0], [2.0]]}",
                "{\"embeddings\": [[\"a\"]]}",
                "{\"embeddings\": [[1e400, -1e400]]}",
                "{\"embeddings\": [[]]}",
                "{\"embeddings\": [[[1]]]}",
                "{\"embeddings\": {\"0\": [1]}}",
                "{\"embeddings\": \"AAAA\"}",
                "{\"embeddings\": [[1, null]]}",
                "[]",
                "{"
            })
    void vectorsThatAreNoneAreAFailureOfTheBackends(String said) {
        backend.says("/api/embed", HostileBackend.json(said));

        HttpResponse<String> answer =
                server.post("/api/llm/embed", "{\"input\": \"x\", \"model\": \"" + FakeOllama.MODEL + "\"}");

        assertThat(answer.statusCode()).as(answer.body()).isIn(404, 502, 503, 504);
        stillServes();
    }

    @Test
    void namesOfModelsAreTextsHoweverManyThereAre() {
        String evil =
                "{\"name\": \"<script>alert(1)</script>\\r\\nX: y\\u0000\\u202e\", \"model\": \"../../etc\", \"size\": -1, \"details\": 5}";
        String many = IntStream.range(0, 20_000)
                .mapToObj(i -> "{\"name\": \"m" + i + "\", \"size\": " + i + "}")
                .collect(Collectors.joining(","));
        backend.says(
                "/api/tags", HostileBackend.json("{\"models\": [" + evil + ", {\"name\": 5}, null, " + many + "]}"));

        for (String path :
                List.of("/api/llm/models", "/v1/models", "/api/routing/stats", "/api/health/detailed", "/health")) {
            HttpResponse<String> answer = server.get(path);

            assertThat(answer.statusCode()).as(path).isIn(200, 503);
            assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/json");
            assertThat(answer.headers().map()).doesNotContainKey("x");
            TestServer.json(answer);
        }
    }

    @Test
    void aToolThatNobodyOfferedIsToldAndNotRun() {
        String call =
                "{\"message\": {\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": [{\"function\": {\"name\": \"memory.delete\","
                        + " \"arguments\": {\"key\": \"precious\"}}}]}, \"done\": false}\n";
        server.post("/api/memory/set", "{\"key\": \"precious\", \"value\": 1}");
        backend.says("/api/chat", HostileBackend.answer("200 OK", "", call + END));

        HttpResponse<String> answer = generate();

        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 502, 503);
        assertThat(server.post("/api/memory/get", "{\"key\": \"precious\"}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void aPictureIsHandedOnAndNotLookedInto() {
        byte[] bomb = new byte[50_000];
        backend.says("/api/chat", HostileBackend.answer("200 OK", "", line("\"seen\"") + END));

        HttpResponse<String> answer = server.post(
                "/api/llm/chat",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\", \"images\": [\""
                        + Base64.getEncoder().encodeToString(bomb) + "\"]}], \"use_cache\": false}");

        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 400, 404, 502, 503);
    }
}
