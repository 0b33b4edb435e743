package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.UnrecoverableTaskException;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskApiTest {

    private static final String NEVER = "9999-01-01T00:00:00Z";

    @TempDir
    static Path directory;

    private static final AtomicBoolean MENDED = new AtomicBoolean();

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(directory);
        server.spark
                .agents()
                .local()
                .handle("test.echo", byte[].class, (payload, task) -> payload)
                .handle("test.hold", String.class, (payload, task) -> {
                    new CountDownLatch(1).await(); // until it is interrupted
                    return payload;
                })
                .handle("test.broken", String.class, (payload, task) -> {
                    if (MENDED.get()) {
                        return "mended";
                    }
                    throw new UnrecoverableTaskException("out of paper", null);
                });
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aSubmittedTaskIsDoneByTheServersOwnAgent() {
        String id = submit("""
                {"type": "memory.put", "payload": {"key": "by-task", "value": {"beds": 4}}, "priority": "high"}""");

        JsonNode task = awaitStatus(id, "completed");

        assertThat(server.spark.memory().find("by-task", Object.class)).hasValue(Map.of("beds", 4));
        assertThat(task.get("task_id").asText()).isEqualTo(id);
        assertThat(task.get("type").asText()).isEqualTo("memory.put");
        assertThat(task.get("priority").asText()).isEqualTo("high");
        assertThat(task.get("attempts").asInt()).isEqualTo(1);
        assertThat(task.at("/result/version").asText()).isNotBlank();
        assertThat(task.get("error").isNull()).isTrue();
        assertThat(task.get("assigned_agent").asText())
                .isEqualTo(server.spark.agents().local().status().profile().id());
        assertThat(Instant.parse(task.get("completed_at").asText()))
                .isAfterOrEqualTo(Instant.parse(task.get("created_at").asText()));
        assertThat(Instant.parse(task.get("started_at").asText()))
                .isAfterOrEqualTo(Instant.parse(task.get("created_at").asText()));
    }

    @Test
    void resultsComeAsJsonTextOrBase64() {
        assertThat(echoed("12 apples".getBytes(StandardCharsets.UTF_8)).asText())
                .isEqualTo("12 apples");
        assertThat(echoed("[1, {\"two\": 3}]".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(TestServer.json("[1, {\"two\": 3}]"));
        assertThat(echoed(new byte[] {(byte) 0xff, 0}).asText()).isEqualTo("/wA=");
        assertThat(echoed(new byte[0]).asText()).isEmpty();
    }

    private static JsonNode echoed(byte[] payload) {
        String id = server.spark
                .agents()
                .submit(TaskRequest.of("test.echo", payload).build())
                .id();
        return awaitStatus(id, "completed").get("result");
    }

    @Test
    void whatIsAskedOfTheTimeIsKept() {
        String id = submit("""
                {"type": "test.echo", "payload": "x", "not_before": "9998-01-01T02:00:00+02:00",
                "deadline": "9999-01-01T00:00:00Z", "max_retries": 0}""");

        JsonNode task = task(id);

        assertThat(task.get("status").asText()).isEqualTo("scheduled");
        assertThat(task.get("not_before").asText()).isEqualTo("9998-01-01T00:00:00Z");
        assertThat(task.get("deadline").asText()).isEqualTo("9999-01-01T00:00:00Z");
        assertThat(task.get("completed_at").isNull()).isTrue();
        assertThat(delete(id).statusCode()).isEqualTo(200);
    }

    @Test
    void aTaskWaitsForAnAgentThatCanDoIt() {
        String id = submit("""
                {"type": "test.echo", "payload": "x", "capabilities": ["gpu", "location=attic"]}""");

        JsonNode parked = await().atMost(Duration.ofSeconds(30))
                .until(() -> task(id), task -> !task.get("parked_reason").isNull());

        assertThat(parked.get("status").asText()).isEqualTo("pending");
        assertThat(parked.get("parked_reason").asText()).contains("gpu");
        assertThat(delete(id).statusCode()).isEqualTo(200);
    }

    @Test
    void theSameKeyIsTheSameTaskAndOtherWorkUnderItAConflict() {
        String first = "{\"type\": \"test.echo\", \"payload\": \"a\", \"idempotency_key\": \"once\"}";

        String id = submit(first);

        assertThat(submit(first)).isEqualTo(id);
        HttpResponse<String> other = server.post("/api/tasks/submit", first.replace("\"a\"", "\"b\""));
        assertThat(other.statusCode()).as(other.body()).isEqualTo(409);
        assertThat(TestServer.json(other).get("type").asText())
                .isEqualTo("urn:primespark:problem:idempotency-conflict");
        assertThat(TestServer.json(other).get("task_id").asText()).isEqualTo(id);
    }

    @Test
    void aTaskThatHasNotBegunIsCancelledAtOnceAndOnlyOnce() {
        String id = submit("{\"type\": \"test.echo\", \"payload\": \"x\", \"not_before\": \"" + NEVER + "\"}");
        assertThat(task(id).get("status").asText()).isEqualTo("scheduled");

        HttpResponse<String> cancelled = delete(id);
        HttpResponse<String> again = delete(id);

        assertThat(cancelled.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(cancelled).get("status").asText()).isEqualTo("cancelled");
        assertThat(task(id).get("status").asText()).isEqualTo("cancelled");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(TestServer.json(again).get("type").asText()).isEqualTo("urn:primespark:problem:task-over");
    }

    @Test
    void runningWorkIsCancelledToo() {
        String id = submit("{\"type\": \"test.hold\", \"payload\": \"x\"}");
        awaitStatus(id, "in_progress");

        HttpResponse<String> cancelled = delete(id);

        assertThat(cancelled.statusCode()).isEqualTo(202);
        assertThat(TestServer.json(cancelled).get("status").asText()).isEqualTo("cancelling");
        awaitStatus(id, "cancelled");
    }

    @Test
    void aDeadTaskIsListedAndReplayed() {
        String id = submit("{\"type\": \"test.broken\", \"payload\": \"x\"}");
        assertThat(awaitStatus(id, "failed").get("error").asText()).contains("out of paper");
        assertThat(ids("/api/tasks/dead?type=test.broken")).containsExactly(id);
        assertThat(ids("/api/tasks/dead?type=test.echo")).isEmpty();
        MENDED.set(true);

        HttpResponse<String> replayed =
                server.send(server.request("/api/tasks/dead/" + id + "/replay").POST(BodyPublishers.noBody()));

        assertThat(replayed.statusCode()).as(replayed.body()).isEqualTo(200);
        assertThat(awaitStatus(id, "completed").get("result").asText()).isEqualTo("mended");
        HttpResponse<String> again =
                server.send(server.request("/api/tasks/dead/" + id + "/replay").POST(BodyPublishers.noBody()));
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(TestServer.json(again).get("type").asText()).isEqualTo("urn:primespark:problem:task-not-dead");
    }

    @Test
    void tasksAreListedByStatusAndTypePageByPage() {
        List<String> submitted = IntStream.range(0, 5)
                .mapToObj(i -> submit(
                        "{\"type\": \"test.listed\", \"payload\": " + i + ", \"not_before\": \"" + NEVER + "\"}"))
                .toList();
        String path = "/api/tasks?type=test.listed&status=scheduled&limit=2";

        List<String> found = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = TestServer.json(server.get(path + cursor));
            assertThat(page.get("tasks").size()).isLessThanOrEqualTo(2);
            page.get("tasks").forEach(task -> found.add(task.get("task_id").asText()));
            cursor = page.get("cursor").isNull()
                    ? ""
                    : "&cursor=" + URLEncoder.encode(page.get("cursor").asText(), StandardCharsets.UTF_8);
        } while (!cursor.isEmpty());

        assertThat(found).containsExactlyInAnyOrderElementsOf(submitted);
        assertThat(ids("/api/tasks?type=test.listed&status=completed")).isEmpty();
        assertThat(ids("/api/tasks")).containsAll(submitted);
        submitted.forEach(TaskApiTest::delete);
    }

    @Test
    void aTaskIsFoundAmongThousandsOfOthers(@TempDir Path other) {
        try (TestServer crowded = new TestServer(other)) {
            Instant never = Instant.parse(NEVER);
            String rare = crowded.spark
                    .agents()
                    .submit(TaskRequest.of("test.rare", 1).notBefore(never).build())
                    .id();
            TaskRequest usual = TaskRequest.of("test.usual", 1).notBefore(never).build();
            assertThat(crowded.spark.agents().submitAll(Collections.nCopies(5_000, usual)))
                    .hasSize(5_000);

            JsonNode page = TestServer.json(crowded.get("/api/tasks?type=test.rare"));

            assertThat(page.at("/tasks/0/task_id").asText()).isEqualTo(rare);
            assertThat(page.get("cursor").isNull()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"status=assigned, status", "limit=0, limit", "limit=1001, limit", "cursor=no%20cursor, cursor"})
    void aWrongQueryIsNamed(String query, String name) {
        HttpResponse<String> response = server.get("/api/tasks?" + query);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(TestServer.json(response).get("type").asText())
                .isEqualTo("urn:primespark:problem:invalid-parameter");
        assertThat(TestServer.json(response).at("/errors/0/field").asText()).isEqualTo(name);
    }

    @Test
    void aTaskThatNobodyKnowsIsNotFound() {
        for (HttpResponse<String> response : List.of(
                server.get("/api/tasks/never-heard-of"),
                delete("never-heard-of"),
                server.send(
                        server.request("/api/tasks/dead/never-heard-of/replay").POST(BodyPublishers.noBody())))) {
            assertThat(response.statusCode()).as(response.body()).isEqualTo(404);
            assertThat(TestServer.json(response).get("type").asText()).isEqualTo("urn:primespark:problem:task-unknown");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                                 | type, payload",
                "{\"type\": \"a b\", \"payload\": 1}                                | type",
                "{\"type\": \"t\", \"payload\": null}                               | payload",
                "{\"type\": \"t\", \"payload\": 1, \"priority\": \"soon\"}          | priority",
                "{\"type\": \"t\", \"payload\": 1, \"capabilities\": \"gpu\"}       | capabilities",
                "{\"type\": \"t\", \"payload\": 1, \"capabilities\": [1]}           | capabilities",
                "{\"type\": \"t\", \"payload\": 1, \"capabilities\": [\"G U\"]}     | capabilities",
                "{\"type\": \"t\", \"payload\": 1, \"not_before\": \"tomorrow\"}    | not_before",
                "{\"type\": \"t\", \"payload\": 1, \"not_before\": 1700000000}      | not_before",
                "{\"type\": \"t\", \"payload\": 1, \"deadline\": \"+99999-01-01T00:00:00Z\"}  | deadline",
                "{\"type\": \"t\", \"payload\": 1, \"idempotency_key\": \"\"}       | idempotency_key",
                "{\"type\": \"t\", \"payload\": 1, \"max_retries\": -1}             | max_retries",
                "{\"type\": \"t\", \"payload\": 1, \"max_retries\": 101}            | max_retries",
                "{\"type\": \"t\", \"payload\": 1, \"retries\": 1}                  | retries",
                "{\"type\": \"t\", \"payload\": 1, \"not_before\": \"2027-01-01T00:00:00Z\","
                        + " \"deadline\": \"2027-01-01T00:00:00Z\"} | deadline"
            })
    void everyMistakeIsNamedByItsField(String body, String fields) {
        HttpResponse<String> response = server.post("/api/tasks/submit", body);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(TestServer.json(response).get("errors").findValuesAsText("field"))
                .containsExactlyInAnyOrder(fields.split(", "));
    }

    @Test
    void theStatusShowsTheAgentAndCountsTheTasks() {
        awaitStatus(submit("{\"type\": \"test.echo\", \"payload\": \"counted\"}"), "completed");

        JsonNode status = TestServer.json(server.get("/api/agents/status"));

        JsonNode agent = status.at("/agents/0");
        assertThat(agent.get("id").asText())
                .isEqualTo(server.spark.agents().local().status().profile().id());
        assertThat(agent.get("type").asText()).isEqualTo("worker");
        assertThat(agent.get("is_online").asBoolean()).isTrue();
        assertThat(agent.get("is_available").isBoolean()).isTrue();
        assertThat(agent.get("current_load").isIntegralNumber()).isTrue();
        assertThat(agent.get("max_load").asInt()).isPositive();
        assertThat(agent.get("capabilities")).isEqualTo(TestServer.json("[]"));
        assertThat(agent.get("task_types").toString()).contains("memory.put", "test.echo");
        assertThat(Instant.parse(agent.get("last_heartbeat").asText()))
                .isAfter(Instant.now().minusSeconds(60));
        JsonNode tasks = status.get("tasks");
        assertThat(tasks.get("completed").asLong()).isPositive();
        assertThat(tasks.get("total").asLong())
                .isEqualTo(List.of("pending", "scheduled", "in_progress", "completed", "failed", "cancelled").stream()
                        .mapToLong(name -> tasks.get(name).asLong())
                        .sum());
    }

    private static String submit(String body) {
        HttpResponse<String> response = server.post("/api/tasks/submit", body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        assertThat(TestServer.json(response).get("status").asText()).isEqualTo("submitted");
        return TestServer.json(response).get("task_id").asText();
    }

    private static JsonNode task(String id) {
        return TestServer.json(server.get("/api/tasks/" + id));
    }

    private static JsonNode awaitStatus(String id, String status) {
        return await().atMost(Duration.ofSeconds(30))
                .until(() -> task(id), task -> task.get("status").asText().equals(status));
    }

    private static HttpResponse<String> delete(String id) {
        return server.send(server.request("/api/tasks/" + id).DELETE());
    }

    private static List<String> ids(String path) {
        return TestServer.json(server.get(path)).get("tasks").findValuesAsText("task_id");
    }
}
