package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.llm.Failover;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FailoverTest {

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);

    private static final LlmRequest PLAIN = LlmRequest.prompt("x").build();

    @Test
    void beforeTheFirstTokenTheNextBackendTakesOverSilently() {
        pi.next(LlmScript.failing(Kind.UNREACHABLE));
        cloud.next(LlmScript.text("Hel", "lo"));
        try (TestRouter router = TestRouter.over(pi, cloud).build();
                LlmCall call = router.engine.open(PLAIN)) {
            List<LlmEvent> events = TestRouter.read(call);

            assertThat(events)
                    .extracting(e -> (Object) e.getClass().getSimpleName())
                    .containsExactly("Routed", "Routed", "Text", "Text", "Done");
            LlmResponse response = call.await();
            assertThat(response.text()).isEqualTo("Hello");
            assertThat(response.backend()).isEqualTo("cloud");
            assertThat(response.zone()).isEqualTo(Zone.CLOUD);
            assertThat(router.engine.stats().failovers()).isOne();
            assertThat(router.meters.count("spark.llm.failovers")).isOne();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Failover.class,
            names = {"RESTART", "CONTINUE"})
    void afterTheFirstTokenTheAnswerBeginsAgainElsewhere(Failover mode) {
        pi.next(LlmScript.text("half an ans").thenFail(Kind.RESET));
        cloud.next(LlmScript.text("whole"));
        try (TestRouter router = TestRouter.over(pi, cloud).build();
                LlmCall call =
                        router.engine.open(LlmRequest.prompt("x").failover(mode).build())) {
            List<LlmEvent> events = TestRouter.read(call);

            assertThat(events)
                    .extracting(e -> (Object) e.getClass().getSimpleName())
                    .containsExactly("Routed", "Text", "FailedOver", "Restarted", "Routed", "Text", "Done");
            LlmEvent.FailedOver failedOver = (LlmEvent.FailedOver) events.get(2);
            assertThat(failedOver.from()).isEqualTo("pi");
            assertThat(failedOver.to()).isEqualTo("cloud");
            assertThat(failedOver.reason()).contains("RESET");
            assertThat(failedOver.charsDelivered()).isEqualTo(11);
            assertThat(call.await().text()).isEqualTo("whole");
            assertThat(call.await().trace().attempts().get(0).charsDelivered()).isEqualTo(11);
        }
    }

    @Test
    void afterTheFirstTokenTheCallFailsWhenTheRequestSaysSo() {
        pi.next(LlmScript.text("half").thenFail(Kind.TRUNCATED));
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            LlmException failure = router.failure(
                    LlmRequest.prompt("x").failover(Failover.FAIL).build());

            assertThat(failure.kind()).isEqualTo(Kind.TRUNCATED);
            assertThat(failure.backend()).isEqualTo("pi");
            assertThat(failure.charsDelivered()).isEqualTo(4);
            assertThat(failure.textDelivered()).isEqualTo("half");
            assertThat(failure.trace().orElseThrow().attempts()).hasSize(1);
            assertThat(cloud.requests()).isEmpty();
        }
    }

    @Test
    void aSchemaMakesFailingTheDefault() {
        pi.next(LlmScript.text("{").thenFail(Kind.RESET));
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            assertThat(router.failure(LlmRequest.prompt("x")
                                    .format(OutputFormat.JSON)
                                    .build())
                            .kind())
                    .isEqualTo(Kind.RESET);
        }
    }

    @Test
    void reasoningAndToolCallsAreVisibleToo() {
        pi.next(LlmScript.text().thenThinking("hm").thenFail(Kind.RESET));
        pi.next(LlmScript.text()
                .thenTool(new ToolInvocation("1", "clock", "{}"))
                .thenFail(Kind.RESET));
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            for (int i = 0; i < 2; i++) {
                try (LlmCall call = router.engine.open(
                        LlmRequest.prompt("x" + i).failover(Failover.RESTART).build())) {
                    assertThat(TestRouter.read(call)).hasAtLeastOneElementOfType(LlmEvent.Restarted.class);
                    assertThat(call.await().thinking()).isEmpty();
                    assertThat(call.await().finish()).isEqualTo(FinishReason.STOP);
                }
            }
        }
    }

    @Test
    void aSecondFailureAfterALostTextStaysOneFailover() {
        ScriptedLlmBackend hub = new ScriptedLlmBackend("hub", Zone.TRUSTED);
        pi.next(LlmScript.text("abc").thenFail(Kind.RESET));
        hub.next(LlmScript.failing(Kind.UNREACHABLE));
        try (TestRouter router = TestRouter.over(pi, hub, cloud).build();
                LlmCall call = router.engine.open(PLAIN)) {
            List<LlmEvent> events = TestRouter.read(call);

            assertThat(events)
                    .filteredOn(LlmEvent.FailedOver.class::isInstance)
                    .containsExactly(
                            new LlmEvent.FailedOver("pi", "hub", "RESET: the test lets this call fail with RESET", 3));
            assertThat(call.await().backend()).isEqualTo("cloud");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"REJECTED", "PRIVACY", "CANCELLED"})
    void whatWouldFailElsewhereTooIsNotTriedAgain(Kind kind) {
        pi.next(LlmScript.failing(kind));
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            LlmException failure = router.failure("x");

            assertThat(failure.kind()).isEqualTo(kind);
            assertThat(failure.backend()).isEqualTo("pi");
            assertThat(pi.requests()).hasSize(1);
            assertThat(cloud.requests()).isEmpty();
        }
    }

    @Test
    void aBackendIsTriedAgainWhenNoOtherIsLeft() {
        pi.next(LlmScript.failing(Kind.SERVER_ERROR));
        cloud.next(LlmScript.failing(Kind.UNREACHABLE)); // trying that again on the same backend is pointless
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            LlmResponse response = router.ask("x");

            assertThat(response.trace().attempts())
                    .extracting(RouteTrace.Attempt::backend)
                    .containsExactly("pi", "cloud", "pi");
            assertThat(response.trace().attempts().get(2).reason()).isEqualTo("tried again after SERVER_ERROR");
        }
    }

    @Test
    void retriesAreCounted() {
        pi.always(LlmScript.failing(Kind.SERVER_ERROR));
        try (TestRouter router = TestRouter.over(pi).set("retries", 2).build()) {
            assertThat(router.failure("x").kind()).isEqualTo(Kind.NO_BACKEND);
            assertThat(pi.requests()).hasSize(3);
        }
    }

    @Test
    void afterTokensTheSameBackendIsNotTriedAgain() {
        pi.always(LlmScript.text("abc").thenFail(Kind.RESET));
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmException failure = router.failure("x");

            assertThat(failure.kind()).isEqualTo(Kind.NO_BACKEND);
            assertThat(failure.charsDelivered()).isEqualTo(3);
            assertThat(pi.requests()).hasSize(1);
        }
    }

    @Test
    void overloadGoesToTheNextBackendAtOnce() {
        pi.next(LlmScript.text().thenFail(Kind.OVERLOADED, Duration.ofMillis(60)));
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            assertThat(router.ask("x").backend()).isEqualTo("cloud");
            assertThat(pi.requests()).hasSize(1);
        }
    }

    @Test
    void overloadForAMomentIsWaitedForWhenNobodyElseCanAnswer() {
        pi.next(LlmScript.text().thenFail(Kind.OVERLOADED, Duration.ofMillis(60)));
        cloud.always(LlmScript.failing(Kind.UNREACHABLE));
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            LlmResponse response = router.ask("x");

            assertThat(response.backend()).isEqualTo("pi");
            assertThat(response.trace().attempts())
                    .extracting(RouteTrace.Attempt::backend)
                    .containsExactly("pi", "cloud", "pi");
            assertThat(response.trace().attempts().get(2).startedAfter()).isGreaterThanOrEqualTo(Duration.ofMillis(60));
        }
    }

    @Test
    void aLongRetryAfterIsNotWaitedForButToldToTheCaller() {
        pi.always(LlmScript.text().thenFail(Kind.OVERLOADED, Duration.ofMinutes(2)));
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmException failure = router.failure("x");

            assertThat(failure.kind()).isEqualTo(Kind.NO_BACKEND);
            assertThat(failure.retryAfter()).contains(Duration.ofMinutes(2));
            assertThat(pi.requests()).hasSize(1);
        }
    }

    @Test
    void aRetryThatCannotBeginBeforeTheDeadlineIsNotWaitedFor() {
        pi.always(LlmScript.text().thenFail(Kind.OVERLOADED, Duration.ofSeconds(9)));
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmException failure = router.failure(
                    LlmRequest.prompt("x").timeout(Duration.ofSeconds(5)).build());

            assertThat(failure.kind()).isEqualTo(Kind.NO_BACKEND);
            assertThat(failure.trace().orElseThrow().total()).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void theRequestsTimeoutEndsTheCallWhereverItIs() {
        pi.always(LlmScript.pausing(new CountDownLatch(1)));
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            LlmException failure = router.failure(
                    LlmRequest.prompt("x").timeout(Duration.ofMillis(100)).build());

            assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
            RouteTrace trace = failure.trace().orElseThrow();
            assertThat(trace.attempts()).hasSize(1);
            assertThat(trace.attempts().get(0).error()).isEqualTo(Kind.TIMEOUT);
            assertThat(cloud.requests()).isEmpty();
            assertThat(router.engine.stats().backends().get(0).inFlight()).isZero();
        }
    }

    @Test
    void aBackendThatIsSilentForTooLongIsLeftForTheNextOne() {
        pi.always(LlmScript.pausing(new CountDownLatch(1)));
        try (TestRouter router =
                TestRouter.over(pi, cloud).set("limits.first-token", "50 ms").build()) {
            LlmResponse response = router.ask("x");

            assertThat(response.backend()).isEqualTo("cloud");
            assertThat(response.trace().attempts().get(0).error()).isEqualTo(Kind.TIMEOUT);
            assertThat(pi.running()).isZero();
        }
    }

    @Test
    void aBackendThatThrowsIsLeftForTheNextOneWithoutItsWords() {
        FaultyBackend faulty = new FaultyBackend("faulty", Zone.EDGE);
        try (TestRouter router = TestRouter.over(faulty, cloud).build()) {
            for (FaultyBackend.Fault fault : FaultyBackend.Fault.values()) {
                faulty.fault = fault;
                LlmResponse response = router.ask("x " + fault);

                assertThat(response.backend()).as(fault.name()).isEqualTo("cloud");
                RouteTrace.Attempt failed = response.trace().attempts().get(0);
                assertThat(failed.error()).isEqualTo(fault.kind);
                assertThat(failed.detail()).doesNotContain("private");
                assertThat(router.stats("faulty").inFlight()).isZero();
            }
            assertThat(faulty.closedCalls.get()).isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void anAnswerOfABackendThatDoesNotKeepItsLimitIsCut() {
        FaultyBackend endless = new FaultyBackend("endless", Zone.EDGE);
        endless.fault = FaultyBackend.Fault.ENDLESS;
        try (TestRouter router =
                TestRouter.over(endless).set("limits.output-chars", 10).build()) {
            List<LlmEvent> events = TestRouter.read(router.engine.open(PLAIN));
            LlmResponse response = ((LlmEvent.Done) events.get(events.size() - 1)).response();

            assertThat(events).contains(new LlmEvent.Text("a"));
            assertThat(response.text()).isEqualTo("abcabcabca");
            assertThat(response.finish()).isEqualTo(FinishReason.LENGTH);
            assertThat(response.backend()).isEqualTo("endless");
            assertThat(endless.closedCalls.get()).isOne();
        }
    }

    @Test
    void theTraceIsCompleteInTheAnswer() {
        pi.next(LlmScript.failing(Kind.SERVER_ERROR));
        cloud.next(LlmScript.text("1234"));
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            RouteTrace trace = router.ask("x").trace();

            RouteTrace.Attempt failed = trace.attempts().get(0);
            assertThat(failed.outcome()).isEqualTo(RouteTrace.Outcome.FAILED);
            assertThat(failed.errorKind()).contains(Kind.SERVER_ERROR);
            assertThat(failed.detail()).isNotEmpty();
            assertThat(failed.timeToFirstToken()).isEmpty();
            assertThat(failed.reason()).isEqualTo("nearest zone first: edge");
            RouteTrace.Attempt answered = trace.attempts().get(1);
            assertThat(answered.outcome()).isEqualTo(RouteTrace.Outcome.ANSWERED);
            assertThat(answered.errorKind()).isEmpty();
            assertThat(answered.charsDelivered()).isEqualTo(4);
            assertThat(answered.timeToFirstToken()).isPresent();
            assertThat(answered.startedAfter()).isGreaterThanOrEqualTo(failed.startedAfter());
            assertThat(trace.total()).isGreaterThanOrEqualTo(answered.startedAfter());
            assertThat(trace.requestId()).startsWith("node-");
            assertThat(trace.strategy()).isEqualTo("edge-first");
            assertThat(trace.cached() || trace.stale() || trace.degraded()).isFalse();
            assertThat(router.engine.stats().recent()).containsExactly(trace);
            assertThat(router.endings())
                    .singleElement()
                    .satisfies(e -> assertThat(e.trace()).isEqualTo(trace));
        }
    }

    @Test
    void everyWayOfConsumingGivesTheSame() throws Exception {
        pi.always(LlmScript.text("one", "two"));
        try (TestRouter router = TestRouter.over(pi).set("cache.enabled", false).build()) {
            assertThat(router.engine.generateAsync(PLAIN).get().text()).isEqualTo("onetwo");
            assertThat(router.engine.open(PLAIN).await().text()).isEqualTo("onetwo");
            try (LlmCall call = router.engine.open(PLAIN)) {
                Iterator<LlmEvent> events = call.iterator();
                List<LlmEvent> seen = new ArrayList<>();
                events.forEachRemaining(seen::add);
                assertThat(((LlmEvent.Done) seen.get(seen.size() - 1))
                                .response()
                                .text())
                        .isEqualTo("onetwo");
            }
        }
    }

    @Test
    void repeatingAwaitGivesTheSameFailure() {
        pi.always(LlmScript.failing(Kind.REJECTED));
        try (TestRouter router = TestRouter.over(pi).build();
                LlmCall call = router.engine.open(PLAIN)) {
            assertThatThrownBy(call::await).isInstanceOf(LlmException.class);
            assertThatThrownBy(call::await)
                    .isInstanceOfSatisfying(
                            LlmException.class, e -> assertThat(e.trace()).isPresent());
            assertThat(router.endings()).hasSize(1);
        }
    }
}
