package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Message;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Tool;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Settings;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is left when nobody can answer with the model that is wanted, and how an answer says so. */
@Timeout(120)
class LadderTest {

    private static final LlmScript NOT_THERE = LlmScript.failing(Kind.MODEL_NOT_FOUND);

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend nas = new ScriptedLlmBackend("nas", Zone.EDGE);
    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);
    private final ScriptedLlmBackend recall = new ScriptedLlmBackend("recall", Zone.EDGE, true);

    private static TestRouter.Builder over(ScriptedLlmBackend... backends) {
        return TestRouter.over(backends)
                .set("default-model", "big")
                .set("smaller-models", Map.of("big", "middle", "middle", "small"))
                .set("retries", 0);
    }

    private static List<String> models(ScriptedLlmBackend backend) {
        return backend.requests().stream().map(r -> r.model().orElse("")).toList();
    }

    @Test
    void aSmallerModelOfTheEdgeAnswersWhenNobodyHasTheWantedOne() {
        pi.next(NOT_THERE);
        try (TestRouter router = over(pi).build()) {
            LlmResponse answer = router.ask("x");

            assertThat(answer.answerSource()).isEqualTo(AnswerSource.SMALLER_MODEL);
            assertThat(answer.model()).isEqualTo("middle");
            assertThat(answer.cached() || answer.stale() || answer.degraded()).isFalse();
            assertThat(answer.trace().attempts())
                    .extracting(RouteTrace.Attempt::model, RouteTrace.Attempt::outcome)
                    .containsExactly(
                            tuple("big", RouteTrace.Outcome.FAILED), tuple("middle", RouteTrace.Outcome.ANSWERED));
            assertThat(answer.trace().attempts().get(1).reason()).contains("smaller model", "'big'");
            assertThat(router.meters.timed("spark.llm.calls outcome smaller")).isOne();

            assertThat(router.ask("x").answerSource())
                    .as("the smaller model's answer is not the wanted one's")
                    .isEqualTo(AnswerSource.LIVE);
        }
    }

    @Test
    void aSmallerModelMayHaveASmallerOneItself() {
        pi.next(NOT_THERE);
        pi.next(NOT_THERE);
        try (TestRouter router = over(pi).build()) {
            assertThat(router.ask("x").model()).isEqualTo("small");
            assertThat(models(pi)).containsExactly("big", "middle", "small");
        }
    }

    @Test
    void aHostThatIsAwayIsNotAskedForSmallerModelsAndACloudNeitherIs() {
        pi.down(Kind.UNREACHABLE);
        nas.next(LlmScript.failing(Kind.SERVER_ERROR));
        cloud.always(LlmScript.failing(Kind.OVERLOADED));
        try (TestRouter router = over(pi, nas, cloud).build()) {
            assertThat(router.ask("x").backend()).isEqualTo("nas");
            assertThat(models(pi)).containsExactly("big");
            assertThat(models(nas)).containsExactly("big", "middle");
            assertThat(models(cloud)).containsExactly("big");
        }
    }

    @Test
    void aNameThatMeansTheSameModelThereIsNotAskedAgain() {
        pi.always(NOT_THERE);
        try (TestRouter router = over(pi).set("aliases", Map.of("pi/big", "one", "pi/middle", "ONE:latest"))
                .build()) {
            router.failure("x");
            assertThat(models(pi)).containsExactly("one", "small");
        }
    }

    @Test
    void aStandInThatRefusesTheRequestIsPassedOver() {
        pi.next(NOT_THERE);
        pi.next(LlmScript.failing(Kind.REJECTED));
        try (TestRouter router = over(pi).build()) {
            assertThat(router.ask("x").model()).isEqualTo("small");
        }
    }

    @Test
    void anImageIsNotShownToAModelThatIsKnownNotToSee() {
        pi.models(
                new ModelInfo("middle", "", 1, false, 0, null, List.of("completion"), false),
                new ModelInfo("small", "", 1, false, 0, null, List.of("completion", "vision"), false));
        LlmRequest request = LlmRequest.chat(List.of(Message.user("what is this?", new byte[] {1})))
                .build();
        try (TestRouter router = over(pi).build()) {
            router.ask("warm up");
            await().until(() -> router.engine.handle("pi").knowledge().hasStatus(System.nanoTime()));
            pi.next(NOT_THERE);

            assertThat(router.ask(request).model()).isEqualTo("small");
        }
    }

    @Test
    void aTextThatBrokeOffBeginsAgainWithTheSmallerModel() {
        pi.next(LlmScript.text("half").thenFail(Kind.RESET));
        pi.next(LlmScript.text("whole"));
        LlmRequest request = LlmRequest.prompt("x").failover(Failover.RESTART).build();
        try (TestRouter router = over(pi).build();
                LlmCall call = router.engine.open(request)) {
            List<LlmEvent> events = TestRouter.read(call);

            assertThat(events).hasAtLeastOneElementOfType(LlmEvent.Restarted.class);
            assertThat(call.await().text()).isEqualTo("whole");
            assertThat(call.await().answerSource()).isEqualTo(AnswerSource.SMALLER_MODEL);
        }
    }

    @Test
    void requestsWithToolsAreNotHandedDown() {
        pi.always(NOT_THERE);
        LlmRequest request = LlmRequest.prompt("x")
                .tool(new Tool("clock", "tells the time", "{\"type\":\"object\"}"))
                .build();
        try (TestRouter router = over(pi).build()) {
            assertThat(router.failure(request))
                    .hasMessageContaining("no smaller model is asked for requests with tools");
            assertThat(models(pi)).containsExactly("big");
        }
    }

    @Test
    void theLadderGoesFromASmallerModelOverOldAnswersToRecall() {
        pi.next(LlmScript.text("good"));
        try (TestRouter router = over(pi, recall).build()) {
            assertThat(router.ask("x").answerSource()).isEqualTo(AnswerSource.LIVE);
            assertThat(router.ask("x").answerSource()).isEqualTo(AnswerSource.CACHE);

            router.clock().advance(Duration.ofDays(2));
            pi.next(NOT_THERE);
            assertThat(router.ask("x").answerSource()).isEqualTo(AnswerSource.SMALLER_MODEL);

            pi.always(NOT_THERE);
            LlmResponse stale = router.ask("x");
            assertThat(stale.answerSource()).isEqualTo(AnswerSource.STALE_CACHE);
            assertThat(stale.text()).isEqualTo("good");

            LlmResponse recalled = router.ask("never asked before");
            assertThat(recalled.answerSource()).isEqualTo(AnswerSource.RECALL);
            assertThat(recalled.cached()).isFalse();
            LlmResponse again = router.ask("never asked before");
            assertThat(again.answerSource()).isEqualTo(AnswerSource.RECALL);
            assertThat(again.cached()).isTrue();
        }
    }

    @Test
    void theRefusalSaysWhatWasTried() {
        pi.always(NOT_THERE);
        try (TestRouter router = over(pi).build()) {
            LlmException refusal = router.failure("x");

            assertThat(refusal.kind()).isEqualTo(Kind.NO_BACKEND);
            assertThat(refusal)
                    .hasMessageContaining("'pi' failed (MODEL_NOT_FOUND)")
                    .hasMessageContaining("no backend of the edge answered with a smaller model [middle, small]")
                    .hasMessageContaining("the cache has no answer to this very request")
                    .hasMessageContaining("there is no backend that answers without a model");
            RouteTrace trace = refusal.trace().orElseThrow();
            assertThat(trace.answerSource()).isEmpty();
            assertThat(trace.attempts())
                    .extracting(RouteTrace.Attempt::model)
                    .containsExactly("big", "middle", "small");
        }
    }

    @Test
    void withoutAStandInTheRefusalSaysWhereToSetOne() {
        pi.always(NOT_THERE);
        try (TestRouter router = TestRouter.over(pi)
                .set("retries", 0)
                .set("cache.enabled", false)
                .build()) {
            assertThat(router.failure(LlmRequest.prompt("x").model("m").build()))
                    .hasMessageContaining("no smaller model is set for 'm' (primespark.llm.smaller-models)")
                    .hasMessageContaining("the cache is off");
        }
    }

    @Test
    void modelsThatStandInForEachOtherAreRefused() {
        for (Map<String, String> circle :
                List.of(Map.of("a", "a"), Map.of("a", "b", "b", "a"), Map.of("x", "a", "a", "b", "b", "a"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Settings.of(LlmSettings.ALL, Map.of("smaller-models", circle)))
                    .withMessageContaining("smaller-models");
        }
        assertThat(SmallerModels.comeToAnEnd(Map.of("a", "c", "b", "c", "c", "d")))
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = PowerProfile.class,
            names = {"CRITICAL", "SHUTDOWN"})
    void whenPowerIsCriticalOnlyTheCacheAndRecallAnswer(PowerProfile profile) {
        try (TestRouter router = over(pi, cloud, recall).build()) {
            router.ask("known");
            router.profile.set(profile);
            int before = pi.requests().size();

            assertThat(router.ask("known").answerSource()).isEqualTo(AnswerSource.CACHE);
            LlmResponse recalled = router.ask("new");
            assertThat(recalled.answerSource()).isEqualTo(AnswerSource.RECALL);
            assertThat(recalled.trace().skipped())
                    .extracting(RouteTrace.Skipped::backend)
                    .containsExactlyInAnyOrder("pi", "cloud");
            assertThat(recalled.trace().skipped())
                    .allSatisfy(skipped -> assertThat(skipped.reason()).contains("the power profile is " + profile));
            router.clock().advance(Duration.ofDays(2));
            assertThat(router.ask("known").answerSource()).isEqualTo(AnswerSource.STALE_CACHE);
            assertThat(pi.requests()).hasSize(before);
            assertThat(cloud.requests()).isEmpty();

            router.profile.set(PowerProfile.SAVING);
            assertThat(router.ask("newer").answerSource()).isEqualTo(AnswerSource.LIVE);
        }
    }

    @Test
    void whenPowerIsCriticalAndNothingIsKnownTheRefusalSaysSo() {
        try (TestRouter router = over(pi).build()) {
            router.profile.set(PowerProfile.CRITICAL);

            assertThat(router.failure("x"))
                    .hasMessageContaining("'pi' was not asked: the power profile is CRITICAL")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.NO_BACKEND));
            assertThat(catchThrowable(() -> router.engine.embed(EmbedRequest.of("m", "a text"))))
                    .hasMessageContaining("the power profile is CRITICAL");
            assertThat(pi.requests()).isEmpty();
        }
    }
}
