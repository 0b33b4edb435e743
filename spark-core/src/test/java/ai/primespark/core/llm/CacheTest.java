package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CacheTest {

    private static final ModelIdentity NO_MODELS =
            new ModelIdentity(List.of(), new ModelNames(null, Map.of(), List.of()));

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);
    private final ScriptedLlmBackend recall = new ScriptedLlmBackend("recall", Zone.EDGE, true);

    private static LlmRequest request(CacheMode mode) {
        return LlmRequest.prompt("x").cache(mode).build();
    }

    @Test
    void theSameRequestIsAnsweredFromTheCacheEventByEvent() {
        pi.next(LlmScript.text().thenThinking("hm").thenText("Hel", "lo"));
        try (TestRouter router = TestRouter.over(pi).set("default-model", "m").build()) {
            LlmResponse first = router.ask("x");
            try (LlmCall call = router.engine.open(LlmRequest.prompt("x").build())) {
                List<LlmEvent> events = TestRouter.read(call);

                assertThat(events.subList(0, 2))
                        .containsExactly(new LlmEvent.Thinking("hm"), new LlmEvent.Text("Hello"));
                LlmResponse again = ((LlmEvent.Done) events.get(2)).response();
                assertThat(again.cached()).isTrue();
                assertThat(again.stale()).isFalse();
                assertThat(again.trace().attempts()).isEmpty();
                assertThat(again.withTrace(first.trace())).isEqualTo(first);
                assertThat(again.model()).isEqualTo("m");
            }
            assertThat(pi.requests()).hasSize(1);
            assertThat(router.engine.stats().cacheHits()).isOne();
            assertThat(router.meters.count("spark.llm.cache outcome hit")).isOne();
            assertThat(router.meters.count("spark.llm.cache outcome miss")).isOne();
            assertThat(router.meters.timed("spark.llm.calls outcome cached")).isOne();
            assertThat(router.endings()).hasSize(2);
        }
    }

    @Test
    void aLongAnswerIsReplayedInPiecesThatTearNoCharacter() {
        String text = "a" + "\uD83D\uDE00".repeat(3_000);
        pi.next(LlmScript.text(text));
        try (TestRouter router = TestRouter.over(pi).build()) {
            router.ask("x");
            try (LlmCall call = router.engine.open(LlmRequest.prompt("x").build())) {
                List<String> pieces = new ArrayList<>();
                call.forEach(e -> {
                    if (e instanceof LlmEvent.Text piece) {
                        pieces.add(piece.text());
                    }
                });

                assertThat(pieces).hasSizeGreaterThan(1).noneMatch(p -> Character.isLowSurrogate(p.charAt(0)));
                assertThat(String.join("", pieces)).isEqualTo(text);
            }
        }
    }

    @Test
    void refreshAsksAgainAndStoresBypassDoesNeither() {
        pi.next(LlmScript.text("one"));
        pi.next(LlmScript.text("two"));
        pi.next(LlmScript.text("three"));
        try (TestRouter router = TestRouter.over(pi).build()) {
            assertThat(router.ask(request(CacheMode.USE)).text()).isEqualTo("one");
            assertThat(router.ask(request(CacheMode.REFRESH)).text()).isEqualTo("two");
            assertThat(router.ask(request(CacheMode.USE)).text()).isEqualTo("two");
            assertThat(router.ask(request(CacheMode.BYPASS)).text()).isEqualTo("three");
            assertThat(router.ask(request(CacheMode.USE)).text()).isEqualTo("two");
        }
    }

    @Test
    void whatIsNotAWholeAnswerOfAModelIsNotStored() {
        pi.next(LlmScript.text("cut").thenDone(FinishReason.LENGTH));
        pi.next(LlmScript.text("tool").thenTool(new ToolInvocation("1", "clock", "{}")));
        pi.next(LlmScript.text());
        pi.next(LlmScript.text("half").thenFail(Kind.REJECTED));
        try (TestRouter router = TestRouter.over(pi).build()) {
            router.ask("x");
            router.ask("x");
            router.ask("x");
            router.failure("x");
            assertThat(router.ask("x").cached()).isFalse();
            assertThat(pi.requests()).hasSize(5);
        }
    }

    @Test
    void aDegradedAnswerIsGivenAgainOnlyAfterTheModelsWereTriedAgain() {
        try (TestRouter router = TestRouter.over(pi, recall).set("retries", 0).build()) {
            pi.down(Kind.UNREACHABLE);
            assertThat(router.ask("x").cached()).isFalse();

            LlmResponse again = router.ask("x");
            assertThat(again.cached()).isTrue();
            assertThat(again.degraded()).isTrue();
            assertThat(again.backend()).isEqualTo("recall");
            assertThat(again.trace().attempts())
                    .singleElement()
                    .satisfies(a -> assertThat(a.backend()).isEqualTo("pi"));
            assertThat(recall.requests()).hasSize(1);

            router.clock().advance(Duration.ofMinutes(11));
            assertThat(router.ask("x").cached()).isFalse();
        }
    }

    @Test
    void aDegradedAnswerIsForgottenWhenTheDocumentsChange() {
        AtomicLong documents = new AtomicLong();
        AnswerCache cache =
                new AnswerCache(java.time.InstantSource.system(), Duration.ofHours(1), documents::get, NO_MODELS, null);
        try (TestRouter router = TestRouter.over(recall).build()) {
            LlmResponse recalled = router.ask("x");
            RequestKey key = new RequestKey(1, 2, 3, 4);
            assertThat(cache.store(key, Privacy.ANY, "", recalled)).isTrue();

            assertThat(cache.recalled(key, Privacy.ANY)).isNotNull();
            assertThat(cache.fresh(key, Privacy.ANY)).isNull();
            documents.incrementAndGet();
            assertThat(cache.recalled(key, Privacy.ANY)).isNull();
        }
    }

    @Test
    void answersAreSharedOnlyAmongRequestsOfTheSamePrivacy() {
        try (TestRouter router = TestRouter.over(pi).build()) {
            for (Privacy privacy : Privacy.values()) {
                LlmRequest request = LlmRequest.prompt("x").privacy(privacy).build();
                assertThat(router.ask(request).cached()).as(privacy.name()).isFalse();
                assertThat(router.ask(request).cached()).as(privacy.name()).isTrue();
            }
        }
    }

    @Test
    void anAnswerOfAFarZoneIsNotGivenToARequestThatMayNotGoThere() {
        AnswerCache cache =
                new AnswerCache(java.time.InstantSource.system(), Duration.ofHours(1), () -> 0, NO_MODELS, null);
        try (TestRouter router = TestRouter.over(cloud).build()) {
            LlmResponse far = router.ask("x");
            RequestKey key = new RequestKey(1, 2, 3, 4);
            assertThat(cache.store(key, Privacy.ANY, "", far)).isTrue();

            assertThat(cache.fresh(key, Privacy.TRUSTED)).isNull();
            assertThat(cache.evenStale(key, Privacy.EDGE_ONLY)).isNull();
            assertThat(cache.fresh(key, Privacy.ANY)).isNotNull();
        }
    }

    @Test
    void answersExpireByTheClock() {
        try (TestRouter router = TestRouter.over(pi).set("cache.life", "1 h").build()) {
            router.ask("x");
            router.clock().advance(Duration.ofMinutes(59));
            assertThat(router.ask("x").cached()).isTrue();
            router.clock().advance(Duration.ofMinutes(2));
            assertThat(router.ask("x").cached()).isFalse();
        }
    }

    @Test
    void aClockThatIsSetBackKeepsNoAnswerForEver() {
        try (TestRouter router = TestRouter.over(pi).set("cache.life", "1 h").build()) {
            router.ask("x");
            router.clock().advance(Duration.ofDays(-365));
            assertThat(router.ask("x").cached()).isFalse();
        }
    }

    @Test
    void withoutACacheEveryRequestIsAsked() {
        try (TestRouter router = TestRouter.over(pi).set("cache.enabled", false).build()) {
            router.ask("x");
            assertThat(router.ask("x").cached()).isFalse();
        }
    }

    @Test
    void whenNothingAnswersAnOldAnswerIsBetterThanTheLastResort() {
        try (TestRouter router = TestRouter.over(pi, recall).set("retries", 0).build()) {
            String old = router.ask("x").text();
            pi.down(Kind.UNREACHABLE);
            router.clock().advance(Duration.ofDays(6));

            LlmResponse stale = router.ask("x");
            assertThat(stale.text()).isEqualTo(old);
            assertThat(stale.backend()).isEqualTo("pi");
            assertThat(stale.cached()).isTrue();
            assertThat(stale.stale()).isTrue();
            assertThat(stale.degraded()).isFalse();
            assertThat(stale.trace().attempts())
                    .singleElement()
                    .satisfies(a -> assertThat(a.error()).isEqualTo(Kind.UNREACHABLE));
            assertThat(router.meters.count("spark.llm.cache outcome stale")).isOne();

            router.clock().advance(Duration.ofDays(2));
            assertThat(router.ask("x").degraded()).isTrue();
        }
    }

    @Test
    void anOldAnswerAlsoReplacesATextThatBrokeOff() {
        try (TestRouter router =
                TestRouter.over(pi).set("retries", 0).set("cache.life", "1 h").build()) {
            router.ask("x");
            router.clock().advance(Duration.ofHours(2));
            pi.next(LlmScript.text("half").thenFail(Kind.RESET));
            try (LlmCall call = router.engine.open(LlmRequest.prompt("x").build())) {
                List<LlmEvent> events = TestRouter.read(call);

                assertThat(events).hasAtLeastOneElementOfType(LlmEvent.Restarted.class);
                assertThat(call.await().text()).isEqualTo("a scripted answer");
                assertThat(call.await().stale()).isTrue();
            }
        }
    }

    @Test
    void anotherCallOfTheSameRequestWaitsAndSharesTheAnswer() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        pi.always(LlmScript.pausing(hold).thenText("shared"));
        try (TestRouter router = TestRouter.over(pi).build()) {
            Future<LlmResponse> first = router.context.blocking().submit(() -> router.ask("x"));
            await().until(() -> pi.running() == 1);
            List<Future<LlmResponse>> others = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                others.add(router.context.blocking().submit(() -> router.ask("x")));
            }
            await().until(() -> router.engine.context().running().size() == 6);
            hold.countDown();

            assertThat(first.get(10, TimeUnit.SECONDS).cached()).isFalse();
            for (Future<LlmResponse> other : others) {
                assertThat(other.get(10, TimeUnit.SECONDS).text()).isEqualTo("shared");
                assertThat(other.get().cached()).isTrue();
            }
            assertThat(pi.requests()).hasSize(1);
        }
    }

    @Test
    void whenTheFirstCallIsCancelledTheSecondGoesItself() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        pi.next(LlmScript.pausing(hold));
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmCall first = router.engine.open(LlmRequest.prompt("x").build());
            Future<LlmResponse> firstAnswer = router.context.blocking().submit(first::await);
            await().until(() -> pi.running() == 1);
            Future<LlmResponse> second = router.context.blocking().submit(() -> router.ask("x"));
            await().until(() -> router.engine.context().running().size() == 2);

            first.close();

            assertThat(second.get(10, TimeUnit.SECONDS).cached()).isFalse();
            assertThatThrownBy(() -> firstAnswer.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(LlmException.class);
            assertThat(pi.requests()).hasSize(2);
            await().until(() -> router.engine.context().cache().announced() == 0);
        }
    }

    @Test
    void waitingForAnotherCallEndsByClosingAndByTheOwnLimit() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        pi.next(LlmScript.pausing(hold));
        try (TestRouter router = TestRouter.over(pi).build()) {
            Future<LlmResponse> first = router.context.blocking().submit(() -> router.ask("x"));
            await().until(() -> pi.running() == 1);

            LlmCall second = router.engine.open(LlmRequest.prompt("x").build());
            Future<LlmResponse> secondAnswer = router.context.blocking().submit(second::await);
            await().until(() -> router.engine.context().running().size() == 2);
            second.close();
            assertThatThrownBy(() -> secondAnswer.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(LlmException.class);

            LlmException late = router.failure(
                    LlmRequest.prompt("x").timeout(Duration.ofMillis(80)).build());
            assertThat(late.kind()).isEqualTo(Kind.TIMEOUT);

            hold.countDown();
            assertThat(first.get(10, TimeUnit.SECONDS).text()).isEmpty();
            assertThat(pi.requests()).hasSize(1);
        }
    }

    @Test
    void aCallWhoseConsumerWentAwayIsNotWaitedFor() {
        pi.always(LlmScript.text("a", "b"));
        try (TestRouter router = TestRouter.over(pi).build();
                LlmCall lazy = router.engine.open(LlmRequest.prompt("x").build())) {
            Iterator<LlmEvent> events = lazy.iterator();
            events.next();
            events.next();

            // on this very thread: waiting for the other call would wait for ourselves
            assertThat(router.ask("x").text()).isEqualTo("ab");
            assertThat(pi.requests()).hasSize(2);

            events.forEachRemaining(e -> assertThat(e).isNotNull());
            assertThat(lazy.await().text()).isEqualTo("ab");
        }
    }
}
