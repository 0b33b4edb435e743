package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.spi.BackendStatus;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The answers beyond the process: how they are found, when they are believed, and what a store that is ill costs. */
@Timeout(120)
class TieredCacheTest {

    private static final String TIERS = "spark.llm.cache.tiers outcome ";

    private final AnswersOnAMap store = new AnswersOnAMap();
    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend restarted = new ScriptedLlmBackend("pi", Zone.EDGE);

    private TestRouter.Builder over(ScriptedLlmBackend... backends) {
        return TestRouter.over(backends)
                .store(store)
                .set("default-model", "m")
                .set("retries", 0)
                .set("cache.patience", "10 s");
    }

    private static ModelInfo model(String digest) {
        return new ModelInfo("m", digest, 1_000, true, 0, null, List.of(), false);
    }

    /** Asks once and waits until the store has the answer. */
    private LlmResponse keep(TestRouter router, String prompt) {
        int before = router.meters.count(TIERS + "written");
        LlmResponse answer = router.ask(prompt);
        await().until(() -> router.meters.count(TIERS + "written") == before + 1);
        return answer;
    }

    private static void awaitDigest(TestRouter router, String digest) {
        await().until(() -> router.engine
                .handle("pi")
                .knowledge()
                .digest("m", System.nanoTime())
                .equals(digest));
    }

    @Test
    void anotherProcessWithTheSameStoreAnswersFromIt() {
        pi.next(LlmScript.text().thenThinking("hm").thenText("four"));
        LlmResponse first;
        try (TestRouter router = over(pi).build()) {
            first = keep(router, "2+2?");
        }
        try (TestRouter router = over(restarted).build()) {
            LlmResponse again = router.ask("2+2?");

            assertThat(again.answerSource()).isEqualTo(AnswerSource.CACHE);
            assertThat(again.cached()).isTrue();
            assertThat(again.withTrace(first.trace())).isEqualTo(first);
            assertThat(restarted.requests()).isEmpty();
            assertThat(router.engine.stats().cacheHits()).isOne();

            assertThat(router.ask("2+2?").cached()).isTrue();
            assertThat(store.gets).as("a hit in the process asks no store").hasValue(2);
        }
    }

    @Test
    void whatIsNoGoodAnswerOfTheWantedModelIsNotKept() {
        ScriptedLlmBackend recall = new ScriptedLlmBackend("recall", Zone.EDGE, true);
        try (TestRouter router =
                over(pi, recall).set("smaller-models", Map.of("m", "s")).build()) {
            pi.next(LlmScript.text("cut").thenDone(FinishReason.LENGTH));
            router.ask("length");
            pi.next(LlmScript.failing(Kind.MODEL_NOT_FOUND));
            assertThat(router.ask("smaller").answerSource()).isEqualTo(AnswerSource.SMALLER_MODEL);
            pi.down(Kind.UNREACHABLE);
            assertThat(router.ask("recall").degraded()).isTrue();
            pi.up();
            router.ask(LlmRequest.prompt("bypass").cache(CacheMode.BYPASS).build());
            keep(router, "good");

            assertThat(store.puts).hasValue(1);
        }
    }

    @Test
    void aModelThatIsPulledAnewIsAskedAgainInTheSameProcess() {
        pi.models(model("one"));
        try (TestRouter router = over(pi).build()) {
            router.ask("warm up");
            awaitDigest(router, "one");
            router.ask("x");
            assertThat(router.ask("x").cached()).isTrue();

            router.engine
                    .handle("pi")
                    .knowledge()
                    .saw(
                            new BackendStatus("", List.of(model("two"))),
                            System.nanoTime(),
                            router.clock().instant());
            assertThat(router.ask("x").answerSource()).isEqualTo(AnswerSource.LIVE);
            assertThat(router.ask("x").cached()).as("the new model's answer").isTrue();
        }
    }

    @Test
    void aModelThatWasPulledAnewWhileThisProcessWasNotRunningIsAskedAgain() {
        pi.models(model("one"));
        try (TestRouter router = over(pi).build()) {
            keep(router, "warm up");
            awaitDigest(router, "one");
            keep(router, "x");
        }
        restarted.models(model("two"));
        try (TestRouter router = over(restarted).build()) {
            assertThat(router.ask("x").answerSource()).isEqualTo(AnswerSource.LIVE);
            assertThat(router.meters.count(TIERS + "found")).isOne();
        }
    }

