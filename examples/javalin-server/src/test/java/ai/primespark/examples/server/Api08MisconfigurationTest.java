package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.examples.server.AttackedServer.Who;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * API8:2023, security misconfiguration: the server as it is without any configuration, and what it tells strangers.
 *
 * @see <a href="https://owasp.org/API-Security/editions/2023/en/0xa8-security-misconfiguration/">OWASP</a>
 */
class Api08MisconfigurationTest {

    /** What only a program that shows its insides says. */
    private static final Pattern INSIDES = Pattern.compile(
            "(?i)exception|\\bat (ai|java|io|org|com)\\.|\\.java:\\d|jetty|javalin|jackson|fasterxml|kotlin|caused by|stack ?trace|/root/|/home/|/tmp/");

    @TempDir
    static Path directory;

    private static AttackedServer server;

    @BeforeAll
    static void start() {
        server = new AttackedServer(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TRACE",
                "TRACK",
                "CONNECT",
                "PROPFIND",
                "PROPPATCH",
                "MKCOL",
                "COPY",
                "MOVE",
                "LOCK",
                "UNLOCK",
                "SEARCH",
                "PURGE",
                "DEBUG",
                "LINK",
                "QUERY",
                "get",
                "FOO",
                "X-0123456789"
            })
    void aMethodThatIsNotForAPathDoesNothing(String method) throws IOException {
        for (String path : List.of("/health", "/api/auth/users", "/api/memory/objects/x", "/docs", "/no/such/path")) {
            String answer = server.raw(Who.ADMIN, method + " " + path + " HTTP/1.1", "X-Secret: s3cret-header");

            assertThat(AttackedServer.status(answer)).as(path + "\n" + answer).isIn(400, 404, 405, 501);
            assertThat(answer)
                    .as("and echoes nothing")
                    .doesNotContain("s3cret-header", "prime-spark-ai", server.token(Who.ADMIN));
            assertThat(answer.toLowerCase(java.util.Locale.ROOT)).contains("application/problem+json");
        }
    }

    @Test
    void whatStrangersMakeUpDoesNotBecomeAMeter() throws IOException {
        for (int i = 0; i < 50; i++) {
            server.raw(Who.NOBODY, "MADEUP" + i + " /health HTTP/1.1");
            server.raw(Who.NOBODY, "GET /made/up/" + i + " HTTP/1.1");
        }

        List<String> lines = server.framed
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("spark_http_requests_seconds_count"))
                .toList();

