package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.Thinking;
import ai.primespark.llm.Tool;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class SemanticCacheTest {

    private static final String ASKED = "What is the capital of France?";
    private static final String ALIKE = "Can you please tell me what the capital of France is?";

    private final ComparingBackend pi = new ComparingBackend("pi", Zone.EDGE);
    private final ComparingBackend cloud = new ComparingBackend("cloud", Zone.CLOUD);
    private final ScriptedLlmBackend recall = new ScriptedLlmBackend("recall", Zone.EDGE, true);

    private static TestRouter.Builder always(LlmBackend... backends) {
        return offline(backends).set("semantic-cache.use", "always");
    }

    private static TestRouter.Builder offline(LlmBackend... backends) {
        return TestRouter.over(backends)
                .set("retries", 0)
                .set("semantic-cache.enabled", true)
                .set("semantic-cache.model", "embed");
    }

    private static double count(TestRouter router, String outcome) {
        return router.meters.count("spark.llm.semantic outcome " + outcome);
    }

    private static LlmRequest request(String question, Privacy privacy) {
        return LlmRequest.prompt(question).privacy(privacy).build();
    }

    private static LlmResponse asked(TestRouter router, CacheMode mode, String question) {
        return router.ask(LlmRequest.prompt(question).cache(mode).build());
    }

    @Test
    void aQuestionInOtherWordsIsAnsweredAtOnceAndTheAnswerIsMarked() {
        try (TestRouter router = always(pi).build()) {
            LlmResponse first = router.ask(ASKED);
            assertThat(first.similarity()).isEmpty();
            assertThat(pi.embedded).isEmpty();

            LlmResponse again = router.ask(ALIKE);
            assertThat(again.text()).isEqualTo(first.text());
            assertThat(again.cached()).isTrue();
            assertThat(again.stale()).isFalse();
            assertThat(again.degraded()).isFalse();
            assertThat(again.similarity().orElseThrow()).isCloseTo(0.99, within(1e-6));
            assertThat(again.trace().attempts()).isEmpty();
            assertThat(router.endings().get(1).trace()).isEqualTo(again.trace());
            assertThat(pi.chat.requests()).hasSize(1);
            assertThat(pi.embedded)
                    .singleElement()
                    .satisfies(e -> assertThat(e.inputs()).containsExactly(ALIKE, ASKED))
                    .satisfies(e -> assertThat(e.modelName()).contains("embed"));
            assertThat(count(router, "hit")).isOne();
            assertThat(router.meters.timed("spark.llm.calls outcome similar")).isOne();
            assertThat(router.engine.stats().cacheHits()).isOne();
        }
    }

    @Test
    void itIsOffUnlessTurnedOn() {
        try (TestRouter router = TestRouter.over(pi).build()) {
            router.ask(ASKED);
            assertThat(router.ask(ALIKE).cached()).isFalse();
            assertThat(pi.embedded).isEmpty();
            assertThat(router.engine.context().similar()).isNull();
        }
    }

    @Test
    void turnedOnWithoutAModelItIsAMistakeThatSaysWhatIsMissing() {
        assertThatThrownBy(() ->
                        TestRouter.over(pi).set("semantic-cache.enabled", true).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("llm.semantic-cache.model");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Who won the World Cup in 2010?      | Who won the World Cup in 2014?",
                "Is it safe to mix these two?        | Is it not safe to mix these two?",
                "What is the capital of France?      | What is the capital of Spain?",
                "What happened on 5 May 1945?        | What happened on 8 May 1945?",
                "How do I enable the second factor?  | How do I disable the second factor?"
            })
    void whatLooksAlikeButAsksSomethingElseIsNotEvenCompared(String one, String other) {
        pi.similarity = 0.999;
        try (TestRouter router = always(pi).build()) {
            router.ask(one);
            assertThat(router.ask(other).cached()).isFalse();
            assertThat(pi.embedded).isEmpty();
            assertThat(count(router, "guarded")).isOne();
            assertThat(count(router, "hit")).isZero();
        }
    }

    @Test
    void whatIsNotSimilarEnoughIsAsked() {
        pi.similarity = 0.9499;
        try (TestRouter router = always(pi).build()) {
            router.ask(ASKED);
            assertThat(router.ask(ALIKE).cached()).isFalse();
            assertThat(count(router, "below-threshold")).isOne();

            pi.similarity = 0.9501;
            assertThat(router.ask("Tell me the capital of France.").cached()).isTrue();
        }
    }

    @Test
    void onlyRequestsThatAreEqualInAllElseShareAnswers() {
        List<UnaryOperator<LlmRequest.Builder>> others = List.of(
                b -> b.model("other"),
                b -> b.temperature(0.1),
                b -> b.seed(7),
                b -> b.thinking(Thinking.HIGH),
                b -> b.format(OutputFormat.JSON),
                b -> b.strategy(RoutingStrategy.EDGE_ONLY),
                b -> b.privacy(Privacy.TRUSTED),
                b -> b.system("Answer in verse."),
                b -> b.messages(List.of(Message.user("Hi."), Message.assistant("Hello."), Message.user(ALIKE))));
        try (TestRouter router = always(pi).build()) {
            router.ask(ASKED);
            for (UnaryOperator<LlmRequest.Builder> other : others) {
                LlmRequest request = other.apply(LlmRequest.prompt(ALIKE)).build();
                assertThat(router.ask(request).cached()).isFalse();
            }
            assertThat(pi.embedded).isEmpty();
            assertThat(router.ask(ALIKE).cached()).isTrue();
        }
    }

    @Test
    void inAConversationOnlyTheLastQuestionMayDiffer() {
        List<Message> before = List.of(Message.system("Be brief."), Message.user("Hi."), Message.assistant("Hello."));
        try (TestRouter router = always(pi).build()) {
            router.ask(LlmRequest.chat(before).message(Message.user(ASKED)).build());

            assertThat(router.ask(LlmRequest.chat(before)
                                    .message(Message.user(ALIKE))
                                    .build())
                            .cached())
                    .isTrue();
        }
    }

    @Test
    void requestsWithImagesOrToolsTakeNoPart() {
        Tool tool = new Tool("clock", "tells the time", "{}");
        try (TestRouter router = always(pi).build()) {
            for (String question : List.of(ASKED, ALIKE)) {
                assertThat(router.ask(LlmRequest.prompt(question).tool(tool).build())
                                .cached())
                        .isFalse();
                assertThat(router.ask(LlmRequest.chat(List.of(Message.user(question, new byte[] {1})))
                                        .build())
                                .cached())
                        .isFalse();
            }
            assertThat(pi.embedded).isEmpty();
        }
    }

    @Test
    void whatTheExactCacheWouldNotKeepIsNotKept() {
        pi.chat.next(LlmScript.text("cut").thenDone(FinishReason.LENGTH));
        try (TestRouter router = always(pi).build()) {
            router.ask(ASKED);
            assertThat(router.ask(ALIKE).cached()).isFalse();
            assertThat(pi.embedded).isEmpty();
        }
    }

    @Test
    void refreshAsksAndStoresBypassDoesNeither() {
        pi.chat.next(LlmScript.text("one"));
        pi.chat.next(LlmScript.text("two"));
        pi.chat.next(LlmScript.text("three"));
        pi.chat.next(LlmScript.text("four"));
        try (TestRouter router = always(pi).build()) {
            assertThat(asked(router, CacheMode.BYPASS, ASKED).text()).isEqualTo("one");
            assertThat(asked(router, CacheMode.REFRESH, ASKED).text()).isEqualTo("two");
            assertThat(asked(router, CacheMode.BYPASS, ALIKE).text()).isEqualTo("three");
            assertThat(asked(router, CacheMode.USE, ALIKE).text()).isEqualTo("two");
            assertThat(asked(router, CacheMode.REFRESH, ASKED).text()).isEqualTo("four");
            assertThat(asked(router, CacheMode.USE, ALIKE).text()).isEqualTo("four");
        }
    }

    @Test
    void offlineItIsAskedForAfterTheExactAnswerAndBeforeRecall() {
        try (TestRouter router =
                offline(pi, cloud, recall).set("cache.life", "1 h").build()) {
            pi.chat.next(LlmScript.text("Paris"));
            router.ask(ASKED);
            pi.chat.next(LlmScript.text("Paris again"));
            assertThat(router.ask(ALIKE).text()).isEqualTo("Paris again"); // as long as there is a model, it answers
            assertThat(pi.embedded).isEmpty();

            pi.chat.down(Kind.UNREACHABLE);
            cloud.chat.down(Kind.UNREACHABLE);
            router.clock().advance(Duration.ofHours(2));

            LlmResponse exact = router.ask(ASKED);
            assertThat(exact.text()).isEqualTo("Paris");
            assertThat(exact.similarity()).isEmpty();

            LlmResponse similar = router.ask("Tell me the capital of France.");
            assertThat(similar.text()).isEqualTo("Paris again");
            assertThat(similar.similarity()).isPresent();
            assertThat(similar.cached()).isTrue();
            assertThat(similar.stale()).isTrue();
            assertThat(similar.degraded()).isFalse();
            assertThat(similar.trace().attempts()).extracting("backend").containsExactly("pi", "cloud");

            LlmResponse other = router.ask("Tell me the capital of Spain.");
            assertThat(other.degraded()).isTrue();
            assertThat(other.backend()).isEqualTo("recall");
        }
    }

    @Test
    void inFrontAnExpiredAnswerIsNotGiven() {
        try (TestRouter router = always(pi).set("cache.life", "1 h").build()) {
            router.ask(ASKED);
            router.clock().advance(Duration.ofHours(2));
            assertThat(router.ask(ALIKE).cached()).isFalse();
            assertThat(pi.embedded).isEmpty();
        }
    }

    @Test
    void whenNothingCanCompareThereIsNoAnswerOfThisKindAndNoError() {
        pi.embeddingsDown = Kind.MODEL_NOT_FOUND;
        try (TestRouter router = always(pi).build()) {
            router.ask(ASKED);
            assertThat(router.ask(ALIKE).cached()).isFalse();
            assertThat(count(router, "unavailable")).isOne();
        }
    }

    @Test
    void aServerThatDoesNotCompareInTimeHoldsUpNobodyForLongAndIsNotBlamed() {
        pi.silent = true;
        try (TestRouter router = always(pi)
                .set("semantic-cache.patience", "20 ms")
                .set("circuit.window", 2)
                .build()) {
            router.ask(ASKED);
            for (int i = 0; i < SimilarAnswers.MAX_FAILURES + 2; i++) {
                LlmRequest refused =
                        LlmRequest.prompt(ALIKE).cache(CacheMode.USE).build();
                pi.chat.next(LlmScript.text("cut").thenDone(FinishReason.LENGTH)); // so that it is not stored
                assertThat(router.ask(refused).cached()).isFalse();
            }
            assertThat(pi.embedded).hasSizeLessThanOrEqualTo(SimilarAnswers.MAX_FAILURES); // then there is a pause
            await().untilAsserted(() -> assertThat(pi.silence).isCancelled()); // the server is left
            assertThat(count(router, "unavailable")).isEqualTo(SimilarAnswers.MAX_FAILURES + 2);
            assertThat(router.circuitChanges()).isEmpty();

            pi.silent = false;
            router.clock().advance(SimilarAnswers.PAUSE.plusSeconds(1));
            assertThat(router.ask(ALIKE).cached()).isTrue();
        }
    }

    @Test
    void closingACallEndsItsComparing() throws Exception {
        pi.silent = true;
        try (TestRouter router =
                always(pi).set("semantic-cache.patience", "1 min").build()) {
            router.ask(ASKED);
            try (LlmCall call = router.engine.open(LlmRequest.prompt(ALIKE).build())) {
                CompletableFuture<LlmResponse> future = call.future();
                await().until(() -> !pi.embedded.isEmpty());
                call.close();

                await().untilAsserted(() -> assertThat(future).isCompletedExceptionally());
                await().untilAsserted(() -> assertThat(pi.silence).isCancelled());
            }
            assertThat(count(router, "unavailable")).isZero();
        }
    }

    @Test
    void aPromptIsComparedNoFartherAwayThanItMayTravel() {
        pi.embeddingsDown = Kind.MODEL_NOT_FOUND; // so that the cloud would be next
        try (TestRouter router = always(pi, cloud).build()) {
            for (Privacy privacy : List.of(Privacy.EDGE_ONLY, Privacy.TRUSTED)) {
                router.ask(request(ASKED, privacy));
                assertThat(router.ask(request(ALIKE, privacy)).cached()).isFalse();
            }
            assertThat(cloud.embedded).isEmpty();
            assertThat(pi.embedded).extracting("privacy").containsOnly(Privacy.EDGE_ONLY);

            router.ask(request(ASKED, Privacy.ANY));
            assertThat(pi.embedded).hasSize(2); // private ones are not compared with it
            assertThat(router.ask(request(ALIKE, Privacy.ANY)).cached()).isFalse();
            assertThat(cloud.embedded).as("what was only asked at the edge").isEmpty();
        }
        ComparingBackend far = new ComparingBackend("cloud", Zone.CLOUD);
        try (TestRouter router = always(far).build()) {
            router.ask(ASKED);
            assertThat(router.ask(ALIKE).cached()).isTrue();
            assertThat(far.embedded).hasSize(1);
        }
    }

    @Test
    void whatStrategyPolicyOrPowerKeepAtTheEdgeIsComparedThere() {
        pi.embeddingsDown = Kind.MODEL_NOT_FOUND;
        RoutingPolicy nearOnly = (request, candidates) -> candidates.stream()
                .filter(c -> c.zone() == Zone.EDGE)
                .map(c -> new RoutingPolicy.Choice(c.backend(), "near"))
                .toList();
        try (TestRouter router = always(pi, cloud).build()) {
            for (String question : List.of(ASKED, ALIKE)) {
                router.ask(LlmRequest.prompt(question)
                        .strategy(RoutingStrategy.EDGE_ONLY)
                        .build());
            }
            router.edgeOnly.set(true);
            router.ask(ASKED);
            router.ask(ALIKE);
            assertThat(cloud.embedded).isEmpty();
        }
        ComparingBackend near = new ComparingBackend("pi", Zone.EDGE);
        near.embeddingsDown = Kind.MODEL_NOT_FOUND;
        try (TestRouter router = always(near, new ComparingBackend("cloud", Zone.CLOUD))
                .policy(nearOnly)
                .build()) {
            router.ask(ASKED);
            assertThat(router.ask(ALIKE).cached()).isFalse();
            assertThat(near.embedded).hasSize(1);
            assertThat(count(router, "unavailable")).isOne();
        }
    }

    @Test
    void noMoreAnswersAreKeptThanAllowed() {
        try (TestRouter router =
                always(pi).set("semantic-cache.max-entries", 10).build()) {
            for (int i = 0; i < 50; i++) {
                router.ask("What is " + i + " times two?");
            }
            assertThat(router.engine.context().similar().cache().size()).isEqualTo(10);
            assertThat(router.ask("Tell me what 49 times two is.").cached()).isTrue();
            assertThat(router.ask("Tell me what 3 times two is.").cached()).isFalse();
        }
    }

    @Test
    void nothingOfThisPrintsWhatWasAsked() {
        try (TestRouter router = always(pi).build()) {
            router.ask("What is my secret word?");
            assertThat(router.endings().toString()).doesNotContain("secret");
        }
    }

    @Test
    void aSmallerModelsAnswerIsNotGivenForTheWantedOne() {
        pi.chat.next(LlmScript.failing(Kind.MODEL_NOT_FOUND));
        try (TestRouter router = always(pi)
                .set("default-model", "big")
                .set("smaller-models", Map.of("big", "small"))
                .build()) {
            assertThat(router.ask(ASKED).answerSource()).isEqualTo(AnswerSource.SMALLER_MODEL);
            assertThat(router.ask(ALIKE).answerSource()).isEqualTo(AnswerSource.LIVE);
            assertThat(pi.embedded).isEmpty();
        }
    }
}
