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
        assertThat(Contracts.brokenRulesAtOnce(BrokenFeeds.TellsNothing.class)).containsExactly("TIER-12");
    }

    @Test
    void whatIsReadInABatchIsFollowed() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenFeeds.FollowsNoBatches.class))
                .containsExactly("TIER-12");
    }

    @Test
    void aLostConnectionMustNotBeHidden() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenFeeds.HidesGaps.class)).containsExactly("TIER-12");
    }

    @Test
    void theEndOfAGapMustBeTold() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenFeeds.NeverEndsGaps.class)).containsExactly("TIER-12");
    }

    @Test
    void whoeverLeftMustNotBeToldAnyMore() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenFeeds.TellsThoseWhoLeft.class))
                .containsExactly("TIER-12");
    }

    @Test
    void aLeaseHasOneHolder() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenFeeds.GivesEverybodyALease.class))
                .containsExactly("TIER-13");
    }

    @Test
    void fencesMustGrow() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenFeeds.KeepsFencesLow.class))
                .containsExactly("TIER-13");
    }

    @Test
    void leasesMustEnd() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenFeeds.NeverEndsLeases.class))
                .containsExactly("TIER-13");
    }

    @Test
    void whoseLeaseIsOverMustNotReleaseTheNext() {
        assertThat(Contracts.brokenRulesAtOnce(BrokenFeeds.LetsAnybodyRelease.class))
                .containsExactly("TIER-13");
    }
}
