package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** Shows that the contract can fail, and that each fault breaks the rules that it should and no other. */
class PowerSourceContractSelfTest {

    private static Set<String> broken(Class<?> contract) {
        return Contracts.brokenRulesAtOnce(contract);
    }

    @Test
    void aSourceThatKeepsTheRulesBreaksNothing() {
        assertThat(broken(BrokenPowerSources.Nothing.class)).isEmpty();
    }

    @Test
    void aSourceThatCallsAnUnknownChargeFullBreaksTheRuleOfNumbers() {
        assertThat(broken(BrokenPowerSources.CallsUnknownFull.class)).containsExactly("PWR-01");
    }

    @Test
    void aSourceThatRemembersNumbersBreaksTheRuleOfNumbers() {
        assertThat(broken(BrokenPowerSources.RemembersNumbers.class)).containsExactly("PWR-01");
    }

    @Test
    void aSourceThatFindsWordsInWordsBreaksTheRuleOfWords() {
        assertThat(broken(BrokenPowerSources.ReadsPartsOfWords.class)).containsExactly("PWR-02");
    }

    @Test
    void aSourceThatDropsWordsBreaksTheRuleOfWords() {
        assertThat(broken(BrokenPowerSources.DropsUnknownWords.class)).containsExactly("PWR-02");
    }

    @Test
    void aSourceThatBelievesInMainsBreaksTheRuleOfSilence() {
        assertThat(broken(BrokenPowerSources.BelievesInMains.class)).containsExactly("PWR-03");
    }

    @Test
    void aSourceThatBelievesTheFirstWordBreaksTheRuleOfContradictions() {
        assertThat(broken(BrokenPowerSources.BelievesTheFirstWord.class)).containsExactly("PWR-03");
    }

    @Test
    void aSourceThatIgnoresDeadlinesIsFound() {
        assertThat(broken(BrokenPowerSources.IgnoresDeadlines.class)).containsExactly("PWR-04");
    }

    @Test
    void aSourceThatNeverRecoversIsFound() {
        assertThat(broken(BrokenPowerSources.NeverRecovers.class)).containsExactly("PWR-04");
    }

    @Test
    void aSourceThatTellsOldNewsAsFreshIsFound() {
        assertThat(broken(BrokenPowerSources.TellsOldNewsAsFresh.class)).containsExactly("PWR-04");
    }

    @Test
    void aSourceThatThrowsAnythingBreaksTheRuleOfFailures() {
        assertThat(broken(BrokenPowerSources.ThrowsAnything.class)).containsExactly("PWR-04");
    }

    @Test
    void aSourceThatGivesOrdersIsFound() {
        assertThat(broken(BrokenPowerSources.GivesOrders.class)).containsExactly("PWR-05");
    }

    @Test
    void aSourceThatReadsAfterCloseBreaksTheEnd() {
        assertThat(broken(BrokenPowerSources.ReadsAfterClose.class)).containsExactly("PWR-06");
    }

    @Test
    void aSourceThatCannotBeClosedTwiceBreaksTheEnd() {
        assertThat(broken(BrokenPowerSources.FailsOnSecondClose.class)).contains("PWR-06");
    }
}
