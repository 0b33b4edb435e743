package ai.primespark.core.vpn;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.core.vpn.Healing.Step;
import ai.primespark.vpn.VpnPeer.State;
import ai.primespark.vpn.VpnState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HealingTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Healing healing = new Healing(new Healing.Rules(
            Duration.ofSeconds(135), Duration.ofMinutes(5), Duration.ofSeconds(30), Duration.ofMinutes(30), 3));

    private static PeerHealth.Verdict verdict(State state, long ageSeconds) {
        return new PeerHealth.Verdict(
                state,
                "",
                false,
                1,
                ageSeconds < 0 ? -1 : Duration.ofSeconds(ageSeconds).toNanos(),
                ageSeconds >= 0,
                0,
                0);
    }

    /** The seconds at which it steps, looking every second. */
    private List<Integer> steps(VpnState state, Step expected, int from, int to) {
        List<Integer> at = new ArrayList<>();
        for (int second = from; second < to; second++) {
            Step step = healing.tunnel(state, false, true, second * SECOND.toNanos());
            if (step != Step.NONE) {
                assertThat(step).isEqualTo(expected);
                at.add(second);
            }
        }
        return at;
    }

    @Test
    void aMissingTunnelIsBroughtUpAtOnceAndThenLessAndLessOften() {
        assertThat(steps(VpnState.DOWN, Step.BRING_UP, 0, 1_000)).containsExactly(0, 30, 90, 210, 450, 930);
        assertThat(steps(VpnState.DOWN, Step.BRING_UP, 100_000, 110_000))
                .as("for ever, but not more often than the longest wait")
                .hasSizeBetween(5, 8);
    }

    @Test
    void aTunnelThroughWhichNothingComesIsMadeAnewAFewTimesOnly() {
        assertThat(steps(VpnState.DEGRADED, Step.RESTART, 0, 100_000)).containsExactly(300, 330, 390);
        assertThat(healing.hasGivenUp()).isTrue();
        long later = Duration.ofDays(2).toNanos();
        assertThat(healing.tunnel(VpnState.UP, false, true, later)).isEqualTo(Step.NONE);
        assertThat(healing.hasGivenUp()).as("nothing came through").isTrue();
        assertThat(healing.tunnel(VpnState.UP, true, true, later)).isEqualTo(Step.NONE);
        assertThat(healing.hasGivenUp()).isFalse();
        assertThat(steps(VpnState.DEGRADED, Step.RESTART, 200_000, 300_000)).containsExactly(200_300, 200_330, 200_390);
    }

    @Test
    void aTunnelThatCannotWorkAsConfiguredOrCannotBeSeenIsLeftAlone() {
        assertThat(steps(VpnState.MISCONFIGURED, Step.NONE, 0, 10_000)).isEmpty();
        assertThat(steps(VpnState.UNKNOWN, Step.NONE, 0, 10_000)).isEmpty();
        assertThat(steps(VpnState.UP, Step.NONE, 0, 10_000)).isEmpty();
    }

    @Test
    void aTunnelThatLooksWellAfterwardsAndCarriesNothingIsNotMadeAnewForEver() {
        int restarts = 0;
        for (int second = 0; second < 100_000; second++) {
            VpnState state = second % 400 < 20 ? VpnState.UP : VpnState.DEGRADED; // nothing to be sent for a while
            restarts += healing.tunnel(state, false, true, second * SECOND.toNanos()) == Step.RESTART ? 1 : 0;
        }
        assertThat(restarts).isEqualTo(3);
        assertThat(healing.hasGivenUp()).isTrue();
    }

    @Test
    void whereAllPeersRoamTheTunnelIsLeftAloneUnlessItIsMissing() {
        for (int second = 0; second < 10_000; second++) {
            assertThat(healing.tunnel(VpnState.DEGRADED, false, false, second * SECOND.toNanos()))
                    .isEqualTo(Step.NONE);
        }
        assertThat(steps(VpnState.DEGRADED, Step.RESTART, 10_000, 10_302))
                .as("from when one was called on")
                .containsExactly(10_300);
        assertThat(healing.tunnel(
                        VpnState.DOWN, false, false, Duration.ofDays(1).toNanos()))
                .isEqualTo(Step.BRING_UP);
    }

    @Test
    void afterARestartPeersAreCalledAtOnce() {
        assertThat(healing.calls("nas", verdict(State.NEVER, -1), 0)).isTrue();
        assertThat(healing.calls("nas", verdict(State.NEVER, -1), 1)).isFalse();
        assertThat(steps(VpnState.DEGRADED, Step.RESTART, 0, 301)).containsExactly(300);
        long now = Duration.ofMinutes(5).toNanos();
        assertThat(healing.calls("nas", verdict(State.NEVER, -1), now)).isTrue();
    }

    @Test
    void somebodySteeringAllowsEverythingAgain() {
        assertThat(steps(VpnState.DEGRADED, Step.RESTART, 0, 1_000)).hasSize(3);
        healing.succeeded();
        assertThat(healing.restarts()).isZero();
        assertThat(steps(VpnState.DOWN, Step.BRING_UP, 1_000, 1_001)).containsExactly(1_000);
    }

    @Test
    void anEndpointIsLookedUpAgainOnceTheHandshakeIsOldAndNobodyAnswers() {
        List<Integer> at = new ArrayList<>();
        for (int second = 0; second < 1_000; second++) {
            if (healing.calls("nas", verdict(State.DEGRADED, second), second * SECOND.toNanos())) {
                at.add(second);
            }
        }
        assertThat(at).containsExactly(136, 151, 181, 241, 361, 601, 901);
        assertThat(healing.calls(
                        "nas", verdict(State.UP, 1), Duration.ofSeconds(1_000).toNanos()))
                .isFalse();
        assertThat(healing.calls(
                        "nas",
                        verdict(State.DOWN, 200),
                        Duration.ofSeconds(1_001).toNanos()))
                .as("everything begins anew")
                .isTrue();
    }

    @Test
    void whoeverNeverAnsweredIsCalledAtOnceAndWhoeverIsIdleIsNot() {
        assertThat(healing.calls("nas", verdict(State.NEVER, -1), 0)).isTrue();
        assertThat(healing.calls("pi", verdict(State.IDLE, 5_000), 0)).isFalse();
        healing.keepOnly(Set.of("pi"));
        assertThat(healing.calls("nas", verdict(State.NEVER, -1), 1))
                .as("another one of that name")
                .isTrue();
    }
}
