package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.primespark.Zone;
import ai.primespark.core.llm.budget.BudgetStore;
import ai.primespark.core.llm.energy.ScriptedWatts;
import ai.primespark.llm.Budget;
import ai.primespark.llm.Energy;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.Usage;
import ai.primespark.power.PowerProfile;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Joules of answers, from watts as a test says them: 4 while idle, 9 while a model works. */
@Timeout(60)
class EnergyRoutingTest {

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);
    private final ScriptedWatts watts = new ScriptedWatts();

    private TestRouter router(LlmOptions.Builder options, ScriptedLlmBackend... backends) {
        TestRouter.Builder builder = TestRouter.over(backends)
                .metering(new Metering(watts.meter, BudgetStore.FORGETFUL))
                .set("cache.enabled", false)
                .set("retries", 0);
        options.build().toMap().forEach(builder::set);
        return builder.build();
    }

    /** Asks, and lets the machine draw what the test says before the answer comes. */
    private LlmResponse ask(TestRouter router, ScriptedLlmBackend backend, double... drawn) {
        CountDownLatch hold = new CountDownLatch(1);
        backend.next(LlmScript.text("some").thenPause(hold).thenDone(FinishReason.STOP, new Usage(30, 20)));
        try (LlmCall call =
                router.engine.open(LlmRequest.prompt("x" + System.nanoTime()).build())) {
            var events = call.iterator();
            events.next();
            events.next();
            watts.then(drawn);
            hold.countDown();
            return call.await();
        }
    }

    @Test
    void anAnswerOfThisMachineSaysWhatItTookFromThePlug() {
        try (TestRouter router = router(LlmOptions.builder(), pi)) {
            watts.idleAt(4);
            LlmResponse answer = ask(router, pi, 9, 9, 9);

            Energy energy = answer.energy().orElseThrow();
            assertThat(energy.joules()).isCloseTo(25, within(1e-6));
            assertThat(energy.tokens()).isEqualTo(50);
            assertThat(energy.joulesPerToken()).hasValueCloseTo(0.5, within(1e-6));
            assertThat(energy.shared()).isFalse();
            assertThat(router.meters.count("spark.llm.energy.joules backend pi"))
                    .isEqualTo(25);
            assertThat(router.stats("pi").expense().measuredEnergy()).contains(energy);
            assertThat(router.endings().get(0).trace().energy()).contains(energy);
        }
    }

    @Test
    void anAnswerFromElsewhereHasNoEnergy() {
        try (TestRouter router = router(LlmOptions.builder(), cloud)) {
            watts.idleAt(4);

            assertThat(ask(router, cloud, 9, 9, 9).energy()).isEmpty();
        }
    }

    @Test
    void onBatteryTheCheapestIsTheNetworkOnceItIsMeasuredThatThisMachineTakesMore() {
        try (TestRouter router = TestRouter.over(pi, cloud)
                .metering(new Metering(watts.meter, BudgetStore.FORGETFUL))
                .cheapest(0.3)
                .set("cache.enabled", false)
                .build()) {
            router.profile.set(PowerProfile.SAVING);
            watts.idleAt(4);
            assertThat(ask(router, pi, 9, 9, 9).backend()).isEqualTo("pi"); // half a joule a token
            cloud.next(LlmScript.text("far").thenDone(FinishReason.STOP, Usage.NONE));

            assertThat(router.ask("x").backend()).isEqualTo("cloud");
            LlmRequest secret =
                    LlmRequest.prompt("x").privacy(Privacy.EDGE_ONLY).build();
            pi.next(LlmScript.text("near").thenDone(FinishReason.STOP, Usage.NONE));
            assertThat(router.ask(secret).backend()).isEqualTo("pi");
            router.profile.set(PowerProfile.FULL);
            pi.next(LlmScript.text("near").thenDone(FinishReason.STOP, Usage.NONE));
            assertThat(router.ask("y").backend())
                    .as("edge first, as configured")
                    .isEqualTo("pi");
        }
    }

    @Test
    void onBatteryTheCheapestIsThisMachineWhenItTakesLess() {
        try (TestRouter router = TestRouter.over(pi, cloud)
                .metering(new Metering(watts.meter, BudgetStore.FORGETFUL))
                .cheapest(0.7)
                .set("strategy", "cloud-first")
                .set("cache.enabled", false)
                .build()) {
            router.profile.set(PowerProfile.SAVING);
            watts.idleAt(4);
            assertThat(ask(router, pi, 9, 9, 9).backend()).isEqualTo("pi");
            pi.next(LlmScript.text("near").thenDone(FinishReason.STOP, Usage.NONE));
            assertThat(router.ask("x").backend()).isEqualTo("pi");
        }
    }

    @Test
    void withoutASourceThatReportsWattsNoneIsInvented() {
        try (TestRouter router = router(LlmOptions.builder(), pi)) {
            LlmResponse answer = ask(router, pi);

            assertThat(answer.energy()).isEmpty();
            assertThat(router.stats("pi").expense().measuredEnergy()).isEmpty();
        }
    }

    @Test
    void anAttemptThatFailsHereIsCountedWithTheAnswerFromElsewhere() {
        CountDownLatch hold = new CountDownLatch(1);
        pi.next(LlmScript.pausing(hold).thenFail(Kind.SERVER_ERROR));
        try (TestRouter router = router(LlmOptions.builder(), pi, cloud)) {
            watts.idleAt(4);
            try (LlmCall call = router.engine.open(LlmRequest.prompt("x").build())) {
                call.iterator().next();
                watts.then(9, 9);
                hold.countDown();
                LlmResponse answer = call.await();

                assertThat(answer.backend()).isEqualTo("cloud");
                assertThat(answer.energy().orElseThrow().joules()).isCloseTo(15, within(1e-6));
            }
        }
    }

    @Test
    void aBudgetOfJoulesSendsCallsElsewhereWhenItIsUsedUp() {
        LlmOptions.Builder options = LlmOptions.builder().budgets(Budget.joules("battery", 30, Budget.Period.HOUR));
        try (TestRouter router = router(options, pi, cloud)) {
            watts.idleAt(4);
            assertThat(ask(router, pi, 9, 9, 9).backend()).isEqualTo("pi"); // 25 J, half a joule a token
            assertThat(router.engine.stats().budgets().get(0).spent()).isCloseTo(25, within(1e-6));

            LlmResponse quick = ask(router, pi); // too short to be measured: counts as other tokens did
            assertThat(quick.backend()).isEqualTo("pi");
            assertThat(quick.energy()).isEmpty();
            assertThat(router.engine.stats().budgets().get(0).spent()).isCloseTo(50, within(1e-6));

            LlmResponse next = ask(router, cloud);
            assertThat(next.backend()).isEqualTo("cloud");
            assertThat(next.trace().skipped().get(0).reason()).startsWith("budget 'battery' is used up until");
        }
    }
}
