package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** Shows that the contract can fail, and that each fault breaks the rules that it should and no other. */
class UserStoreContractSelfTest {

    private static Set<String> broken(Class<?> contract) {
        return Contracts.brokenRulesAtOnce(contract);
    }

    @Test
    void aStoreThatKeepsTheRulesBreaksNothing() {
        assertThat(broken(BrokenUserStores.Nothing.class)).isEmpty();
    }

    @Test
    void aStoreThatForgetsIsFound() {
        assertThat(broken(BrokenUserStores.ForgetsOnClose.class)).containsExactly("USER-01");
    }

    @Test
    void aStoreThatLosesRolesIsFound() {
        assertThat(broken(BrokenUserStores.LosesRoles.class)).contains("USER-01");
    }

    @Test
    void aStoreThatOverwritesOnCreateIsFound() {
        assertThat(broken(BrokenUserStores.OverwritesOnCreate.class)).containsExactly("USER-02");
    }

    @Test
    void aStoreThatIgnoresVersionsIsFound() {
        assertThat(broken(BrokenUserStores.IgnoresVersions.class)).containsExactly("USER-02");
    }

    @Test
    void aStoreThatComparesBeforeItLocksIsFound() {
        assertThat(broken(BrokenUserStores.ComparesWithoutALock.class)).containsExactly("USER-02");
    }

    @Test
    void aStoreThatListsInAnyOrderIsFound() {
        assertThat(broken(BrokenUserStores.ListsInAnyOrder.class)).containsExactly("USER-03");
    }

    @Test
    void aStoreThatRepeatsAccountsIsFound() {
        assertThat(broken(BrokenUserStores.RepeatsTheFirst.class)).containsExactly("USER-03");
    }

    @Test
    void aStoreThatLeavesSessionsBehindIsFound() {
        assertThat(broken(BrokenUserStores.LeavesSessionsBehind.class)).containsExactly("USER-04");
    }

    @Test
    void aStoreThatRevivesSessionsIsFound() {
        assertThat(broken(BrokenUserStores.RevivesSessions.class)).contains("USER-04");
    }

    @Test
    void aStoreThatTakesOtherUsersForTheSameIsFound() {
        assertThat(broken(BrokenUserStores.MatchesBeginnings.class)).containsExactly("USER-04");
    }

    @Test
    void aStoreThatPurgesTooMuchIsFound() {
        assertThat(broken(BrokenUserStores.PurgesTooMuch.class)).containsExactly("USER-04");
    }

    @Test
    void aStoreThatPrintsHashesIsFound() {
        assertThat(broken(BrokenUserStores.PrintsHashes.class)).containsExactly("USER-05");
    }

    @Test
    void aStoreWhoseFilesEverybodyMayReadIsFound() {
        assertThat(broken(BrokenUserStores.WritesForEverybody.class)).containsExactly("USER-05");
    }

    @Test
    void aStoreThatWorksAfterCloseIsFound() {
        assertThat(broken(BrokenUserStores.WorksAfterClose.class)).containsExactly("USER-06");
    }

    @Test
    void aStoreThatCannotBeClosedTwiceIsFound() {
        assertThat(broken(BrokenUserStores.FailsOnSecondClose.class)).contains("USER-06");
    }
}
