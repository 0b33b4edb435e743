package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Shows that the contracts can fail, and that each fault breaks the rules that it should and no other. */
class LlmBackendContractSelfTest {

    @Test
    void aWrappedBackendBreaksNothing() {
        assertThat(Contracts.brokenRules(BrokenBackends.Right.class)).isEmpty();
    }

    @Test
    void aBackendThatBeginsAgainAndSaysSoBreaksNothing() {
        assertThat(Contracts.brokenRules(BrokenBackends.BeginsAgain.class)).isEmpty();
    }

    @Test
    void aBackendThatEndsWithoutTerminalBreaksTheEnd() {
        assertThat(Contracts.brokenRules(BrokenBackends.EndsWithoutTerminal.class))
                .containsExactly("LLM-01", "LLM-06");
    }

    @Test
    void aBackendWhoseFutureNeverEndsFailsInsteadOfHangingTheBuild() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.NeverEnds.class))
                .containsExactly("LLM-02", "LLM-04", "LLM-08", "LLM-09");
    }

    @Test
    void aBackendThatIgnoresCancelBreaksThatRule() {
        assertThat(Contracts.brokenRules(BrokenBackends.IgnoresCancel.class)).containsExactly("LLM-04", "LLM-10");
    }

    @Test
    void aBackendThatPrintsThePromptIsFound() {
        assertThat(Contracts.brokenRules(BrokenBackends.PrintsThePrompt.class)).containsExactly("LLM-10");
    }

    @Test
    void aBackendThatPrintsTheAnswerIsFound() {
        assertThat(Contracts.brokenRules(BrokenBackends.PrintsTheAnswer.class)).containsExactly("LLM-10");
    }

    @Test
    void aBackendThatIgnoresTheOutputLimitIsFound() {
        assertThat(Contracts.brokenRules(BrokenBackends.IgnoresOutputLimit.class))
                .containsExactly("LLM-05");
    }

    @Test
    void aBackendWhoseOpenThrowsAfterCloseIsFound() {
        assertThat(Contracts.brokenRules(BrokenBackends.ThrowsFromOpen.class)).containsExactly("LLM-09");
    }

    @Test
    void aBackendThatMixesAnswersIsFound() {
        assertThat(Contracts.brokenRules(BrokenBackends.MixesAnswers.class))
                .containsExactly("LLM-02", "LLM-06", "LLM-08");
    }

    @Test
    void aBackendThatGoesOnWithAnswersBreaksNothing() {
        assertThat(Contracts.brokenRules(BrokenBackends.Resumes.class)).isEmpty();
    }

    @Test
    void aBackendThatRepeatsTheTextInsteadOfGoingOnIsFound() {
        assertThat(Contracts.brokenRules(BrokenBackends.RepeatsTheText.class)).containsExactly("LLM-11");
    }

    @Test
    void aBackendThatRefusesToGoOnAsIfTheCallWereOverIsFound() {
        assertThat(Contracts.brokenRules(BrokenBackends.RefusesToGoOnWrongly.class))
                .containsExactly("LLM-11");
    }

    @Test
    void anHttpBackendThatTakesTheEndOfTheStreamForTheEndOfTheAnswerIsFound() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.TakesTheEndForDone.class))
                .containsExactly("LLM-06", "LLM-10");
    }

    @Test
    void anHttpBackendThatKeepsItsConnectionIsFound() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.KeepsItsConnection.class))
                .containsExactly("LLM-04", "LLM-05", "LLM-09");
    }

    @Test
    void anHttpBackendThatReadsEndlessLinesIsFound() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.ReadsEndlessLines.class))
                .containsExactly("LLM-05");
    }

    @Test
    void anHttpBackendThatTearsCharactersIsFound() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.TearsCharacters.class))
                .containsExactly("LLM-02");
    }

    @Test
    void anHttpBackendThatQuotesMalformedLinesIsFound() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.QuotesLines.class))
                .containsExactly("LLM-06", "LLM-10");
    }

    @Test
    void anHttpBackendThatTriesTwiceIsFound() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.TriesTwice.class)).containsExactly("LLM-06");
    }

    @Test
    void aBackendThatNeverTellsItsStatusIsFound() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.NeverTellsItsStatus.class))
                .containsExactly("LLM-07", "LLM-09");
    }

    @Test
    void anHttpBackendThatTakesLoadingForSilenceIsFound() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.OneLimitForAll.class))
                .containsExactly("LLM-05");
    }

    @Test
    void anHttpBackendThatDeliversCompressedBytesIsFound() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.DeliversAnyEncoding.class))
                .containsExactly("LLM-06");
    }

    @Test
    void anHttpBackendThatWaitsInOpenIsFound() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenBackends.WaitsInOpen.class))
                .containsExactly("LLM-03", "LLM-04", "LLM-05", "LLM-06", "LLM-07", "LLM-08", "LLM-09", "LLM-10");
    }
}
