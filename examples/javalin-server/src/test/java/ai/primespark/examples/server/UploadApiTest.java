package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Objects that come in pieces, as clients of tus 1.0 send them. */
class UploadApiTest {

    private static final byte[] CONTENT = new byte[200_000];

    @TempDir
    static Path directory;

    private static TestServer server;

    @BeforeAll
    static void start() {
        new Random(6).nextBytes(CONTENT);
        server = new TestServer(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpRequest.Builder tus(String path) {
        return server.request(path).header("Tus-Resumable", "1.0.0");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static HttpResponse<String> create(long length, String metadata) {
        return server.send(tus("/api/memory/uploads")
                .header("Upload-Length", String.valueOf(length))
                .header("Upload-Metadata", metadata)
                .POST(BodyPublishers.noBody()));
    }

    private static String created(String name, long length) {
        HttpResponse<String> response = create(length, "name " + base64(name));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return header(response, "Location");
    }

    private static HttpResponse<String> patch(String location, int from, int to) {
        return server.send(tus(location)
                .header("Content-Type", "application/offset+octet-stream")
                .header("Upload-Offset", String.valueOf(from))
                .method("PATCH", BodyPublishers.ofByteArray(Arrays.copyOfRange(CONTENT, from, to))));
    }

    private static HttpResponse<String> head(String location) {
        return server.send(tus(location).method("HEAD", BodyPublishers.noBody()));
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static byte[] stored(String name) throws Exception {
        try (var in = server.spark.memory().objects().read(name, 0, -1)) {
            return in.readAllBytes();
        }
    }

    @Test
    void theServerSaysWhatItSpeaks() {
        HttpResponse<String> options =
                server.send(server.request("/api/memory/uploads").method("OPTIONS", BodyPublishers.noBody()));

        assertThat(options.statusCode()).isEqualTo(204);
        assertThat(header(options, "Tus-Version")).isEqualTo("1.0.0");
        assertThat(header(options, "Tus-Extension")).isEqualTo("creation,expiration,termination");
    }

    @Test
    void aNameOfMoreThan1024BytesIsRefusedBeforeAnythingIsSent() {
        assertThat(create(1, "name " + base64("ä".repeat(512))).statusCode()).isEqualTo(201);

        HttpResponse<String> refused = create(1, "name " + base64("ä".repeat(512) + "x"));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(TestServer.json(refused).at("/errors/0/field").asText()).isEqualTo("Upload-Metadata");
    }

    @Test
    void piecesBecomeAnObject() throws Exception {
        String location = created("pieces/big.bin", CONTENT.length);
        assertThat(location).matches("/api/memory/uploads/[0-9a-f]{32}");

        HttpResponse<String> first = patch(location, 0, 60_000);
        HttpResponse<String> between = head(location);
        HttpResponse<String> last = patch(location, 60_000, CONTENT.length);

        assertThat(first.statusCode()).as(first.body()).isEqualTo(204);
        assertThat(header(first, "Upload-Offset")).isEqualTo("60000");
        assertThat(header(first, "Tus-Resumable")).isEqualTo("1.0.0");
        assertThat(header(first, "Upload-Expires")).endsWith(" GMT");
        assertThat(between.statusCode()).isEqualTo(200);
        assertThat(header(between, "Upload-Offset")).isEqualTo("60000");
        assertThat(header(between, "Upload-Length")).isEqualTo("200000");
        assertThat(header(between, "Cache-Control")).isEqualTo("no-store");
        assertThat(last.statusCode()).as(last.body()).isEqualTo(204);
        assertThat(header(last, "Upload-Offset")).isEqualTo("200000");
        assertThat(header(last, "ETag")).hasSize(66);
        assertThat(stored("pieces/big.bin")).isEqualTo(CONTENT);
        assertThat(header(head(location), "Upload-Offset"))
                .as("for a client that lost the last answer")
                .isEqualTo("200000");
    }

    @Test
    void whatCameBeforeTheConnectionBrokeIsKept() throws Exception {
        String location = created("broken", CONTENT.length);
        try (Socket socket = new Socket("127.0.0.1", server.port)) {
            socket.getOutputStream()
                    .write(("PATCH " + location + " HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\n"
                                    + "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n"
                                    + "Content-Length: 200000\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(CONTENT, 0, 50_000);
        }

        await().atMost(Duration.ofSeconds(30))
                .until(() -> header(head(location), "Upload-Offset").equals("50000"));
        HttpResponse<String> rest = await().atMost(Duration.ofSeconds(30))
                .until(() -> patch(location, 50_000, CONTENT.length), response -> response.statusCode() != 423);

        assertThat(rest.statusCode()).as(rest.body()).isEqualTo(204);
        assertThat(stored("broken")).isEqualTo(CONTENT);
    }

    @Test
    void anEmptyObjectIsThereAtOnce() throws Exception {
        created("nothing-in-it", 0);

        assertThat(stored("nothing-in-it")).isEmpty();
    }

    @Test
    void anUploadThatIsGivenUpIsGone() {
        String location = created("given-up", 10);
        patch(location, 0, 5);

        assertThat(server.send(tus(location).DELETE()).statusCode()).isEqualTo(204);

        assertThat(head(location).statusCode()).isEqualTo(404);
        HttpResponse<String> patched = patch(location, 5, 10);
        assertThat(patched.statusCode()).isEqualTo(404);
        assertThat(TestServer.json(patched).get("type").asText()).isEqualTo("urn:primespark:problem:upload-gone");
        assertThat(server.spark.memory().objects().stat("given-up")).isEmpty();
    }

    @Test
    void aPieceMustFit() {
        String location = created("fit", 10);
        patch(location, 0, 5);

        HttpResponse<String> elsewhere = patch(location, 3, 8);
        HttpResponse<String> tooLong = patch(location, 5, 11);
        HttpResponse<String> noBytes = server.send(tus(location)
                .header("Upload-Offset", "5")
                .header("Content-Type", "text/plain")
                .method("PATCH", BodyPublishers.ofString("hello")));

        assertThat(elsewhere.statusCode()).isEqualTo(409);
        assertThat(TestServer.json(elsewhere).get("type").asText())
                .isEqualTo("urn:primespark:problem:upload-wrong-offset");
        assertThat(tooLong.statusCode()).isEqualTo(413);
        assertThat(noBytes.statusCode()).isEqualTo(415);
        assertThat(header(head(location), "Upload-Offset")).isEqualTo("5");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10    | filename YQ==             | 201",
                "10    | type dGV4dA==,name YQ==   | 201",
                "10    | type dGV4dA==             | 400",
                "10    | name                      | 400",
                "10    | name ???                  | 400",
                "10    | name Li4vYQ==             | 400",
                "-1    | name YQ==                 | 400",
                "1.5   | name YQ==                 | 400",
                "9000000000000000000 | name YQ==   | 413"
            })
    void creationNeedsALengthAndAName(String length, String metadata, int status) {
        HttpResponse<String> response = server.send(tus("/api/memory/uploads")
                .header("Upload-Length", length)
                .header("Upload-Metadata", metadata)
                .POST(BodyPublishers.noBody()));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(header(response, "Tus-Resumable")).isEqualTo("1.0.0");
    }

    @Test
    void anotherVersionOfTheProtocolIsRefused() {
        HttpResponse<String> none = server.send(server.request("/api/memory/uploads")
                .header("Upload-Length", "1")
                .POST(BodyPublishers.noBody()));

        assertThat(none.statusCode()).isEqualTo(412);
        assertThat(header(none, "Tus-Version")).isEqualTo("1.0.0");
        assertThat(TestServer.json(none).get("type").asText()).isEqualTo("urn:primespark:problem:tus-version");
    }
}
