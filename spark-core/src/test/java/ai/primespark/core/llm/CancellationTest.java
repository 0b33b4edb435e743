package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However a call ends, everything that it took is given back, once, and its end is announced, once. */
@Timeout(60)
class CancellationTest {

    private static final LlmRequest REQUEST = LlmRequest.prompt("x").build();

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);
    private final CountDownLatch never = new CountDownLatch(1);

    private static void assertAllGivenBack(TestRouter router, int calls) {
        assertThat(router.engine.stats().backends())
                .allSatisfy(b -> assertThat(b.inFlight()).isZero());
        assertThat(router.engine.context().running().size()).isZero();
        AnswerCache cache = router.engine.context().cache();
        assertThat(cache == null ? 0 : cache.announced()).isZero();
        assertThat(router.endings()).hasSize(calls);
        assertThat(router.endings()).extracting(e -> e.trace().requestId()).doesNotHaveDuplicates();
    }

    @Test
    void closingBeforeTheFirstEventAsksNobody() {
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmCall call = router.engine.open(REQUEST);
            call.close();
            call.close();

            assertThatThrownBy(call::await)
                    .isInstanceOfSatisfying(
                            LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
            assertThat(pi.requests()).isEmpty();
            assertAllGivenBack(router, 1);
            assertThat(router.endings().get(0).error()).isEqualTo(Kind.CANCELLED);
            assertThat(router.meters.timed("spark.llm.calls outcome cancelled")).isOne();
        }
    }

    @Test
    void closingAfterTheRoutedEventLeavesTheBackend() {
        pi.always(LlmScript.pausing(never));
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmCall call = router.engine.open(REQUEST);
            assertThat(call.iterator().next()).isInstanceOf(LlmEvent.Routed.class);
            assertThat(router.stats("pi").inFlight()).isOne();
            assertThat(router.meters.gauge("spark.llm.in.flight backend pi")).isEqualTo(1);

            call.close();

            assertAllGivenBack(router, 1);
            assertThat(pi.running()).isZero();
            RouteTrace.Attempt attempt =
                    router.endings().get(0).trace().attempts().get(0);
            assertThat(attempt.outcome()).isEqualTo(RouteTrace.Outcome.CANCELLED);
            assertThat(attempt.errorKind()).isEmpty();
            assertThat(router.stats("pi").failures()).isZero();
        }
    }

    @Test
    void closingFromAnotherThreadEndsTheWaitForAToken() throws Exception {
        pi.always(LlmScript.text("a").thenPause(never));
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmCall call = router.engine.open(REQUEST);
            Future<?> reader = router.context.blocking().submit(() -> call.await());
            await().until(() -> pi.running() == 1);

            call.close();

            assertThatThrownBy(() -> reader.get(10, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
            await().untilAsserted(() -> assertAllGivenBack(router, 1));
            assertThat(pi.running()).isZero();
        }
    }

    @Test
    void closingEndsTheWaitBeforeARetryAtOnce() throws Exception {
        pi.always(LlmScript.text().thenFail(Kind.OVERLOADED, Duration.ofSeconds(9)));
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmCall call = router.engine.open(REQUEST);
            Future<?> reader = router.context.blocking().submit(() -> call.await());
            await().until(() ->
                    router.stats("pi").failures() == 1 && router.stats("pi").inFlight() == 0);

            long before = System.nanoTime();
            call.close();
            assertThatThrownBy(() -> reader.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(LlmException.class);

            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
            await().untilAsserted(() -> assertAllGivenBack(router, 1));
            assertThat(pi.requests()).hasSize(1);
            assertThat(router.endings().get(0).trace().attempts()).hasSize(1);
        }
    }

    @Test
    void interruptingEndsTheWaitBeforeARetry() {
        pi.always(LlmScript.text().thenFail(Kind.OVERLOADED, Duration.ofSeconds(9)));
        try (TestRouter router = TestRouter.over(pi).build()) {
            Future<?> reader = router.context.blocking().submit(() -> router.ask(REQUEST));
            await().until(() ->
                    router.stats("pi").failures() == 1 && router.stats("pi").inFlight() == 0);

            reader.cancel(true);

            await().untilAsserted(() -> assertAllGivenBack(router, 1));
            assertThat(router.endings().get(0).error()).isEqualTo(Kind.CANCELLED);
            assertThat(pi.requests()).hasSize(1);
        }
    }

    @Test
    void anInterruptedThreadBeginsNoCallAndKeepsItsFlag() {
        try (TestRouter router = TestRouter.over(pi).build()) {
            Thread.currentThread().interrupt();
            LlmException failure = router.failure(REQUEST);

            assertThat(Thread.interrupted()).isTrue();
            assertThat(failure.kind()).isEqualTo(Kind.CANCELLED);
            assertThat(pi.requests()).isEmpty();
            assertAllGivenBack(router, 1);
        }
    }

    @Test
    void aPolicyThatHangsDoesNotHoldUpClosing() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (TestRouter router = TestRouter.over(pi)
                .policy((request, candidates) -> {
                    inside.countDown();
                    awaitQuietly(release);
                    return List.of(new RoutingPolicy.Choice("pi", "at last"));
                })
                .build()) {
            LlmCall call = router.engine.open(REQUEST);
            Future<?> reader = router.context.blocking().submit(() -> call.await());
            assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();

            call.close();
            assertAllGivenBack(router, 1);

            release.countDown();
            assertThatThrownBy(() -> reader.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(LlmException.class);
            assertThat(pi.requests()).isEmpty();
            assertAllGivenBack(router, 1);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void cancellingTheFutureCancelsTheCall() {
        pi.always(LlmScript.pausing(never));
        try (TestRouter router = TestRouter.over(pi).build()) {
            CompletableFuture<?> future = router.engine.generateAsync(REQUEST);
            await().until(() -> pi.running() == 1);

            future.cancel(true);

            await().until(() -> pi.running() == 0);
            await().untilAsserted(() -> assertAllGivenBack(router, 1));
        }
    }

    @Test
    void aCallThatItsConsumerForgotIsEndedByTheTotalLimit() {
        pi.always(LlmScript.text("a", "b", "c"));
        try (TestRouter router =
                TestRouter.over(pi).set("limits.total", "100 ms").build()) {
            LlmCall forgotten = router.engine.open(REQUEST);
            Iterator<LlmEvent> events = forgotten.iterator();
            events.next();
            events.next();
            assertThat(router.stats("pi").inFlight()).isOne();

            await().untilAsserted(() -> assertAllGivenBack(router, 1));
            assertThat(router.endings().get(0).error()).isEqualTo(Kind.TIMEOUT);
            assertThat(pi.running()).isZero();
        }
    }

    @Test
    void closingTheEngineEndsRunningCallsAndRefusesFurtherOnes() throws Exception {
        pi.always(LlmScript.pausing(never));
        TestRouter router = TestRouter.over(pi).build();
        try (router) {
            LlmCall running = router.engine.open(REQUEST);
            LlmCall notBegun = router.engine.open(REQUEST);
            Future<?> reader = router.context.blocking().submit(() -> running.await());
            await().until(() -> pi.running() == 1);

            router.engine.close();
            router.engine.close();

            assertThatThrownBy(() -> reader.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(LlmException.class, e -> {
                        assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
                        assertThat(e).hasMessageContaining("closed");
                    });
            assertThatThrownBy(notBegun::await).hasMessageContaining("closed");
            assertThatThrownBy(() -> router.engine.open(REQUEST)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> router.engine.embed(EmbedRequest.of("m", "x")))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> router.engine.models()).isInstanceOf(IllegalStateException.class);
            await().untilAsserted(() -> assertAllGivenBack(router, 2));
        }
    }

    @Test
    void aBackendTakesNoMoreCallsThanItsLimit() {
        pi.always(LlmScript.pausing(never));
        try (TestRouter router =
                TestRouter.over(pi, cloud).set("max-in-flight", 2).build()) {
            LlmCall one = router.engine.open(LlmRequest.prompt("1").build());
            LlmCall two = router.engine.open(LlmRequest.prompt("2").build());
            one.iterator().next();
            two.iterator().next();

            RouteTrace trace = router.ask("3").trace();
            assertThat(trace.attempts()).extracting(RouteTrace.Attempt::backend).containsExactly("cloud");
            assertThat(trace.skipped())
                    .singleElement()
                    .satisfies(s -> assertThat(s.reason()).startsWith("busy"));

            one.close();
            pi.always(LlmScript.text("free"));
            assertThat(router.ask("4").backend()).isEqualTo("pi");
            two.close();
            assertAllGivenBack(router, 4);
        }
    }

    @Test
    void whenCallsAreClosedAtAnyMomentNothingIsLeftBehind() throws Exception {
        ScheduledExecutorService closer = Executors.newSingleThreadScheduledExecutor();
        pi.always(LlmScript.text("a", "b", "c", "d"));
        cloud.always(LlmScript.text("e").thenFail(Kind.RESET));
        try (TestRouter router = TestRouter.over(pi, cloud)
                .set("circuit.window", 1_000)
                .set("circuit.failure-percent", 100)
                .build()) {
            int calls = 3_000;
            for (int i = 0; i < calls; i++) {
                if (i % 3 == 0) {
                    pi.next(LlmScript.text("x").thenFail(Kind.SERVER_ERROR));
                }
                LlmCall call =
                        router.engine.open(LlmRequest.prompt("prompt " + i % 7).build());
                Future<?> closing =
                        closer.schedule(call::close, ThreadLocalRandom.current().nextInt(150), TimeUnit.MICROSECONDS);
                try {
                    call.await();
                } catch (LlmException e) {
                    assertThat(e.kind()).isIn(Kind.CANCELLED, Kind.NO_BACKEND);
                }
                closing.get(10, TimeUnit.SECONDS);
            }
            await().untilAsserted(() -> assertAllGivenBack(router, calls));
            assertThat(pi.running() + cloud.running()).isZero();
            assertThat(router.engine.stats().requests()).isEqualTo(calls);
        } finally {
            closer.shutdownNow();
        }
    }
}
