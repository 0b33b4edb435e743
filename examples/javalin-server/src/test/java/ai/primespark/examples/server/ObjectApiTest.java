package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.ObjectStore.ObjectInfo;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Objects by name. */
class ObjectApiTest {

    /** More than the limit of bodies, which is not for objects. */
    private static final byte[] CONTENT = new byte[3 * (int) TestServer.BODY_LIMIT + 7];

    @TempDir
    static Path directory;

    private static TestServer server;

    @BeforeAll
    static void start() {
        new Random(5).nextBytes(CONTENT);
        server = new TestServer(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> put(String name, byte[] content, String... headers) {
        var request = server.request("/api/memory/objects/" + name).PUT(BodyPublishers.ofByteArray(content));
        return server.send(headers.length == 0 ? request : request.headers(headers));
    }

    private static HttpResponse<byte[]> get(String name, String... headers) throws Exception {
        var request = server.request("/api/memory/objects/" + name);
        return server.client.send(
                (headers.length == 0 ? request : request.headers(headers)).build(), BodyHandlers.ofByteArray());
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static ObjectInfo stat(String name) {
        return server.spark.memory().objects().stat(name).orElseThrow();
    }

    @Test
    void whatIsPutComesBackAsItWas() throws Exception {
        HttpResponse<String> created = put("models/tiny/q4.gguf", CONTENT);
        HttpResponse<String> replaced = put("models/tiny/q4.gguf", CONTENT);
        HttpResponse<byte[]> got = get("models/tiny/q4.gguf");

        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(replaced.statusCode()).isEqualTo(200);
        ObjectInfo info = stat("models/tiny/q4.gguf");
        JsonNode said = TestServer.json(replaced);
        assertThat(said.get("name").asText()).isEqualTo("models/tiny/q4.gguf");
        assertThat(said.get("bytes").asLong()).isEqualTo(CONTENT.length);
        assertThat(said.get("sha256").asText()).isEqualTo(info.sha256());
        assertThat(said.get("version").asText()).isEqualTo(info.version().toString());
        assertThat(header(replaced, "ETag")).isEqualTo('"' + info.sha256() + '"');
        assertThat(got.statusCode()).isEqualTo(200);
        assertThat(got.body()).isEqualTo(CONTENT);
        assertThat(header(got, "Content-Length")).isEqualTo(String.valueOf(CONTENT.length));
        assertThat(header(got, "Content-Type")).isEqualTo("application/octet-stream");
        assertThat(header(got, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(got, "Accept-Ranges")).isEqualTo("bytes");
        assertThat(header(got, "ETag")).isEqualTo(header(replaced, "ETag"));
        assertThat(header(got, "Last-Modified")).endsWith(" GMT");
    }

    @Test
    void aBodyOfUnknownLengthIsTakenToo() throws Exception {
        var request = server.request("/api/memory/objects/chunked")
                .PUT(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(CONTENT)));

        assertThat(server.send(request).statusCode()).isEqualTo(201);
        assertThat(get("chunked").body()).isEqualTo(CONTENT);
    }

    @Test
    void anEmptyObjectIsOne() throws Exception {
        assertThat(put("empty", new byte[0]).statusCode()).isEqualTo(201);
        assertThat(get("empty").body()).isEmpty();
        assertThat(get("empty", "Range", "bytes=0-").statusCode()).isEqualTo(416);
    }

    @Test
    void headDescribesWithoutTheContent() throws Exception {
        put("head", CONTENT);

        HttpResponse<String> head =
                server.send(server.request("/api/memory/objects/head").method("HEAD", BodyPublishers.noBody()));
        HttpResponse<String> absent =
                server.send(server.request("/api/memory/objects/nothing").method("HEAD", BodyPublishers.noBody()));

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(header(head, "Content-Length")).isEqualTo(String.valueOf(CONTENT.length));
        assertThat(header(head, "ETag")).isEqualTo('"' + stat("head").sha256() + '"');
        assertThat(head.body()).isEmpty();
        assertThat(absent.statusCode()).isEqualTo(404);
    }

    @Test
    void deletionTakesItAway() throws Exception {
        put("gone", CONTENT);

        HttpResponse<String> deleted =
                server.send(server.request("/api/memory/objects/gone").DELETE());

        assertThat(deleted.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(deleted).get("success").asBoolean()).isTrue();
        for (HttpResponse<?> after : List.of(
                get("gone"),
                server.send(server.request("/api/memory/objects/gone").DELETE()))) {
            assertThat(after.statusCode()).isEqualTo(404);
            assertThat(header(after, "Content-Type")).startsWith("application/problem+json");
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "bytes=0-0, 0, 1",
                "bytes=10-19, 10, 10",
                "bytes=60000-, 60000, 7",
                "bytes=-7, 60000, 7",
                "bytes=60000-99999999, 60000, 7",
                "bytes=-99999999, 0, 60007",
                "bytes=0-, 0, 60007"
            })
    void aRangeIsAPartOfIt(String range, int from, int count) throws Exception {
        put("range", CONTENT);

        HttpResponse<byte[]> part = get("range", "Range", range);

        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(CONTENT, from, from + count));
        assertThat(header(part, "Content-Range")).isEqualTo("bytes " + from + "-" + (from + count - 1) + "/60007");
        assertThat(header(part, "Content-Length")).isEqualTo(String.valueOf(count));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=60007-", "bytes=99999999-100000000", "bytes=-0"})
    void aRangeOfWhichNothingIsThereIsRefused(String range) throws Exception {
        put("range", CONTENT);

        HttpResponse<byte[]> part = get("range", "Range", range);

        assertThat(part.statusCode()).isEqualTo(416);
        assertThat(header(part, "Content-Range")).isEqualTo("bytes */60007");
        assertThat(new String(part.body(), StandardCharsets.UTF_8)).contains("range-not-satisfiable");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"bytes=0-1,5-6", "lines=0-1", "bytes=5-1", "bytes=-", "bytes=a-b", "bytes=9999999999999999999-"})
    void aRangeThatIsNoneGivesTheWhole(String range) throws Exception {
        put("range", CONTENT);

        HttpResponse<byte[]> whole = get("range", "Range", range);

        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).hasSize(CONTENT.length);
    }

    @Test
    void aRangeOfAnotherVersionGivesTheWhole() throws Exception {
        put("if-range", CONTENT);
        String tag = '"' + stat("if-range").sha256() + '"';

        assertThat(get("if-range", "Range", "bytes=0-1", "If-Range", tag).statusCode())
                .isEqualTo(206);
        assertThat(get("if-range", "Range", "bytes=0-1", "If-Range", "\"other\"")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void whatTheClientHasIsNotSentAgain() throws Exception {
        put("known", CONTENT);
        String tag = '"' + stat("known").sha256() + '"';

        for (String tags : List.of(tag, "W/" + tag, "\"x\", " + tag, "*")) {
            HttpResponse<byte[]> same = get("known", "If-None-Match", tags);
            assertThat(same.statusCode()).as(tags).isEqualTo(304);
            assertThat(same.body()).isEmpty();
            assertThat(header(same, "ETag")).isEqualTo(tag);
        }
        assertThat(get("known", "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);
        assertThat(get("known", "If-Match", tag).statusCode()).isEqualTo(200);
        assertThat(get("known", "If-Match", "\"x\"").statusCode()).isEqualTo(412);
    }

    @Test
    void aConditionalPutReplacesOnlyWhatItNames() throws Exception {
        assertThat(put("cond", new byte[] {1}, "If-Match", "*").statusCode()).isEqualTo(412);
        assertThat(put("cond", new byte[] {1}, "If-None-Match", "*").statusCode())
                .isEqualTo(201);
        String first = '"' + stat("cond").sha256() + '"';
        assertThat(put("cond", new byte[] {2}, "If-None-Match", "*").statusCode())
                .isEqualTo(412);
        assertThat(put("cond", new byte[] {3}, "If-Match", first).statusCode()).isEqualTo(200);
        HttpResponse<String> late = put("cond", new byte[] {4}, "If-Match", first);

        assertThat(late.statusCode()).isEqualTo(412);
        assertThat(TestServer.json(late).get("type").asText()).isEqualTo("urn:primespark:problem:precondition-failed");
        assertThat(get("cond").body()).containsExactly(3);
        assertThat(server.send(server.request("/api/memory/objects/cond")
                                .header("If-Match", first)
                                .DELETE())
                        .statusCode())
                .isEqualTo(412);
        assertThat(server.send(server.request("/api/memory/objects/cond")
                                .header("If-Match", "*")
                                .DELETE())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aPutThatBreaksOffStoresNothing() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port)) {
            socket.getOutputStream()
                    .write(
                            ("PUT /api/memory/objects/broken HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf")
                                    .getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            InputStream answer = socket.getInputStream();
            while (read(answer) >= 0) {
                // until the server has hung up
            }
        }

        assertThat(get("broken").statusCode()).isEqualTo(404);
    }

    private static int read(InputStream answer) {
        try {
            return answer.read();
        } catch (IOException e) { // reset: hung up, too
            return -1;
        }
    }

    @ParameterizedTest
    @CsvSource({"Content-Range, bytes 0-1/2", "Content-Encoding, gzip"})
    void aPutOfSomethingElseThanTheWholeIsRefused(String header, String value) {
        assertThat(put("part", new byte[2], header, value).statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/memory/objects/../../../etc/passwd",
                "/api/memory/objects/a/../b",
                "/api/memory/objects/./a",
                "/api/memory/objects/a//b",
                "/api/memory/objects/%2e%2e/a",
                "/api/memory/objects/a%2f..%2fb",
                "/api/memory/objects/a%5cb",
                "/api/memory/objects/a%00b",
                "/api/memory/objects/a%0d%0aSet-Cookie:x"
            })
    void noNameLeadsOutOfTheStore(String path) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream()
                    .write(("PUT " + path
                                    + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
                            .getBytes(StandardCharsets.US_ASCII));

            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer).matches("(?s)HTTP/1.1 4\\d\\d .*");
        }
    }

    @Test
    void aNameMayHoldWhateverElsePeopleWrite() throws Exception {
        for (String name : List.of("a%20b.txt", "%C3%A4/%E2%82%AC", "a..b", ".hidden", "100%25", "q%3Fx%23y")) {
            assertThat(put(name, CONTENT).statusCode()).as(name).isEqualTo(201);
            assertThat(get(name).body()).as(name).isEqualTo(CONTENT);
        }
        assertThat(stat("ä/€").bytes()).isEqualTo(CONTENT.length);
    }

    @Test
    void aNameHasAtMost1024BytesOfUtf8() throws Exception {
        String longest = "%C3%A4".repeat(512);
        assertThat(put(longest, new byte[1]).statusCode()).isEqualTo(201);
        assertThat(get(longest).body()).hasSize(1);

        for (String name : List.of("x".repeat(1_025), longest + "x")) {
            for (String method : List.of("GET", "HEAD", "PUT", "DELETE")) {
                HttpResponse<String> refused = server.send(
                        server.request("/api/memory/objects/" + name).method(method, BodyPublishers.ofString("x")));

                assertThat(refused.statusCode()).as(method).isEqualTo(400);
            }
        }
        assertThat(TestServer.json(server.get("/api/memory/objects/" + "x".repeat(1_025)))
                        .at("/errors/0/field")
                        .asText())
                .isEqualTo("name");
    }

    @Test
    void whatIsStoredIsSaidAlsoWhenItIsWhatShouldNotHaveBeenThere() {
        put("once", CONTENT);
        String tag = ObjectRoutes.tag(stat("once"));

        HttpResponse<String> other = put("other", CONTENT, "If-None-Match", tag);

        assertThat(other.statusCode())
                .as("a condition on what was there before")
                .isEqualTo(201);
        assertThat(TestServer.json(other).get("name").asText()).isEqualTo("other");
        assertThat(header(other, "Content-Type")).startsWith("application/json");
        assertThat(header(other, "ETag")).isEqualTo(tag);
        assertThat(put("other", CONTENT, "If-None-Match", tag).statusCode()).isEqualTo(412);
    }

    @Test
    void objectsAreListedPageByPage() throws Exception {
        for (int i = 0; i < 3; i++) {
            put("list/" + i, new byte[i]);
        }

        Map<String, Long> found = new HashMap<>();
        String cursor = "";
        do {
            JsonNode page = TestServer.json(server.get("/api/memory/objects?prefix=list/&limit=2" + cursor));
            assertThat(page.get("objects").size()).isLessThanOrEqualTo(2);
            assertThat(page.get("missing_tiers")).isEmpty();
            page.get("objects")
                    .forEach(each -> found.put(
                            each.get("name").asText(), each.get("bytes").asLong()));
            cursor = page.get("cursor").isNull()
                    ? ""
                    : "&cursor=" + URLEncoder.encode(page.get("cursor").asText(), StandardCharsets.UTF_8);
        } while (!cursor.isEmpty());

        assertThat(found).containsOnly(Map.entry("list/0", 0L), Map.entry("list/1", 1L), Map.entry("list/2", 2L));
        assertThat(server.get("/api/memory/objects?cursor=nonsense").statusCode())
                .isEqualTo(400);
        assertThat(server.get("/api/memory/objects?limit=0").statusCode()).isEqualTo(400);
    }
}
