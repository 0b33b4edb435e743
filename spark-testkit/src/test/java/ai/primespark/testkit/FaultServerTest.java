package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultServerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private FaultServer server;

    @BeforeEach
    void start() throws IOException {
        server = FaultServer.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpRequest post(String path, HttpRequest.BodyPublisher body) {
        return HttpRequest.newBuilder(server.uri().resolve(path))
                .header("X-Test", "a value")
                .POST(body)
                .build();
    }

    private HttpResponse<String> send(String path) throws Exception {
        return client.send(
                post(path, HttpRequest.BodyPublishers.ofString("ask")), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void answersByPathAndRemembersWhatWasAsked() throws Exception {
        server.onRequest("/a", exchange -> exchange.respond(201, "text/plain", "grün", "X-More", "yes"));
        server.onRequest(exchange -> exchange.respond(418, "text/plain", "other"));
        HttpResponse<String> response = send("/a?q=1");
        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.body()).isEqualTo("grün");
        assertThat(response.headers().firstValue("X-More")).contains("yes");
        assertThat(send("/b").statusCode()).isEqualTo(418);
        assertThat(server.exchanges("/a")).singleElement().satisfies(exchange -> {
            assertThat(exchange.method()).isEqualTo("POST");
            assertThat(exchange.body()).isEqualTo("ask");
            assertThat(exchange.header("x-TEST")).contains("a value");
            assertThat(exchange.header("absent")).isEmpty();
        });
        assertThat(server.connections()).isEqualTo(2);
    }

    @Test
    void readsRequestsThatComeInChunks() throws Exception {
        server.onRequest(exchange -> exchange.respond(200, "text/plain", exchange.body()));
        byte[] bytes = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        HttpRequest request =
                post("/", HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(bytes)));
        assertThat(client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body())
                .isEqualTo(bytes);
    }

    @Test
    void sendsPiecesWhenTheTestReleasesThem() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        server.onRequest(exchange -> exchange.headers(200, "text/plain")
                .piece("a")
                .pauseUntil(release)
                .byteByByte("bü")
                .end());
        HttpResponse<InputStream> response =
                client.send(post("/", HttpRequest.BodyPublishers.noBody()), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            assertThat((char) body.read()).isEqualTo('a');
            release.countDown();
            assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("bü");
        }
    }

    @Test
    void breaksOffWithoutTheLastChunk() {
        server.onRequest(exchange -> exchange.headers(200, "text/plain").piece("a"));
        assertThatThrownBy(() -> send("/")).isInstanceOf(IOException.class);
    }

    @Test
    void resetsTheConnection() throws IOException {
        server.onRequest(exchange -> exchange.headers(200, "text/plain").reset());
        try (Socket socket = new Socket("127.0.0.1", server.uri().getPort())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> {
                        InputStream in = socket.getInputStream();
                        while (in.read() >= 0) {
                            // what came before the reset
                        }
                    })
                    .isInstanceOf(java.net.SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void seesThatTheClientHangsUpWhileItWaits() throws Exception {
        server.onRequest("/wait", FaultExchange::awaitClientClosed);
        CompletableFuture<HttpResponse<String>> waiting = client.sendAsync(
                post("/wait", HttpRequest.BodyPublishers.noBody()), HttpResponse.BodyHandlers.ofString());
        FaultExchange exchange = server.awaitExchange("/wait", PATIENCE);
        assertThat(exchange.clientClosed(Duration.ofMillis(20))).isFalse();
        waiting.cancel(true);
        assertThat(exchange.clientClosed(PATIENCE)).isTrue();
    }

    @Test
    void seesThatTheClientHangsUpWhileItSends() throws Exception {
        server.onRequest("/endless", exchange -> {
            exchange.headers(200, "text/plain");
            for (; ; ) {
                exchange.piece("more");
            }
        });
        HttpResponse<InputStream> response = client.send(
                post("/endless", HttpRequest.BodyPublishers.noBody()), HttpResponse.BodyHandlers.ofInputStream());
        response.body().close();
        assertThat(server.awaitExchange("/endless", PATIENCE).clientClosed(PATIENCE))
                .isTrue();
    }

    @Test
    void closingEndsScriptsThatWait() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(2);
        server.onRequest("/pause", exchange -> {
            try {
                exchange.pauseUntil(never);
            } finally {
                ended.countDown();
            }
        });
        server.onRequest("/watch", exchange -> {
            try {
                exchange.awaitClientClosed();
            } finally {
                ended.countDown();
            }
        });
        CompletableFuture<HttpResponse<String>> first = client.sendAsync(
                post("/pause", HttpRequest.BodyPublishers.noBody()), HttpResponse.BodyHandlers.ofString());
        CompletableFuture<HttpResponse<String>> second = client.sendAsync(
                post("/watch", HttpRequest.BodyPublishers.noBody()), HttpResponse.BodyHandlers.ofString());
        server.awaitExchange("/pause", PATIENCE);
        FaultExchange watching = server.awaitExchange("/watch", PATIENCE);
        server.close();
        assertThat(ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(watching.clientClosed(Duration.ofMillis(20)))
                .as("the client did not hang up")
                .isFalse();
        assertThatThrownBy(() -> first.get(20, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
        assertThatThrownBy(() -> second.get(20, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
    }

    @Test
    void saysThatNoRequestCame() {
        assertThatThrownBy(() -> server.awaitExchange("/none", Duration.ofMillis(20)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("/none");
    }

    @Test
    void nobodyRefusesConnections() throws IOException {
        URI nobody = FaultServer.nobody();
        assertThatThrownBy(() -> new Socket("127.0.0.1", nobody.getPort()).close())
                .isInstanceOf(ConnectException.class);
    }
}
