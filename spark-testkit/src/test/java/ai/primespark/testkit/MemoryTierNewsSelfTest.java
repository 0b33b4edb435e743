package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Shows that the contract's rules for news and leases can fail, and that each fault breaks the rule that it should. */
class MemoryTierNewsSelfTest {

    @Test
    void aWrappedReferenceServerBreaksNothing() {
        assertThat(Contracts.brokenRules(BrokenFeeds.Nothing.class)).isEmpty();
    }

    @Test
    void aTierThatClaimsNewsMustTellOfChanges() {
        assertThat(Contracts.brokenRules(BrokenFeeds.TellsNothing.class)).containsExactly("TIER-12");
    }

    @Test
    void whatIsReadInABatchIsFollowed() {
        assertThat(Contracts.brokenRules(BrokenFeeds.FollowsNoBatches.class)).containsExactly("TIER-12");
    }

    @Test
    void aLostConnectionMustNotBeHidden() {
        assertThat(Contracts.brokenRules(BrokenFeeds.HidesGaps.class)).containsExactly("TIER-12");
    }

    @Test
    void theEndOfAGapMustBeTold() {
        assertThat(Contracts.brokenRules(BrokenFeeds.NeverEndsGaps.class)).containsExactly("TIER-12");
    }

    @Test
    void whoeverLeftMustNotBeToldAnyMore() {
        assertThat(Contracts.brokenRules(BrokenFeeds.TellsThoseWhoLeft.class)).containsExactly("TIER-12");
    }

    @Test
    void aLeaseHasOneHolder() {
        assertThat(Contracts.brokenRules(BrokenFeeds.GivesEverybodyALease.class))
                .containsExactly("TIER-13");
    }

    @Test
    void fencesMustGrow() {
        assertThat(Contracts.brokenRules(BrokenFeeds.KeepsFencesLow.class)).containsExactly("TIER-13");
    }

    @Test
    void leasesMustEnd() {
        assertThat(Contracts.brokenRules(BrokenFeeds.NeverEndsLeases.class)).containsExactly("TIER-13");
    }

    @Test
    void whoseLeaseIsOverMustNotReleaseTheNext() {
        assertThat(Contracts.brokenRules(BrokenFeeds.LetsAnybodyRelease.class)).containsExactly("TIER-13");
    }
}
