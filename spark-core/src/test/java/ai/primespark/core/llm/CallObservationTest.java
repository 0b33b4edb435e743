package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.core.llm.observe.Spans;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmRun;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.ToolFunction;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.Toolbox;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an application with observations sees of calls. */
@Timeout(60)
class CallObservationTest {

    private static final LlmRequest REQUEST = LlmRequest.prompt("s3cret prompt")
            .model("Llama3:latest")
            .privacy(Privacy.TRUSTED)
            .build();

    record Words(String text) {}

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend hub = new ScriptedLlmBackend("hub", Zone.TRUSTED);
    private final SpanRecorder recorder = new SpanRecorder();
    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        never.countDown();
    }

    private TestRouter.Builder router() {
        return TestRouter.over(pi, hub).spans(recorder.spans());
    }

    @Test
    void aCallIsAPartOfWhatItsOpenerDoesAndHasAPartForEachAttempt() {
        pi.next(LlmScript.failing(Kind.UNREACHABLE));
        hub.next(LlmScript.text("s3cret", " answer"));
        try (TestRouter router = router().build()) {
            Observation application = Observation.start("application", recorder.registry);
            LlmCall call;
            try (Observation.Scope scope = application.openScope()) {
                call = router.engine.open(REQUEST);
            }
            call.future().join(); // read by another thread, which observes nothing
            application.stop();

            SpanRecorder.Seen whole = recorder.one("spark.llm.call");
            assertThat(whole.parent()).isSameAs(application.getContextView());
            assertThat(whole.tag("spark.model")).isEqualTo("llama3");
            assertThat(whole.tag("spark.privacy")).isEqualTo("trusted");
            assertThat(whole.tag("spark.strategy")).isEqualTo("edge-first");
            assertThat(whole.tag("spark.outcome")).isEqualTo("answered");
            assertThat(whole.tag("spark.backend")).isEqualTo("hub");
            assertThat(whole.tag("spark.zone")).isEqualTo("trusted");
            assertThat(whole.tag("error.type")).isEqualTo("none");
            assertThat(whole.note("spark.request"))
                    .isEqualTo(call.await().trace().requestId());
            assertThat(whole.note("spark.attempts")).isEqualTo("2");

            assertThat(recorder.named("spark.llm.attempt"))
                    .hasSize(2)
                    .allSatisfy(attempt -> {
                        assertThat(attempt.parent()).isSameAs(whole.context);
                        assertThat(attempt.tag("gen_ai.operation.name")).isEqualTo("chat");
                        assertThat(attempt.tag("gen_ai.provider.name")).isEqualTo("scripted");
                        assertThat(attempt.tag("gen_ai.request.model")).isEqualTo("llama3");
                        assertThat(attempt.note("spark.request")).isEqualTo(whole.note("spark.request"));
                    })
                    .extracting(a -> a.tag("spark.backend") + " " + a.tag("spark.zone") + " " + a.tag("spark.outcome")
                            + " " + a.tag("error.type"))
                    .containsExactly("pi edge unreachable unreachable", "hub trusted answered none");
            SpanRecorder.Seen answered = recorder.named("spark.llm.attempt").get(1);
            assertThat(answered.context.getContextualName()).isEqualTo("chat llama3");
            assertThat(answered.note("gen_ai.response.finish_reasons")).isEqualTo("stop");
            assertThat(recorder.seen)
                    .extracting(SpanRecorder.Seen::everything)
                    .noneMatch(text -> text.contains("s3cret"));
        }
    }

    @Test
    void aFailureIsToldByItsKindAndNotByItsWords() {
        pi.next(LlmScript.failing(Kind.REJECTED));
        try (TestRouter router = router().build()) {
            String words = router.failure(REQUEST).getMessage();

            SpanRecorder.Seen whole = recorder.one("spark.llm.call");
            assertThat(whole.context.getError()).hasMessage("REJECTED").hasNoCause();
            assertThat(whole.context.getError().getStackTrace()).isEmpty();
            assertThat(whole.tag("error.type")).isEqualTo("rejected");
            assertThat(whole.tag("spark.backend")).isEqualTo("none");
            assertThat(recorder.one("spark.llm.attempt").context.getError()).hasMessage("REJECTED");
            assertThat(recorder.seen).extracting(SpanRecorder.Seen::everything).noneMatch(text -> text.contains(words));
        }
    }

    /** Ways in which a call can end. */
    enum End {
        ANSWERED,
        CACHED,
        NOBODY_LEFT,
        FAILED_AFTER_TEXT,
        CLOSED_UNREAD,
        CLOSED_IN_THE_MIDDLE,
        FORGOTTEN_UNREAD,
        FORGOTTEN_IN_THE_MIDDLE,
        ENGINE_CLOSED_UNREAD,
        ENGINE_CLOSED_IN_THE_MIDDLE,
        READER_INTERRUPTED,
        BACKEND_FAULTY
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void whateverHappensEverythingIsStoppedOnce(End end) throws Exception {
        TestRouter router = router().set("retries", 0).build();
        try {
            finish(end, router);
            await().untilAsserted(() -> assertThat(recorder.seen)
                    .isNotEmpty()
                    .allSatisfy(seen -> assertThat(seen.stops).hasValue(1)));
            assertThat(router.engine.context().running().waiting()).isZero();
            assertThat(router.engine.context().running().size()).isZero();
        } finally {
            router.close();
        }
        assertThat(recorder.seen).allSatisfy(seen -> assertThat(seen.stops).hasValue(1));
        assertTagsAreTheSame("spark.llm.call");
        assertTagsAreTheSame("spark.llm.attempt");
    }

    /** Meters of one name must have the same tags, whatever happened. */
    private void assertTagsAreTheSame(String name) {
        Set<String> expected = name.equals("spark.llm.call")
                ? Set.of(
                        "spark.model",
                        "spark.privacy",
                        "spark.strategy",
                        "spark.outcome",
                        "spark.backend",
                        "spark.zone",
                        "error.type")
                : Set.of(
                        "gen_ai.operation.name",
                        "gen_ai.provider.name",
                        "gen_ai.request.model",
                        "spark.backend",
                        "spark.zone",
                        "spark.outcome",
                        "error.type");
        assertThat(recorder.named(name))
                .allSatisfy(seen -> assertThat(seen.tagNames()).containsExactlyInAnyOrderElementsOf(expected));
    }

    private void finish(End end, TestRouter router) throws Exception {
        LlmRequest brief = REQUEST.toBuilder().timeout(Duration.ofMillis(40)).build();
        switch (end) {
            case ANSWERED -> assertThat(router.ask(REQUEST).cached()).isFalse();
            case CACHED -> {
                router.ask(REQUEST);
                assertThat(router.ask(REQUEST).cached()).isTrue();
                assertThat(recorder.named("spark.llm.call").get(1).tag("spark.outcome"))
                        .isEqualTo("cached");
            }
            case NOBODY_LEFT -> {
                pi.down(Kind.UNREACHABLE);
                hub.down(Kind.TIMEOUT);
                assertThat(router.failure(REQUEST).kind()).isEqualTo(Kind.NO_BACKEND);
            }
            case FAILED_AFTER_TEXT -> {
                pi.next(LlmScript.text("abc").thenFail(Kind.RESET));
                assertThat(router.ask(REQUEST).backend()).isEqualTo("hub");
            }
            case CLOSED_UNREAD -> router.engine.open(REQUEST).close();
            case CLOSED_IN_THE_MIDDLE -> {
                LlmCall call = begun(router, REQUEST);
                call.close();
                call.close();
                assertThat(recorder.one("spark.llm.call").tag("spark.outcome")).isEqualTo("cancelled");
                assertThat(recorder.one("spark.llm.call").context.getError()).isNull();
            }
            case FORGOTTEN_UNREAD -> {
                var unused = router.engine.open(brief);
                await().until(() -> !router.endings().isEmpty());
                assertThat(recorder.one("spark.llm.call").tag("spark.outcome")).isEqualTo("timeout");
            }
            case FORGOTTEN_IN_THE_MIDDLE -> {
                var unused = begun(router, brief);
                await().until(() -> !router.endings().isEmpty());
            }
            case ENGINE_CLOSED_UNREAD -> {
                LlmCall call = router.engine.open(REQUEST);
                router.engine.close();
                assertThatThrownBy(call::await).hasMessageContaining("Prime Spark was closed");
            }
            case ENGINE_CLOSED_IN_THE_MIDDLE -> {
                var unused = begun(router, REQUEST);
                router.engine.close();
            }
            case READER_INTERRUPTED -> {
                pi.next(LlmScript.pausing(never));
                Thread reader = new Thread(() -> router.failure(REQUEST));
                reader.start();
                await().until(() -> pi.running() == 1);
                reader.interrupt();
                reader.join();
            }
            case BACKEND_FAULTY -> {
                pi.next(LlmScript.failing(Kind.PROTOCOL));
                assertThat(router.ask(REQUEST).backend()).isEqualTo("hub");
            }
        }
    }

    private LlmCall begun(TestRouter router, LlmRequest request) {
        pi.next(LlmScript.text("abc").thenPause(never));
        LlmCall call = router.engine.open(request);
        Iterator<?> events = call.iterator();
        events.next();
        events.next();
        return call;
    }

    @Test
    void aRunHoldsItsStepsAndWhatItsToolsDo() {
        pi.next(LlmScript.text().thenTool(new ToolInvocation("1", "say", "{\"text\":\"x\"}")));
        pi.next(LlmScript.text("done"));
        ToolFunction tool = ToolFunction.of("say", "Says.", Words.class, words -> {
            Observation.start("inside the tool", recorder.registry).stop();
            return words.text();
        });
        try (TestRouter router = router().build()) {
            LlmRun<String> run = router.engine.open(REQUEST, Toolbox.of(tool));
            run.resultFuture().join();

            SpanRecorder.Seen whole = recorder.one("spark.llm.run");
            assertThat(whole.note("spark.steps")).isEqualTo("2");
            assertThat(whole.tag("spark.outcome")).isEqualTo("answered");
            assertThat(recorder.named("spark.llm.call"))
                    .hasSize(2)
                    .allSatisfy(call -> assertThat(call.parent()).isSameAs(whole.context));
            assertThat(recorder.one("inside the tool").parent()).isSameAs(whole.context);
            assertThat(recorder.seen).allSatisfy(seen -> assertThat(seen.stops).hasValue(1));
        }
    }

    @Test
    void aRunThatNobodyReadsEndsWithTheEngine() {
        try (TestRouter router = router().build()) {
            LlmRun<String> run = router.engine.open(REQUEST, Toolbox.EMPTY);
            router.engine.close();

            assertThatThrownBy(run::await).isInstanceOf(LlmException.class);
            assertThat(recorder.one("spark.llm.run").tag("spark.outcome")).isEqualTo("cancelled");
            assertThat(recorder.one("spark.llm.run").stops).hasValue(1);
            assertThat(router.engine.context().running().waiting()).isZero();
        }
    }

    @Test
    void aBackendIsOpenedAsAPartOfItsAttemptAndNothingStaysCurrent() {
        List<Observation.ContextView> current = new CopyOnWriteArrayList<>();
        LlmBackend watching = new WatchingBackend(pi, () -> {
            Observation now = recorder.registry.getCurrentObservation();
            current.add(now == null ? Observation.NOOP.getContextView() : now.getContextView());
        });
        try (TestRouter router =
                TestRouter.over(watching).spans(recorder.spans()).build()) {
            router.ask(REQUEST);
            assertThat(current).containsExactly(recorder.one("spark.llm.attempt").context);
            assertThat(recorder.registry.getCurrentObservation()).isNull();
        }
    }

    private record WatchingBackend(LlmBackend behind, Runnable onOpen) implements LlmBackend {
        @Override
        public BackendInfo info() {
            return behind.info();
        }

        @Override
        public CompletionStage<BackendStatus> status(Deadline deadline) {
            return behind.status(deadline);
        }

        @Override
        public LlmCall open(LlmRequest request, CallLimits limits) {
            onOpen.run();
            return behind.open(request, limits);
        }

        @Override
        public void close() throws Exception {
            behind.close();
        }
    }

    @Test
    void makingVectorsIsObservedAsWell() {
        pi.down(Kind.UNREACHABLE);
        try (TestRouter router = router().build()) {
            router.engine.embed(EmbedRequest.of("e5", "s3cret text"));

            assertThat(recorder.one("spark.llm.embed").tag("spark.backend")).isEqualTo("hub");
            assertThat(recorder.named("spark.llm.attempt"))
                    .extracting(a -> a.tag("gen_ai.operation.name") + " " + a.tag("spark.outcome"))
                    .containsExactly("embeddings unreachable", "embeddings answered");
            hub.down(Kind.UNREACHABLE);
            assertThatThrownBy(() -> router.engine.embed(EmbedRequest.of("e5", "x")))
                    .isInstanceOf(LlmException.class);
            assertThat(recorder.named("spark.llm.embed").get(1).tag("error.type"))
                    .isEqualTo("no_backend");
            assertThat(recorder.seen).allSatisfy(seen -> assertThat(seen.stops).hasValue(1));
        }
    }

    @Test
    void thousandsOfModelNamesAreFewValuesOfATag() {
        try (TestRouter router = router().build()) {
            for (int i = 0; i < 1_000; i++) {
                router.ask(LlmRequest.prompt("x").model("m" + i).build());
            }
            Set<String> calls = recorder.named("spark.llm.call").stream()
                    .map(s -> s.tag("spark.model"))
                    .collect(Collectors.toSet());
            assertThat(calls).hasSize(65).contains("m0", "m63", "other").doesNotContain("m64");
            Set<String> titles = recorder.seen.stream()
                    .map(s -> s.context.getContextualName())
                    .collect(Collectors.toSet());
            assertThat(titles).hasSize(130);
        }
    }

    @Test
    void handlersThatFailDisturbNoCall() {
        Set<String> failed = ConcurrentHashMap.newKeySet();
        ObservationRegistry faulty = ObservationRegistry.create();
        faulty.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStart(Observation.Context context) {
                if (context.getName().endsWith("attempt")) {
                    failed.add("start");
                    throw new IllegalStateException("the application's fault");
                }
            }

            @Override
            public void onError(Observation.Context context) {
                failed.add("error");
                throw new IllegalStateException("the application's fault");
            }

            @Override
            public void onStop(Observation.Context context) {
                failed.add("stop");
                throw new IllegalStateException("the application's fault");
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        try (TestRouter router = TestRouter.over(pi).spans(Spans.over(faulty)).build()) {
            assertThat(router.ask(REQUEST).text()).isEqualTo("a scripted answer");
            pi.next(LlmScript.failing(Kind.REJECTED));
            LlmRequest other = REQUEST.toBuilder().cache(CacheMode.BYPASS).build();
            assertThat(router.failure(other).kind()).isEqualTo(Kind.REJECTED);
            assertThat(failed).containsExactlyInAnyOrder("start", "error", "stop");
            assertThat(router.stats("pi").inFlight()).isZero();
        }
    }

    @Test
    void aRegistryThatIsOffCostsNothing() {
        assertThat(Spans.over(ObservationRegistry.NOOP).enabled()).isFalse();
        assertThat(Spans.over(null)).isSameAs(Spans.NONE);
        assertThatThrownBy(() -> Spans.over("text"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be an io.micrometer.observation.ObservationRegistry");
    }
}
