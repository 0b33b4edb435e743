package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Secret;
import ai.primespark.examples.server.AttackedServer.Who;
import ai.primespark.power.PowerMode;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * API3:2023, broken object property level authorization: fields that are not the caller's to set, and fields that are not the
 * caller's to see.
 *
 * @see <a href="https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/">OWASP</a>
 */
class Api03PropertyAuthorizationTest {

    private static final String SECRET = "KJ3f0sa8Nw1mXq7RtZ5vB2yC4hL6pD9eGsUoTiMkWnQ";
    private static final List<String> TEMPTING = List.of(
            "role",
            "is_admin",
            "isAdmin",
            "permissions",
            "created_at",
            "password_hash",
            "passwordHash",
            "session_id",
            "submitter",
            "owner",
            "user_id",
            "status_code",
            "assigned_agent",
            "result",
            "attempts",
            "tier",
            "namespace",
            "backend_url",
            "endpoint",
            "debug",
            "__proto__",
            "constructor",
            "$where",
            "class",
            "");

    @TempDir
    static Path directory;

    private static AttackedServer server;
    private static Calls calls;

    @BeforeAll
    static void start() {
        server = new AttackedServer(
                directory, "limits.rate = 0", config -> config.with("primespark.auth.jwt.secret", Secret.of(SECRET)));
        calls = Calls.of(server.framed);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Set<String> roles(String name) {
        return server.framed.spark.auth().users().find(name).orElseThrow().roles();
    }

    @Test
    void noCallTakesAFieldThatItDoesNotDeclare() {
        List<Calls.Call> own = calls.withJson().stream()
                .filter(call -> !call.path().startsWith("/v1/")) // OpenAI's clients send fields of their own; see below
                .toList();
        assertThat(own).hasSizeGreaterThan(15);
        for (Calls.Call call : own) {
            for (String name : TEMPTING) {
                ObjectNode body = calls.body(call).put(name, "admin");
                HttpResponse<String> answer = server.send(Who.ADMIN, call.method(), call.path(), body.toString());

                assertThat(answer.statusCode()).as(call + " with " + name).isEqualTo(400);
                assertThat(TestServer.json(answer).get("errors").findValuesAsText("field"))
                        .as(call + " with " + name)
                        .contains(name);
            }
        }
        assertThat(server.framed.spark.auth().users().find("mira")).isPresent();
        assertThat(roles("mira")).containsExactly("user");
    }

    @Test
    void whatOpenAiClientsSendBesidesIsWithoutEffect() {
        server.framed.ollama.answers(FakeOllama.tokens("Hello"));
        ObjectNode body = (ObjectNode)
                TestServer.json(
                        "{\"model\": \"auto\", \"messages\": [{\"role\": \"user\", \"content\": \"x\", \"roles\": [\"admin\"]}]}");
        TEMPTING.forEach(name -> body.put(name, "http://127.0.0.1:1/"));
        server.framed.ollama.asked.clear();

        HttpResponse<String> answer = server.post(Who.MIRA, "/v1/chat/completions", body.toString());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(server.framed.ollama.asked.toString()).doesNotContain("127.0.0.1:1", "admin", "is_admin");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST  | /api/auth/users       | {\"username\": \"eve\", \"password\": \"a long enough one\", \"roles\": [\"admin\"]}",
                "POST  | /api/auth/users       | {\"username\": \"eve\", \"password\": \"a long enough one\", \"roles\": [\"user\", \"admin\"]}",
                "PATCH | /api/auth/users/hanna | {\"roles\": [\"admin\"]}",
                "PATCH | /api/auth/users/mira  | {\"roles\": [\"admin\"]}",
                "PATCH | /api/auth/users/admin | {\"password\": \"a long enough one\"}",
                "PATCH | /api/auth/users/admin | {\"active\": false}",
                "PATCH | /api/auth/users/admin | {\"roles\": [\"user\"]}"
            })
    void whoKeepsAccountsGivesAndTakesOverNoMoreThanHeHas(String method, String path, String body) {
        HttpResponse<String> answer = server.send(Who.HANNA, method, path, body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        assertThat(FramedServer.type(answer)).isEqualTo("forbidden");
        assertThat(server.framed.spark.auth().users().find("eve")).isEmpty();
        assertThat(roles("hanna")).containsExactly("helpdesk");
        assertThat(roles("mira")).containsExactly("user");
        assertThat(roles("admin")).containsExactly("admin");
        assertThat(server.get(Who.ADMIN, "/api/auth/me").statusCode()).isEqualTo(200);
    }

    @Test
    void whoKeepsAccountsDoesNotDeleteThoseWhoMayDoMore() {
        server.framed.spark.auth().users().create("second", Secret.of(AttackedServer.PASSWORD), Set.of("admin"));

        assertThat(server.send(Who.HANNA, "DELETE", "/api/auth/users/second", "")
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.framed.spark.auth().users().find("second")).isPresent();
    }

    @Test
    void andYetSheKeepsThoseWhoMayNotDoMore() {
        HttpResponse<String> made = server.post(
                Who.HANNA, "/api/auth/users", "{\"username\": \"newcomer\", \"password\": \"a long enough one\"}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(server.send(Who.HANNA, "PATCH", "/api/auth/users/newcomer", "{\"active\": false}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.send(Who.HANNA, "DELETE", "/api/auth/users/newcomer", "")
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"active\": true, \"password\": \"short\"}",
                "{\"active\": true, \"roles\": [\"emperor\"]}",
                "{\"active\": true, \"roles\": [\"admin\"], \"password\": \"short\"}",
                "{\"roles\": [\"admin\"], \"password\": \"short\"}",
                "{\"roles\": [\"admin\", \"emperor\"]}"
            })
    void whatIsRefusedLeavesNoAccountThatCanDoMoreThanBefore(String body) {
        var users = server.framed.spark.auth().users();
        if (users.find("suspended").isEmpty()) {
            users.create("suspended", Secret.of(AttackedServer.PASSWORD), Set.of("viewer"));
            users.setActive("suspended", false);
        }

        HttpResponse<String> answer = server.send(Who.ADMIN, "PATCH", "/api/auth/users/suspended", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(users.find("suspended").orElseThrow().active()).isFalse();
        assertThat(roles("suspended")).containsExactly("viewer");
    }

    @Test
    void noReaderSeesASecret() {
        for (Calls.Call call : calls.all()) {
            boolean stream = call.route() != null
                    && call.route().answers().stream()
                            .anyMatch(answer -> answer.type().equals(Route.EVENTS));
            boolean data = call.path().matches("/(api|v1|health|metrics|\\.well-known)\\b.*");
            if (call.method().equals("GET") && data && !stream) {
                String body = server.get(Who.ADMIN, call.path()).body();

                assertThat(body)
                        .as(call.name())
                        .doesNotContain(SECRET, "argon2", AttackedServer.PASSWORD, FramedServer.ADMIN_PASSWORD)
                        .doesNotContain("\"password\"", "\"password_hash\"", "\"refresh_hash\"")
                        .doesNotContain(server.token(Who.ADMIN));
            }
        }
        JsonNode settings =
                TestServer.json(server.get(Who.VERA, "/api/system/info")).get("settings");
        assertThat(settings.toString()).contains("primespark.auth.jwt.secret", "***");
    }

    @Test
    void anAccountIsShownWithoutWhatOpensIt() {
        JsonNode users =
                TestServer.json(server.get(Who.ADMIN, "/api/auth/users")).get("users");

        assertThat(users).isNotEmpty();
        assertThat(users.get(0).properties().stream().map(java.util.Map.Entry::getKey))
                .containsExactlyInAnyOrder("username", "roles", "active", "created_at", "password_changed_at");
    }

    @Test
    void loginsAreToldToWhoKeepsAccountsOnly() throws Exception {
        try (SseReader admins = listen(Who.ADMIN);
                SseReader miras = listen(Who.MIRA)) {
            server.framed.login("otto", "not the password");
            assertThat(awaitEvent(admins, "login_failed").data()).contains("otto");
            assertHearsNothingOf(miras, "login_failed", "login_throttled", "refresh_token_reused");
        }
    }

    @Test
    void aDeadTaskIsToldToItsSubmitterAndToWhoMaySeeAllTasks() throws Exception {
        try (SseReader admins = listen(Who.ADMIN);
                SseReader miras = listen(Who.MIRA);
                SseReader ottos = listen(Who.OTTO)) {
            String id = TestServer.json(server.post(
                            Who.MIRA,
                            "/api/tasks/submit",
                            "{\"type\": \"memory.get\", \"payload\": 5, \"max_retries\": 0}"))
                    .get("task_id")
                    .asText();

            for (SseReader reader : List.of(admins, miras)) {
                JsonNode died = awaitEvent(reader, "task_died").json();
                assertThat(died.get("task_id").asText()).isEqualTo(id);
                assertThat(died.get("submitter").asText()).isEqualTo("mira");
            }
            assertHearsNothingOf(ottos, "task_died");
        }
    }

    /** Until the mode of power changes, which everybody hears. */
    private static void assertHearsNothingOf(SseReader reader, String... names) {
        server.framed.spark.power().mode(PowerMode.OFF_GRID);
        try {
            for (String name = "";
                    !name.equals("power_changed");
                    name = reader.next().name()) {
                assertThat(name).isNotIn((Object[]) names);
            }
        } finally {
            server.framed.spark.power().mode(PowerMode.AUTO);
        }
    }

    @Test
    void aStreamEndsWithTheTokenThatOpenedIt(@TempDir Path other) throws Exception {
        try (AttackedServer quick = new AttackedServer(other, "heartbeat = 50 ms, limits.rate = 0", config -> config);
                SseReader events = listen(quick, Who.MIRA)) {
            quick.framed.spark.auth().revokeAll("mira");

            assertThat(awaitEvent(events, "end").json().get("reason").asText()).isEqualTo("logged_out");
        }
        try (AttackedServer quick = new AttackedServer(other, "heartbeat = 50 ms, limits.rate = 0", config -> config);
                SseReader events = listen(quick, Who.VERA)) {
            quick.framed.spark.auth().users().setRoles("vera", Set.of("sensor"));

            assertThat(awaitEvent(events, "end").json().get("reason").asText()).isEqualTo("logged_out");
        }
    }

    private static SseReader listen(Who who) throws Exception {
        return listen(server, who);
    }

    private static SseReader listen(AttackedServer where, Who who) throws Exception {
        var request = where.framed
                .request("/api/events")
                .header("Authorization", "Bearer " + where.token(who))
                .build();
        SseReader reader = new SseReader(java.net.http.HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofLines())
                .body());
        assertThat(reader.nextOrComment().data()).isEqualTo("listening");
        return reader;
    }

    private static SseReader.Event awaitEvent(SseReader reader, String name) {
        SseReader.Event[] event = new SseReader.Event[1];
        await().until(() -> {
            event[0] = reader.next();
            return event[0].name().equals(name);
        });
        return event[0];
    }
}
