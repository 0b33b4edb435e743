package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.LlmStats.Circuit;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CircuitTest {

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);

    private TestRouter router(String openTime) {
        return TestRouter.over(pi, cloud)
                .set("cache.enabled", false)
                .set("circuit.window", 4)
                .set("circuit.open-time", openTime)
                .build();
    }

    @Test
    void opensAfterTooManyFailuresAndThenSparesTheBackend() {
        pi.always(LlmScript.failing(Kind.UNREACHABLE));
        try (TestRouter router = router("1 h")) {
            router.ask("one");
            assertThat(router.stats("pi").circuit()).isEqualTo(Circuit.CLOSED);
            router.ask("two");
            assertThat(router.stats("pi").circuit()).isEqualTo(Circuit.OPEN);

            LlmResponse response = router.ask("three");
            assertThat(pi.requests()).hasSize(2);
            assertThat(response.trace().attempts()).hasSize(1);
            assertThat(response.trace().skipped()).singleElement().satisfies(s -> {
                assertThat(s.backend()).isEqualTo("pi");
                assertThat(s.reason()).contains("circuit is open");
            });
            assertThat(router.circuitChanges()).containsExactly(Circuit.OPEN);
            assertThat(router.stats("pi").failures()).isEqualTo(2);
        }
    }

    @Test
    void letsOneCallProbeAfterItsTimeAndClosesWhenThatWorks() {
        pi.always(LlmScript.failing(Kind.SERVER_ERROR));
        try (TestRouter router = router("30 ms")) {
            router.ask("one");
            router.ask("two");
            assertThat(router.circuitChanges()).containsExactly(Circuit.OPEN);
            pi.always(LlmScript.text("back"));

            await().until(() -> router.ask("again").backend().equals("pi"));

            assertThat(router.circuitChanges()).containsExactly(Circuit.OPEN, Circuit.HALF_OPEN, Circuit.CLOSED);
            assertThat(router.stats("pi").circuit()).isEqualTo(Circuit.CLOSED);
        }
    }

    @Test
    void opensAgainWhenTheProbeFails() {
        pi.always(LlmScript.failing(Kind.SERVER_ERROR));
        try (TestRouter router = router("30 ms")) {
            router.ask("one");
            router.ask("two");
            int asked = pi.requests().size();

            await().until(() -> {
                router.ask("again");
                return pi.requests().size() > asked;
            });

            assertThat(router.circuitChanges()).containsExactly(Circuit.OPEN, Circuit.HALF_OPEN, Circuit.OPEN);
        }
    }

    @Test
    void whileOneCallProbesOthersGoElsewhereUntilItsFirstToken() {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch rest = new CountDownLatch(1);
        pi.always(LlmScript.failing(Kind.SERVER_ERROR));
        try (TestRouter router = router("1 ms")) {
            router.ask("one");
            router.ask("two");
            pi.always(LlmScript.pausing(first).thenText("first").thenPause(rest).thenText("rest"));
            await().until(() -> !router.engine.handle("pi").isCircuitBlocking());
            try (LlmCall probe = router.engine.open(LlmRequest.prompt("probe").build())) {
                Iterator<LlmEvent> events = probe.iterator();
                assertThat(events.next()).isInstanceOf(LlmEvent.Routed.class);

                LlmResponse other = router.ask("other");
                assertThat(other.backend()).isEqualTo("cloud");
                assertThat(other.trace().skipped().get(0).reason()).contains("half open");

                first.countDown();
                assertThat(events.next()).isInstanceOf(LlmEvent.Text.class);
                assertThat(router.stats("pi").circuit()).isEqualTo(Circuit.CLOSED);
            } finally {
                rest.countDown();
            }
        }
    }

    @Test
    void aProbeThatIsCancelledLeavesRoomForTheNextOne() {
        CountDownLatch hold = new CountDownLatch(1);
        pi.always(LlmScript.failing(Kind.SERVER_ERROR));
        try (TestRouter router = router("1 ms")) {
            router.ask("one");
            router.ask("two");
            pi.always(LlmScript.text("back"));
            pi.next(LlmScript.pausing(hold));
            await().until(() -> !router.engine.handle("pi").isCircuitBlocking());
            LlmCall probe = router.engine.open(LlmRequest.prompt("probe").build());
            assertThat(probe.iterator().next()).isInstanceOf(LlmEvent.Routed.class);
            probe.close();

            assertThat(router.ask("next").backend()).isEqualTo("pi");
            assertThat(router.stats("pi").circuit()).isEqualTo(Circuit.CLOSED);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"REJECTED", "MODEL_NOT_FOUND", "PRIVACY", "CANCELLED"})
    void failuresThatSayNothingAboutTheBackendDoNotCount(Kind kind) {
        pi.always(LlmScript.failing(kind));
        try (TestRouter router = router("1 h")) {
            for (int i = 0; i < 10; i++) {
                try {
                    router.ask("x");
                } catch (LlmException expected) {
                    assertThat(expected.kind()).isEqualTo(kind);
                }
            }
            assertThat(router.stats("pi").circuit()).isEqualTo(Circuit.CLOSED);
            assertThat(router.stats("pi").inFlight()).isZero();
            assertThat(pi.requests()).hasSize(10);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {
                "UNREACHABLE",
                "TIMEOUT",
                "OVERLOADED",
                "SERVER_ERROR",
                "RESET",
                "TRUNCATED",
                "PROTOCOL",
                "UNAUTHORIZED"
            })
    void troubleCounts(Kind kind) {
        pi.always(LlmScript.failing(kind));
        try (TestRouter router = router("1 h")) {
            router.ask("one");
            router.ask("two");
            assertThat(router.stats("pi").circuit()).isEqualTo(Circuit.OPEN);
        }
    }

    @Test
    void backendsOfLastResortHaveNoCircuit() {
        ScriptedLlmBackend recall = new ScriptedLlmBackend("recall", Zone.EDGE, true);
        recall.always(LlmScript.failing(Kind.SERVER_ERROR));
        try (TestRouter router =
                TestRouter.over(recall).set("circuit.window", 1).build()) {
            for (int i = 0; i < 5; i++) {
                router.failure("x");
            }
            assertThat(recall.requests()).hasSize(5);
            assertThat(router.stats("recall").circuit()).isEqualTo(Circuit.CLOSED);
        }
    }

    @Test
    void aSlowAnswerIsNoFailure() {
        try (TestRouter router = router("1 h")) {
            BackendHandle handle = router.engine.handle("pi");
            for (int i = 0; i < 10; i++) {
                assertThat(handle.admit()).isNull();
                handle.leave(3_600_000_000_000L, null, false);
            }
            assertThat(router.stats("pi").circuit()).isEqualTo(Circuit.CLOSED);
        }
    }
}
