package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.core.llm.budget.BudgetFile;
import ai.primespark.llm.Budget;
import ai.primespark.llm.Budget.Period;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Expense;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.Price;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.Usage;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What answers cost, and what the router does when a budget is used up. */
@Timeout(60)
class BudgetRoutingTest {

    private static final String FORTY = "a prompt that has forty characters in it"; // about ten tokens

    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);
    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);

    @TempDir
    Path directory;

    private static TestRouter.Builder set(TestRouter.Builder builder, LlmOptions.Builder options) {
        options.build().toMap().forEach(builder::set);
        return builder.set("cache.enabled", false).set("retries", 0);
    }

    private static TestRouter.Builder cloudFirst(LlmOptions.Builder options, ScriptedLlmBackend... backends) {
        return set(TestRouter.over(backends), options.strategy(RoutingStrategy.CLOUD_FIRST));
    }

    private static LlmOptions.Builder tokensADay(long limit) {
        return LlmOptions.builder()
                .budgets(Budget.tokens("cloud-day", limit, Period.DAY).in(Zone.CLOUD));
    }

    private static LlmStats.BudgetStats budget(TestRouter router) {
        return router.engine.stats().budgets().get(0);
    }

    private static LlmScript counted(long prompt, long answer) {
        return LlmScript.text("counted").thenDone(FinishReason.STOP, new Usage(prompt, answer));
    }

    @Test
    void aBackendWhoseBudgetIsUsedUpIsLeftOutAndTheNextOneAnswers() {
        cloud.always(counted(60, 40));
        try (TestRouter router = cloudFirst(tokensADay(100), cloud, pi).build()) {
            assertThat(router.ask(FORTY).backend()).isEqualTo("cloud");
            assertThat(budget(router).spent()).isEqualTo(100);
            assertThat(budget(router).reserved()).isZero();

            LlmResponse next = router.ask(FORTY);
            assertThat(next.backend()).isEqualTo("pi");
            assertThat(next.trace().skipped())
                    .singleElement()
                    .satisfies(skipped -> assertThat(skipped.reason())
                            .startsWith("budget 'cloud-day' is used up until ")
                            .endsWith("T00:00Z"));
            assertThat(cloud.requests()).hasSize(1);

            router.clock().set(budget(router).ends());
            assertThat(router.ask(FORTY).backend()).isEqualTo("cloud");
        }
    }

    @Test
    void whenOnlyBudgetsStandInTheWayTheCallIsRefusedUntilTheNextPeriod() {
        cloud.always(counted(60, 40));
        try (TestRouter router = cloudFirst(tokensADay(100), cloud).build()) {
            router.ask(FORTY);
            LlmException refusal = router.failure(FORTY);

            assertThat(refusal.kind()).isEqualTo(Kind.BUDGET);
            assertThat(refusal.retryable()).isTrue();
            Duration left =
                    Duration.between(router.clock().instant(), budget(router).ends());
            assertThat(refusal.retryAfter())
                    .hasValueSatisfying(wait -> assertThat(wait).isBetween(left.minusMillis(1), left.plusMillis(1)));
            assertThat(refusal)
                    .hasMessageContaining("'cloud' was not asked: budget 'cloud-day' is used up until")
                    .hasMessageContaining("primespark.llm.cloud-fallback and budgets");
            assertThat(cloud.requests()).hasSize(1);
            assertThatThrownBy(() -> router.engine.embed(EmbedRequest.of("e", "text")))
                    .isInstanceOfSatisfying(
                            LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BUDGET));
        }
    }

    @Test
    void anotherFailureIsNotHiddenBehindABudget() {
        cloud.always(counted(60, 40));
        try (TestRouter router = cloudFirst(tokensADay(100), cloud, pi).build()) {
            router.ask(FORTY);
            pi.down(Kind.UNREACHABLE);
            LlmException failure = router.failure(FORTY);

            assertThat(failure.kind()).isEqualTo(Kind.NO_BACKEND);
            assertThat(failure)
                    .hasMessageContaining("'pi' failed (UNREACHABLE)")
                    .hasMessageContaining("'cloud-day'");
        }
    }

    @Test
    void cachedAnswersAndRecallCostNothingAndGoOn() {
        ScriptedLlmBackend recall = new ScriptedLlmBackend("recall", Zone.EDGE, true);
        cloud.always(counted(60, 40));
        try (TestRouter router = cloudFirst(tokensADay(100), cloud, recall)
                .set("cache.enabled", true)
                .build()) {
            assertThat(router.ask(FORTY).trace().expense().usage()).isEqualTo(new Usage(60, 40));

            LlmResponse cached = router.ask(FORTY);
            assertThat(cached.cached()).isTrue();
            assertThat(cached.trace().expense()).isEqualTo(Expense.NONE);
            LlmResponse recalled = router.ask("something else");
            assertThat(recalled.degraded()).isTrue();
            assertThat(recalled.trace().expense().usage()).isEqualTo(Usage.NONE);
            assertThat(budget(router).spent()).isEqualTo(100);
        }
    }

    @Test
    void aServerThatDoesNotCountDoesNotEvadeItsBudget() {
        cloud.always(LlmScript.text("12345678", "12345678").thenThinking("12345678"));
        try (TestRouter router = cloudFirst(tokensADay(1_000), cloud).build()) {
            LlmResponse answer = router.ask(FORTY);

            assertThat(answer.usage()).isEqualTo(Usage.NONE);
            assertThat(answer.trace().expense().usage()).isEqualTo(new Usage(10, 6));
            assertThat(answer.trace().expense().estimated()).isTrue();
            assertThat(budget(router).spent()).isEqualTo(16);
        }
    }

    @Test
    void moneyIsCountedByPromptAnswerAndModel() {
        cloud.always(counted(1_000, 500));
        LlmOptions.Builder options = LlmOptions.builder()
                .cost(Map.of("pi", 8.0))
                .prices(Price.of("cloud", 2, 10), Price.of("cloud", 20, 100).forModel("Big:latest"))
                .budgets(Budget.money("month", 0.5, Period.MONTH));
        try (TestRouter router = cloudFirst(options, cloud, pi).build()) {
            LlmResponse small = router.ask(FORTY);
            assertThat(small.cost()).hasValue(0.007);
            assertThat(small.trace().expense().estimated()).isFalse();
            LlmResponse big = router.ask(LlmRequest.prompt(FORTY).model("big").build());
            assertThat(big.cost()).hasValue(0.07);
            pi.always(counted(500_000, 500_000));
            assertThat(router.ask(LlmRequest.prompt(FORTY)
                                    .strategy(RoutingStrategy.EDGE_FIRST)
                                    .build())
                            .cost())
                    .hasValue(8);

            assertThat(budget(router).spent()).isCloseTo(8.077, within(1e-9));
            assertThat(router.stats("cloud").expense().usage()).isEqualTo(new Usage(2_000, 1_000));
            assertThat(router.stats("cloud").expense().cost()).isCloseTo(0.077, within(1e-9));
            assertThat(router.meters.gauge("spark.llm.budget.spent budget month"))
                    .isCloseTo(8.077, within(1e-9));
            assertThat(router.meters.gauge("spark.llm.budget.limit budget month"))
                    .isEqualTo(0.5);
            assertThat(router.failure(FORTY).kind()).isEqualTo(Kind.BUDGET);
        }
    }

    @Test
    void aBackendWithoutAPriceHasNoCostRatherThanAnInventedOne() {
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmResponse answer = router.ask(FORTY);

            assertThat(answer.cost()).isEmpty();
            assertThat(answer.energy()).isEmpty();
        }
    }

    @Test
    void attemptsThatFailCountWithWhatTheyHadUsed() {
        cloud.next(LlmScript.text("12345678").thenFail(Kind.RESET));
        cloud.next(LlmScript.failing(Kind.TIMEOUT));
        cloud.next(LlmScript.failing(Kind.UNREACHABLE));
        try (TestRouter router = cloudFirst(tokensADay(1_000), cloud, pi).build()) {
            LlmResponse answer = router.ask(FORTY);
            assertThat(answer.backend()).isEqualTo("pi");
            assertThat(budget(router).spent()).isEqualTo(12);
            assertThat(answer.trace().expense().usage().promptTokens()).isEqualTo(20); // both had to read it

            router.ask(FORTY);
            assertThat(budget(router).spent())
                    .as("the server may have read the prompt")
                    .isEqualTo(22);
            router.ask(FORTY);
            assertThat(budget(router).spent()).as("no server was reached").isEqualTo(22);
            assertThat(budget(router).reserved()).isZero();
        }
    }

    @Test
    void aCancelledCallPaysForWhatWasWrittenAndGivesBackTheRest() {
        CountDownLatch never = new CountDownLatch(1);
        cloud.next(LlmScript.text("12345678").thenPause(never));
        cloud.next(LlmScript.pausing(never));
        try (TestRouter router = cloudFirst(tokensADay(10_000), cloud).build()) {
            LlmCall call = router.engine.open(LlmRequest.prompt(FORTY).build());
            var events = call.iterator();
            events.next();
            assertThat(budget(router).reserved()).isEqualTo(10 + 512);
            events.next();
            call.close();
            assertThat(budget(router).spent()).isEqualTo(12);
            assertThat(budget(router).reserved()).isZero();

            LlmCall silent =
                    router.engine.open(LlmRequest.prompt(FORTY).maxTokens(30).build());
            silent.iterator().next();
            assertThat(budget(router).reserved()).isEqualTo(10 + 30);
            silent.close();
            assertThat(budget(router).spent()).isEqualTo(22);
            assertThat(budget(router).reserved()).isZero();
        }
    }

    @Test
    void fiftyThreadsPassOneBudgetByNoMoreThanOneReservation() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        cloud.always(LlmScript.pausing(hold).thenDone(FinishReason.STOP, new Usage(10, 90)));
        ExecutorService threads = Executors.newFixedThreadPool(50);
        try (TestRouter router = cloudFirst(tokensADay(1_050), cloud).build()) {
            List<Future<Kind>> results = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                LlmRequest request = LlmRequest.prompt(FORTY).maxTokens(90).build();
                results.add(threads.submit(() -> {
                    try {
                        router.ask(request);
                        return Kind.CANCELLED; // stands for "answered"
                    } catch (LlmException e) {
                        return e.kind();
                    }
                }));
            }
            await().until(() -> results.stream().filter(Future::isDone).count() == 39);
            assertThat(cloud.running()).isEqualTo(11); // ten times 100 are below the limit, so an eleventh may go
            assertThat(budget(router).reserved()).isEqualTo(1_100);
            LlmException refusal = router.failure("one more");
            assertThat(refusal.kind()).isEqualTo(Kind.BUDGET);
            assertThat(refusal.retryAfter()).isEmpty();
            assertThat(refusal).hasMessageContaining("is reserved by calls that are running");

            hold.countDown();
            int refused = 0;
            for (Future<Kind> result : results) {
                refused += result.get(30, TimeUnit.SECONDS) == Kind.BUDGET ? 1 : 0;
            }
            assertThat(refused).isEqualTo(39);
            assertThat(budget(router).spent()).isEqualTo(1_100);
            assertThat(budget(router).reserved()).isZero();
            assertThat(router.stats("cloud").inFlight()).isZero();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void whatWasSpentSurvivesARestartOfTheRouter() {
        Metering metering = new Metering(null, new BudgetFile(directory.resolve("budgets.json")));
        cloud.always(counted(60, 40));
        try (TestRouter router =
                cloudFirst(tokensADay(100), cloud).metering(metering).build()) {
            router.ask(FORTY);
        }
        ScriptedLlmBackend again = new ScriptedLlmBackend("cloud", Zone.CLOUD);
        try (TestRouter router =
                cloudFirst(tokensADay(100), again).metering(metering).build()) {
            assertThat(budget(router).spent()).isEqualTo(100);
            assertThat(router.failure(FORTY).kind()).isEqualTo(Kind.BUDGET);
            assertThat(again.requests()).isEmpty();
        }
    }

    @Test
    void aCallThatRunsWhenTheRouterIsClosedIsPaidForBeforeItIsSaved() {
        CountDownLatch never = new CountDownLatch(1);
        Metering metering = new Metering(null, new BudgetFile(directory.resolve("budgets.json")));
        cloud.always(LlmScript.text("12345678").thenPause(never));
        try (TestRouter router =
                cloudFirst(tokensADay(1_000), cloud).metering(metering).build()) {
            var events = router.engine.open(LlmRequest.prompt(FORTY).build()).iterator();
            events.next();
            events.next();
        }
        ScriptedLlmBackend again = new ScriptedLlmBackend("cloud", Zone.CLOUD);
        try (TestRouter router =
                cloudFirst(tokensADay(1_000), again).metering(metering).build()) {
            assertThat(budget(router).spent()).isEqualTo(12);
        }
    }

    @Test
    void aSecondAttemptCountsAsWellAndIsNotMadeWhenItsBudgetIsUsedUp() {
        CountDownLatch slow = new CountDownLatch(1);
        ScriptedLlmBackend nas = new ScriptedLlmBackend("nas", Zone.EDGE);
        pi.always(LlmScript.pausing(slow));
        nas.always(counted(60, 40));
        LlmRequest request = LlmRequest.prompt(FORTY).model("m").build();
        TestRouter.Builder builder = set(
                        TestRouter.over(pi, nas),
                        LlmOptions.builder()
                                .hedge(true)
                                .hedgeMaxShare(50)
                                .budgets(
                                        Budget.tokens("pi-day", 1_000, Period.DAY)
                                                .on("pi"),
                                        Budget.tokens("nas-day", 100, Period.DAY)
                                                .on("nas")))
                .set("status-interval", "1 h");
        try (TestRouter router = builder.build()) {
            for (String id : List.of("pi", "nas")) {
                for (int i = 0; i < FirstTokens.ENOUGH; i++) {
                    router.engine
                            .handle(id)
                            .knowledge()
                            .began("m", 1_000_000, Workload.NONE, false, true, System.nanoTime());
                }
            }
            for (int i = 0; i < 4; i++) {
                router.engine.context().hedging().requested();
            }
            LlmResponse answer = router.ask(request);
            assertThat(answer.backend()).isEqualTo("nas");
            assertThat(answer.trace().attempts())
                    .extracting(RouteTrace.Attempt::outcome)
                    .contains(RouteTrace.Outcome.OUTRUN);
            assertThat(router.engine.stats().budgets())
                    .extracting(LlmStats.BudgetStats::spent)
                    .containsExactly(10.0, 100.0);
            assertThat(answer.trace().expense().usage()).isEqualTo(new Usage(70, 40));

            LlmCall alone = router.engine.open(request);
            alone.iterator().next();
            slow.countDown();
            assertThat(alone.await().backend()).isEqualTo("pi");
            assertThat(nas.requests()).hasSize(1);
        }
    }

    @Test
    void vectorsCountAsTokensOfTheirTexts() {
        try (TestRouter router = cloudFirst(tokensADay(1_000), cloud).build()) {
            router.engine.embed(EmbedRequest.of("e", FORTY, FORTY));

            assertThat(budget(router).spent()).isEqualTo(20);
            assertThat(budget(router).reserved()).isZero();
        }
    }

    @Test
    void learnedAnswerLengthsAreWhatIsReserved() {
        CountDownLatch never = new CountDownLatch(1);
        cloud.always(counted(10, 100));
        try (TestRouter router = cloudFirst(tokensADay(100_000), cloud).build()) {
            router.ask(FORTY);
            cloud.always(LlmScript.pausing(never));
            try (LlmCall call = router.engine.open(LlmRequest.prompt(FORTY).build())) {
                call.iterator().next();
                assertThat(budget(router).reserved()).isEqualTo(10 + 100);
            }
        }
    }

    @Test
    void whatCannotCountIsRefusedAtTheStart() {
        assertRefused(
                LlmOptions.builder().budgets(Budget.tokens("day", 1, Period.DAY).on("clod")),
                "budget 'day' names the backend 'clod', but there are only [cloud, pi]");
        assertRefused(LlmOptions.builder().prices(Price.of("clod", 1, 1)), "prices names the backend 'clod'");
        assertRefused(
                LlmOptions.builder().budgets(Budget.money("day", 1, Period.DAY)),
                "budget 'day' counts money, but backend 'cloud' has no price");
        assertRefused(
                LlmOptions.builder()
                        .budgets(Budget.money("day", 1, Period.DAY))
                        .prices(Price.of("cloud", 1, 1).forModel("only-this")),
                "backend 'cloud' has no price");
        assertRefused(
                LlmOptions.builder().budgets(Budget.joules("day", 1, Period.DAY).on("cloud")),
                "is on another one: count tokens there");
        try (TestRouter router = cloudFirst(
                        LlmOptions.builder()
                                .budgets(Budget.money("day", 1, Period.DAY))
                                .cost(Map.of("cloud", 0.0)),
                        cloud,
                        pi)
                .build()) {
            assertThat(router.ask(FORTY).cost()).hasValue(0);
        }
    }

    private void assertRefused(LlmOptions.Builder options, String message) {
        assertThatThrownBy(() -> cloudFirst(options, cloud, pi).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void listsOfBudgetsAndPricesThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> TestRouter.over(pi)
                        .set("budgets", List.of(Map.of("name", "a", "tokens", 1, "money", 2)))
                        .build())
                .hasMessageContaining("exactly one of tokens, money and joules");
        assertThatThrownBy(() -> TestRouter.over(pi)
                        .set("budgets", List.of(Map.of("name", "a")))
                        .build())
                .hasMessageContaining("exactly one of tokens, money and joules");
        assertThatThrownBy(() -> TestRouter.over(pi)
                        .set("budgets", List.of(Map.of("name", "a", "tokens", 1, "backend", "pi", "zone", "edge")))
                        .build())
                .hasMessageContaining("not for both");
        assertThatThrownBy(() -> TestRouter.over(pi)
                        .set("budgets", List.of(Map.of("name", "a", "tokens", 1), Map.of("name", "a", "joules", 1)))
                        .build())
                .hasMessageContaining("no name twice");
        assertThatThrownBy(() -> TestRouter.over(pi)
                        .set(
                                "prices",
                                List.of(
                                        Map.of("backend", "pi", "prompt", 1, "answer", 1),
                                        Map.of("backend", "pi", "prompt", 2, "answer", 1)))
                        .build())
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> TestRouter.over(pi)
                        .set("budget-time-zone", "Middle/Earth")
                        .build())
                .hasMessageContaining("the name of a time zone");
    }
}
