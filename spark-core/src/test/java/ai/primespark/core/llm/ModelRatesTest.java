package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ModelRatesTest {

    private static final long MS = 1_000_000;
    private static final Workload PROMPT =
            new Workload(4_000, 0, 0); // 1,000 tokens at a quarter of a token per character

    private static Timings timings(long load, long prompt, long eval) {
        return new Timings(Duration.ofMillis(load), Duration.ofMillis(prompt), Duration.ofMillis(eval));
    }

    private static ModelRates.Observation measured(long firstToken, Timings timings, boolean alone) {
        return new ModelRates.Observation(
                firstToken * MS, 10_000 * MS, PROMPT, new Usage(1_000, 100), timings, false, alone, 0);
    }

    private static ModelRates.Observation seen(long chars, long firstToken, boolean led) {
        return new ModelRates.Observation(
                firstToken * MS, 9_000 * MS, new Workload(chars, 0, 0), Usage.NONE, Timings.NONE, led, true, 0);
    }

    @Test
    void learnsFromTheServersOwnMeasures() {
        ModelRates rates = ModelRates.NONE.with(measured(1_050, timings(10, 1_000, 5_000), true));

        assertThat(rates.promptToken()).isEqualTo(1.0 * MS);
        assertThat(rates.answerToken()).isEqualTo(50.0 * MS);
        assertThat(rates.rest()).isEqualTo(50.0 * MS);
        assertThat(rates.load()).as("ten milliseconds are no loading").isZero();
        assertThat(rates.warm(new Workload(8_000, 0, 0))).isEqualTo(2_050.0 * MS);
    }

    @Test
    void learnsHowLongLoadingTakesAndDoesNotTakeItForThePrompt() {
        ModelRates rates = ModelRates.NONE.with(measured(21_050, timings(20_000, 1_000, 5_000), true));

        assertThat(rates.load()).isEqualTo(20_000.0 * MS);
        assertThat(rates.warm(PROMPT)).isEqualTo(1_050.0 * MS);
    }

    @Test
    void aPartOfALoadThatAnotherProgramBeganIsNotTakenForTheWhole() {
        ModelRates rates = ModelRates.NONE
                .with(measured(21_050, timings(20_000, 1_000, 5_000), true))
                .with(measured(3_050, timings(2_000, 1_000, 5_000), true));

        assertThat(rates.load()).isEqualTo(20_000.0 * MS);
    }

    @Test
    void waitingForOtherCallsIsNotTakenForTheHostsOwnTime() {
        ModelRates rates = ModelRates.NONE
                .with(measured(1_050, timings(10, 1_000, 5_000), true))
                .with(measured(31_050, timings(10, 1_000, 5_000), false));

        assertThat(rates.rest()).isEqualTo(50.0 * MS);
        assertThat(rates.calls()).isEqualTo(2);
    }

    @Test
    void recentCallsWeighMost() {
        ModelRates rates = ModelRates.NONE.with(measured(1_050, timings(10, 1_000, 5_000), true));
        for (int i = 0; i < 20; i++) {
            rates = rates.with(measured(3_050, timings(10, 3_000, 5_000), true));
        }
        assertThat(rates.promptToken()).isCloseTo(3.0 * MS, within(0.01 * MS));
    }

    @Test
    void learnsHowManyTokensACharacterIs() {
        ModelRates rates = ModelRates.NONE;
        for (int i = 0; i < 30; i++) { // a language with two tokens for a character
            rates = rates.with(new ModelRates.Observation(
                    MS, MS, new Workload(1_000, 0, 0), new Usage(2_000, 10), timings(0, 100, 100), false, true, 0));
        }
        assertThat(rates.tokensPerChar()).isCloseTo(2, within(0.01));
    }

    @Test
    void withoutMeasuresOfTheServerALineOverTheLengthOfThePromptIsLearned() {
        ModelRates rates = ModelRates.NONE;
        for (int chars : new int[] {400, 4_000, 8_000, 2_000, 12_000}) { // 100 ms and 1 ms a token
            rates = rates.with(seen(chars, 100 + chars / 4, false));
        }
        assertThat(rates.warm(new Workload(20_000, 0, 0))).isCloseTo(5_100.0 * MS, within(10.0 * MS));
        assertThat(rates.warm(new Workload(0, 0, 0))).isCloseTo(100.0 * MS, within(10.0 * MS));
        assertThat(rates.load()).isZero();
    }

    @Test
    void withoutMeasuresTheExtraTimeOfTheCallThatLedTheLoadIsTheLoad() {
        ModelRates rates = ModelRates.NONE.with(seen(400, 200, false)).with(seen(400, 8_200, true));

        assertThat(rates.load()).isEqualTo(8_000.0 * MS);
        assertThat(rates.warm(new Workload(400, 0, 0))).isEqualTo(200.0 * MS);
    }

    @Test
    void knowsNothingBeforeTheFirstCall() {
        assertThat(ModelRates.NONE.warm(PROMPT)).isNegative();
    }

    @Test
    void anOldFigureCountsForLessSoThatASlowHostGetsAnotherChance() {
        ModelRates rates = ModelRates.NONE.with(measured(1_050, timings(10, 1_000, 5_000), true));

        double soon = rates.warmAged(PROMPT, Duration.ofSeconds(30).toNanos());
        double later = rates.warmAged(PROMPT, Duration.ofMinutes(21).toNanos());

        assertThat(soon).isEqualTo(rates.warm(PROMPT));
        assertThat(later).isCloseTo(soon / 4, within(MS * 1.0));
    }

    @Test
    void theSlowFiveOfAHundredAreKnownAfterTwentyCalls() {
        FirstTokens tokens = new FirstTokens();
        for (int i = 1; i < FirstTokens.ENOUGH; i++) {
            tokens.add(i);
            assertThat(tokens.slow()).isNegative();
        }
        for (int i = FirstTokens.ENOUGH; i <= 96; i++) {
            tokens.add(i);
        }
        assertThat(tokens.slow()).isEqualTo(92); // of 1 to 96
        for (int i = 0; i < 128; i++) {
            tokens.add(7);
        }
        assertThat(tokens.slow()).as("only the latest count").isEqualTo(7);
    }
}
