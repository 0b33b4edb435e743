package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.spi.BackendStatus;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The order that the balanced strategy decides on. */
class BalanceTest {

    private final TestRouter router = TestRouter.over(
                    new ScriptedLlmBackend("recall", Zone.EDGE, true),
                    new ScriptedLlmBackend("a", Zone.EDGE),
                    new ScriptedLlmBackend("b", Zone.TRUSTED),
                    new ScriptedLlmBackend("c", Zone.CLOUD))
            .set("strategy", RoutingStrategy.BALANCED)
            .set("cost", Map.of("a", "3", "b", "0.5", "c", "1"))
            .build();

    @AfterEach
    void close() {
        router.close();
    }

    private void measured(String backend, long millis) {
        knowledge(backend).began("m", millis * 1_000_000, Workload.NONE, false, true, System.nanoTime());
    }

    private HostKnowledge knowledge(String backend) {
        return router.engine.handle(backend).knowledge();
    }

    private void loaded(String backend, boolean loaded) {
        knowledge(backend)
                .saw(
                        new BackendStatus("", List.of(HostKnowledgeTest.model("m", loaded, 4096, null))),
                        System.nanoTime(),
                        Instant.now());
    }

    private List<String> order(Duration timeout) {
        return router
                .engine
                .decide(LlmRequest.prompt("x").model("m").timeout(timeout).build())
                .stream()
                .map(RouteTrace.Candidate::backend)
                .toList();
    }

    private List<String> order() {
        return order(Duration.ofMinutes(10));
    }

    @Test
    void theSoonestComesFirstAndWhatAnswersWithoutAModelLast() {
        measured("a", 900);
        measured("b", 300);
        measured("c", 600);

        assertThat(order()).containsExactly("b", "c", "a", "recall");
    }

    @Test
    void ofAboutEqualOnesTheCheapestComesFirst() {
        measured("a", 1_000);
        measured("b", 1_050);
        measured("c", 1_090);

        assertThat(order()).containsExactly("b", "c", "a", "recall");
    }

    @Test
    void whatIsMuchSoonerIsWorthItsPrice() {
        measured("a", 100);
        measured("b", 1_000);
        measured("c", 1_050);

        assertThat(order()).containsExactly("a", "b", "c", "recall");
    }

    @Test
    void whatWasNeverMeasuredIsTriedFirstUnlessItsModelWouldHaveToBeLoaded() {
        measured("a", 100);
        measured("b", 200);
        assertThat(order()).containsExactly("c", "a", "b", "recall");

        loaded("c", false);
        assertThat(order()).containsExactly("a", "b", "c", "recall");
    }

    @Test
    void whatWouldMissTheDeadlineComesAfterTheOthers() {
        measured("a", 60_000);
        measured("b", 90_000);
        measured("c", 30_000);

        assertThat(order(Duration.ofSeconds(40))).containsExactly("c", "a", "b", "recall");
        router.engine.handle("c").admit();
        assertThat(order(Duration.ofSeconds(20))).containsExactly("c", "a", "b", "recall");
        assertThat(router.engine
                        .context()
                        .order()
                        .plan(
                                LlmRequest.prompt("x").model("m").build(),
                                Duration.ofSeconds(40).toNanos())
                        .choices())
                .extracting(Choice::reason)
                .filteredOn(r -> r.contains("would miss the deadline"))
                .hasSize(2);
    }

    @Test
    void whatDoesNotListTheModelComesAfterThoseThatDo() {
        measured("a", 100);
        measured("b", 5_000);
        measured("c", 9_000);
        knowledge("a")
                .saw(
                        new BackendStatus("", List.of(HostKnowledgeTest.model("other", true, 0, null))),
                        System.nanoTime(),
                        Instant.now());

        assertThat(order()).containsExactly("b", "c", "a", "recall");
    }

    @Test
    void aModelThatMustBeLoadedFirstMakesABackendLater() {
        measured("a", 100);
        measured("b", 500);
        measured("c", 700);
        loaded("a", false); // 2 GB, never seen loading: judged by its size

        assertThat(order()).containsExactly("b", "c", "a", "recall");
    }
}
