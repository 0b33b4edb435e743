package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.Failover;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@link Failover#CONTINUE} over backends that can go on with a text. */
class ContinueTest {

    private static final String WHOLE = "The sky is blue because";

    private final ScriptedLlmBackend pi = backend("pi", Zone.EDGE, "sha256:aa");
    private final ScriptedLlmBackend hub = backend("hub", Zone.TRUSTED, "sha256:aa");
    private final ScriptedLlmBackend cloud = backend("cloud", Zone.CLOUD, "sha256:aa");

    private static ScriptedLlmBackend backend(String id, Zone zone, String digest) {
        ScriptedLlmBackend backend = new ScriptedLlmBackend(id, zone);
        backend.resumable(true);
        backend.models(model("llama3.2:latest", digest));
        backend.always(LlmScript.text("The sky", " is", " blue", " because"));
        return backend;
    }

    private static ModelInfo model(String name, String digest) {
        return new ModelInfo(name, digest, 1, true, 0, null, List.of("completion"), false);
    }

    private static LlmRequest.Builder question() {
        return LlmRequest.prompt("Why?").model("llama3.2").failover(Failover.CONTINUE);
    }

    /** A router that knows which models its backends have. */
    private static TestRouter router(ScriptedLlmBackend... backends) {
        return router(1_000_000, backends);
    }

    private static TestRouter router(int outputChars, ScriptedLlmBackend... backends) {
        TestRouter router = TestRouter.over(backends)
                .set("retries", 0)
                .set("limits.output-chars", outputChars)
                .build();
        router.engine.open(LlmRequest.prompt("hello").build()).close(); // the first call makes it ask
        for (ScriptedLlmBackend backend : backends) {
            BackendHandle handle = router.engine.handle(backend.info().id());
            await().until(() ->
                    !handle.knowledge().digest("llama3.2", System.nanoTime()).isEmpty());
        }
        return router;
    }

    private static List<String> names(List<LlmEvent> events) {
        return events.stream().map(event -> event.getClass().getSimpleName()).toList();
    }

    private static String text(List<LlmEvent> events) {
        return events.stream()
                .filter(LlmEvent.Text.class::isInstance)
                .map(event -> ((LlmEvent.Text) event).text())
                .collect(Collectors.joining());
    }

    private static String reason(LlmResponse response, int attempt) {
        return response.trace().attempts().get(attempt).reason();
    }

    @Test
    void theSameModelGoesOnWhereTheTextBrokeOff() {
        pi.next(LlmScript.text("The sky", " i").thenFail(Kind.RESET));
        try (TestRouter router = router(pi, cloud);
                LlmCall call = router.engine.open(question().build())) {
            List<LlmEvent> events = TestRouter.read(call);

            assertThat(names(events))
                    .containsExactly(
                            "Routed",
                            "Text",
                            "Text",
                            "FailedOver",
                            "Routed",
                            "Continued",
                            "Text",
                            "Text",
                            "Text",
                            "Done");
            assertThat(events.get(3))
                    .isEqualTo(new LlmEvent.FailedOver(
                            "pi", "cloud", "RESET: the test lets this call fail with RESET", 9));
            assertThat(events.get(5)).isEqualTo(new LlmEvent.Continued("cloud"));
            assertThat(text(events)).isEqualTo(WHOLE);
            LlmResponse response = call.await();
            assertThat(response.text()).isEqualTo(WHOLE);
            assertThat(response.finish()).isEqualTo(FinishReason.STOP);
            assertThat(response.backend()).isEqualTo("cloud");
            assertThat(cloud.resumed()).containsExactly("The sky i");
            assertThat(reason(response, 1)).endsWith("; goes on with the text of 'pi', by the same model");
            assertThat(response.trace().attempts())
                    .extracting(RouteTrace.Attempt::charsDelivered)
                    .containsExactly(9, WHOLE.length() - 9);
            assertThat(router.engine.stats().failovers()).isOne();
        }
    }

    @Test
    void anAnswerOfTwoHostsIsNotKeptButOneThatBeganAgainIs() {
        pi.next(LlmScript.text("The sky").thenFail(Kind.RESET));
        try (TestRouter router = router(pi, cloud)) {
            assertThat(router.ask(question().build()).text()).isEqualTo(WHOLE);
            assertThat(router.ask(question().build()).cached()).isFalse();

            cloud.resumable(false);
            pi.next(LlmScript.text("The grass").thenFail(Kind.RESET));
            LlmRequest other = question().system("x").build();
            assertThat(router.ask(other).text()).isEqualTo(WHOLE);
            assertThat(router.ask(other).cached()).isTrue();
        }
    }

