package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.examples.server.AttackedServer.Who;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * API1:2023, broken object level authorization: what belongs to somebody else, or to the engine. Accounts and sessions are in memory's
 * tiers here, where there is most to be had.
 *
 * @see <a href="https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/">OWASP</a>
 */
class Api01ObjectAuthorizationTest {

    private static final String LATER = "9999-01-01T00:00:00Z";

    @TempDir
    static Path directory;

    private static AttackedServer server;

    @BeforeAll
    static void start() {
        server = new AttackedServer(
                directory,
                "limits.rate = 0",
                config -> config.withText("primespark.auth.store { type = memory-tiers }", "the test's store"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> submit(Who who, String type, String payload, String more) {
        return server.post(
                who, "/api/tasks/submit", "{\"type\": \"" + type + "\", \"payload\": " + payload + more + "}");
    }

    private static String submitted(Who who, String type, String payload, String more) {
        HttpResponse<String> answer = submit(who, type, payload, more);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return TestServer.json(answer).get("task_id").asText();
    }

    private static String waiting(Who who) {
        return submitted(who, "nobodys.work", "\"a private matter\"", ", \"not_before\": \"" + LATER + "\"");
    }

    private static List<String> listed(Who who, String path) {
        List<String> ids = new ArrayList<>();
        TestServer.json(server.get(who, path))
                .get("tasks")
                .forEach(task -> ids.add(task.get("task_id").asText()));
        return ids;
    }

    @Test
    void aTaskOfSomebodyElseIsNotThere() {
        String id = waiting(Who.MIRA);

        for (String method : List.of("GET", "DELETE")) {
            HttpResponse<String> answer = server.send(Who.OTTO, method, "/api/tasks/" + id, "");
            HttpResponse<String> unknown = server.send(Who.OTTO, method, "/api/tasks/nothing-like-it", "");

            assertThat(answer.statusCode()).as(method).isEqualTo(404);
            assertThat(TestServer.json(answer).get("detail"))
                    .as("and it cannot be told from one that never was")
                    .isEqualTo(TestServer.json(unknown).get("detail"));
        }
        assertThat(listed(Who.OTTO, "/api/tasks")).doesNotContain(id);
        assertThat(listed(Who.OTTO, "/api/tasks?status=scheduled&type=nobodys.work"))
                .doesNotContain(id);
        assertThat(listed(Who.MIRA, "/api/tasks")).contains(id);
        assertThat(listed(Who.ADMIN, "/api/tasks")).contains(id);
        assertThat(server.get(Who.ADMIN, "/api/tasks/" + id).statusCode()).isEqualTo(200);
        JsonNode still = TestServer.json(server.get(Who.MIRA, "/api/tasks/" + id));
        assertThat(still.get("status").asText()).isEqualTo("scheduled");
    }

    @Test
    void aDeadTaskOfSomebodyElseIsNeitherSeenNorRevived() {
        String id = submitted(Who.MIRA, "memory.get", "{\"no\": \"key\"}", ", \"max_retries\": 0");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> listed(Who.MIRA, "/api/tasks/dead").contains(id));

        assertThat(listed(Who.OTTO, "/api/tasks/dead")).doesNotContain(id);
        assertThat(server.post(Who.OTTO, "/api/tasks/dead/" + id + "/replay", "")
                        .statusCode())
                .isEqualTo(403);
        assertThat(listed(Who.ADMIN, "/api/tasks/dead")).contains(id);
    }

    @Test
    void aKeyThatSomebodyElseSubmittedUnderFindsNothingAndIsNotTaken() {
        String key = ", \"idempotency_key\": \"backup\", \"not_before\": \"" + LATER + "\"";
        String miras = submitted(Who.MIRA, "nobodys.work", "1", key);

        assertThat(submitted(Who.OTTO, "nobodys.work", "1", key)).isNotEqualTo(miras);
        assertThat(submit(Who.ADMIN, "nobodys.work", "2", key).statusCode())
                .as("and nobody else's conflicts with it")
                .isEqualTo(202);
        assertThat(submitted(Who.MIRA, "nobodys.work", "1", key)).isEqualTo(miras);
    }

    static Stream<Arguments> enginesOwn() {
        return Stream.of(
                        "spark-auth",
                        "primespark.system",
                        "llm-answers.any",
                        "llm-answers.edge-only",
                        "default.objects")
                .flatMap(namespace -> Stream.of(
                        Arguments.of("memory.get", "{\"namespace\": \"" + namespace + "\", \"key\": \"u/admin\"}"),
                        Arguments.of(
                                "memory.put",
                                "{\"namespace\": \"" + namespace
                                        + "\", \"key\": \"planted\", \"value\": {\"roles\": [\"admin\"]}}"),
                        Arguments.of("memory.delete", "{\"namespace\": \"" + namespace + "\", \"key\": \"u/admin\"}"),
                        Arguments.of("memory.scan", "{\"namespace\": \"" + namespace + "\"}")));
    }

    @ParameterizedTest
    @MethodSource("enginesOwn")
    void aTaskDoesNotReachWhatIsTheEnginesOwn(String type, String payload) {
        String id = submitted(Who.MIRA, type, payload, ", \"max_retries\": 0");

        JsonNode task = await().atMost(Duration.ofSeconds(30))
                .until(
                        () -> TestServer.json(server.get(Who.MIRA, "/api/tasks/" + id)),
                        found -> found.get("status").asText().matches("completed|failed"));

        assertThat(task.get("status").asText()).isEqualTo("failed");
        assertThat(task.get("error").asText()).containsAnyOf("is the engine's own", "is refused");
        assertThat(task.get("result").isNull()).isTrue();
        assertThat(server.framed.spark.memory().namespace("spark-auth").find("planted", Object.class))
                .isEmpty();
        assertThat(server.get(Who.ADMIN, "/api/auth/me").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spark-auth:u/admin",
                "spark-auth/u/admin",
                "ps:spark-auth:u/admin",
                "../spark-auth/u/admin",
                "..\\\\spark-auth\\\\u\\\\admin",
                "default\\u0000spark-auth",
                "default\\nspark-auth",
                "{spark-auth}u/admin",
                "u/admin",
                "users/admin"
            })
    void aKeyCannotNameAnotherNamespace(String key) {
        HttpResponse<String> read = server.post(Who.MIRA, "/api/memory/get", "{\"key\": \"" + key + "\"}");
        HttpResponse<String> gone = server.post(Who.MIRA, "/api/memory/delete", "{\"key\": \"" + key + "\"}");

        assertThat(read.statusCode()).as(read.body()).isIn(400, 404);
        assertThat(read.body()).doesNotContain("argon2", "hash");
        assertThat(gone.statusCode()).isIn(200, 400);
        assertThat(server.framed.spark.auth().users().find("admin")).isPresent();
    }

    @Test
    void whatIsInOtherNamespacesIsNotListed() {
        String keys = server.get(Who.MIRA, "/api/memory/keys?limit=1000").body()
                + server.get(Who.MIRA, "/api/memory/keys?prefix=spark").body()
                + server.get(Who.MIRA, "/api/memory/objects?limit=1000").body();

        assertThat(keys).doesNotContain("admin", "mira", "otto", "sensor");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /api/auth/users", "PATCH /api/auth/users/", "DELETE /api/auth/users/"})
    void anotherAccountIsNotTouchedAndWhetherItExistsIsNotSaid(String call) {
        String[] parts = call.split(" ", 2);
        String body = parts[0].equals("PATCH") ? "{\"active\": false}" : "";
        List<String> answers = new ArrayList<>();
        for (String name : parts[1].endsWith("/") ? List.of("otto", "nobody-at-all") : List.of("")) {
            HttpResponse<String> answer = server.send(Who.MIRA, parts[0], parts[1] + name, body);
            assertThat(answer.statusCode()).isEqualTo(403);
            answers.add(TestServer.json(answer).get("detail").asText());
        }
        assertThat(answers.stream().distinct()).hasSize(1);
        assertThat(server.get(Who.OTTO, "/api/auth/me").statusCode()).isEqualTo(200);
    }

    @Test
    void onesOwnPasswordIsOnesOwn() {
        HttpResponse<String> answer = server.send(
                Who.MIRA,
                "PUT",
                "/api/auth/me/password",
                "{\"username\": \"otto\", \"current_password\": \"" + AttackedServer.PASSWORD
                        + "\", \"new_password\": \"another long sentence\"}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(TestServer.json(answer).at("/errors/0/field").asText()).isEqualTo("username");
        assertThat(server.framed.login("otto", AttackedServer.PASSWORD).statusCode())
                .isEqualTo(200);
        assertThat(server.framed.login("mira", AttackedServer.PASSWORD).statusCode())
                .isEqualTo(200);
    }

    @Test
    void loggingOutEndsOnlyTheSessionOfItsToken() {
        String first = server.newToken(Who.OTTO);
        String second = server.newToken(Who.OTTO);
        String miras = server.newToken(Who.MIRA);

        assertThat(server.framed
                        .send("POST", "/api/auth/logout", "{\"session_id\": \"x\"}", first)
                        .statusCode())
                .isEqualTo(200);

        assertThat(server.framed.get("/api/auth/me", first).statusCode()).isEqualTo(401);
        assertThat(server.framed.get("/api/auth/me", second).statusCode()).isEqualTo(200);
        assertThat(server.framed.get("/api/auth/me", miras).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD", "PATCH", "DELETE"})
    void anUploadIsFoundOnlyByItsWholeName(String method) {
        HttpResponse<String> begun = server.framed.send(server.framed
                .request("/api/memory/uploads")
                .header("Authorization", "Bearer " + server.token(Who.MIRA))
                .header("Tus-Resumable", "1.0.0")
                .header("Upload-Length", "10")
                .header("Upload-Metadata", "name YQ==")
                .method("POST", BodyPublishers.noBody()));
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(201);
        String location = begun.headers().firstValue("Location").orElseThrow();
        String id = location.substring(location.lastIndexOf('/') + 1);
        assertThat(id).hasSize(32);
        char last = id.charAt(31) == '0' ? '1' : '0';

        for (String guess : List.of(id.substring(0, 31) + last, "0".repeat(32), id.substring(0, 31), "*", id + "0")) {
            HttpResponse<String> answer = server.framed.send(server.framed
                    .request("/api/memory/uploads/" + guess)
                    .header("Authorization", "Bearer " + server.token(Who.OTTO))
                    .header("Tus-Resumable", "1.0.0")
                    .header("Upload-Offset", "0")
                    .header("Content-Type", "application/offset+octet-stream")
                    .method(method, BodyPublishers.ofString(method.equals("PATCH") ? "x" : "")));
            assertThat(answer.statusCode()).as(guess).isIn(400, 404);
        }
    }
}