    @Test
    void theSameModelIsRecognisedAfterARestartOnceTheServerHasSaidWhatItHas() {
        pi.models(model("one"));
        try (TestRouter router = over(pi).build()) {
            keep(router, "warm up");
            awaitDigest(router, "one");
            keep(router, "x");
        }
        restarted.models(model("one"));
        try (TestRouter router = over(restarted).build()) {
            assertThat(router.ask("x").answerSource()).isEqualTo(AnswerSource.CACHE);
            assertThat(restarted.requests()).isEmpty();
        }
    }

    @Test
    void anAnswerOfAModelThatNobodyCanConfirmIsGivenOnlyWhenNobodyElseAnswers() {
        pi.models(model("one"));
        Instant kept;
        try (TestRouter router = over(pi).build()) {
            keep(router, "warm up");
            awaitDigest(router, "one");
            keep(router, "x");
            kept = router.clock().instant();
        }
        restarted.down(Kind.UNREACHABLE);
        try (TestRouter router = over(restarted).set("cache.patience", "50 ms").build()) {
            router.clock().advance(Duration.between(router.clock().instant(), kept));
            LlmResponse offline = router.ask("x");
            assertThat(offline.answerSource()).isEqualTo(AnswerSource.CACHE);
            assertThat(offline.stale()).isFalse();
            assertThat(offline.trace().attempts()).hasSize(1);

            router.clock().advance(Duration.ofDays(2));
            LlmResponse old = router.ask("x");
            assertThat(old.answerSource()).isEqualTo(AnswerSource.STALE_CACHE);
            assertThat(old.stale()).isTrue();

            router.clock().advance(Duration.ofDays(6));
            assertThat(router.failure("x").kind()).isEqualTo(Kind.NO_BACKEND);
        }
    }

    @Test
    void aMachineThatCallsAnotherModelByTheNameAsksItsOwn() {
        try (TestRouter router = over(pi).build()) {
            keep(router, "x");
        }
        try (TestRouter router =
                over(restarted).set("aliases", Map.of("m", "other")).build()) {
            assertThat(router.ask("x").answerSource()).isEqualTo(AnswerSource.LIVE);
        }
    }

    @Test
    void anotherMachinesAnswerIsBelievedWhenItsModelIsTheOneHere() {
        pi.models(model("one"));
        try (TestRouter router = over(pi).build()) {
            keep(router, "warm up");
            awaitDigest(router, "one");
            keep(router, "x");
            keep(router, "y");
        }
        ScriptedLlmBackend nas = new ScriptedLlmBackend("nas", Zone.EDGE);
        nas.models(new ModelInfo("m", "one", 1_000, true, 0, null, List.of(), false));
        try (TestRouter router = over(nas).build()) {
            router.ask("warm up, too");
            await().until(() -> router.engine.handle("nas").knowledge().hasStatus(System.nanoTime()));
            assertThat(router.ask("x").answerSource()).isEqualTo(AnswerSource.CACHE);
        }
        ScriptedLlmBackend hub = new ScriptedLlmBackend("hub", Zone.EDGE);
        hub.models(new ModelInfo("m", "another", 1_000, true, 0, null, List.of(), false));
        try (TestRouter router = over(hub).build()) {
            router.ask("warm up, too");
            await().until(() -> router.engine.handle("hub").knowledge().hasStatus(System.nanoTime()));
            assertThat(router.ask("y").answerSource()).isEqualTo(AnswerSource.LIVE);
        }
    }

    @Test
    void aBackendsOwnDefaultIsTakenForTheSameOnlyOnceItHasAnsweredHere() {
        try (TestRouter router =
                TestRouter.over(pi).store(store).set("cache.patience", "10 s").build()) {
            pi.always(LlmScript.text("hello"));
            keep(router, "x");
            keep(router, "y");
        }
        try (TestRouter router = TestRouter.over(restarted)
                .store(store)
                .set("cache.patience", "10 s")
                .build()) {
            assertThat(router.ask("x").answerSource()).isEqualTo(AnswerSource.LIVE);
            restarted.down(Kind.UNREACHABLE);
            assertThat(router.ask("y").answerSource()).isEqualTo(AnswerSource.CACHE);
        }
    }

    @Test
    void valuesThatAreDamagedOrOfAnotherVersionAreMisses() {
        try (TestRouter router = over(pi).build()) {
            keep(router, "x");
        }
        String whole = store.values.values().iterator().next();
        List<String> wrong = List.of(
                "",
                "{",
                "[]",
                "null",
                "{}",
                whole.replace("\"v\":1", "\"v\":2"),
                whole.substring(0, whole.length() - 1),
                whole + "x",
                whole.replace("\"EDGE\"", "\"MOON\""),
                whole.replace("\"at\":", "\"when\":"),
                whole.replace("\"text\":\"", "\"text\":7,\"was\":\""));
        for (String text : wrong) {
            store.overwrite(text);
            try (TestRouter router =
                    over(new ScriptedLlmBackend("pi", Zone.EDGE)).build()) {
                assertThat(keep(router, "x").answerSource()).as(text).isEqualTo(AnswerSource.LIVE);
                assertThat(router.meters.count(TIERS + "unreadable")).as(text).isOne();
            }
        }
        assertThat(AnswerCodec.read(whole)).isNotNull();
    }

