package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.examples.server.AttackedServer.Who;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * API4:2023, unrestricted resource consumption: too large, too deep, too many, too slow, and patterns that never end. That a test ends
 * in time is part of it. {@link TrafficTest} has the limits one by one.
 *
 * @see <a href="https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/">OWASP</a>
 */
@Timeout(120)
class Api04ResourceConsumptionTest {

    private static final int BODY = 1 << 20;

    @TempDir
    static Path directory;

    private static AttackedServer server;
    private static Calls calls;

    @BeforeAll
    static void start() {
        server = new AttackedServer(directory, "limits { rate = 0, body = 1 MiB, idle = 2 s }", config -> config);
        calls = Calls.of(server.framed);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void stillServes() {
        assertThat(server.framed.get("/health/live").statusCode()).isEqualTo(200);
        assertThat(server.get(Who.MIRA, "/api/auth/me").statusCode()).isEqualTo(200);
    }

    static Stream<Calls.Call> callsWithJson() {
        return calls.withJson().stream();
    }

    @ParameterizedTest
    @MethodSource("callsWithJson")
    void aBodyOverTheLimitIsRefusedByEveryCall(Calls.Call call) {
        byte[] large = ("{\"x\": \"" + "x".repeat(BODY) + "\"}").getBytes(StandardCharsets.UTF_8);

        for (var publisher : List.of(
                BodyPublishers.ofByteArray(large),
                BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(large)))) { // the second does not say how long it is
            HttpResponse<String> answer = server.framed.send(server.framed
                    .request(call.path())
                    .header("Authorization", "Bearer " + server.token(Who.ADMIN))
                    .header("Content-Type", "application/json")
                    .method(call.method(), publisher));
            assertThat(answer.statusCode()).isEqualTo(413);
        }
    }

    @Test
    void aBodyFarOverTheLimitIsRefusedBeforeItComesAndTheConnectionIsOver() throws IOException {
        String head = "POST /api/memory/set HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Authorization: Bearer " + server.token(Who.ADMIN) + "\r\nContent-Length: 9000000000\r\n\r\n";

        String answer = server.framed.raw(head);

        assertThat(answer).startsWith("HTTP/1.1 413 ").contains("\r\nConnection: close\r\n");
    }

    static Stream<String> strange() {
        return Stream.of(
                "[".repeat(100_000) + "]".repeat(100_000),
                "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000),
                "[".repeat(500_000),
                "{\"a\":".repeat(50_000),
                "{\"ttl\": 1" + "0".repeat(900_000) + "}",
                "{\"ttl\": 1e" + "9".repeat(50) + "}",
                "{\"ttl\": 0." + "0".repeat(900_000) + "1}",
                "{\"" + "k".repeat(900_000) + "\": 1}",
                "{\"key\": \"" + "\\u0000".repeat(100_000) + "\"}",
                "{\"key\": \"" + "\\".repeat(900_001) + "\"}",
                "\"" + "x".repeat(900_000) + "\"",
                " ".repeat(1_000_000),
                "{\"key\": \"k\", \"value\": " + "[".repeat(990) + "]".repeat(990) + "}");
    }

    @ParameterizedTest
    @MethodSource("strange")
    void strangeJsonIsRefusedInFewWords(String json) {
        for (String path : List.of("/api/memory/get", "/api/llm/chat", "/api/tasks/submit", "/v1/chat/completions")) {
            HttpResponse<String> answer = server.post(Who.MIRA, path, json);

            assertThat(answer.statusCode()).as(path + " " + answer.body()).isEqualTo(400);
            assertThat(answer.body().length()).as(path).isLessThan(20_000);
        }
        stillServes();
    }

