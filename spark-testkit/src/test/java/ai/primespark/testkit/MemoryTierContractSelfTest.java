package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Shows that the contract can fail, and that each fault breaks the rules that it should and no other. */
class MemoryTierContractSelfTest {

    @Test
    void aWrappedReferenceTierBreaksNothing() {
        assertThat(Contracts.brokenRules(BrokenTiers.Nothing.class)).isEmpty();
    }

    @Test
    void aTierThatForgetsBreaksWhatDependsOnRemembering() {
        assertThat(Contracts.brokenRules(BrokenTiers.ForgetsEverything.class))
                .containsExactly(
                        "TIER-01", "TIER-02", "TIER-03", "TIER-04", "TIER-05", "TIER-06", "TIER-07", "TIER-08",
                        "TIER-10", "TIER-11");
    }

    @Test
    void aTierThatTakesOlderVersionsBreaksTheLaw() {
        assertThat(Contracts.brokenRules(BrokenTiers.TakesOlderVersions.class))
                .containsExactly("TIER-01", "TIER-02", "TIER-03", "TIER-09");
    }

    @Test
    void aTierThatComparesMillisecondsOnlyBreaksTheLaw() {
        assertThat(Contracts.brokenRules(BrokenTiers.ComparesMillisecondsOnly.class))
                .containsExactly("TIER-02");
    }

    @Test
    void aTierWhoseConditionsAreNotAtomicBreaksThatRule() {
        assertThat(Contracts.brokenRules(BrokenTiers.ChecksThenWrites.class)).containsExactly("TIER-05");
    }

    @Test
    void aTierThatDropsTombstonesBreaksWhatNeedsThem() {
        assertThat(Contracts.brokenRules(BrokenTiers.DropsTombstones.class))
                .containsExactly("TIER-03", "TIER-05", "TIER-06", "TIER-07");
    }

    @Test
    void aTierThatUncoversOlderRecordsBreaksThatRule() {
        assertThat(Contracts.brokenRules(BrokenTiers.UncoversOlderRecords.class))
                .containsExactly("TIER-04");
    }

    @Test
    void aTierThatIgnoresPrefixesBreaksScanning() {
        assertThat(Contracts.brokenRules(BrokenTiers.IgnoresPrefixes.class)).containsExactly("TIER-06", "TIER-08");
    }

    @Test
    void aTierThatListsOnePageBreaksScanning() {
        assertThat(Contracts.brokenRules(BrokenTiers.ListsOnePage.class)).containsExactly("TIER-06", "TIER-08");
    }

    @Test
    void aTierThatClaimsAnOrderItDoesNotKeepBreaksScanning() {
        assertThat(Contracts.brokenRules(BrokenTiers.ClaimsOrder.class)).containsExactly("TIER-06");
    }

    @Test
    void aTierThatPurgesNewerRecordsBreaksPurging() {
        assertThat(Contracts.brokenRules(BrokenTiers.PurgesAnything.class)).containsExactly("TIER-07");
    }

    @Test
    void aTierThatFoldsCaseLetsKeysCollide() {
        assertThat(Contracts.brokenRules(BrokenTiers.FoldsCase.class)).containsExactly("TIER-08");
    }

    @Test
    void aTierThatClaimsToPersistMustRemember() {
        assertThat(Contracts.brokenRules(BrokenTiers.ClaimsToPersist.class)).containsExactly("TIER-09", "TIER-20");
    }

    @Test
    void aTierThatWorksAfterCloseBreaksTheEnd() {
        assertThat(Contracts.brokenRules(BrokenTiers.WorksAfterClose.class)).containsExactly("TIER-10", "TIER-21");
    }

    @Test
    void aTierThatNeverAnswersFailsInsteadOfHangingTheBuild() {
        assertThat(Contracts.brokenRules(BrokenTiers.NeverAnswersAfterClose.class))
                .containsExactly("TIER-10");
    }

    @Test
    void aTierThatAnswersBatchesInItsOwnOrderBreaksReading() {
        assertThat(Contracts.brokenRules(BrokenTiers.ShufflesBatches.class)).containsExactly("TIER-01");
    }

    @Test
    void aTierThatIgnoresDeadlinesIsFound() {
        assertThat(Contracts.brokenRules(BrokenTiers.IgnoresDeadlines.class)).containsExactly("TIER-11");
    }
}
