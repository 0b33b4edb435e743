package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Too much, too many and too slow. */
@Timeout(120)
class TrafficTest {

    @TempDir
    Path directory;

    @Test
    void aHeaderThatComesDropByDropIsCutOff() throws Exception {
        try (FramedServer server = FramedServer.open(directory, "limits.idle = 1 s");
                Socket slow = server.socket()) {
            OutputStream out = slow.getOutputStream();
            out.write("GET /health HTTP/1.1\r\nHost: localhost\r\n".getBytes(StandardCharsets.US_ASCII));

            assertThat(drip(slow, "X")).isTrue();
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aConnectionThatSaysNothingIsClosed() throws Exception {
        try (FramedServer server = FramedServer.open(directory, "limits.idle = 500 ms");
                Socket silent = server.socket()) {
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aBodyThatComesDropByDropIsCutOff() throws Exception {
        try (FramedServer server = FramedServer.open(directory, "limits { idle = 1 s, upload-rate = 1 KiB }");
                Socket slow = server.socket()) {
            slow.getOutputStream()
                    .write(("POST /api/memory/get HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: 100000\r\n\r\n{")
                            .getBytes(StandardCharsets.US_ASCII));

            assertThat(drip(slow, " ")).isTrue();
        }
    }

    /** Sends a letter every tenth of a second until the other side is gone or has answered. */
    private static boolean drip(Socket slow, String letter) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        slow.setSoTimeout(100);
        InputStream in = slow.getInputStream();
        while (System.nanoTime() < end) {
            try {
                slow.getOutputStream().write(letter.getBytes(StandardCharsets.US_ASCII));
                int answer = in.read(); // waits for the tenth of a second
                if (answer == -1) {
                    return true;
                }
                slow.setSoTimeout(60_000);
                return new String(in.readNBytes(9), StandardCharsets.UTF_8).equals("TTP/1.1 4");
            } catch (java.net.SocketTimeoutException e) {
                // still there
            } catch (IOException e) {
                return true;
            }
        }
        return false;
    }

    @ParameterizedTest
    @CsvSource({"requests-per-source, 429, too-many-at-once", "requests, 503, busy"})
    void moreRequestsAtOnceThanAllowedAreRefusedAndTheOthersGoOn(String limit, int status, String type)
            throws Exception {
        try (FramedServer server = FramedServer.open(directory, "limits." + limit + " = 2")) {
            server.ollama.answers(server.ollama.halting());
            List<Socket> streams = new ArrayList<>();
            try {
                for (int i = 0; i < 2; i++) {
                    streams.add(stream(server));
                }
                HttpResponse<String> refused = server.get("/health");

                assertThat(refused.statusCode()).isEqualTo(status);
                assertThat(FramedServer.type(refused)).isEqualTo(type);
                assertThat(TestServer.json(refused).get("instance").asText()).isEqualTo("/health");
                assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
                assertThat(refused.headers().firstValue("Content-Security-Policy"))
                        .isPresent();
                server.ollama.spoken.countDown();
                for (Socket stream : streams) {
                    assertThat(new String(stream.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                            .contains(" after", "event: done");
                }
                assertThat(server.get("/health").statusCode()).isEqualTo(200);
            } finally {
                for (Socket stream : streams) {
                    stream.close();
                }
            }
        }
    }

    private static final String REQUEST_WITHOUT_ITS_BODY = String.join(
            "\r\n",
            "POST /api/memory/get HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/json",
            "Content-Length: 9",
            "Expect: 100-continue",
            "",
            "");

    /** On Java 17 each takes a thread, and a server that has run out of them answers nobody. */
    @Test
    void asManyRequestsAsAllowedAreServedAtOnceAndNobodyWaitsForThem() throws Exception {
        String limits =
                "limits { rate = 0, requests = 320, requests-per-source = 0, connections-per-source = 0, idle = 10 m }";
        try (FramedServer server = FramedServer.open(directory, limits)) {
            List<Socket> waiting = new ArrayList<>();
            try {
                for (int i = 0; i < 310; i++) {
                    Socket socket = server.socket();
                    waiting.add(socket);
                    socket.getOutputStream().write(REQUEST_WITHOUT_ITS_BODY.getBytes(StandardCharsets.US_ASCII));
                }
                for (Socket socket : waiting) { // now something reads its body
                    assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                            .isEqualTo("HTTP/1.1 100");
                }

                assertThat(server.get("/health").statusCode()).isEqualTo(200);
            } finally {
                for (Socket socket : waiting) {
                    socket.close();
                }
            }
        }
    }

    /** A stream that has begun. */
    private static Socket stream(FramedServer server) throws IOException {
        Socket stream = server.socket();
        String body = "{\"prompt\": \"x\", \"use_cache\": false}";
        stream.getOutputStream()
                .write(("POST /api/llm/generate/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                + body)
                        .getBytes(StandardCharsets.US_ASCII));
        assertThat(stream.getInputStream().read()).isEqualTo('H');
        return stream;
    }

    @Test
    void whoAsksTooOftenIsToldWhenToComeBack() {
        try (FramedServer server = FramedServer.open(directory, "limits { rate = 1, burst = 5 }")) {
            HttpResponse<String> last = null;
            for (int i = 0; i < 20 && (last == null || last.statusCode() == 200); i++) {
                last = server.get("/health");
            }

            assertThat(last).isNotNull();
            assertThat(last.statusCode()).isEqualTo(429);
            assertThat(FramedServer.type(last)).isEqualTo("rate-limit");
            assertThat(last.headers().firstValue("Retry-After"))
                    .hasValueSatisfying(
                            wait -> assertThat(Integer.parseInt(wait)).isBetween(1, 5));
        }
    }

    @Test
    void aConfiguredProxyIsBelievedAboutItsClients() {
        try (FramedServer server =
                FramedServer.open(directory, "proxies = [\"127.0.0.0/8\"], limits { rate = 1, burst = 3 }")) {
            assertThat(ask(server, 10, "203.0.113.7")).contains(429);
            assertThat(ask(server, 1, "203.0.113.8")).containsOnly(200);
            // what the client wrote itself stands before what the proxy saw
            assertThat(ask(server, 1, "198.51.100.1, 203.0.113.7")).containsOnly(429);
        }
    }

    @Test
    void nobodyElseIsBelievedAboutClients() {
        try (FramedServer server = FramedServer.open(directory, "limits { rate = 1, burst = 3 }")) {
            assertThat(ask(server, 10, "203.0.113.7")).contains(429);
            assertThat(ask(server, 1, "203.0.113.8")).containsOnly(429);
        }
    }

    private static List<Integer> ask(FramedServer server, int times, String forwardedFor) {
        List<Integer> answers = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            answers.add(server.send(server.request("/health").header("X-Forwarded-For", forwardedFor))
                    .statusCode());
        }
        return answers;
    }
}
