package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.RouteTrace.Outcome;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.Meters;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A second backend is asked beside one that takes longer to begin than it usually does. */
@Timeout(60)
class HedgingTest {

    private static final LlmRequest REQUEST =
            LlmRequest.prompt("x").model("m").cache(CacheMode.BYPASS).build();

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend nas = new ScriptedLlmBackend("nas", Zone.EDGE);
    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);
    private final CountDownLatch slow = new CountDownLatch(1);
    private final CountDownLatch slowToo = new CountDownLatch(1);

    /** A router that knows that the first backend usually begins within a millisecond, and that all have the model loaded. */
    private static TestRouter router(TestRouter.Builder builder, ScriptedLlmBackend... backends) {
        TestRouter router = builder.set("retries", 0)
                .set("hedge.max-share", 50)
                .set("status-interval", "1 h")
                .build();
        for (ScriptedLlmBackend backend : backends) {
            for (int i = 0; i < FirstTokens.ENOUGH; i++) {
                knowledge(router, backend.info().id())
                        .began("m", 1_000_000, Workload.NONE, false, true, System.nanoTime());
            }
        }
        for (int i = 0; i < 4; i++) {
            router.engine.context().hedging().requested();
        }
        return router;
    }

    private TestRouter hedged(ScriptedLlmBackend... backends) {
        return router(TestRouter.over(backends).set("hedge.enabled", true), backends);
    }

    private static HostKnowledge knowledge(TestRouter router, String id) {
        return router.engine.handle(id).knowledge();
    }

    private static void assertAllGivenBack(TestRouter router) {
        await().untilAsserted(() -> assertThat(router.engine.stats().backends())
                .allSatisfy(b -> assertThat(b.inFlight()).isZero()));
        assertThat(router.engine.context().running().size()).isZero();
    }

    @Test
    void theBackupAnswersWhenTheFirstIsLateAndTheFirstIsBrokenOff() {
        pi.always(LlmScript.pausing(slow));
        nas.always(LlmScript.text("from", " nas"));
        try (TestRouter router = hedged(pi, nas);
                LlmCall call = router.engine.open(REQUEST)) {
            List<LlmEvent> events = TestRouter.read(call);

            assertThat(events)
                    .extracting(e -> (Object) e.getClass().getSimpleName())
                    .containsExactly("Routed", "Routed", "Text", "Text", "Done");
            LlmResponse answer = call.await();
            assertThat(answer.text()).isEqualTo("from nas");
            assertThat(answer.backend()).isEqualTo("nas");
            assertThat(answer.trace().attempts())
                    .extracting(RouteTrace.Attempt::backend, RouteTrace.Attempt::outcome)
                    .containsExactly(tuple("pi", Outcome.OUTRUN), tuple("nas", Outcome.ANSWERED));
            assertThat(answer.trace().attempts().get(1).reason()).startsWith("hedge: 'pi' had not begun after 1 ms");
            assertThat(answer.trace().attempts().get(0).errorKind()).isEmpty();
            assertThat(pi.running()).isZero();
            assertThat(pi.cancelled()).isOne();
            assertThat(router.engine.stats().hedges()).isOne();
            assertThat(router.engine.stats().hedgesWon()).isOne();
            assertThat(router.engine.stats().failovers()).isZero();
            assertThat(router.stats("pi").failures()).isZero();
            assertThat(router.meters.count("spark.llm.hedges outcome won")).isOne();
            assertAllGivenBack(router);
        }
    }

    @Test
    void aBackupWhoseAnswerIsEmptyHasAnsweredAsWell() {
        pi.always(LlmScript.pausing(slow));
        nas.always(LlmScript.text().thenDone(FinishReason.FILTERED));
        try (TestRouter router = hedged(pi, nas);
                LlmCall call = router.engine.open(REQUEST)) {
            List<LlmEvent> events = TestRouter.read(call);

            assertThat(events)
                    .extracting(e -> (Object) e.getClass().getSimpleName())
                    .containsExactly("Routed", "Routed", "Done");
            assertThat(call.await().finish()).isEqualTo(FinishReason.FILTERED);
            assertThat(call.await().backend()).isEqualTo("nas");
            assertAllGivenBack(router);
        }
    }

    @Test
    void whoStandsInForAFailedOneWasAskedBesideIt() throws Exception {
        pi.always(LlmScript.pausing(slow).thenFail(Kind.RESET));
        nas.always(LlmScript.pausing(slowToo).thenText("from nas"));
        try (TestRouter router = hedged(pi, nas);
                LlmCall call = router.engine.open(REQUEST)) {
            Future<LlmResponse> answer = call.future();
            await().until(() -> nas.running() == 1);
            slow.countDown();
            await().until(() -> pi.running() == 0);
            slowToo.countDown();

            assertThat(answer.get().backend()).isEqualTo("nas");
            assertThat(router.events)
                    .filteredOn(SparkEvent.CallFailedOver.class::isInstance)
                    .singleElement()
                    .satisfies(e ->
                            assertThat(((SparkEvent.CallFailedOver) e).to()).isEqualTo("nas"));
        }
    }

    @Test
    void theBackupIsBrokenOffWhenTheFirstBeginsAfterAll() throws Exception {
        pi.always(LlmScript.pausing(slow).thenText("from pi"));
        nas.always(LlmScript.pausing(slowToo));
        try (TestRouter router = hedged(pi, nas)) {
            Future<LlmResponse> answer = router.context.blocking().submit(() -> router.ask(REQUEST));
            await().until(() -> nas.running() == 1);

            slow.countDown();
            assertThat(answer.get(20, TimeUnit.SECONDS).text()).isEqualTo("from pi");
            assertThat(answer.get().trace().attempts())
                    .extracting(RouteTrace.Attempt::backend, RouteTrace.Attempt::outcome)
                    .containsExactly(tuple("nas", Outcome.OUTRUN), tuple("pi", Outcome.ANSWERED));
            await().until(() -> nas.running() == 0);
            assertThat(nas.cancelled()).isOne();
            assertThat(router.engine.stats().hedges()).isOne();
            assertThat(router.engine.stats().hedgesWon()).isZero();
            assertAllGivenBack(router);
        }
    }

    @Test
    void aBackupThatFailsDoesNotDisturbTheFirst() throws Exception {
        pi.always(LlmScript.pausing(slow).thenText("from pi"));
        nas.always(LlmScript.failing(Kind.RESET));
        try (TestRouter router = hedged(pi, nas)) {
            Future<LlmResponse> answer = router.context.blocking().submit(() -> router.ask(REQUEST));
            await().until(() -> router.stats("nas").failures() == 1);

            slow.countDown();
            assertThat(answer.get(20, TimeUnit.SECONDS).text()).isEqualTo("from pi");
            assertThat(answer.get().trace().attempts())
                    .extracting(RouteTrace.Attempt::outcome)
                    .containsExactly(Outcome.FAILED, Outcome.ANSWERED);
            assertAllGivenBack(router);
        }
    }

    @Test
    void whenTheFirstFailsTheBackupIsWaitedFor() throws Exception {
        pi.always(LlmScript.pausing(slow).thenFail(Kind.RESET));
        nas.always(LlmScript.pausing(slowToo).thenText("from nas"));
        try (TestRouter router = hedged(pi, nas, cloud)) {
            Future<LlmResponse> answer = router.context.blocking().submit(() -> router.ask(REQUEST));
            await().until(() -> nas.running() == 1);

            slow.countDown();
            await().until(() -> router.stats("pi").failures() == 1);
            slowToo.countDown();
            assertThat(answer.get(20, TimeUnit.SECONDS).text()).isEqualTo("from nas");
            assertThat(answer.get().trace().attempts())
                    .extracting(RouteTrace.Attempt::backend, RouteTrace.Attempt::outcome)
                    .containsExactly(tuple("pi", Outcome.FAILED), tuple("nas", Outcome.ANSWERED));
            assertThat(cloud.requests()).isEmpty();
            assertAllGivenBack(router);
        }
    }

    @Test
    void whenBothFailTheNextBackendIsAskedAndNobodyTwice() throws Exception {
        pi.always(LlmScript.pausing(slow).thenFail(Kind.RESET));
        nas.always(LlmScript.pausing(slowToo).thenFail(Kind.TRUNCATED));
        try (TestRouter router = hedged(pi, nas, cloud)) {
            Future<LlmResponse> answer = router.context.blocking().submit(() -> router.ask(REQUEST));
            await().until(() -> nas.running() == 1);
            slow.countDown();
            slowToo.countDown();

            assertThat(answer.get(20, TimeUnit.SECONDS).backend()).isEqualTo("cloud");
            assertThat(pi.requests()).hasSize(1);
            assertThat(nas.requests()).hasSize(1);
            assertThat(answer.get().trace().attempts()).hasSize(3);
            assertAllGivenBack(router);
        }
    }

    @Test
    void closingTheCallBreaksBothOff() throws Exception {
        pi.always(LlmScript.pausing(slow));
        nas.always(LlmScript.pausing(slowToo));
        try (TestRouter router = hedged(pi, nas)) {
            LlmCall call = router.engine.open(REQUEST);
            Future<LlmResponse> reader = router.context.blocking().submit(() -> call.await());
            await().until(() -> nas.running() == 1);

            call.close();
            assertThatThrownBy(() -> reader.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(LlmException.class);
            await().until(() -> pi.running() + nas.running() == 0);
            assertThat(router.endings())
                    .singleElement()
                    .satisfies(e -> assertThat(e.trace().attempts())
                            .extracting(RouteTrace.Attempt::outcome)
                            .containsExactly(Outcome.CANCELLED, Outcome.CANCELLED));
            assertAllGivenBack(router);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "battery", "zone", "cold", "unknown", "share", "too few", "full"})
    void thereIsNoBackup(String reason) throws Exception {
        pi.always(LlmScript.pausing(slow).thenText("from pi"));
        ScriptedLlmBackend other = reason.equals("zone") ? cloud : nas;
        TestRouter.Builder builder = TestRouter.over(pi, other)
                .set("hedge.enabled", !reason.equals("off"))
                .set("max-in-flight", 1);
        ScriptedLlmBackend[] known = switch (reason) {
            case "unknown" -> new ScriptedLlmBackend[] {pi};
            case "too few" -> new ScriptedLlmBackend[] {nas};
            default -> new ScriptedLlmBackend[] {pi, other};
        };
        try (TestRouter router = router(builder, known)) {
            prepare(router, reason);
            Future<LlmResponse> answer = router.context.blocking().submit(() -> router.ask(REQUEST));
            await().until(() -> pi.running() == 1);
            CountDownLatch later = new CountDownLatch(1); // the time for a backup has long come then
            var unused = router.context.scheduler().schedule(later::countDown, 40, TimeUnit.MILLISECONDS);
            assertThat(later.await(20, TimeUnit.SECONDS)).isTrue();

            slow.countDown();
            LlmResponse response = answer.get(20, TimeUnit.SECONDS);
            assertThat(response.text()).isEqualTo("from pi");
            assertThat(response.trace().attempts()).hasSize(1);
            assertThat(other.requests()).isEmpty();
            assertThat(router.engine.stats().hedges()).isZero();
        }
    }

    private void prepare(TestRouter router, String reason) {
        switch (reason) {
            case "battery" -> router.profile.set(PowerProfile.SAVING);
            case "cold" -> {
                nas.models(HostKnowledgeTest.model("m", false, 0, null));
                knowledge(router, "nas")
                        .saw(
                                new BackendStatus("", List.of(HostKnowledgeTest.model("m", false, 0, null))),
                                System.nanoTime(),
                                router.clock().instant());
            }
            case "share" -> {
                while (router.engine.context().hedging().spend()) {
                    assertThat(router.engine.context().hedging().enabled()).isTrue();
                }
                // the request itself brings half a one
                assertThat(router.engine.context().hedging().spend()).isFalse();
            }
            case "full" -> assertThat(router.engine.handle("nas").admit()).isNull();
            default -> assertThat(router.profile.get()).isEqualTo(PowerProfile.FULL);
        }
    }

    @Test
    void thereAreNoMoreBackupsThanTheirShareOfTheRequests() {
        Hedging hedging = new Hedging(true, 5, () -> PowerProfile.FULL, Meters.discarding());
        int spent = 0;
        for (int i = 0; i < 10_000; i++) {
            hedging.requested();
            spent += hedging.spend() ? 1 : 0;
        }
        assertThat(spent).isEqualTo(500);
        for (int i = 0; i < 10_000; i++) {
            hedging.requested();
        }
        spent = 0;
        while (hedging.spend()) {
            spent++;
        }
        assertThat(spent).as("not saved up without limit").isEqualTo(10);
    }

    @Test
    void raceAfterRaceNothingIsLeftBehind() throws Exception {
        try (TestRouter router = hedged(pi, nas)) {
            for (int i = 0; i < 400; i++) {
                CountDownLatch release = new CountDownLatch(1);
                pi.next(
                        i % 3 == 0
                                ? LlmScript.pausing(release).thenFail(Kind.RESET)
                                : LlmScript.pausing(release).thenText("pi"));
                nas.always(i % 4 == 0 ? LlmScript.failing(Kind.SERVER_ERROR) : LlmScript.text("nas"));
                router.engine.context().hedging().requested();
                knowledge(router, "pi").began("m", 1_000_000, Workload.NONE, false, true, System.nanoTime());
                var unused = router.context.scheduler().schedule(release::countDown, 1_000 + i, TimeUnit.MICROSECONDS);
                try {
                    assertThat(router.ask(REQUEST).text()).isIn("pi", "nas");
                } catch (LlmException e) {
                    assertThat(e.kind()).isEqualTo(Kind.NO_BACKEND);
                }
            }
            assertAllGivenBack(router);
            await().until(() -> pi.running() + nas.running() == 0);
            assertThat(router.endings()).hasSize(400);
            assertThat(router.engine.stats().hedges()).isPositive();
        }
    }
}