    @Test
    void anotherModelBeginsAgain() {
        cloud.models(model("llama3.2:latest", "sha256:bb"));
        pi.next(LlmScript.text("The sky").thenFail(Kind.RESET));
        try (TestRouter router = router(pi, cloud);
                LlmCall call = router.engine.open(question().build())) {
            List<LlmEvent> events = TestRouter.read(call);

            assertThat(names(events)).contains("FailedOver", "Restarted").doesNotContain("Continued");
            assertThat(call.await().text()).isEqualTo(WHOLE);
            assertThat(cloud.resumed()).isEmpty();
            assertThat(reason(call.await(), 1)).endsWith("begins again, because its model is not the one of 'pi'");
        }
    }

    @Test
    void aBackendThatCannotGoOnBeginsAgain() {
        cloud.resumable(false);
        pi.next(LlmScript.text("The sky").thenFail(Kind.RESET));
        try (TestRouter router = router(pi, cloud);
                LlmCall call = router.engine.open(question().build())) {
            assertThat(names(TestRouter.read(call))).contains("Restarted").doesNotContain("Continued");
            assertThat(call.await().text()).isEqualTo(WHOLE);
            assertThat(reason(call.await(), 1)).endsWith("because it cannot go on with answers of others");
        }
    }

    @Test
    void aBackendThatFindsOutThatItCannotGoOnBeginsAgainAndTheTraceSaysWhy() {
        pi.next(LlmScript.text("No: the sky").thenFail(Kind.RESET)); // no script of the other one begins like that
        try (TestRouter router = router(pi, cloud);
                LlmCall call = router.engine.open(question().build())) {
            List<LlmEvent> events = TestRouter.read(call);

            assertThat(names(events))
                    .containsSubsequence("Text", "FailedOver", "Routed", "Restarted", "Routed", "Text", "Done")
                    .doesNotContain("Continued");
            assertThat(events).filteredOn(LlmEvent.FailedOver.class::isInstance).hasSize(1);
            LlmResponse response = call.await();
            assertThat(response.text()).isEqualTo(WHOLE);
            assertThat(response.trace().attempts())
                    .extracting(RouteTrace.Attempt::backend, RouteTrace.Attempt::error)
                    .containsExactly(tuple("pi", Kind.RESET), tuple("cloud", Kind.REJECTED), tuple("cloud", null));
            assertThat(reason(response, 2)).endsWith("because it could not go on with the text");
        }
    }

    @Test
    void whenTheSecondDiesAsWellTheThirdGoesOnWithBothParts() {
        pi.next(LlmScript.text("The sky").thenFail(Kind.RESET));
        hub.next(LlmScript.text("The sky is").thenFail(Kind.TRUNCATED));
        try (TestRouter router = router(pi, hub, cloud);
                LlmCall call = router.engine.open(question().build())) {
            List<LlmEvent> events = TestRouter.read(call);

            assertThat(text(events)).isEqualTo(WHOLE);
            assertThat(events)
                    .filteredOn(LlmEvent.FailedOver.class::isInstance)
                    .extracting(event -> ((LlmEvent.FailedOver) event).charsDelivered())
                    .containsExactly(7, 10);
            assertThat(events)
                    .filteredOn(LlmEvent.Continued.class::isInstance)
                    .containsExactly(new LlmEvent.Continued("hub"), new LlmEvent.Continued("cloud"));
            assertThat(call.await().text()).isEqualTo(WHOLE);
            assertThat(cloud.resumed()).containsExactly("The sky is");
        }
    }

    @Test
    void whenTheSecondIsNotThereTheThirdGoesOn() {
        pi.next(LlmScript.text("The sky").thenFail(Kind.RESET));
        try (TestRouter router = router(pi, hub, cloud)) {
            hub.down(Kind.UNREACHABLE);
            LlmResponse response = router.ask(question().build());

            assertThat(response.text()).isEqualTo(WHOLE);
            assertThat(response.backend()).isEqualTo("cloud");
            assertThat(cloud.resumed()).containsExactly("The sky");
        }
    }

    @Test
    void whenNobodyIsLeftTheFailureSaysHowMuchWasDelivered() {
        pi.always(LlmScript.text("The sky").thenFail(Kind.RESET));
        hub.always(LlmScript.text("The sky is").thenFail(Kind.RESET));
        try (TestRouter router = router(pi, hub)) {
            LlmException failure = router.failure(question().build());

            assertThat(failure.kind()).isEqualTo(Kind.NO_BACKEND);
            assertThat(failure.charsDelivered()).isEqualTo(10);
            assertThat(failure.trace().orElseThrow().attempts()).hasSize(2);
        }
    }

