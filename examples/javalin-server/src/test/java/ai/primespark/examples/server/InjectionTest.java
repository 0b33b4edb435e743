package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.examples.server.AttackedServer.Who;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that would lead out of the storage, and line breaks that would lead out of a header. */
class InjectionTest {

    private static final String SECRET = "the owner's diary";

    @TempDir
    static Path directory;

    private static AttackedServer server;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(directory.resolve("diary.txt"), SECRET);
        server = new AttackedServer(directory.resolve("data"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Everything outside of the server's own directory. */
    private static Set<String> outside() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(path -> !path.startsWith(directory.resolve("data")))
                    .map(path -> directory.relativize(path).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** As they stand in a request line. */
    static List<String> ways() {
        return List.of(
                "../diary.txt",
                "../../diary.txt",
                "../../../../../../../../etc/passwd",
                "x/../../diary.txt",
                "%2e%2e/diary.txt",
                "%2e%2e%2fdiary.txt",
                "..%2fdiary.txt",
                "..%2f..%2fdiary.txt",
                "%252e%252e%252fdiary.txt",
                "..%252fdiary.txt",
                "%25252e%25252e/diary.txt",
                "..%5cdiary.txt",
                "..\\diary.txt",
                "%2e%2e%5cdiary.txt",
                "..%255cdiary.txt",
                "....//diary.txt",
                "..../diary.txt",
                ".../diary.txt",
                "..;/diary.txt",
                "..;x=1/diary.txt",
                "%c0%ae%c0%ae/diary.txt",
                "%e0%80%ae%e0%80%ae/diary.txt",
                "%uff0e%uff0e/diary.txt",
                "%ef%bc%8e%ef%bc%8e/diary.txt",
                "..%c0%afdiary.txt",
                "diary.txt%00.png",
                "%00/../diary.txt",
                "%0a../diary.txt",
                "/etc/passwd",
                "//etc/passwd",
                "%2fetc%2fpasswd",
                "C:%5cWindows%5cwin.ini",
                "C:/Windows/win.ini",
                "%5c%5c127.0.0.1%5cshare%5cx",
                "//127.0.0.1/share/x",
                "file:///etc/passwd",
                "file:%2f%2f%2fetc%2fpasswd",
                "./diary.txt",
                "x/./y",
                "x//y",
                "x/",
                ".",
                "..",
                "~/diary.txt",
                "~root/x",
                "$HOME/x",
                "$(id)",
                "`id`",
                "CON",
                "nul.txt",
                "x:stream",
                "x::$DATA",
                "name.%20",
                "name%20%20.");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void noNameOfAnObjectLeadsOutOfTheStorage(String way) throws IOException {
        Set<String> before = outside();
        for (String path :
                List.of("/api/memory/objects/", "/api/memory/uploads/", "/api/memory/", "/docs/", "/v1/models/", "/")) {
            for (String method : List.of("GET", "HEAD", "PUT", "DELETE")) {
                String answer = server.raw(
                        Who.MIRA,
                        method + " " + path + way + " HTTP/1.1",
                        "Content-Type: application/octet-stream",
                        method.equals("PUT") ? "\r\nplanted" : "X-Nothing: x");

                assertThat(AttackedServer.status(answer))
                        .as(method + " " + path + "\n" + answer)
                        .isIn(200, 201, 400, 404, 405, 412);
                assertThat(answer).doesNotContain(SECRET, "root:x:0", "[fonts]");
            }
        }
        assertThat(outside()).isEqualTo(before);
        assertThat(directory.resolve("diary.txt")).hasContent(SECRET);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../diary.txt",
                "a/../../diary.txt",
                "..",
                ".",
                "",
                "/etc/passwd",
                "a//b",
                "a/",
                "..\\diary.txt",
                "C:\\x",
                "\\\\server\\share",
                "a\u0000b",
                "a\nb",
                "a\rb",
                "a\u007fb"
            })
    void aNameThatIsAWayIsRefusedWhereverNamesAreTaken(String name) throws IOException {
        Set<String> before = outside();
        String encoded = Base64.getEncoder().encodeToString(name.getBytes(StandardCharsets.UTF_8));
        for (String key : List.of("name", "filename")) {
            HttpResponse<String> begun = server.framed.send(server.framed
                    .request("/api/memory/uploads")
                    .header("Authorization", "Bearer " + server.token(Who.MIRA))
                    .header("Tus-Resumable", "1.0.0")
                    .header("Upload-Length", "7")
                    .header("Upload-Metadata", key + " " + encoded)
                    .POST(BodyPublishers.noBody()));

            assertThat(begun.statusCode()).as(begun.body()).isEqualTo(400);
        }
        assertThat(outside()).isEqualTo(before);
    }

    @Test
    void whatIsStoredUnderAStrangeNameIsFoundUnderThatNameOnly() throws IOException {
        for (String name : List.of(
                "%252e%252e%252fdiary.txt",
                "..../diary.txt", "~/diary.txt", "CON", "x::$DATA", "%ef%bc%8e%ef%bc%8e/d")) {
            String put = server.raw(
                    Who.MIRA,
                    "PUT /api/memory/objects/" + name + " HTTP/1.1",
                    "Content-Type: application/octet-stream",
                    "\r\ncontent of " + name);
            assertThat(AttackedServer.status(put)).as(put).isIn(200, 201, 400);
            if (AttackedServer.status(put) != 400) {
                assertThat(server.raw(Who.MIRA, "GET /api/memory/objects/" + name + " HTTP/1.1"))
                        .endsWith("content of " + name);
            }
        }
        try (Stream<Path> all = Files.walk(directory)) {
            assertThat(all.map(path -> path.getFileName().toString().toUpperCase(Locale.ROOT)))
                    .as("no file has a name that a client chose")
                    .doesNotContain("CON", "~", "X::$DATA", "....");
        }
    }

    /** Where a client's words could come back in a header, each with a line break in another disguise. */
    static Stream<String> breaks() {
        return Stream.of(
                "%0d%0aSet-Cookie:%20x=1",
                "%0aSet-Cookie:%20x=1",
                "%0dSet-Cookie:%20x=1",
                "%0d%0a%0d%0a<html>x=1",
                "%E5%98%8A%E5%98%8DSet-Cookie:%20x=1",
                "%c0%8d%c0%8aSet-Cookie:%20x=1",
                "%250d%250aSet-Cookie:%20x=1",
                "%u000d%u000aSet-Cookie:%20x=1",
                "%e2%80%a8Set-Cookie:%20x=1",
                "\\r\\nSet-Cookie:%20x=1");
    }

    @ParameterizedTest
    @MethodSource("breaks")
    void aLineBreakInAnAddressIsNoneInAHeader(String text) throws IOException {
        for (String line : List.of(
                "GET /no" + text,
                "GET /health?x=" + text,
                "GET /api/tasks/" + text,
                "GET /api/memory/keys?cursor=" + text,
                "PUT /api/memory/objects/a" + text,
                "GET /api/memory/objects/a" + text,
                "GET /v1/models/" + text,
                "POST /api/power/mode/" + text,
                "DELETE /api/memory/" + text,
                "DELETE /api/auth/users/" + text)) {
            String answer = server.raw(Who.ADMIN, line + " HTTP/1.1");

            String head = answer.split("\r\n\r\n", 2)[0];
            assertThat(head.lines().map(each -> each.toLowerCase(Locale.ROOT)))
                    .as(line)
                    .noneMatch(each -> each.startsWith("set-cookie") || each.startsWith("<html"));
            assertThat(AttackedServer.status(answer)).as(line).isNotIn(0, 500);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Request-Id: a\nSet-Cookie: x=1",
                "X-Request-Id: a\rSet-Cookie: x=1",
                "X-Request-Id: a\u0000b",
                "X-Request-Id: a\r\n Set-Cookie: x=1",
                "X-Request-Id : a",
                " X-Request-Id: a",
                "X-Request-Id\u000b: a",
                "X Request: a",
                ": a",
                "Range: bytes=0-1\nSet-Cookie: x=1",
                "If-None-Match: \"a\"\nSet-Cookie: x=1",
                "Upload-Metadata: name YQ==\nSet-Cookie: x=1",
                "Origin: http://a\nSet-Cookie: x=1",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunked, identity",
                "Content-Length: +5",
                "Content-Length: 5, 5",
                "Content-Length: 0x5"
            })
    void aHeaderThatIsNoneIsRefusedOrIsNothing(String header) throws IOException {
        String answer = server.raw(Who.MIRA, "GET /api/memory/objects/none HTTP/1.1", header);

        assertThat(AttackedServer.status(answer)).as(answer).isIn(400, 404, 411, 501);
        assertThat(answer.split("\r\n\r\n", 2)[0].toLowerCase(Locale.ROOT)).doesNotContain("set-cookie");
    }

    @Test
    void oneRequestIsNotTwo() throws IOException {
        String hidden = "GET /api/auth/users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + server.token(Who.ADMIN) + "\r\n\r\n";
        for (String lengths : List.of(
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 5",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: \u000bchunked",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 005\r\nTransfer-Encoding:\tchunked")) {
            String answer = server.exchange(
                    ("POST /api/memory/get HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + lengths
                                    + "\r\n\r\n0\r\n\r\n" + hidden)
                            .getBytes(StandardCharsets.ISO_8859_1));

            assertThat(answer).as(lengths).doesNotContain("password_changed_at");
            assertThat(AttackedServer.status(answer)).as(lengths).isIn(400, 401, 411, 501);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$where: 'sleep(5000)'",
                "' OR 1=1--",
                "\"; FLUSHALL; \"",
                "*\r\nFLUSHALL\r\n",
                "EVAL 'return 1' 0",
                "${7*7}",
                "#{7*7}",
                "{{7*7}}",
                "${jndi:ldap://127.0.0.1:1/x}",
                "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
                "; cat /etc/passwd",
                "| id",
                "\u202e"
            })
    void wordsThatMeanSomethingElsewhereAreWords(String text) {
        String quoted = Json.text(text);

        HttpResponse<String> set =
                server.post(Who.MIRA, "/api/memory/set", "{\"key\": " + quoted + ", \"value\": " + quoted + "}");
        HttpResponse<String> got = server.post(Who.MIRA, "/api/memory/get", "{\"key\": " + quoted + "}");

        assertThat(set.statusCode()).as(set.body()).isIn(200, 400);
        if (set.statusCode() == 200) {
            assertThat(TestServer.json(got).get("value").asText()).isEqualTo(text);
        }
        assertThat(server.post(Who.MIRA, "/api/tasks/submit", "{\"type\": " + quoted + ", \"payload\": 1}")
                        .statusCode())
                .isEqualTo(400);
    }
}