    @Test
    void jsonAsDeepAsMayBeIsKeptAndGivenBack() {
        String deep = "[".repeat(900) + "]".repeat(900);

        HttpResponse<String> kept =
                server.post(Who.MIRA, "/api/memory/set", "{\"key\": \"deep\", \"value\": " + deep + "}");
        HttpResponse<String> given = server.post(Who.MIRA, "/api/memory/get", "{\"key\": \"deep\"}");

        assertThat(kept.statusCode()).as(kept.body()).isIn(200, 400);
        assertThat(given.statusCode()).as(given.body()).isEqualTo(kept.statusCode() == 200 ? 200 : 404);
    }

    @Test
    void aHundredThousandMistakesDoNotMakeAHugeAnswer() {
        String fields = IntStream.range(0, 90_000)
                .mapToObj(i -> "\"" + Integer.toString(i, 36) + "\":1")
                .collect(Collectors.joining(","));
        String list = IntStream.range(0, 90_000).mapToObj(i -> "{}").collect(Collectors.joining(","));

        for (String body :
                List.of("{" + fields + "}", "{\"messages\": [" + list + "]}", "{\"messages\": [{" + fields + "}]}")) {
            HttpResponse<String> answer = server.post(Who.MIRA, "/api/llm/chat", body);

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body().length()).isLessThan(20_000);
        }
        stillServes();
    }

    @Test
    void aCompressedBombIsNotUnpacked() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bomb)) {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 64; i++) {
                zip.write(zeros);
            }
        }
        for (String encoding : List.of("gzip", "deflate", "gzip, gzip")) {
            HttpResponse<String> answer = server.framed.send(server.framed
                    .request("/api/memory/get")
                    .header("Authorization", "Bearer " + server.token(Who.MIRA))
                    .header("Content-Type", "application/json")
                    .header("Content-Encoding", encoding)
                    .POST(BodyPublishers.ofByteArray(bomb.toByteArray())));
            assertThat(answer.statusCode()).isIn(400, 413, 415);
        }
    }

    /** Texts on which patterns with nested or ambiguous repetitions take a time that doubles with each letter. */
    static List<String> endless(int length) {
        return List.of(
                "a".repeat(length) + "!",
                "a.".repeat(length / 2) + "!",
                "0".repeat(length) + "x",
                "a-".repeat(length / 2) + "/",
                "/".repeat(length) + "\u0001",
                "a/".repeat(length / 2) + "\u0001",
                ":".repeat(length) + "!",
                "\t ".repeat(length / 2) + "x",
                "(".repeat(length),
                "a@".repeat(length / 2) + "!",
                "=,".repeat(length / 2) + "!",
                "2026-11-25T18:00:00" + "0".repeat(length) + "Z",
                "é".repeat(length / 2));
    }

    @ParameterizedTest
    @MethodSource("callsWithJson")
    void noTextMakesAFieldOfABodyTakeForEver(Calls.Call call) {
        for (Field<?> field : call.route().body().orElseThrow().fields()) {
            boolean list = !"string".equals(field.schema().get("type"));
            for (String text : endless(20_000)) {
                ObjectNode body = calls.body(call);
                body.set(field.name(), list ? body.arrayNode().add(text) : body.textNode(text));
                int status = server.send(Who.ADMIN, call.method(), call.path(), body.toString())
                        .statusCode();
                assertThat(status).as(call + " " + field.name()).isNotIn(500, 501);
            }
        }
    }

    @Test
    void noTextMakesAParameterOrAHeaderTakeForEver() throws IOException {
        for (Calls.Call call : calls.all()) {
            if (call.route() == null
                    || call.route().answers().stream().anyMatch(a -> a.type().equals(Route.EVENTS))) {
                continue;
            }
            for (Route.Parameter parameter : call.route().parameters()) {
                for (String text : endless(3_000)) {
                    String encoded = java.net.URLEncoder.encode(text, StandardCharsets.UTF_8)
                            .replace("+", "%20");
                    String path = switch (parameter.in()) {
                        case PATH -> call.path().substring(0, call.path().lastIndexOf('/') + 1) + encoded;
                        case QUERY -> call.path() + "?" + parameter.field().name() + "=" + encoded;
                        case HEADER -> call.path();
                    };
                    String header =
                            parameter.in() == Route.In.HEADER && text.chars().allMatch(c -> c >= ' ' && c < 127)
                                    ? parameter.field().name() + ": " + text
                                    : "X-Nothing: x";
                    String answer = server.raw(
                            Who.ADMIN, call.method() + " " + path + " HTTP/1.1", header, "Tus-Resumable: 1.0.0");
                    assertThat(AttackedServer.status(answer))
                            .as(call + " " + parameter.field().name())
                            .isNotEqualTo(500);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization",
                "Accept",
                "X-Request-Id",
                "X-Forwarded-For",
                "Origin",
                "Content-Type",
                "Host",
                "Cookie"
            })
    void noHeaderMakesTheServerThinkForEver(String name) throws IOException {
        for (String text : endless(7_000)) {
            if (text.chars().allMatch(c -> c >= ' ' && c < 127)) {
                String answer = server.exchange(
                        ("GET /health/live HTTP/1.1\r\n" + (name.equals("Host") ? "" : "Host: localhost\r\n")
                                        + "Connection: close\r\n" + name + ": " + text + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(AttackedServer.status(answer))
                        .as(text.substring(0, 10))
                        .isNotIn(0, 500);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/memory/keys?limit=1000000000",
                "/api/memory/keys?limit=-1",
                "/api/memory/keys?limit=0",
                "/api/memory/keys?limit=99999999999999999999",
                "/api/memory/keys?limit=1e9",
                "/api/memory/objects?limit=1000000000",
                "/api/tasks?limit=1000000000",
                "/api/auth/users?limit=1000000000"
            })
    void noPageIsAsLongAsOneLikes(String path) {
        assertThat(server.get(Who.ADMIN, path).statusCode()).isEqualTo(400);
    }

    @Test
    void manyRangesAreNotManyAnswers() {
        HttpResponse<String> stored = server.framed.send(server.framed
                .request("/api/memory/objects/ranges")
                .header("Authorization", "Bearer " + server.token(Who.MIRA))
                .PUT(BodyPublishers.ofString("0123456789")));
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        String ranges = IntStream.range(0, 1_500).mapToObj(i -> "0-9").collect(Collectors.joining(","));

        HttpResponse<String> answer = server.framed.send(server.framed
                .request("/api/memory/objects/ranges")
                .header("Authorization", "Bearer " + server.token(Who.MIRA))
                .header("Range", "bytes=" + ranges));

        assertThat(answer.statusCode()).isIn(200, 416);
        assertThat(answer.body().length()).isLessThan(1_000);
    }

    @Test
    void onlySoManyUploadsAreOpenAtOnce(@TempDir Path other) {
        try (AttackedServer filled = new AttackedServer(other)) {
            List<Integer> answers = new ArrayList<>();
            HttpResponse<String> last = null;
            for (int i = 0; i < 80; i++) {
                last = filled.framed.send(filled.framed
                        .request("/api/memory/uploads")
                        .header("Authorization", "Bearer " + filled.token(Who.MIRA))
                        .header("Tus-Resumable", "1.0.0")
                        .header("Upload-Length", "1000")
                        .header("Upload-Metadata", "name YQ==")
                        .POST(BodyPublishers.noBody()));
                answers.add(last.statusCode());
            }

            assertThat(answers).containsOnly(201, 429);
            assertThat(answers.stream().filter(status -> status == 201).count()).isEqualTo(64);
            assertThat(FramedServer.type(last)).isEqualTo("upload-too-many");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775807", "999999999999999", "-1", "99999999999999999999999999", "1e18"})
    void anUploadThatCannotEndIsNotBegun(String length) {
        HttpResponse<String> answer = server.framed.send(server.framed
                .request("/api/memory/uploads")
                .header("Authorization", "Bearer " + server.token(Who.MIRA))
                .header("Tus-Resumable", "1.0.0")
                .header("Upload-Length", length)
                .header("Upload-Metadata", "name YQ==")
                .POST(BodyPublishers.noBody()));

        assertThat(answer.statusCode()).as(answer.body()).isIn(400, 413, 507);
    }

    @Test
    void aUserDoesNotTakeAllStreamsFromTheOthers() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        List<SseReader> open = new ArrayList<>();
        try {
            List<Integer> answers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                HttpResponse<Stream<String>> answer = client.send(
                        server.framed
                                .request("/api/events")
                                .header("Authorization", "Bearer " + server.token(Who.MIRA))
                                .build(),
                        BodyHandlers.ofLines());
                answers.add(answer.statusCode());
                open.add(new SseReader(answer.body()));
            }
            assertThat(answers.stream().filter(status -> status == 200).count()).isEqualTo(16);
            assertThat(answers).containsOnly(200, 429);

            HttpResponse<Stream<String>> otto = client.send(
                    server.framed
                            .request("/api/events")
                            .header("Authorization", "Bearer " + server.token(Who.OTTO))
                            .build(),
                    BodyHandlers.ofLines());
            open.add(new SseReader(otto.body()));
            assertThat(otto.statusCode()).isEqualTo(200);
        } finally {
            open.forEach(SseReader::close);
        }
    }

    @Test
    void twoHundredConnectionsThatSendTheirHeadsSlowlyKeepNobodyOut() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                Socket socket = server.framed.socket();
                socket.getOutputStream().write("GET /health HTTP/1.1\r\nX".getBytes(StandardCharsets.US_ASCII));
                slow.add(socket);
            }
            await().pollInterval(Duration.ofMillis(200))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> {
                        stillServes();
                        return slow.stream().allMatch(Api04ResourceConsumptionTest::isCutOff);
                    });
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    /** Sends one more letter, as an attacker does. */
    private static boolean isCutOff(Socket socket) {
        try {
            socket.setSoTimeout(1);
            socket.getOutputStream().write('X');
            return socket.getInputStream().read() == -1;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aFloodOfConnectionsFromOnePlaceLeavesRoomForOthers(@TempDir Path other) throws Exception {
        List<Socket> flood = new ArrayList<>();
        try (AttackedServer flooded = new AttackedServer(
                other, "limits { rate = 0, connections = 40, connections-per-source = 20 }", config -> config)) {
            for (int i = 0; i < 100; i++) {
                flood.add(flooded.framed.socket());
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> flood.stream()
                                    .filter(Api04ResourceConsumptionTest::isCutOff)
                                    .count()
                            >= 80);

            String answer = flooded.exchange(
                    "127.0.0.2",
                    "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(AttackedServer.status(answer)).isEqualTo(200);
        } finally {
            for (Socket socket : flood) {
                socket.close();
            }
        }
    }

    @Test
    void aThousandRequestsInOnePacketAreCountedOneByOne(@TempDir Path other) throws Exception {
        try (AttackedServer limited =
                new AttackedServer(other, "limits { rate = 5, burst = 20, idle = 1 s }", config -> config)) {
            String flood = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(500)
                    + "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

            String answers = limited.exchange(flood.getBytes(StandardCharsets.US_ASCII));

            Map<String, Long> byStatus = Stream.of(answers.split("(?=HTTP/1\\.1 )"))
                    .filter(answer -> answer.startsWith("HTTP/1.1 "))
                    .collect(Collectors.groupingBy(answer -> answer.substring(9, 12), Collectors.counting()));
            assertThat(byStatus.keySet()).isSubsetOf("200", "429");
            assertThat(byStatus.getOrDefault("200", 0L)).isLessThan(100);
            assertThat(byStatus.getOrDefault("429", 0L)).isGreaterThan(300);
        }
    }
}