    @Test
    void onlyWhatIsLeftOfTheTokensIsAskedFor() {
        pi.next(LlmScript.text("The", " sky", " is").thenFail(Kind.RESET));
        pi.next(LlmScript.text("The", " sky", " is").thenFail(Kind.RESET));
        try (TestRouter router = router(pi, cloud)) {
            router.ask(question().maxTokens(20).build());
            router.ask(question().maxTokens(3).build());

            assertThat(cloud.requests())
                    .extracting(request -> request.sampling().maxTokens())
                    .containsExactly(17, 1); // a server takes 0 for no limit at all
        }
    }

    @Test
    void theWholeTextCountsForItsLongestLength() {
        pi.next(LlmScript.text("The sky").thenFail(Kind.RESET));
        try (TestRouter router = router(12, pi, cloud)) {
            LlmResponse response = router.ask(question().build());

            assertThat(response.text()).isEqualTo("The sky is b");
            assertThat(response.finish()).isEqualTo(FinishReason.LENGTH);
            assertThat(cloud.running()).isZero();
            assertThat(cloud.resumed()).containsExactly("The sky");
        }
    }

    @Test
    void reasoningToolsAndFormsBeginAgain() {
        pi.next(LlmScript.text().thenThinking("hm").thenText("The sky").thenFail(Kind.RESET));
        pi.next(LlmScript.text("{").thenFail(Kind.RESET));
        try (TestRouter router = router(pi, cloud)) {
            assertThat(reason(router.ask(question().build()), 1)).endsWith("because reasoning had been delivered");
            assertThat(reason(router.ask(question().format(OutputFormat.JSON).build()), 1))
                    .endsWith("because the request asks for a form");
            assertThat(cloud.resumed()).isEmpty();
        }
    }

    @Test
    void withoutADigestNobodyGoesOn() {
        ScriptedLlmBackend edge = backend("edge", Zone.EDGE, "");
        edge.next(LlmScript.text("The sky").thenFail(Kind.RESET));
        try (TestRouter router = TestRouter.over(edge, cloud).build()) {
            LlmResponse response = router.ask(question().build());

            assertThat(response.text()).isEqualTo(WHOLE);
            assertThat(cloud.resumed()).isEmpty();
            assertThat(reason(response, 1)).endsWith("because it is not known exactly which model 'edge' has");
        }
    }

    @Test
    void aHostWithOneModelHasThatOneWhenNoneIsNamed() {
        pi.next(LlmScript.text("The sky").thenFail(Kind.RESET));
        try (TestRouter router = router(pi, cloud)) {
            LlmResponse response = router.ask(
                    LlmRequest.prompt("Why?").failover(Failover.CONTINUE).build());

            assertThat(response.text()).isEqualTo(WHOLE);
            assertThat(cloud.resumed()).containsExactly("The sky");
        }
    }

    @Test
    void cancellingWhileAnotherGoesOnEndsThatCallAtItsServer() {
        CountDownLatch never = new CountDownLatch(1);
        pi.next(LlmScript.text("The sky").thenFail(Kind.RESET));
        cloud.next(LlmScript.text("The sky is").thenPause(never).thenText(" blue"));
        try (TestRouter router = router(pi, cloud);
                LlmCall call = router.engine.open(question().build())) {
            Iterator<LlmEvent> events = call.iterator();
            LlmEvent event = events.next();
            while (!event.equals(new LlmEvent.Text(" is"))) {
                event = events.next();
            }
            assertThat(cloud.running()).isOne();
            call.close();

            assertThat(cloud.running()).isZero();
            assertThat(cloud.cancelled()).isOne();
            assertThat(router.stats("cloud").inFlight()).isZero();
        }
    }

    @Test
    void nobodyBeyondTheRequestsZoneGoesOn() {
        pi.always(LlmScript.text("The sky").thenFail(Kind.RESET));
        try (TestRouter router = router(pi, hub, cloud)) {
            LlmException failure =
                    router.failure(question().privacy(Privacy.EDGE_ONLY).build());

            assertThat(failure.kind()).isEqualTo(Kind.NO_BACKEND);
            assertThat(failure.charsDelivered()).isEqualTo(7);
            assertThat(hub.requests()).isEmpty();
            assertThat(cloud.requests()).isEmpty();
            assertThat(failure.trace().orElseThrow().skipped())
                    .extracting(RouteTrace.Skipped::backend)
                    .containsExactly("hub", "cloud");

            LlmResponse trusted = router.ask(question().privacy(Privacy.TRUSTED).build());
            assertThat(trusted.backend()).isEqualTo("hub");
            assertThat(trusted.text()).isEqualTo(WHOLE);
            assertThat(cloud.resumed()).isEmpty();
        }
    }
}
