package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.power.PowerMode;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens, as it happens. */
class EventApiTest {

    @TempDir
    Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = new TestServer(directory, Duration.ofMillis(50));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private SseReader listen() throws Exception {
        HttpResponse<Stream<String>> response =
                server.client.send(server.request("/api/events").build(), BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        SseReader reader = new SseReader(response.body());
        assertThat(reader.nextOrComment()).isEqualTo(new SseReader.Event(SseReader.COMMENT, "listening"));
        return reader;
    }

    private static SseReader.Event await(SseReader reader, String name) {
        SseReader.Event event = reader.nextOrComment();
        while (!event.name().equals(name)) {
            event = reader.nextOrComment();
        }
        return event;
    }

    @Test
    void whoeverListensHearsWhatHappens() throws Exception {
        try (SseReader one = listen();
                SseReader other = listen()) {
            server.spark.power().mode(PowerMode.OFF_GRID);
            for (SseReader reader : List.of(one, other)) {
                JsonNode decision = await(reader, "power_changed").json().get("decision");
                assertThat(decision.get("mode").asText()).isEqualTo("off-grid");
                assertThat(decision.get("edge_only_mode").asBoolean()).isTrue();
            }

            server.post("/api/llm/generate", "{\"prompt\": \"a private question\", \"use_cache\": false}");
            SseReader.Event call = await(one, "call_ended");

            assertThat(call.json().at("/trace/attempts/0/backend").asText()).isEqualTo("edge");
            assertThat(call.data()).doesNotContain("a private question");
        }
    }

    @Test
    void aQuietTimeHasHeartbeats() throws Exception {
        try (SseReader reader = listen()) {
            assertThat(await(reader, SseReader.COMMENT).data()).isEqualTo("nothing new");
        }
    }

    @Test
    void aClientThatDoesNotReadIsCut() throws Exception {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(1 << 12);
            socket.connect(new java.net.InetSocketAddress("127.0.0.1", server.port));
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            assertThat(in.read()).isEqualTo('H');
            // changes of the mode, until the buffers on the way are full and the server's has overflown
            for (int i = 0; i < 20_000; i++) {
                server.spark.power().mode(i % 2 == 0 ? PowerMode.OFF_GRID : PowerMode.AUTO);
            }

            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);

            assertThat(all).contains("event: end\ndata: {\"reason\":\"too_slow\"}\n\n");
        }
    }

    @Test
    void onlySoManyListenAtOnceAndThoseWhoLeaveMakeRoom() throws Exception {
        List<SseReader> readers = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            readers.add(listen());
        }

        HttpResponse<String> refused = server.get("/api/events");
        readers.forEach(SseReader::close);

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(TestServer.json(refused).get("type").asText()).isEqualTo("urn:primespark:problem:too-many-streams");
        try (SseReader again = awaitRoom()) {
            assertThat(again).isNotNull();
        }
    }

    private SseReader awaitRoom() {
        return org.awaitility.Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreException(AssertionError.class)
                .until(this::listen, reader -> true);
    }

    @Test
    void aServerThatClosesEndsTheStreamsAndDoesNotWaitForThem() throws Exception {
        try (SseReader reader = listen()) {
            server.server.close();

            assertThat(await(reader, "end").json().get("reason").asText()).isEqualTo("closing");
        }
    }
}
