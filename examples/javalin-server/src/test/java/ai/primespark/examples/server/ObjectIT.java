package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Objects larger than the server's heap, over HTTP. */
@Timeout(300)
class ObjectIT {

    private static final Path JAR = Path.of("target", "prime-spark-server.jar");
    private static final String HEAP = "96m";
    private static final int SIZE = 128 << 20;

    @TempDir
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private Path file = Path.of("");
    private String sha256 = "";

    @BeforeEach
    void write() throws Exception {
        file = folder.resolve("content");
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        Random random = new Random(9);
        byte[] piece = new byte[1 << 20];
        try (var out = Files.newOutputStream(file)) {
            for (int i = 0; i < SIZE / piece.length; i++) {
                random.nextBytes(piece);
                digest.update(piece);
                out.write(piece);
            }
        }
        sha256 = HexFormat.of().formatHex(digest.digest());
    }

    private ServerProcess server() throws IOException {
        return ServerProcess.ofJar(JAR, folder, HEAP, Map.of(), "--port", "0", "--no-auth");
    }

    private static HttpRequest.Builder request(URI address, String path) {
        return HttpRequest.newBuilder(address.resolve(path)).timeout(Duration.ofMinutes(4));
    }

    private String fetched(URI address) throws Exception {
        HttpResponse<InputStream> response =
                client.send(request(address, "/api/memory/objects/big").build(), BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = response.body()) {
            byte[] piece = new byte[1 << 16];
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                digest.update(piece, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @Test
    void anObjectLargerThanTheHeapGoesUpAndDown() throws Exception {
        try (ServerProcess server = server()) {
            URI address = ServerProcess.address(server.greeting());

            HttpResponse<String> put = client.send(
                    request(address, "/api/memory/objects/big")
                            .PUT(BodyPublishers.ofFile(file))
                            .build(),
                    BodyHandlers.ofString());

            assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
            assertThat(TestServer.json(put).get("sha256").asText()).isEqualTo(sha256);
            assertThat(fetched(address)).isEqualTo(sha256);
        }
    }

    @Test
    void anUploadGoesOnAfterTheServerWasKilled() throws Exception {
        String location;
        int half = SIZE / 2;
        try (ServerProcess server = server()) {
            URI address = ServerProcess.address(server.greeting());
            HttpResponse<String> created = client.send(
                    request(address, "/api/memory/uploads")
                            .header("Tus-Resumable", "1.0.0")
                            .header("Upload-Length", String.valueOf(SIZE))
                            .header(
                                    "Upload-Metadata",
                                    "name "
                                            + Base64.getEncoder()
                                                    .encodeToString("big".getBytes(StandardCharsets.UTF_8)))
                            .POST(BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
            assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
            location = created.headers().firstValue("Location").orElseThrow();
            assertThat(patch(address, location, 0, half)).isEqualTo(204);
        } // as kill -9 does

        try (ServerProcess server = server()) {
            URI address = ServerProcess.address(server.greeting());
            HttpResponse<Void> head = client.send(
                    request(address, location)
                            .header("Tus-Resumable", "1.0.0")
                            .method("HEAD", BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.discarding());
            assertThat(head.headers().firstValue("Upload-Offset")).hasValue(String.valueOf(half));

            assertThat(patch(address, location, half, SIZE)).isEqualTo(204);

            assertThat(fetched(address)).isEqualTo(sha256);
        }
    }

    private int patch(URI address, String location, int from, int to) throws Exception {
        return client.send(
                        request(address, location)
                                .header("Tus-Resumable", "1.0.0")
                                .header("Content-Type", "application/offset+octet-stream")
                                .header("Upload-Offset", String.valueOf(from))
                                .method("PATCH", BodyPublishers.ofInputStream(() -> part(from, to)))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }

    /** The bytes of the file from one place to another. */
    private InputStream part(int from, int to) {
        try {
            InputStream in = Files.newInputStream(file);
            in.skipNBytes(from);
            return new java.io.FilterInputStream(in) {
                private int left = to - from;

                @Override
                public int read() throws IOException {
                    throw new IOException("not one by one");
                }

                @Override
                public int read(byte[] target, int offset, int length) throws IOException {
                    int count = left == 0 ? -1 : super.read(target, offset, Math.min(left, length));
                    left -= Math.max(0, count);
                    return count;
                }
            };
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
