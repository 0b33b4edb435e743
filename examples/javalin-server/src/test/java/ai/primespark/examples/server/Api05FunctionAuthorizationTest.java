package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.auth.Permission;
import ai.primespark.auth.Role;
import ai.primespark.examples.server.AttackedServer.Who;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * API5:2023, broken function level authorization: every call of the running server, by its declaration, in the name of nobody and of
 * everybody; and ways around the question.
 *
 * @see <a href="https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/">OWASP</a>
 */
class Api05FunctionAuthorizationTest {

    @TempDir
    static Path directory;

    private static AttackedServer server;
    private static Calls calls;
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void start() {
        server = new AttackedServer(directory);
        calls = Calls.of(server.framed);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static Stream<Arguments> everyCallAndEverybody() {
        return calls.all().stream().flatMap(call -> Stream.of(Who.values()).map(who -> Arguments.of(call, who)));
    }

    private static boolean may(Who who, Permission permission) {
        Role role = server.framed.spark.auth().roles().get(who.role);
        return role != null && role.permissions().stream().anyMatch(each -> each.implies(permission));
    }

    /** Only what comes before the body is waited for: some answers go on and on. */
    private static HttpResponse<InputStream> answer(Calls.Call call, String token) throws Exception {
        HttpRequest.Builder request = server.framed
                .request(call.path())
                .header("Content-Type", "application/json")
                .method(call.method(), BodyPublishers.ofString(call.takesJson() ? "{\"no\": \"such field\"}" : ""));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        HttpResponse<InputStream> answer = CLIENT.send(request.build(), BodyHandlers.ofInputStream());
        answer.body().close();
        return answer;
    }

    @ParameterizedTest
    @MethodSource("everyCallAndEverybody")
    void aCallIsAnsweredToWhoMayMakeItAndToNobodyElse(Calls.Call call, Who who) throws Exception {
        assertThat(call.route()).as("undeclared: " + call).isNotNull();
        boolean open = call.route().access() == Access.OPEN;
        String token =
                call.path().equals("/api/auth/logout") && who != Who.NOBODY ? server.newToken(who) : server.token(who);

        int status = answer(call, token).statusCode();

        if (open) {
            assertThat(status).isNotIn(401, 403, 500);
        } else if (who == Who.NOBODY) {
            assertThat(status).isEqualTo(401);
        } else if (call.route().permission().filter(needed -> !may(who, needed)).isPresent()) {
            assertThat(status).isEqualTo(403);
        } else {
            assertThat(status).isNotIn(401, 403, 500);
        }
    }

    @Test
    void theTableIsOfTheWholeApi() {
        assertThat(calls.all()).hasSizeGreaterThan(60);
        assertThat(calls.all()).extracting(Calls.Call::name).doesNotHaveDuplicates();
        assertThat(calls.all().stream().filter(call -> call.route().access() == Access.ADMIN))
                .extracting(Calls.Call::name)
                .contains(
                        "GET /api/auth/users",
                        "POST /api/llm/models/pull",
                        "POST /api/vpn/down",
                        "POST /api/power/mode/{mode}");
        Set<Access> kinds = Set.of(Access.values());
        assertThat(calls.all().stream().map(call -> call.route().access())).containsAll(kinds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/auth/users/",
                "/api/auth//users",
                "//api/auth/users",
                "/API/auth/users",
                "/api/auth/USERS",
                "/api/auth/users;x=1",
                "/api/auth;x=1/users",
                "/api/./auth/users",
                "/api/health/../auth/users",
                "/health/../api/auth/users",
                "/health/..;/api/auth/users",
                "/docs/..%2fapi/auth/users",
                "/%61pi/auth/users",
                "/api/auth/%75sers",
                "/api%2fauth%2fusers",
                "/api/auth/users%00",
                "/api/auth/users%20",
                "/api/auth/users.json",
                "/api/auth/users?",
                "/api/auth/users#x",
                "/api/auth/users%3f",
                "http://localhost/api/auth/users",
                "/health?/api/auth/users",
                "/health/live/../../api/auth/users",
                "/v1/../api/auth/users",
                "/.well-known/../api/auth/users"
            })
    void noSpellingOfAPathGetsAroundTheQuestion(String path) throws Exception {
        for (String method : List.of("GET", "HEAD")) {
            for (Who who : List.of(Who.NOBODY, Who.MIRA)) {
                String answer = server.raw(who, method + " " + path + " HTTP/1.1");

                assertThat(answer).as(method).doesNotContain("password_changed_at");
                if (!path.startsWith("/health?")) { // that one is /health
                    assertThat(AttackedServer.status(answer)).as(answer).isIn(400, 401, 403, 404);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "X-HTTP-Method-Override, DELETE",
        "X-HTTP-Method, DELETE",
        "X-Method-Override, DELETE",
        "X-Original-URL, /api/auth/users",
        "X-Rewrite-URL, /api/auth/users",
        "X-Forwarded-Path, /api/auth/users",
        "X-Forwarded-Prefix, /api/auth",
        "X-Forwarded-For, 127.0.0.1",
        "X-Custom-IP-Authorization, 127.0.0.1",
        "X-User, admin",
        "X-Remote-User, admin",
        "X-Role, admin",
        "Forwarded, for=127.0.0.1;proto=https"
    })
    void noHeaderMakesOneCallAnotherOrSomebodySomebodyElse(String name, String value) throws Exception {
        assertThat(AttackedServer.status(server.raw(Who.NOBODY, "GET /api/auth/users HTTP/1.1", name + ": " + value)))
                .isEqualTo(401);
        assertThat(AttackedServer.status(server.raw(Who.MIRA, "GET /api/auth/users HTTP/1.1", name + ": " + value)))
                .isEqualTo(403);
        assertThat(server.raw(Who.NOBODY, "GET /health HTTP/1.1", name + ": " + value))
                .startsWith("HTTP/1.1 200 ")
                .contains("prime-spark-ai");
        server.raw(Who.ADMIN, "GET /api/auth/users/otto?_method=DELETE HTTP/1.1", name + ": " + value);
        assertThat(server.framed.spark.auth().users().find("otto")).isPresent();
    }

    @Test
    void twoTokensAreNotMoreThanTheLesserOfThem() throws Exception {
        for (List<Who> both : List.of(List.of(Who.ADMIN, Who.MIRA), List.of(Who.MIRA, Who.ADMIN))) {
            String answer = server.raw(
                    Who.NOBODY,
                    "GET /api/auth/users HTTP/1.1",
                    "Authorization: Bearer " + server.token(both.get(0)),
                    "Authorization: Bearer " + server.token(both.get(1)));
            assertThat(AttackedServer.status(answer)).isIn(400, 401, 403);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "memory.put, '{\"key\": \"by-sensor\", \"value\": 1}'",
        "memory.get, '{\"key\": \"k\"}'",
        "memory.delete, '{\"key\": \"k\"}'",
        "memory.scan, '{}'",
        "llm.generate, '{\"prompt\": \"x\"}'",
        "llm.embed, '{\"texts\": [\"x\"]}'"
    })
    void aTaskDoesNotDoWhatItsSubmitterMayNot(String type, String payload) {
        String body = "{\"type\": \"" + type + "\", \"payload\": " + payload + "}";

        assertThat(server.post(Who.SENSOR, "/api/tasks/submit", body).statusCode())
                .isEqualTo(403);
        assertThat(server.post(Who.MIRA, "/api/tasks/submit", body).statusCode())
                .isEqualTo(202);
        assertThat(server.post(Who.SENSOR, "/api/tasks/submit", "{\"type\": \"sensors.report\", \"payload\": 21}")
                        .statusCode())
                .isEqualTo(202);
    }
}
