package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.TaskFilter;
import ai.primespark.examples.server.AttackedServer.Who;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * API6:2023, unrestricted access to sensitive business flows: what costs the owner something is bounded, and one who does much of it
 * does not do it at the others' expense.
 *
 * @see <a href="https://owasp.org/API-Security/editions/2023/en/0xa6-unrestricted-access-to-sensitive-business-flows/">OWASP</a>
 */
@Timeout(120)
class Api06BusinessFlowsTest {

    @TempDir
    Path directory;

    @Test
    void aStormOfPullsReachesTheBackendFourAtATime() throws Exception {
        try (AttackedServer server = new AttackedServer(directory)) {
            HttpClient client = HttpClient.newHttpClient();
            List<CompletableFuture<HttpResponse<Stream<String>>>> pulls = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                HttpRequest pull = server.framed
                        .request("/api/llm/models/pull")
                        .header("Authorization", "Bearer " + server.token(Who.ADMIN))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"model\": \"model" + i + "\", \"backend\": \"edge\"}"))
                        .build();
                pulls.add(client.sendAsync(pull, BodyHandlers.ofLines()));
            }
            List<Integer> answers = new ArrayList<>();
            for (var pull : pulls) {
                answers.add(pull.get().statusCode());
            }

            assertThat(answers).containsOnly(200, 503);
            assertThat(answers.stream().filter(status -> status == 200).count()).isEqualTo(4);
            assertThat(pulls.stream()
                            .map(CompletableFuture::join)
                            .filter(answer -> answer.statusCode() == 503)
                            .map(answer ->
                                    answer.headers().firstValue("Retry-After").orElse("")))
                    .allSatisfy(wait -> assertThat(Integer.parseInt(wait)).isPositive());
            assertThat(server.framed.ollama.asked.stream()
                            .filter(asked -> asked.path("model").asText().startsWith("model")))
                    .hasSize(4);
            server.framed.ollama.spoken.countDown();
            pulls.forEach(pull -> pull.join().body().close());
        }
    }

    @Test
    void modelsAreNeitherPulledNorDeletedByWhoAdministersNothing() {
        try (AttackedServer server = new AttackedServer(directory)) {
            for (Who who : List.of(Who.NOBODY, Who.VERA, Who.MIRA, Who.HANNA, Who.SENSOR)) {
                String body = "{\"model\": \"llama3.2\", \"backend\": \"edge\"}";
                assertThat(server.post(who, "/api/llm/models/pull", body).statusCode())
                        .isIn(401, 403);
                for (String path : List.of("/api/llm/models", "/api/llm/models/llama3.2", "/v1/models/llama3.2")) {
                    assertThat(server.send(who, "DELETE", path, "").statusCode())
                            .isIn(401, 403, 404, 405);
                }
            }
            assertThat(server.framed.ollama.asked).noneMatch(asked -> asked.has("stream") && asked.has("insecure"));
            assertThat(server.framed.ollama.asked.stream()
                            .filter(asked -> asked.path("model").asText().equals("llama3.2")))
                    .isEmpty();
        }
    }

    @Test
    void oneUsersFloodDoesNotUseUpWhatTheOthersHave() {
        try (AttackedServer server =
                new AttackedServer(directory, "limits { rate = 5, burst = 20 }", config -> config)) {
            List<Integer> answers = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                answers.add(server.get(Who.MIRA, "/api/auth/me").statusCode());
            }

            assertThat(answers).contains(200, 429);
            HttpResponse<String> refused = Stream.generate(() -> server.get(Who.MIRA, "/api/auth/me"))
                    .limit(60) // now and then one is let through
                    .filter(answer -> answer.statusCode() == 429)
                    .findFirst()
                    .orElseThrow();
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(server.get(Who.OTTO, "/api/auth/me").statusCode())
                    .as("from the same address, by another name")
                    .isEqualTo(200);
        }
    }

    @Test
    void aFloodWithoutALoginDoesNotKeepUsersOut() throws Exception {
        try (AttackedServer server =
                new AttackedServer(directory, "limits { rate = 5, burst = 20 }", config -> config)) {
            String token = server.token(Who.OTTO);
            String flood = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(60)
                    + "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

            String answers = server.exchange("127.0.0.2", flood.getBytes(StandardCharsets.US_ASCII));

            assertThat(answers).contains("HTTP/1.1 200 ", "HTTP/1.1 429 ");
            assertThat(server.framed.get("/api/auth/me", token).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void whoSubmitsManyTasksSubmitsThemInHisOwnName() {
        try (AttackedServer server = new AttackedServer(directory)) {
            for (int i = 0; i < 30; i++) {
                assertThat(server.post(Who.MIRA, "/api/tasks/submit", "{\"type\": \"work\", \"payload\": " + i + "}")
                                .statusCode())
                        .isEqualTo(202);
            }

            assertThat(server.framed
                            .spark
                            .agents()
                            .list(TaskFilter.ALL.withSubmitter("mira"), null, 100)
                            .tasks())
                    .as("so that the queue lets others have their turn")
                    .hasSize(30);
        }
    }

    @Test
    void accountsAreNotMadeByStrangers() {
        try (AttackedServer server = new AttackedServer(directory)) {
            for (String path :
                    List.of("/api/auth/users", "/api/auth/register", "/api/auth/signup", "/api/users", "/register")) {
                HttpResponse<String> answer =
                        server.post(Who.NOBODY, path, "{\"username\": \"eve\", \"password\": \"a long enough one\"}");
                assertThat(answer.statusCode()).as(path).isIn(401, 404);
            }
            assertThat(server.framed.spark.auth().users().find("eve")).isEmpty();
        }
    }
}
