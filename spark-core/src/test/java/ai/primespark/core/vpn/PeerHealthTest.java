package ai.primespark.core.vpn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.primespark.vpn.VpnPeer.State;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The table of what a peer's figures mean, by a clock that the test moves. */
class PeerHealthTest {

    private final PeerHealth health = new PeerHealth();
    private long nanos = 77;
    private Instant wall = Instant.parse("2026-03-01T12:00:00Z");
    private @Nullable Instant handshake;
    private long received;
    private long sent;
    private int keepalive;
    private boolean keptAlive;
    private boolean keyed = true;
    private boolean callable = true;
    private Probe.Outcome probe = Probe.Outcome.NONE;

    private void pass(int seconds) {
        nanos += Duration.ofSeconds(seconds).toNanos();
        wall = wall.plusSeconds(seconds);
    }

    private PeerHealth.Verdict see() {
        return health.see(new PeerHealth.Sight(
                nanos,
                wall,
                keyed,
                handshake,
                received,
                sent,
                keepalive,
                keptAlive,
                callable,
                probe,
                "10.8.0.1:11434"));
    }

    private State state() {
        return see().state();
    }

    /** Traffic both ways, and a handshake now. */
    private void freshTraffic() {
        handshake = wall;
        received += 500;
        sent += 600;
    }

    @Test
    void freshTrafficIsUp() {
        freshTraffic();
        assertThat(state()).isEqualTo(State.UP);
        pass(100);
        received += 92;
        sent += 92;
        assertThat(state()).isEqualTo(State.UP);
    }

    @Test
    void anIdlePeerWithoutKeepaliveIsNotDownHoweverOldItsHandshakeIs() {
        freshTraffic();
        assertThat(state()).isEqualTo(State.UP);
        pass(251);
        assertThat(state()).isEqualTo(State.IDLE);
        pass(86_400);
        PeerHealth.Verdict verdict = see();
        assertThat(verdict.state()).isEqualTo(State.IDLE);
        assertThat(verdict.reason()).contains("86651 s ago");
        freshTraffic();
        pass(1);
        assertThat(state()).isEqualTo(State.UP);
    }

    @Test
    void withKeepalivesAHandshakeOlderThan180SecondsIsDownAtTheSecondSight() {
        keepalive = 25;
        keptAlive = true;
        freshTraffic();
        assertThat(state()).isEqualTo(State.UP);
        pass(175);
        sent += 7 * 32;
        assertThat(state())
                .as("keepalives alone are not answered, and need not be")
                .isEqualTo(State.UP);
        pass(6);
        assertThat(see().doubtful()).isTrue();
        pass(1);
        assertThat(state()).isEqualTo(State.DOWN);
    }

    @Test
    void theOtherEndsKeepaliveCountsAsWell() {
        keptAlive = true;
        freshTraffic();
        assertThat(state()).isEqualTo(State.UP);
        pass(181);
        assertThat(state()).isEqualTo(State.UP);
        pass(1);
        assertThat(state()).isEqualTo(State.DOWN);
    }

    @Test
    void aFrozenPeerIsDegradedAfter15SecondsAndDownAfter180() {
        freshTraffic();
        assertThat(state()).isEqualTo(State.UP);
        pass(10);
        sent += 296; // three pings, nothing back
        assertThat(state()).isEqualTo(State.UP);
        pass(10);
        assertThat(state()).isEqualTo(State.UP);
        pass(5);
        PeerHealth.Verdict verdict = see();
        assertThat(verdict.state()).isEqualTo(State.DEGRADED);
        assertThat(verdict.reason()).contains("not been answered for 15 s").contains("25 s ago");
        pass(155);
        assertThat(state()).isEqualTo(State.DEGRADED);
        pass(1);
        assertThat(state()).isEqualTo(State.DOWN);
        pass(3_600);
        assertThat(state()).as("nothing sent since changes nothing").isEqualTo(State.DOWN);
        freshTraffic();
        pass(6);
        assertThat(state()).as("one good sight").isEqualTo(State.UP);
    }

    @Test
    void anAnswerInTimeLeavesNoTrace() {
        freshTraffic();
        assertThat(state()).isEqualTo(State.UP);
        for (int i = 0; i < 20; i++) {
            pass(10);
            sent += 148;
            assertThat(state()).isNotEqualTo(State.DEGRADED);
            pass(4);
            received += 92;
            assertThat(see().unheard()).isZero();
        }
    }

    @Test
    void whoeverNeverMadeAHandshakeIsNever() {
        sent = 296;
        assertThat(see().reason()).isEqualTo("no handshake yet");
        pass(6);
        PeerHealth.Verdict verdict = see();
        assertThat(verdict.state()).isEqualTo(State.NEVER);
        assertThat(verdict.reason()).contains("preshared key").contains("UDP is blocked");
        freshTraffic();
        pass(1);
        assertThat(state()).isEqualTo(State.UP);
    }

    @Test
    void beforeAnythingWasSentNothingSpeaksAgainstAPeerThatCanBeCalled() {
        assertThat(state()).isEqualTo(State.IDLE);
        callable = false;
        PeerHealth.Verdict verdict = see();
        assertThat(verdict.state()).isEqualTo(State.NEVER);
        assertThat(verdict.reason()).contains("must call first");
    }

