package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to calls for which a host has no place. */
@Timeout(60)
class AdmissionTest {

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend nas = new ScriptedLlmBackend("nas", Zone.EDGE);
    private final CountDownLatch hold = new CountDownLatch(1);

    private static LlmRequest prompt(Object text) {
        return LlmRequest.prompt(text.toString()).build();
    }

    /** A call that occupies a place until it is closed. */
    private static LlmCall occupy(TestRouter router) {
        LlmCall call = router.engine.open(prompt("occupies " + System.nanoTime()));
        call.iterator().next();
        return call;
    }

    @Test
    void aCallWaitsForAPlaceAndGetsItInItsTurn() throws Exception {
        pi.next(LlmScript.pausing(hold));
        try (TestRouter router = TestRouter.over(pi).set("max-in-flight", 1).build();
                LlmCall first = occupy(router)) {
            List<Future<LlmResponse>> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                LlmRequest request = prompt(i);
                waiting.add(router.context.blocking().submit(() -> router.ask(request)));
                int queued = i + 1;
                await().until(() -> router.stats("pi").queued() == queued);
            }
            assertThat(router.meters.gauge("spark.llm.queued backend pi")).isEqualTo(5);
            assertThat(pi.requests()).hasSize(1);

            hold.countDown();
            first.await();
            for (Future<LlmResponse> one : waiting) {
                assertThat(one.get(20, TimeUnit.SECONDS).backend()).isEqualTo("pi");
            }
            assertThat(pi.requests().subList(1, 6))
                    .extracting(r -> r.messages().get(0).content())
                    .containsExactly("0", "1", "2", "3", "4");
            assertThat(router.stats("pi").inFlight()).isZero();
            assertThat(router.stats("pi").queued()).isZero();
        }
    }

    @Test
    void whenTheQueueIsFullAsWellTheCallIsRefusedAsOverload() {
        pi.always(LlmScript.pausing(hold));
        try (TestRouter router = TestRouter.over(pi)
                        .set("max-in-flight", 1)
                        .set("queue.size", 0)
                        .build();
                LlmCall first = occupy(router)) {
            LlmException refusal = router.failure(prompt("no place"));

            assertThat(refusal.kind()).isEqualTo(Kind.OVERLOADED);
            assertThat(refusal.retryable()).isTrue();
            assertThat(refusal).hasMessageContaining("'pi' was not asked: busy").hasMessageContaining("queue.size");
            assertThat(pi.requests()).hasSize(1);
            first.close();
        }
    }

    @Test
    void aCallWaitsNoLongerThanAllowed() {
        pi.always(LlmScript.pausing(hold));
        try (TestRouter router = TestRouter.over(pi)
                        .set("max-in-flight", 1)
                        .set("queue.wait", "30 ms")
                        .build();
                LlmCall first = occupy(router)) {
            LlmException refusal = router.failure(prompt("late"));

            assertThat(refusal.kind()).isEqualTo(Kind.OVERLOADED);
            assertThat(refusal).hasMessageContaining("none became free in time");
            assertThat(router.stats("pi").queued()).isZero();
            first.close();
        }
    }

    @Test
    void aCallWhoseDeadlineIsOverStopsWaiting() {
        pi.always(LlmScript.pausing(hold));
        try (TestRouter router = TestRouter.over(pi).set("max-in-flight", 1).build();
                LlmCall first = occupy(router)) {
            LlmException failure = router.failure(
                    LlmRequest.prompt("late").timeout(Duration.ofMillis(50)).build());

            assertThat(failure.kind()).isIn(Kind.TIMEOUT, Kind.OVERLOADED);
            assertThat(pi.requests()).hasSize(1);
            assertThat(router.stats("pi").queued()).isZero();
            first.close();
        }
    }

    @Test
    void aCallThatIsExpectedToGetAPlaceTooLateIsRefusedAtOnceWithTheTimeToComeBack() {
        pi.always(LlmScript.pausing(hold));
        try (TestRouter router = TestRouter.over(pi).set("max-in-flight", 1).build();
                LlmCall first = occupy(router)) {
            router.engine
                    .handle("pi")
                    .knowledge()
                    .began("m", Duration.ofMinutes(5).toNanos(), Workload.NONE, false, true, System.nanoTime());

            LlmException refusal = router.failure(
                    LlmRequest.prompt("hurry").timeout(Duration.ofMinutes(2)).build());

            assertThat(refusal.kind()).isEqualTo(Kind.OVERLOADED);
            assertThat(refusal).hasMessageContaining("only after the call's deadline");
            assertThat(refusal.retryAfter()).isPresent();
            first.close();
        }
    }

    @Test
    void closingACallThatWaitsLeavesTheQueue() throws Exception {
        pi.always(LlmScript.pausing(hold));
        try (TestRouter router = TestRouter.over(pi).set("max-in-flight", 1).build();
                LlmCall first = occupy(router)) {
            LlmCall waiting = router.engine.open(prompt("waits"));
            Future<LlmResponse> reader = router.context.blocking().submit(() -> waiting.await());
            await().until(() -> router.stats("pi").queued() == 1);

            waiting.close();

            assertThatThrownBy(() -> reader.get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
            await().until(() -> router.stats("pi").queued() == 0);
            assertThat(pi.requests()).hasSize(1);
            first.close();
            assertThat(router.stats("pi").inFlight()).isZero();
        }
    }

    @Test
    void aFreeBackendIsAskedAtOnceInsteadOfWaiting() {
        pi.always(LlmScript.pausing(hold));
        try (TestRouter router =
                        TestRouter.over(pi, nas).set("max-in-flight", 1).build();
                LlmCall first = occupy(router)) {
            LlmResponse answer = router.ask(prompt("elsewhere"));

            assertThat(answer.backend()).isEqualTo("nas");
            assertThat(answer.trace().skipped())
                    .extracting(RouteTrace.Skipped::reason)
                    .allMatch(r -> r.startsWith("busy"));
            first.close();
        }
    }

    @Test
    void aFreeBackendThatIsExpectedToBeMuchSlowerIsNotPreferredToWaiting() throws Exception {
        pi.next(LlmScript.pausing(hold));
        try (TestRouter router =
                        TestRouter.over(pi, nas).set("max-in-flight", 1).build();
                LlmCall first = occupy(router)) {
            long now = System.nanoTime();
            router.engine.handle("pi").knowledge().began("m", 1_000_000, Workload.NONE, false, true, now);
            router.engine
                    .handle("nas")
                    .knowledge()
                    .began("m", Duration.ofMinutes(1).toNanos(), Workload.NONE, false, true, now);
            Future<LlmResponse> waiting = router.context.blocking().submit(() -> router.ask(prompt("patient")));
            await().until(() -> router.stats("pi").queued() == 1);

            hold.countDown();
            first.await();
            assertThat(waiting.get(20, TimeUnit.SECONDS).backend()).isEqualTo("pi");
            assertThat(nas.requests()).isEmpty();
        }
    }

    @Test
    void aBackendThatWasPassedOverIsWaitedForWhenTheOthersFail() throws Exception {
        pi.next(LlmScript.pausing(hold));
        nas.always(LlmScript.failing(Kind.UNREACHABLE));
        try (TestRouter router =
                        TestRouter.over(pi, nas).set("max-in-flight", 1).build();
                LlmCall first = occupy(router)) {
            Future<LlmResponse> waiting = router.context.blocking().submit(() -> router.ask(prompt("second best")));
            await().until(() -> router.stats("pi").queued() == 1);
            assertThat(nas.requests()).hasSize(1);

            hold.countDown();
            first.await();
            LlmResponse answer = waiting.get(20, TimeUnit.SECONDS);
            assertThat(answer.backend()).isEqualTo("pi");
            assertThat(answer.trace().skipped()).isEmpty();
        }
    }

    @Test
    void singleBackendsMayHaveTheirOwnLimit() {
        pi.always(LlmScript.pausing(hold));
        try (TestRouter router = TestRouter.over(pi, nas)
                        .set("max-in-flight-on", Map.of("pi", "1"))
                        .build();
                LlmCall first = occupy(router)) {
            assertThat(router.stats("pi").maxInFlight()).isOne();
            assertThat(router.stats("nas").maxInFlight()).isEqualTo(16);
            assertThat(router.ask(prompt("x")).backend()).isEqualTo("nas");
            first.close();
        }
        assertThatThrownBy(() -> TestRouter.over(pi)
                        .set("max-in-flight-on", Map.of("pi", "many"))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("primespark.llm.max-in-flight-on for 'pi'");
    }

    @Test
    void noPlaceIsLostOrGivenTwiceHoweverManyComeAndGo() throws Exception {
        Admission admission = new Admission(3, 50);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger served = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            Thread thread = new Thread(() -> {
                Waiter waiter = new Waiter();
                for (int i = 0; i < 3_000; i++) {
                    boolean in = admission.tryEnter();
                    if (!in) {
                        Admission.Ticket ticket = admission.queue(waiter::wake);
                        if (ticket == null) {
                            continue;
                        }
                        try {
                            waiter.pause(i % 5 == 0 ? 1_000 : 1_000_000_000L, ticket::isGranted);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        in = ticket.giveUp();
                    }
                    if (in) {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        served.incrementAndGet();
                        inside.decrementAndGet();
                        admission.leave();
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join(30_000);
        }
        assertThat(most.get()).isBetween(1, 3);
        assertThat(served.get()).isGreaterThan(1_000);
        assertThat(admission.taken()).isZero();
        assertThat(admission.queued()).isZero();
    }
}
