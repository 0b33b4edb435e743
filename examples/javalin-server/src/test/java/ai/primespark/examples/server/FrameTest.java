package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.server.handler.DefaultHandler;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What browsers are told, and what no request may do to the answer. */
class FrameTest {

    @TempDir
    static Path directory;

    private static FramedServer server;

    @BeforeAll
    static void start() {
        server = FramedServer.open(directory, "cors.origins = [\"https://chat.home.arpa\"], limits.headers = 4 KiB");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/health", "/no/such/path", "/api/llm/generate", "/docs", "/docs/swagger-ui.css", "/openapi.json"
            })
    void everyAnswerTellsBrowsersToRunNothingForeign(String path) {
        var headers = server.get(path).headers();

        assertThat(headers.firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy)
                        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                        .doesNotContain("unsafe"));
        assertThat(headers.firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(headers.firstValue("X-Frame-Options")).hasValue("DENY");
        assertThat(headers.firstValue("Referrer-Policy")).hasValue("no-referrer");
        assertThat(headers.firstValue("Server")).isEmpty();
        assertThat(headers.firstValue("Strict-Transport-Security")).isEmpty();
        assertThat(headers.allValues("X-Request-Id")).hasSize(1);
    }

    @Test
    void whatIsNoHttpGetsTheSameHeadersAndAProblem() throws Exception {
        String answer = server.raw("GET / HTTP/1.1\r\nHost: localhost\r\nBad Header\r\n\r\n");

        assertThat(answer)
                .startsWith("HTTP/1.1 400 ")
                .contains("Content-Security-Policy: default-src 'none'")
                .contains("X-Request-Id: ")
                .contains("urn:primespark:problem:unreadable");
    }

    /** As it is for a moment at the end: the connections are still there, and what serves them is not. */
    @Test
    void aServerThatStopsSaysSoAndNotThatThisIsNoHttp() throws Exception {
        Server stopping = new Server();
        ServerConnector connector = new ServerConnector(stopping);
        connector.setHost("127.0.0.1");
        stopping.addConnector(connector);
        ContextHandler gone = new ContextHandler(new DefaultHandler(), "/");
        stopping.setHandler(gone);
        stopping.setErrorHandler(Frame::unreadable);
        stopping.start();
        try {
            gone.setAvailable(false);
            HttpResponse<String> answer = server.send(HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/api/power/status")));

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(FramedServer.type(answer)).isEqualTo("stopping");
            assertThat(TestServer.json(answer).get("detail").asText()).isEqualTo("the server is stopping");
        } finally {
            stopping.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/tasks/%u0041", "/api/memory/objects/%uff0e%uff0e/diary.txt", "/no/%u0041", "/%zz"})
    void whatIsNoPercentEncodingIsRefused(String path) throws Exception {
        String answer = server.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 400 ").contains("urn:primespark:problem:unreadable");
    }

    @Test
    void aHeadThatIsTooLargeIsRefused() throws Exception {
        String answer =
                server.raw("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Large: " + "x".repeat(5000) + "\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 431 ").contains("larger than this server takes");
    }

    @Test
    void aRequestIdCannotCarryHeadersIntoTheAnswer() throws Exception {
        for (String id : List.of("a\tSet-Cookie: x=1", "a%0d%0aSet-Cookie: x=1", "x".repeat(65), "ä")) {
            String answer = server.raw(
                    "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Request-Id: " + id + "\r\n\r\n");

            assertThat(answer).startsWith("HTTP/1.1 200 ").doesNotContain("Set-Cookie", "xxxx", "ä");
        }
    }

    @Test
    void aPathCannotCarryHeadersIntoTheAnswer() throws Exception {
        String answer =
                server.raw("GET /no%0d%0aSet-Cookie:%20x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        assertThat(answer.split("\r\n\r\n", 2)[0]).doesNotContain("Set-Cookie");
        assertThat(answer).matches("(?s)HTTP/1.1 40[04] .*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Transfer-Encoding: chunked\r\nContent-Length: 4", "Content-Length: 4\r\nContent-Length: 5"})
    void lengthsThatContradictEachOtherAreRefused(String lengths) throws Exception {
        String answer =
                server.raw("POST /api/memory/get HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + lengths + "\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 400 ").doesNotContain("prime-spark-ai");
    }

    @Test
    void aPageOfAConfiguredOriginMayCall() {
        HttpResponse<String> asked = server.send(server.request("/api/llm/generate")
                .method("OPTIONS", BodyPublishers.noBody())
                .header("Origin", "https://chat.home.arpa")
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "authorization,content-type"));
        assertThat(asked.statusCode()).isEqualTo(200);
        assertThat(asked.headers().firstValue("Access-Control-Allow-Origin")).hasValue("https://chat.home.arpa");
        assertThat(asked.headers().firstValue("Access-Control-Allow-Methods"))
                .hasValueSatisfying(methods -> assertThat(methods).contains("POST"));
        assertThat(asked.headers().firstValue("Access-Control-Allow-Headers"))
                .hasValueSatisfying(names -> assertThat(names).contains("Authorization"));
        assertThat(asked.headers().firstValue("Access-Control-Allow-Credentials"))
                .isEmpty();

        HttpResponse<String> answer = server.send(server.request("/health").header("Origin", "https://chat.home.arpa"));
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).hasValue("https://chat.home.arpa");
        assertThat(answer.headers().allValues("Vary")).contains("Origin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "http://chat.home.arpa",
                "https://chat.home.arpa.evil.example",
                "https://chatxhome.arpa",
                "null"
            })
    void aPageOfAnotherOriginIsNotToldThatItMay(String origin) {
        HttpResponse<String> asked = server.send(server.request("/api/llm/generate")
                .method("OPTIONS", BodyPublishers.noBody())
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST"));
        HttpResponse<String> answer = server.send(server.request("/health").header("Origin", origin));

        assertThat(asked.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void withoutConfiguredOriginsNoPageIsToldThatItMay(@TempDir Path other) {
        try (FramedServer silent = FramedServer.open(other, "")) {
            HttpResponse<String> asked = silent.send(silent.request("/api/llm/generate")
                    .method("OPTIONS", BodyPublishers.noBody())
                    .header("Origin", "https://chat.home.arpa")
                    .header("Access-Control-Request-Method", "POST"));

            assertThat(asked.statusCode()).isEqualTo(405);
            assertThat(asked.headers().firstValue("Access-Control-Allow-Origin"))
                    .isEmpty();
        }
    }

    @Test
    void thereIsAHeadWhereThereIsAGet() {
        HttpResponse<String> head = server.send(server.request("/health").method("HEAD", BodyPublishers.noBody()));

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
    }
}