        assertThat(lines).noneMatch(line -> line.contains("MADEUP") || line.contains("made/up"));
        assertThat(lines).hasSizeLessThan(40);
    }

    static Stream<String> offending() {
        return Stream.of(
                "GET /%zz HTTP/1.1",
                "GET /api/tasks/%ff%fe HTTP/1.1",
                "GET /api/memory/keys?cursor=%00 HTTP/1.1",
                "GET /api/memory/keys?cursor=AAAA HTTP/1.1",
                "GET /api/tasks?cursor=%f0%9f%92%a9 HTTP/1.1",
                "GET /api/memory/objects/a%09b HTTP/1.1",
                "GET /no/such/path HTTP/1.1",
                "GET /api/llm/generate HTTP/1.1",
                "DELETE /api/tasks/none HTTP/1.1",
                "POST /api/power/mode/sideways HTTP/1.1",
                "POST /api/vpn/up HTTP/1.1",
                "GET /health HTTP/3.0",
                "GET /health",
                "\u0000\u0001\u0002",
                "GET " + "/a".repeat(12_000) + " HTTP/1.1");
    }

    @ParameterizedTest
    @MethodSource("offending")
    void noFailureShowsTheInsides(String requestLine) throws IOException {
        String answer = server.raw(Who.ADMIN, requestLine);

        assertThat(AttackedServer.status(answer)).as(answer).isBetween(400, 505).isNotEqualTo(500);
        assertThat(answer).doesNotContainPattern(INSIDES);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/health",
                "/no/such/path",
                "/api/auth/me",
                "/docs",
                "/openapi.json",
                "/metrics",
                "/api/llm/models"
            })
    void noAnswerSaysWhatServesIt(String path) {
        var headers = server.get(Who.ADMIN, path).headers().map();

        assertThat(headers.keySet().stream().map(name -> name.toLowerCase(java.util.Locale.ROOT)))
                .doesNotContain("server", "x-powered-by", "via", "x-aspnet-version", "set-cookie");
        assertThat(headers.toString()).doesNotContainPattern("(?i)jetty|javalin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/auth/me",
                "/api/auth/users",
                "/api/memory/keys",
                "/api/system/info",
                "/v1/models",
                "/no/such/path",
                "/api/tasks"
            })
    void noCopyOfAnAnswerIsKept(String path) {
        assertThat(server.get(Who.ADMIN, path).headers().allValues("Cache-Control"))
                .containsExactly("no-store");
    }

    @Test
    void anObjectIsKeptByBrowsersOnlyIfTheyAskAgain() {
        server.framed.send(server.framed
                .request("/api/memory/objects/photo")
                .header("Authorization", "Bearer " + server.token(Who.MIRA))
                .PUT(BodyPublishers.ofString("<html><script>alert(1)</script>")));
        HttpResponse<String> answer = server.get(Who.MIRA, "/api/memory/objects/photo");

        assertThat(answer.headers().allValues("Cache-Control")).containsExactly("private, no-cache");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'");
    }

    @Test
    void theInteractivePageRunsNothingInlineAndNothingForeign() {
        String page = server.framed.get("/docs").body();
        String policy = server.framed
                .get("/docs")
                .headers()
                .firstValue("Content-Security-Policy")
                .orElse("");

        assertThat(policy).contains("script-src 'self'").doesNotContain("unsafe-inline", "unsafe-eval", "http");
        assertThat(page).doesNotContainPattern("<script>|<script (?![^>]*\\bsrc=)|\\son[a-z]+=|javascript:|style=");
        assertThat(Pattern.compile("(?:src|href)=\"([^\"]+)\"")
                        .matcher(page)
                        .results()
                        .map(found -> found.group(1)))
                .isNotEmpty()
                .allMatch(address -> address.startsWith("/docs/"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/.env",
                "/.git/config",
                "/.git/HEAD",
                "/primespark.conf",
                "/prime-spark-server.conf",
                "/reference.conf",
                "/logback.xml",
                "/openapi-examples.json",
                "/WEB-INF/web.xml",
                "/META-INF/MANIFEST.MF",
                "/pom.xml",
                "/actuator",
                "/actuator/env",
                "/h2-console",
                "/jmx",
                "/jolokia",
                "/console",
                "/debug",
                "/trace",
                "/heapdump",
                "/server-status",
                "/phpinfo.php",
                "/swagger",
                "/api",
                "/docs/pom.properties",
                "/docs/index.html",
                "/docs/swagger-initializer.js",
                "/webjars/swagger-ui/index.html",
                "/api/v2/users",
                "/accounts.json",
                "/.primespark/auth/jwt-secret",
                "/data/auth/file/accounts.json"
            })
    void whatNobodyServedOnPurposeIsNotServed(String path) {
        for (Who who : List.of(Who.NOBODY, Who.ADMIN)) {
            assertThat(server.get(who, path).statusCode()).as(who.name()).isIn(401, 404);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "null", "http://localhost:1", "file://"})
    void noOriginMayReadAnswersUnlessItIsConfigured(String origin) {
        HttpResponse<String> asked = server.framed.send(server.framed
                .request("/api/auth/users")
                .method("OPTIONS", BodyPublishers.noBody())
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "DELETE")
                .header("Access-Control-Request-Headers", "authorization"));
        HttpResponse<String> answer = server.framed.send(server.framed
                .request("/api/auth/me")
                .header("Authorization", "Bearer " + server.token(Who.ADMIN))
                .header("Origin", origin));

        for (HttpResponse<String> each : List.of(asked, answer)) {
            assertThat(each.headers().map().keySet().stream().map(name -> name.toLowerCase(java.util.Locale.ROOT)))
                    .noneMatch(name -> name.startsWith("access-control-"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/vpn/down, https://evil.example, 403",
        "POST, /api/vpn/down, null, 403",
        "POST, /api/power/mode/off-grid, http://evil.example, 403",
        "POST, /api/power/mode/off-grid, http://localhost.evil.example, 403",
        "POST, /api/power/mode/off-grid, http://127.0.0.1:1, 403",
        "DELETE, /api/memory/x, https://evil.example, 403",
        "PUT, /api/memory/objects/x, https://evil.example, 403",
        "POST, /api/power/mode/auto, own, 200",
        "GET, /health, https://evil.example, 200"
    })
    void withoutLoginsNoWebPageOfOthersChangesAnything(
            String method, String path, String origin, int status, @TempDir Path other) {
        try (FramedServer open = FramedServer.open(other, "")) {
            String from = origin.equals("own") ? "http://127.0.0.1:" + open.port : origin;

            HttpResponse<String> answer =
                    open.send(open.request(path).header("Origin", from).method(method, BodyPublishers.noBody()));

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
            assertThat(open.spark.power().status().mode().name()).isEqualTo("AUTO");
        }
    }

    @Test
    void withoutLoginsNoOtherMachineIsServed() {
        List<String> started = new ArrayList<>();
        for (String host : List.of("0.0.0.0", "::", "192.168.1.20", "example.org")) {
            try (FramedServer open = FramedServer.open(directory.resolve("open"), "host = \"" + host + "\"")) {
                started.add(host + " on " + open.port);
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).contains("without logins");
            }
        }
        assertThat(started).isEmpty();
    }

    @Test
    void aRequestWithoutAHostOrOfAnOldVersionIsNoWayIn() throws IOException {
        for (String request : List.of(
                "GET /api/auth/users HTTP/1.0\r\n\r\n",
                "GET /api/auth/users HTTP/1.1\r\nConnection: close\r\n\r\n",
                "GET /api/auth/users HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
                "GET /api/auth/users HTTP/0.9\r\n\r\n",
                "GET /api/auth/users\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) {
            String answer = server.exchange(request.getBytes(StandardCharsets.US_ASCII));

            assertThat(AttackedServer.status(answer.replaceFirst("^HTTP/1\\.0", "HTTP/1.1")))
                    .as(request)
                    .isIn(0, 400, 401, 426, 505);
            assertThat(answer).doesNotContain("password_changed_at");
        }
    }
}
