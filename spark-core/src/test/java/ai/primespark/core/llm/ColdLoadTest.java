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
import ai.primespark.llm.RouteTrace.Readiness;
import ai.primespark.spi.BackendStatus;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A model is loaded by one call, and the others wait for that. */
@Timeout(60)
class ColdLoadTest {

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend nas = new ScriptedLlmBackend("nas", Zone.EDGE);
    private final CountDownLatch loading = new CountDownLatch(1);

    private static LlmRequest prompt(Object text) {
        return LlmRequest.prompt(text.toString()).model("m").build();
    }

    private TestRouter cold(ScriptedLlmBackend... backends) {
        pi.models(HostKnowledgeTest.model("m:latest", false, 0, null));
        TestRouter router =
                TestRouter.over(backends).set("status-interval", "1 h").build();
        router.engine
                .open(prompt("lets backends be asked what they have loaded"))
                .close();
        HostKnowledge host = router.engine.handle("pi").knowledge();
        await().until(() -> host.readiness("m", Workload.NONE, System.nanoTime()) == Readiness.COLD);
        return router;
    }

    private static List<Future<LlmResponse>> ask(TestRouter router, int calls) {
        List<Future<LlmResponse>> futures = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            LlmRequest request = prompt(i);
            futures.add(router.context.blocking().submit(() -> router.ask(request)));
        }
        return futures;
    }

    private void assertEverybodyElseWaits(TestRouter router) throws InterruptedException {
        await().until(() ->
                pi.running() == 1 && router.engine.context().running().size() == 10);
        // whoever came in besides would be seen here sooner or later; none may
        assertThat(pi.requests()).hasSize(1);
    }

    @Test
    void manyCallsLoadAModelOnce() throws Exception {
        pi.next(LlmScript.pausing(loading).thenText("loaded"));
        try (TestRouter router = cold(pi)) {
            List<Future<LlmResponse>> calls = ask(router, 10);
            assertEverybodyElseWaits(router);

            loading.countDown();
            for (Future<LlmResponse> call : calls) {
                assertThat(call.get(20, TimeUnit.SECONDS).backend()).isEqualTo("pi");
            }
            assertThat(pi.requests()).hasSize(10);
            assertThat(router.engine.handle("pi").knowledge().loads().size()).isZero();
        }
    }

    @Test
    void aLoadThatFailsIsTakenOverByOneOfThoseThatWait() throws Exception {
        CountDownLatch again = new CountDownLatch(1);
        pi.next(LlmScript.pausing(loading).thenFail(Kind.REJECTED));
        pi.next(LlmScript.pausing(again).thenText("loaded"));
        try (TestRouter router = cold(pi)) {
            List<Future<LlmResponse>> calls = ask(router, 10);
            assertEverybodyElseWaits(router);

            loading.countDown();
            await().until(() -> pi.requests().size() == 2 && pi.running() == 1);
            assertThat(router.endings()).hasSize(2); // and the one that was closed to begin with
            again.countDown();
            int failed = 0;
            for (Future<LlmResponse> call : calls) {
                try {
                    call.get(20, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    failed++;
                }
            }
            assertThat(failed).isOne();
            assertThat(pi.requests()).hasSize(10);
        }
    }

    @Test
    void aCallThatGivesUpWaitingDoesNotDisturbTheLoad() throws Exception {
        pi.next(LlmScript.pausing(loading).thenText("loaded"));
        try (TestRouter router = cold(pi)) {
            Future<LlmResponse> leader = ask(router, 1).get(0);
            await().until(() -> pi.running() == 1);

            LlmException late = router.failure(LlmRequest.prompt("impatient")
                    .model("m")
                    .timeout(Duration.ofMillis(60))
                    .build());
            assertThat(late.kind()).isIn(Kind.TIMEOUT, Kind.OVERLOADED);
            LlmCall closed = router.engine.open(prompt("closed"));
            Future<LlmResponse> reader = router.context.blocking().submit(() -> closed.await());
            await().until(() -> router.engine.context().running().size() == 2);
            closed.close();
            assertThatThrownBy(() -> reader.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(LlmException.class);

            assertThat(pi.running()).isOne();
            assertThat(pi.cancelled()).isZero();
            loading.countDown();
            assertThat(leader.get(20, TimeUnit.SECONDS).text()).isEqualTo("loaded");
            assertThat(pi.requests()).hasSize(1);
        }
    }

    @Test
    void whenTheCallThatLoadsIsCancelledAnotherOneLoads() throws Exception {
        pi.next(LlmScript.pausing(loading));
        try (TestRouter router = cold(pi)) {
            LlmCall leader = router.engine.open(prompt("leads"));
            leader.iterator().next();
            Future<LlmResponse> follower = ask(router, 1).get(0);
            await().until(() -> router.engine.context().running().size() == 2);
            assertThat(pi.requests()).hasSize(1);

            leader.close();
            assertThat(follower.get(20, TimeUnit.SECONDS).backend()).isEqualTo("pi");
            assertThat(pi.requests()).hasSize(2);
        }
    }

    @Test
    void aBackendThatHasTheModelLoadedIsAskedInsteadOfWaiting() {
        pi.always(LlmScript.pausing(loading));
        nas.models(HostKnowledgeTest.model("m", true, 4096, null));
        try (TestRouter router = cold(pi, nas)) {
            LlmCall leader = router.engine.open(prompt("leads"));
            leader.iterator().next();

            LlmResponse answer = router.ask(prompt("does not wait"));
            assertThat(answer.backend()).isEqualTo("nas");
            assertThat(answer.trace().skipped())
                    .anySatisfy(s -> assertThat(s.reason()).contains("loading the model for another call"));
            leader.close();
        }
    }

    @Test
    void aStatusThatSaysTheModelIsLoadedEndsTheWaiting() throws Exception {
        pi.next(LlmScript.pausing(loading)); // its consumer is slow to notice
        try (TestRouter router = cold(pi)) {
            LlmCall leader = router.engine.open(prompt("leads"));
            leader.iterator().next();
            Future<LlmResponse> follower = ask(router, 1).get(0);
            await().until(() -> router.engine.context().running().size() == 2);
            assertThat(pi.requests()).hasSize(1);

            router.engine
                    .handle("pi")
                    .knowledge()
                    .saw(
                            new BackendStatus("", List.of(HostKnowledgeTest.model("m", true, 4096, null))),
                            System.nanoTime(),
                            router.clock().instant());
            assertThat(follower.get(20, TimeUnit.SECONDS).backend()).isEqualTo("pi");
            leader.close();
        }
    }

    @Test
    void theTraceShowsWhatWasKnownOfEachCandidate() {
        try (TestRouter router = cold(pi, nas)) {
            var candidates = router.ask(prompt("x")).trace().candidates();

            assertThat(candidates).extracting(c -> c.backend()).containsExactly("pi", "nas");
            assertThat(candidates.get(0).readiness()).isEqualTo(Readiness.COLD);
            assertThat(candidates.get(0).model()).isEqualTo("m");
            assertThat(candidates.get(0).timeToFirstToken()).isEmpty();

            var later = router.ask(prompt("y")).trace().candidates();
            assertThat(later.get(0).readiness()).isEqualTo(Readiness.WARM);
            assertThat(later.get(0).timeToFirstToken()).isPresent();
        }
    }
}
