package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ai.primespark.Zone;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.llm.RoutingPolicy.Choice;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RoutingTest {

    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);
    private final ScriptedLlmBackend hub = new ScriptedLlmBackend("hub", Zone.TRUSTED);
    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend nas = new ScriptedLlmBackend("nas", Zone.EDGE);
    private final ScriptedLlmBackend recall = new ScriptedLlmBackend("recall", Zone.EDGE, true);

    @Test
    void edgeFirstAsksTheNearestZoneAndKeepsTheConfiguredOrderWithinIt() {
        assertThat(order(RoutingStrategy.EDGE_FIRST)).containsExactly("pi", "nas", "hub", "cloud", "recall");
    }

    @Test
    void cloudFirstAsksTheFarthestZone() {
        assertThat(order(RoutingStrategy.CLOUD_FIRST)).containsExactly("cloud", "hub", "pi", "nas", "recall");
    }

    @Test
    void edgeOnlyAsksNobodyBeyondTheEdge() {
        assertThat(order(RoutingStrategy.EDGE_ONLY)).containsExactly("pi", "nas", "recall");
    }

    @Test
    void balancedAsksInTheConfiguredOrderWhileNothingIsKnown() {
        assertThat(order(RoutingStrategy.BALANCED)).containsExactly("cloud", "hub", "pi", "nas", "recall");
    }

    private List<String> order(RoutingStrategy strategy) {
        try (TestRouter router = TestRouter.over(recall, cloud, hub, pi, nas)
                .set("strategy", strategy)
                .set("retries", 0)
                .build()) {
            List.of(cloud, hub, pi, nas, recall).forEach(b -> b.always(LlmScript.failing(Kind.UNREACHABLE)));
            LlmException failure = router.failure("who?");
            assertThat(failure.kind()).isEqualTo(Kind.NO_BACKEND);
            return failure.trace().orElseThrow().attempts().stream()
                    .map(RouteTrace.Attempt::backend)
                    .toList();
        }
    }

    @Test
    void balancedPrefersTheBackendThatIsExpectedToBeginFirst() {
        try (TestRouter router = TestRouter.over(pi, nas)
                .set("strategy", "balanced")
                .set("cache.enabled", false)
                .build()) {
            answered(router, "pi", Duration.ofMillis(400));
            answered(router, "nas", Duration.ofMillis(300));
            assertThat(router.ask("one").backend()).isEqualTo("nas");

            // what was measured since then changes the order
            answered(router, "nas", Duration.ofMinutes(1));
            assertThat(router.ask("two").backend()).isEqualTo("pi");
            assertThat(router.ask("three").trace().attempts().get(0).reason()).contains("first token expected after");
        }
    }

    @Test
    void balancedCountsTheCallsThatAreRunning() {
        CountDownLatch hold = new CountDownLatch(1);
        try (TestRouter router = TestRouter.over(pi, nas)
                .set("strategy", "balanced")
                .set("cache.enabled", false)
                .build()) {
            measured(handle(router, "pi"), 1_000_000_000_000L);
            measured(handle(router, "nas"), 1_500_000_000_000L);
            pi.next(LlmScript.pausing(hold));
            try (var running = router.engine.open(LlmRequest.prompt("long").build())) {
                assertThat(running.iterator().next()).isInstanceOf(LlmEvent.Routed.class);
                assertThat(pi.running()).isOne();

                assertThat(router.ask("meanwhile").backend()).isEqualTo("nas");
            } finally {
                hold.countDown();
            }
        }
    }

    @Test
    void aRequestMayNameItsOwnStrategy() {
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            LlmResponse response = router.ask(
                    LlmRequest.prompt("x").strategy(RoutingStrategy.CLOUD_FIRST).build());

            assertThat(response.backend()).isEqualTo("cloud");
            assertThat(response.trace().strategy()).isEqualTo("cloud-first");
            assertThat(router.engine.stats().strategy()).isEqualTo("edge-first");
        }
    }

    @Test
    void thePolicyOfTheApplicationDecidesAmongWhatIsAllowed() {
        List<String> offered = new ArrayList<>();
        RoutingPolicy policy = (request, candidates) -> {
            candidates.forEach(c -> offered.add(c.backend() + ":" + c.model()));
            return List.of(
                    new Choice("recall", "even though it is the last resort"),
                    new Choice("cloud", "not offered"),
                    new Choice("nobody", "unknown"),
                    new Choice("nas", "likes it"),
                    new Choice("nas", "twice"));
        };
        nas.always(LlmScript.failing(Kind.SERVER_ERROR));
        try (TestRouter router = TestRouter.over(recall, cloud, pi, nas)
                .policy(policy)
                .set("retries", 0)
                .set("aliases", Map.of("pi/small", "tiny"))
                .build()) {
            LlmResponse response = router.ask(LlmRequest.prompt("x")
                    .model("small")
                    .privacy(Privacy.EDGE_ONLY)
                    .build());

            assertThat(offered).containsExactly("recall:small", "pi:tiny", "nas:small");
            assertThat(response.backend()).isEqualTo("recall");
            assertThat(response.trace().attempts())
                    .extracting(RouteTrace.Attempt::backend)
                    .containsExactly("nas", "recall");
            assertThat(response.trace().attempts().get(0).reason()).isEqualTo("likes it");
            assertThat(response.trace().skipped())
                    .extracting(s -> s.backend() + ": " + s.reason())
                    .containsExactlyInAnyOrder(
                            "cloud: privacy EDGE_ONLY does not allow zone CLOUD",
                            "pi: the routing policy leaves it out");
            assertThat(router.engine.stats().strategy()).isEqualTo("custom policy");
            assertThat(cloud.requests()).isEmpty();
        }
    }

    @Test
    void aPolicyThatFailsIsReplacedByEdgeFirst() {
        try (TestRouter router = TestRouter.over(cloud, pi)
                .policy((request, candidates) -> {
                    throw new IllegalStateException("broken");
                })
                .build()) {
            assertThat(router.ask("x").backend()).isEqualTo("pi");
            assertThat(router.ask("y").trace().strategy()).isEqualTo("edge-first");
        }
    }

    @Test
    void backendsOfLastResortComeAfterAllOthersAndAreMarkedAsDegraded() {
        pi.always(LlmScript.failing(Kind.UNREACHABLE));
        try (TestRouter router = TestRouter.over(recall, pi, cloud).build()) {
            LlmResponse fallback = router.ask("x");
            assertThat(fallback.backend()).isEqualTo("cloud");
            assertThat(fallback.degraded()).isFalse();

            LlmResponse last =
                    router.ask(LlmRequest.prompt("x").privacy(Privacy.EDGE_ONLY).build());
            assertThat(last.backend()).isEqualTo("recall");
            assertThat(last.degraded()).isTrue();
            assertThat(router.meters.timed("spark.llm.calls outcome degraded")).isOne();
        }
    }

    @Test
    void withoutCloudFallbackNobodyBeyondTheEdgeIsAsked() {
        pi.always(LlmScript.failing(Kind.UNREACHABLE));
        try (TestRouter router =
                TestRouter.over(pi, hub, cloud).set("cloud-fallback", false).build()) {
            LlmException failure = router.failure("x");

            assertThat(failure.trace().orElseThrow().skipped())
                    .extracting(RouteTrace.Skipped::backend, RouteTrace.Skipped::reason)
                    .containsExactlyInAnyOrder(
                            tuple("hub", "cloud-fallback is off"), tuple("cloud", "cloud-fallback is off"));
            assertThat(hub.requests()).isEmpty();
        }
    }

    @Test
    void powerManagementMayKeepRequestsAtTheEdge() {
        pi.always(LlmScript.failing(Kind.UNREACHABLE));
        try (TestRouter router = TestRouter.over(pi, cloud).set("retries", 0).build()) {
            router.edgeOnly.set(true);
            assertThat(router.failure("x")).hasMessageContaining("power management");

            router.edgeOnly.set(false);
            assertThat(router.ask("x").backend()).isEqualTo("cloud");
        }
    }

    @Test
    void modelsHaveTheirOwnNamesOnEachBackend() {
        try (TestRouter router = TestRouter.over(pi, nas)
                .set("default-model", "small")
                .set("aliases", Map.of("small", "llama3.2:1b", "pi/small", "tinyllama", "meta/big", "llama3:70b"))
                .build()) {
            router.ask("x");
            assertThat(pi.requests().get(0).model()).contains("tinyllama");

            pi.next(LlmScript.failing(Kind.MODEL_NOT_FOUND));
            LlmResponse response = router.ask("y");
            assertThat(nas.requests().get(0).model()).contains("llama3.2:1b");
            assertThat(response.trace().attempts().get(1).model()).isEqualTo("llama3.2:1b");

            router.ask(LlmRequest.prompt("x").model("meta/big").build());
            router.ask(LlmRequest.prompt("x").model("unknown").build());
            assertThat(pi.requests())
                    .extracting(r -> r.model().orElse(""))
                    .containsExactly("tinyllama", "tinyllama", "llama3:70b", "unknown");
        }
    }

    @Test
    void aRequestThatNeedsNoOtherNameIsPassedOnAsItIs() {
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmRequest request = LlmRequest.prompt("x").model("m").build();
            router.ask(request);

            assertThat(pi.requests().get(0)).isSameAs(request);
        }
    }

    @Test
    void whenNobodyIsLeftTheFailureSaysWhyForEachBackendAndWhatToDo() {
        pi.always(LlmScript.failing(Kind.MODEL_NOT_FOUND));
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            LlmException failure = router.failure(
                    LlmRequest.prompt("secret words").privacy(Privacy.EDGE_ONLY).build());

            assertThat(failure.kind()).isEqualTo(Kind.NO_BACKEND);
            assertThat(failure.backend()).isEqualTo("router");
            assertThat(failure)
                    .hasMessageContaining("'pi' failed (MODEL_NOT_FOUND)")
                    .hasMessageContaining("'cloud' was not asked: privacy EDGE_ONLY does not allow zone CLOUD")
                    .hasMessageContaining("Do: ")
                    .hasMessageNotContaining("secret");
            assertThat(failure.trace().orElseThrow().attempts()).hasSize(1);
        }
    }

    @Test
    void withoutAnyBackendTheFailureSaysWhereToConfigureOne() {
        try (TestRouter router = TestRouter.over().build()) {
            assertThat(router.failure("x")).hasMessageContaining("primespark.llm.backends");
        }
    }

    private static void answered(TestRouter router, String backend, Duration firstToken) {
        long nanos = firstToken.toNanos();
        HostKnowledge host = handle(router, backend).knowledge();
        host.began("", nanos, Workload.NONE, false, true, System.nanoTime());
        host.answered(
                "",
                "scripted",
                RouteTrace.Readiness.WARM,
                new ModelRates.Observation(
                        nanos, nanos, Workload.NONE, Usage.NONE, Timings.NONE, false, true, System.nanoTime()));
    }

    private static void measured(BackendHandle backend, long firstTokenNanos) {
        backend.knowledge().began("m", firstTokenNanos, Workload.NONE, false, true, System.nanoTime());
    }

    private static BackendHandle handle(TestRouter router, String id) {
        return router.engine.handle(id);
    }

    @Test
    void theTraceNamesTheModelThatTheBackendChoseByItself() {
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmResponse response = router.ask("x");

            assertThat(response.trace().attempts())
                    .singleElement()
                    .satisfies(attempt -> assertThat(attempt.model()).isEqualTo("scripted"));
        }
    }
}