    @Test
    void itTakesTwoUnansweredProbesToFallAndOneAnsweredToRise() {
        freshTraffic();
        probe = Probe.Outcome.ANSWERED;
        assertThat(state()).isEqualTo(State.UP);
        pass(10);
        probe = Probe.Outcome.SILENT;
        PeerHealth.Verdict once = see();
        assertThat(once.state()).isEqualTo(State.UP);
        assertThat(once.doubtful()).isTrue();
        pass(1);
        PeerHealth.Verdict twice = see();
        assertThat(twice.state()).as("the handshake is young").isEqualTo(State.DEGRADED);
        assertThat(twice.doubtful()).isFalse();
        assertThat(twice.reason()).contains("10.8.0.1:11434");
        pass(175);
        assertThat(state()).isEqualTo(State.DOWN);
        pass(10);
        probe = Probe.Outcome.ANSWERED;
        assertThat(state()).isEqualTo(State.UP);
    }

    @Test
    void aProbeThatIsAnsweredProvesAnOldSession() {
        freshTraffic();
        assertThat(state()).isEqualTo(State.UP);
        pass(500);
        probe = Probe.Outcome.ANSWERED;
        assertThat(state()).isEqualTo(State.UP);
    }

    @Test
    void aTunnelThatWorksPointsAtThePort() {
        freshTraffic();
        probe = Probe.Outcome.SILENT;
        assertThat(state()).isEqualTo(State.IDLE);
        pass(1);
        received += 32;
        assertThat(see().reason()).contains("the tunnel works");
    }

    @Test
    void countersThatFallAreANewInterface() {
        freshTraffic();
        assertThat(state()).isEqualTo(State.UP);
        pass(10);
        sent += 300;
        assertThat(see().unheard()).isPositive();
        pass(20);
        received = 92;
        sent = 148;
        handshake = wall;
        PeerHealth.Verdict verdict = see();
        assertThat(verdict.state()).isEqualTo(State.UP);
        assertThat(verdict.unheard()).isZero();
        assertThat(verdict.receivedPerSecond()).isZero();
    }

    @Test
    void whoeverWasSilentBeforeTheInterfaceWasMadeAnewMustBeHeardFirst() {
        sent = 296;
        pass(6);
        assertThat(state()).isEqualTo(State.NEVER);
        sent = 0;
        for (int i = 0; i < 10; i++) {
            pass(10);
            PeerHealth.Verdict verdict = see();
            assertThat(verdict.state())
                    .as("nothing was sent, and that proves nothing")
                    .isEqualTo(State.NEVER);
            assertThat(verdict.reason()).contains("not heard since the tunnel was made anew");
            assertThat(verdict.heard()).isFalse();
        }
        health.renewed(); // once more
        assertThat(state()).isEqualTo(State.NEVER);
        sent = 148;
        received = 92;
        handshake = wall;
        pass(1);
        PeerHealth.Verdict verdict = see();
        assertThat(verdict.state()).isEqualTo(State.UP);
        assertThat(verdict.heard()).isTrue();
        sent = 0;
        received = 0;
        handshake = null;
        pass(1);
        assertThat(state()).as("nobody else is doubted").isEqualTo(State.IDLE);
    }

    @Test
    void aProbeThatIsAnsweredEndsTheDoubtAsWell() {
        freshTraffic();
        probe = Probe.Outcome.SILENT;
        pass(10);
        state();
        pass(10);
        assertThat(state()).isEqualTo(State.DEGRADED);
        health.renewed();
        handshake = null;
        received = 0;
        sent = 0;
        probe = Probe.Outcome.ANSWERED;
        PeerHealth.Verdict verdict = see();
        assertThat(verdict.state()).isEqualTo(State.UP);
        assertThat(verdict.heard()).isTrue();
        probe = Probe.Outcome.NONE;
        pass(10);
        assertThat(state()).isEqualTo(State.IDLE);
    }

    @Test
    void aStepOfTheClockMakesNobodyOlderOrYounger() {
        keptAlive = true;
        wall = Instant.parse("1970-01-01T00:01:00Z"); // a small computer before it knows the time
        freshTraffic();
        assertThat(state()).isEqualTo(State.UP);
        pass(20);
        wall = Instant.parse("2026-03-01T12:00:00Z");
        received += 32;
        PeerHealth.Verdict forward = see();
        assertThat(forward.state()).isEqualTo(State.UP);
        assertThat(Duration.ofNanos(forward.age())).isEqualTo(Duration.ofSeconds(20));
        pass(100);
        freshTraffic();
        assertThat(state()).isEqualTo(State.UP);
        pass(10);
        wall = wall.minusSeconds(7_200); // and back
        assertThat(Duration.ofNanos(see().age())).isEqualTo(Duration.ofSeconds(10));
        pass(180);
        assertThat(see().doubtful()).isTrue();
        pass(1);
        assertThat(state()).isEqualTo(State.DOWN);
    }

    @Test
    void aHandshakeOfTheFutureIsNow() {
        handshake = wall.plusSeconds(500);
        sent = 1;
        received = 1;
        assertThat(see().age()).isZero();
    }

    @Test
    void ratesAreOfTheTimeBetweenTwoSights() {
        freshTraffic();
        assertThat(see().sentPerSecond()).isZero();
        pass(10);
        received += 1_000;
        sent += 250;
        PeerHealth.Verdict verdict = see();
        assertThat(verdict.receivedPerSecond()).isCloseTo(100, within(0.001));
        assertThat(verdict.sentPerSecond()).isCloseTo(25, within(0.001));
    }

    @Test
    void withoutKeysOnlyTheProbeCounts() {
        keyed = false;
        probe = Probe.Outcome.ANSWERED;
        assertThat(state()).isEqualTo(State.UP);
        probe = Probe.Outcome.SILENT;
        pass(10);
        assertThat(state()).isEqualTo(State.UP);
        pass(10);
        assertThat(state()).isEqualTo(State.DOWN);
        probe = Probe.Outcome.ANSWERED;
        pass(10);
        assertThat(state()).isEqualTo(State.UP);
    }
}