    @Test
    void anAnswerOfAZoneBeyondThePrivacyIsNotGivenWhoeverKeptIt() {
        LlmResponse far = new LlmResponse(
                "from afar",
                "",
                List.of(),
                FinishReason.STOP,
                "cloud",
                Zone.CLOUD,
                "m",
                Usage.NONE,
                Timings.NONE,
                List.of(),
                RouteTrace.DIRECT);
        LlmRequest near = LlmRequest.prompt("x").privacy(Privacy.EDGE_ONLY).build();
        ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);
        try (TestRouter router = over(pi, cloud).build()) {
            store.values.put(
                    Privacy.EDGE_ONLY + "/" + RequestKey.of(near, "m").text(),
                    AnswerCodec.write(new KeptAnswer(far, router.clock().instant(), "m", "")));

            assertThat(router.ask(near).text()).isNotEqualTo("from afar");
            assertThat(router.meters.count(TIERS + "unreadable")).isOne();
        }
    }

    @Test
    void aStoreThatHangsCostsOneCallItsPatienceAndTheOthersNothing() {
        store.hang();
        try (TestRouter router = over(pi).set("cache.patience", "20 ms").build()) {
            assertThat(router.ask("a").answerSource()).isEqualTo(AnswerSource.LIVE);
            assertThat(router.meters.count(TIERS + "late")).isOne();
            for (int i = 0; i < 10; i++) {
                assertThat(router.ask("b" + i).answerSource()).isEqualTo(AnswerSource.LIVE);
            }
            assertThat(store.gets).hasValue(1);
            assertThat(router.meters.count(TIERS + "unasked")).isEqualTo(10);

            store.release();
            await().until(() -> router.meters.count(TIERS + "absent") + router.meters.count(TIERS + "found") == 1);
            AtomicInteger number = new AtomicInteger();
            await().until(() -> {
                router.ask("c" + number.incrementAndGet());
                return store.gets.get() > 1;
            });
        } finally {
            store.release();
        }
    }

    @Test
    void answersThatAStoreDoesNotTakeInTimeAreDroppedAndCounted() {
        int calls = SharedAnswers.MOST_WRITES + 5;
        try (TestRouter router = over(pi).build()) {
            store.hang();
            for (int i = 0; i < calls; i++) {
                router.ask(LlmRequest.prompt("q" + i).cache(CacheMode.REFRESH).build());
            }

            assertThat(router.meters.count(TIERS + "dropped")).isEqualTo(5);
            store.release();
            await().until(() -> store.values.size() == SharedAnswers.MOST_WRITES);
        } finally {
            store.release();
        }
    }

    @Test
    void callsOfTheSameRequestAskTheStoreOnce() throws Exception {
        store.hang();
        try (TestRouter router = over(pi).build()) {
            List<Future<LlmResponse>> calls = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                calls.add(router.context.blocking().submit(() -> router.ask("x")));
            }
            await().until(() -> router.engine.context().running().size() == 6 && store.gets.get() == 1);
            store.release();
            for (Future<LlmResponse> call : calls) {
                assertThat(call.get(30, TimeUnit.SECONDS).text()).isEqualTo("a scripted answer");
            }

            assertThat(store.gets).hasValue(1);
            assertThat(pi.requests()).hasSize(1);
        } finally {
            store.release();
        }
    }

    @Test
    void aCallThatWaitsForTheStoreEndsWhenItIsClosed() throws Exception {
        store.hang();
        try (TestRouter router = over(pi).build()) {
            LlmCall call = router.engine.open(LlmRequest.prompt("x").build());
            Future<LlmResponse> answer = router.context.blocking().submit(call::await);
            await().until(() -> store.gets.get() == 1);
            call.close();

            assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(LlmException.class);
            assertThat(pi.requests()).isEmpty();
        } finally {
            store.release();
        }
    }

    @Test
    void withTheSettingOffTheStoreIsLeftAlone() {
        try (TestRouter router = over(pi).set("cache.tiers", false).build()) {
            router.ask("x");
            assertThat(router.ask("x").cached()).isTrue();
            assertThat(store.gets).hasValue(0);
            assertThat(store.puts).hasValue(0);
        }
    }
}
