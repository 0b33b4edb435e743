package ai.primespark.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.Zone;
import ai.primespark.agent.Agents;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Privacy;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The handlers that every agent has. */
class BuiltinTest extends AgentRig {

    private final ScriptedLlmBackend edge = new ScriptedLlmBackend("edge", Zone.EDGE);
    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);

    @AfterEach
    void closeBackends() {
        edge.close();
        cloud.close();
    }

    private Agents started(Object... settings) {
        PrimeSpark spark = spark(List.of(edge, cloud), settings);
        spark.agents().local().start();
        return spark.agents();
    }

    private static TaskRequest task(String type, Map<String, Object> payload) {
        return TaskRequest.of(type, payload).retry(RetryPolicy.NEVER).build();
    }

    @Test
    @SuppressWarnings("unchecked") // JSON objects are maps
    void aGenerateTaskAnswersAndItsTextReachesTheSubmitterAsItIsWritten() {
        CountDownLatch more = new CountDownLatch(1);
        edge.always(LlmScript.text("Because ").thenPause(more).thenText("of Rayleigh."));
        Agents agents = started();
        Queue<TaskEvent> events = new ConcurrentLinkedQueue<>();
        agents.onEvent(events::add);

        TaskHandle handle = agents.submit(task(
                "llm.generate", Map.of("prompt", "Why is the sky blue?", "max_tokens", 10, "privacy", "edge-only")));
        await().until(() -> events.stream()
                .anyMatch(e -> e.kind() == TaskEvent.Kind.OUTPUT && e.note().equals("Because ")));
        more.countDown();

        Map<String, Object> answer = handle.result(Map.class, LONG).orElseThrow();
        assertThat(answer)
                .containsEntry("text", "Because of Rayleigh.")
                .containsEntry("backend", "edge")
                .containsEntry("degraded", false);
        await().until(() -> events.stream().anyMatch(e -> e.kind() == TaskEvent.Kind.ENDED));
        StringBuilder text = new StringBuilder();
        events.stream().filter(e -> e.kind() == TaskEvent.Kind.OUTPUT).forEach(e -> text.append(e.note()));
        assertThat(text).hasToString("Because of Rayleigh.");
        LlmRequest asked = edge.requests().get(0);
        assertThat(asked.privacy()).isEqualTo(Privacy.EDGE_ONLY);
        assertThat(asked.sampling().maxTokens()).isEqualTo(10);
    }

    @Test
    void whatMustStayOnTheEdgeStaysThereEvenWhenTheEdgeFails() {
        edge.down(ai.primespark.llm.LlmException.Kind.UNREACHABLE);
        Agents agents = started();

        TaskSnapshot task = agents.submit(task("llm.generate", Map.of("prompt", "hunter2", "privacy", "edge-only")))
                .await(LONG);

        assertThat(task.status()).isEqualTo(TaskStatus.DEAD);
        assertThat(cloud.requests()).isEmpty();
        assertThat(task.errors().toString()).doesNotContain("hunter2");
    }

    @Test
    void aMisspeltFieldIsRefusedAndNothingIsAsked() {
        Agents agents = started();

        TaskSnapshot task = agents.submit(
                        TaskRequest.of("llm.generate", Map.of("prompt", "hunter2", "privcy", "edge-only"))
                                .build())
                .await(LONG);

        assertThat(task.status()).isEqualTo(TaskStatus.DEAD);
        assertThat(task.attempts()).isEqualTo(1);
        assertThat(task.error().orElse("")).contains("'privcy'").doesNotContain("hunter2");
        assertThat(edge.requests()).isEmpty();
        assertThat(cloud.requests()).isEmpty();
        for (Map<String, Object> wrong : List.<Map<String, Object>>of(
                Map.of(),
                Map.of("prompt", 1),
                Map.of("prompt", "a", "privacy", "secret"),
                Map.of("prompt", "a", "temperature", -1),
                Map.of("prompt", "a", "top_k", 1L << 40),
                Map.of("messages", List.of(Map.of("role", "tool", "content", "a"))),
                Map.of("prompt", "a", "messages", List.of()))) {
            assertThat(agents.submit(TaskRequest.of("llm.generate", wrong).build())
                            .await(LONG))
                    .as(wrong.toString())
                    .matches(ended -> ended.status() == TaskStatus.DEAD && ended.attempts() == 1);
        }
    }

    @Test
    void cancellingAGenerateTaskCancelsTheCall() {
        CountDownLatch never = new CountDownLatch(1);
        edge.always(LlmScript.text("a").thenPause(never));
        Agents agents = started();
        TaskHandle handle = agents.submit(task("llm.generate", Map.of("messages", List.of(Map.of("content", "q")))));
        await().until(() -> edge.running() == 1);

        handle.cancel("enough");

        assertThat(handle.await(LONG).status()).isEqualTo(TaskStatus.CANCELLED);
        await().until(() -> edge.cancelled() == 1);
    }

    @Test
    @SuppressWarnings("unchecked") // JSON objects are maps
    void memoryIsReadAndWrittenByTasks() {
        Agents agents = started();
        Map<String, Object> value = Map.of("colour", "green", "size", 7);

        assertThat(agents.submit(task("memory.put", Map.of("key", "k", "value", value, "ttl_ms", 60_000)))
                        .result(Map.class, LONG))
                .hasValueSatisfying(
                        written -> assertThat(written.get("version").toString()).isNotEmpty());
        assertThat(agents.submit(task("memory.get", Map.of("key", "k"))).result(Map.class, LONG))
                .hasValueSatisfying(found -> assertThat((Map<String, Object>) found)
                        .containsEntry("found", true)
                        .containsEntry("value", value));
        assertThat(agents.submit(task("memory.scan", Map.of("prefix", "k"))).result(Map.class, LONG))
                .hasValueSatisfying(
                        page -> assertThat((Map<String, Object>) page).containsEntry("keys", List.of("k")));
        agents.submit(task("memory.delete", Map.of("key", "k"))).await(LONG);
        assertThat(agents.submit(task("memory.get", Map.of("key", "k"))).result(Map.class, LONG))
                .hasValueSatisfying(
                        found -> assertThat((Map<String, Object>) found).containsEntry("found", false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"spark-auth", "primespark.system", "llm-answers.any", "default.objects"})
    void theEnginesOwnNamespacesAreNoBusinessOfTasks(String namespace) {
        Agents agents = started();
        for (TaskRequest request : List.of(
                task("memory.get", Map.of("namespace", namespace, "key", "k")),
                task("memory.put", Map.of("namespace", namespace, "key", "k", "value", 1)),
                task("memory.delete", Map.of("namespace", namespace, "key", "k")),
                task("memory.scan", Map.of("namespace", namespace)))) {
            TaskHandle refused = agents.submit(request);

            assertThat(refused.await(LONG).status()).as(request.type()).isEqualTo(TaskStatus.DEAD);
            assertThat(refused.snapshot().error().orElse("")).contains("is the engine's own");
        }
        assertThat(agents.submit(task("memory.put", Map.of("namespace", "mine", "key", "k", "value", 1)))
                        .await(LONG)
                        .status())
                .isEqualTo(TaskStatus.SUCCEEDED);
    }

    @Test
    void textsBecomeVectors() {
        Agents agents = started();

        TaskHandle handle = agents.submit(task("llm.embed", Map.of("texts", List.of("a", "b"), "model", "m")));

        assertThat(handle.result(Map.class, LONG))
                .hasValueSatisfying(
                        made -> assertThat((List<?>) made.get("vectors")).hasSize(2));
    }

    @Test
    void theApplicationReplacesAndTheConfigurationLeavesOutWhatIsBuiltIn() {
        PrimeSpark spark = spark(List.of(edge), "agents.builtin", List.of("llm"));
        Agents agents = spark.agents();
        agents.local()
                .handle("llm.generate", String.class, (payload, task) -> "mine")
                .start();

        assertThat(agents.submit(TaskRequest.of("llm.generate", "x").build()).result(String.class, LONG))
                .contains("mine");
        assertThat(agents.local().status().types()).containsExactlyInAnyOrder("llm.generate", "llm.embed");
        TaskHandle parked = agents.submit(task("memory.get", Map.of("key", "k")));
        await().untilAsserted(() ->
                assertThat(parked.snapshot().parkedReason().orElse("")).contains("memory.get"));
    }
}
