package ai.primespark.core.vpn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ai.primespark.event.SparkEvent;
import ai.primespark.health.HealthStatus;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Settings;
import ai.primespark.spi.VpnDriver;
import ai.primespark.testkit.ScriptedVpnDriver;
import ai.primespark.testkit.TestContext;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPeer;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnState;
import ai.primespark.vpn.VpnStatus;
import ai.primespark.vpn.VpnTopology;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TunnelTest {

    private static final VpnPublicKey OWN = key(1);
    private static final VpnPublicKey NAS = key(2);
    private static final VpnPublicKey PI = key(3);

    private final TestContext context = TestContext.create();
    private final ScriptedVpnDriver driver = new ScriptedVpnDriver(OWN);
    private final List<VpnStatus> events = new CopyOnWriteArrayList<>();
    private final AtomicLong skipped = new AtomicLong();
    private final AtomicInteger probes = new AtomicInteger();
    private volatile Probe.Outcome answer = Probe.Outcome.ANSWERED;
    private volatile PowerProfile profile = PowerProfile.FULL;
    private Tunnel tunnel;

    private static VpnPublicKey key(int fill) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) fill);
        return VpnPublicKey.of(bytes);
    }

    private VpnEngine engine(VpnDriver over, Map<String, ?> settings) {
        Map<String, Object> values = new HashMap<>(Map.of("interval", Duration.ofMillis(50)));
        values.putAll(settings);
        Surroundings around = new Surroundings(
                context.clock(),
                () -> System.nanoTime() + skipped.get(),
                context.blocking(),
                context.scheduler(),
                context.meters(),
                event -> events.add(((SparkEvent.VpnChanged) event).status()),
                () -> profile,
                (where, timeout) -> {
                    probes.incrementAndGet();
                    return answer;
                });
        tunnel = new Tunnel(over, TunnelPlan.of(Settings.of(VpnSettings.ALL, values)), around);
        tunnel.start();
        return VpnEngine.over(new ai.primespark.core.runtime.EventBus(Runnable::run, context.clock()), tunnel);
    }

    @AfterEach
    void end() {
        if (tunnel != null) {
            tunnel.close();
        }
        context.close();
    }

    private Instant now() {
        return context.clock().instant();
    }

    private void heard(VpnPublicKey peer) {
        driver.see(ScriptedVpnDriver.peer(peer, now(), 100, 100));
    }

    private void eventually(Runnable check) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(check::run);
    }

    @Test
    void theFirstLookIsThereWhenTheStartIsOver() {
        heard(NAS);
        driver.isUp(true);
        VpnEngine engine = engine(driver, Map.of("peers", Map.of("nas", NAS.base64())));
        assertThat(engine.status().state()).isEqualTo(VpnState.UP);
        assertThat(engine.networks()).containsExactlyInAnyOrder("vpn", "vpn/nas");
        assertThat(engine.status().publicKey()).contains(OWN);
        assertThat(engine.status().peers()).extracting(VpnPeer::name).containsExactly("nas");
        assertThat(engine.check().status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(events).hasSize(1);
        assertThat(driver.calls()).isEmpty();
    }

    @Test
    void aPeerThatStopsAnsweringLeavesTheNetworksAndComesBack() {
        heard(NAS);
        driver.isUp(true);
        VpnEngine engine = engine(
                driver,
                Map.of(
                        "peers",
                        Map.of("nas", NAS.base64()),
                        "probes",
                        Map.of("nas", "10.8.0.1:22"),
                        "networks",
                        List.of("home", "vpn")));
        assertThat(engine.networks()).containsExactlyInAnyOrder("home", "home/nas", "vpn", "vpn/nas");
        answer = Probe.Outcome.SILENT;
        eventually(() -> assertThat(engine.networks()).isEmpty());
        assertThat(engine.status().state()).isEqualTo(VpnState.DEGRADED);
        assertThat(engine.status().reason()).contains("10.8.0.1:22");
        assertThat(engine.check().status()).isEqualTo(HealthStatus.DEGRADED);
        answer = Probe.Outcome.ANSWERED;
        eventually(() -> assertThat(engine.networks()).contains("vpn/nas"));
        assertThat(events).extracting(VpnStatus::state).containsExactly(VpnState.UP, VpnState.DEGRADED, VpnState.UP);
    }

    @Test
    void oneOfTwoPeersKeepsTheNetworkButNotItsOwnName() {
        heard(NAS);
        heard(PI);
        driver.isUp(true);
        VpnEngine engine = engine(driver, Map.of("peers", Map.of("nas", NAS.base64(), "pi", PI.base64())));
        driver.see(ScriptedVpnDriver.peer(PI, now(), 100, 500));
        eventually(() -> assertThat(engine.status().peers())
                .anySatisfy(peer -> assertThat(peer.sentBytes()).isEqualTo(500)));
        skipped.addAndGet(Duration.ofSeconds(16).toNanos());
        eventually(() -> assertThat(engine.networks()).containsExactlyInAnyOrder("vpn", "vpn/nas"));
        assertThat(engine.check().status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(engine.check().message()).startsWith("pi: ");
    }

    @Test
    void anInterfaceThatCannotWorkIsMisconfigured() {
        driver.isUp(true);
        VpnEngine engine = engine(driver, Map.of());
        assertThat(engine.status().state()).isEqualTo(VpnState.MISCONFIGURED);
        assertThat(engine.status().reason()).contains("no peer");
        assertThat(engine.networks()).isEmpty();
    }

    @Test
    void withoutKeepUpNobodyTouchesATunnelThatIsDown() {
        VpnEngine engine = engine(driver, Map.of());
        assertThat(engine.status().state()).isEqualTo(VpnState.DOWN);
        heard(NAS);
        driver.isUp(true);
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.UP));
        assertThat(driver.calls()).isEmpty();
    }

    @Test
    void withKeepUpItIsBroughtUpAndAgainWhenItVanishes() {
        heard(NAS);
        VpnEngine engine = engine(driver, Map.of("keep-up", true, "restart.wait", Duration.ofMillis(100)));
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.UP));
        driver.isUp(false);
        eventually(() -> assertThat(driver.calls()).containsExactly("up", "up"));
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.UP));
        engine.down();
        assertThat(engine.status().state()).isEqualTo(VpnState.DOWN);
        skipped.addAndGet(Duration.ofHours(1).toNanos());
        engine.power();
        int looks = driver.calls().size();
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.DOWN));
        assertThat(driver.calls()).as("down() holds until up()").hasSize(looks).endsWith("down");
        assertThat(engine.up().state()).isEqualTo(VpnState.UP);
    }

    @Test
    void aStuckTunnelIsMadeAnewAFewTimesAndAnEndpointIsLookedUpAgain() {
        driver.see(ScriptedVpnDriver.peer(NAS, null, 0, 148));
        driver.isUp(true);
        VpnEngine engine = engine(
                driver,
                Map.of(
                        "keep-up", true,
                        "restart.after", Duration.ofMillis(100),
                        "restart.wait", Duration.ofMillis(100),
                        "restart.longest-wait", Duration.ofMillis(100),
                        "restart.most", 2));
        eventually(
                () -> assertThat(driver.calls().stream().filter("down"::equals)).hasSize(2));
        eventually(() -> assertThat(tunnel.hasGivenUp()).isTrue());
        assertThat(driver.calls()).contains("reconnect " + NAS);
        assertThat(engine.check().message()).contains("restart.most");
        heard(NAS);
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.UP));
        eventually(() -> assertThat(tunnel.hasGivenUp()).isFalse());
    }

    /** As a kernel does: an interface that is made anew has sent nothing to anybody. */
    private static final class Forgetful extends ScriptedVpnDriver {
        private final VpnDriver.Peer fresh;

        Forgetful(VpnDriver.Peer fresh) {
            super(OWN);
            this.fresh = fresh;
        }

        @Override
        public void up(Deadline deadline) {
            super.up(deadline);
            see(fresh);
        }
    }

    @Test
    void aDeadPeerIsNotTakenForALivingOneBecauseTheTunnelWasMadeAnew() {
        Forgetful dead = new Forgetful(ScriptedVpnDriver.peer(NAS, null, 0, 0));
        dead.see(ScriptedVpnDriver.peer(NAS, null, 0, 148));
        dead.isUp(true);
        VpnEngine engine = engine(
                dead,
                Map.of(
                        "keep-up", true,
                        "restart.after", Duration.ofMillis(100),
                        "restart.wait", Duration.ofMillis(100),
                        "restart.longest-wait", Duration.ofMillis(100),
                        "restart.most", 2));
        eventually(() -> assertThat(tunnel.hasGivenUp()).isTrue());
        int calls = calls(dead, "reconnect " + NAS);
        skipped.addAndGet(Duration.ofHours(1).toNanos());
        eventually(() -> assertThat(calls(dead, "reconnect " + NAS)).isGreaterThan(calls));
        assertThat(calls(dead, "down")).isEqualTo(2);
        assertThat(events).extracting(VpnStatus::state).doesNotContain(VpnState.UP);
        assertThat(engine.networks()).isEmpty();
        dead.see(ScriptedVpnDriver.peer(NAS, now(), 92, 148));
        eventually(() -> assertThat(engine.networks()).contains("vpn"));
        eventually(() -> assertThat(tunnel.hasGivenUp()).isFalse());
    }

    private static int calls(ScriptedVpnDriver driver, String call) {
        return (int) driver.calls().stream().filter(call::equals).count();
    }

    private static VpnDriver.Peer roaming(@Nullable String endpoint, @Nullable Instant handshake, long sent) {
        return new VpnDriver.Peer(null, NAS, endpoint, List.of(), handshake, 0, sent, 0);
    }

    @Test
    void aHubWhosePeersAreAllAwayIsLeftAsItIs() {
        answer = Probe.Outcome.SILENT; // each look asks once, so that looks can be counted
        driver.see(roaming(null, null, 0));
        driver.isUp(true);
        VpnEngine engine = engine(
                driver,
                Map.of(
                        "keep-up", true,
                        "peers", Map.of("nas", NAS.base64()),
                        "probes", Map.of("nas", "10.8.0.1:22"),
                        "restart.after", Duration.ofMillis(100)));
        assertThat(engine.status().state()).isEqualTo(VpnState.DEGRADED);
        looksAnHourLater(3);
        answer = Probe.Outcome.ANSWERED; // it comes, which tells the interface where it is, and goes again
        driver.see(roaming("192.0.2.7:40000", now(), 500));
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.UP));
        answer = Probe.Outcome.SILENT;
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.DEGRADED));
        looksAnHourLater(3);
        assertThat(driver.calls()).doesNotContain("down", "up");
    }

    private void looksAnHourLater(int looks) {
        skipped.addAndGet(Duration.ofHours(1).toNanos());
        int before = probes.get();
        eventually(() -> assertThat(probes.get()).isGreaterThan(before + looks));
    }

    @Test
    void withoutRightsTheProbesTellAlone() {
        driver.fail(new VpnException(VpnException.Kind.NOT_PERMITTED, "not root", null));
        VpnEngine engine = engine(driver, Map.of("probes", Map.of("nas", "10.8.0.1:22")));
        assertThat(engine.status().state()).isEqualTo(VpnState.UP);
        assertThat(engine.status().reason()).contains("by probes alone: not root");
        assertThat(engine.networks()).containsExactlyInAnyOrder("vpn", "vpn/nas");
        answer = Probe.Outcome.SILENT;
        eventually(() -> assertThat(engine.networks()).isEmpty());
    }

    @Test
    void withoutRightsOrProbesItIsUnknown() {
        driver.fail(new VpnException(VpnException.Kind.NOT_PERMITTED, "not root", null));
        VpnEngine engine = engine(driver, Map.of());
        assertThat(engine.status().state()).isEqualTo(VpnState.UNKNOWN);
        assertThat(engine.status().reason()).isEqualTo("not root");
        assertThat(engine.networks()).isEmpty();
    }

    @Test
    void aFailedLookIsRepeatedSoonBeforeItCounts() {
        heard(NAS);
        driver.isUp(true);
        VpnEngine engine = engine(driver, Map.of("interval", Duration.ofHours(1)));
        driver.fail(new VpnException(VpnException.Kind.FAILED, "hiccup", null));
        engine.power();
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.UNKNOWN)); // at the confirmation
        driver.fail(null);
        engine.power();
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.UP));
        assertThat(events).extracting(VpnStatus::state).containsExactly(VpnState.UP, VpnState.UNKNOWN, VpnState.UP);
    }

    @Test
    void whenPowerIsSavedPeersAreAskedLessOften() {
        heard(NAS);
        driver.isUp(true);
        VpnEngine engine = engine(
                driver,
                Map.of(
                        "peers", Map.of("nas", NAS.base64()),
                        "probes", Map.of("nas", "10.8.0.1:22"),
                        "saving-interval", Duration.ofHours(1)));
        eventually(() -> assertThat(probes.get()).isGreaterThan(3));
        profile = PowerProfile.SAVING;
        engine.power();
        assertThat(tunnel.interval()).isEqualTo(Duration.ofHours(1));
        int saved = probes.get();
        metronome(20);
        assertThat(probes.get())
                .as("the look at the change, and one that was under way")
                .isLessThanOrEqualTo(saved + 2);
        profile = PowerProfile.FULL;
        engine.power();
        eventually(() -> assertThat(probes.get()).isGreaterThan(saved + 5));
    }

    /** Waits while another tunnel, whose power is not saved, is looked at so often, at the usual interval. */
    private void metronome(int looks) {
        AtomicInteger ticks = new AtomicInteger();
        ScriptedVpnDriver other = new ScriptedVpnDriver(OWN);
        other.see(ScriptedVpnDriver.peer(NAS, now(), 100, 100)).isUp(true);
        Surroundings around = new Surroundings(
                context.clock(),
                System::nanoTime,
                context.blocking(),
                context.scheduler(),
                ai.primespark.spi.Meters.discarding(),
                event -> {},
                () -> PowerProfile.FULL,
                (where, timeout) -> {
                    ticks.incrementAndGet();
                    return Probe.Outcome.ANSWERED;
                });
        Map<String, Object> settings = Map.of(
                "interval", Duration.ofMillis(50),
                "peers", Map.of("nas", NAS.base64()),
                "probes", Map.of("nas", "10.8.0.1:22"));
        try (Tunnel full = new Tunnel(other, TunnelPlan.of(Settings.of(VpnSettings.ALL, settings)), around)) {
            full.start();
            eventually(() -> assertThat(ticks.get()).isGreaterThan(looks));
        }
    }

    @Test
    void applyingATopologyNamesThePeers() {
        driver.isUp(true);
        VpnEngine engine = engine(driver, Map.of());
        VpnTopology topology = VpnTopology.builder("10.8.0.0/24")
                .hub(VpnNode.builder("server", NAS)
                        .address("10.8.0.1/24")
                        .endpoint("192.0.2.1:51820")
                        .build())
                .node(VpnNode.builder("laptop", OWN).address("10.8.0.2/24").build())
                .build();
        VpnStatus status = engine.apply(topology, "laptop");
        assertThat(status.peers()).extracting(VpnPeer::name).containsExactly("server");
        assertThat(driver.calls()).containsExactly("apply laptop");
        assertThatIllegalArgumentException().isThrownBy(() -> engine.apply(topology, "nobody"));
        assertThatExceptionOfType(VpnException.class).isThrownBy(() -> engine.apply(topology, "server"));
    }

    @Test
    void aDriverThatHangsHoldsNobodyUpWhoAsksForTheStatus() {
        heard(NAS);
        driver.isUp(true);
        VpnEngine engine = engine(driver, Map.of("look-timeout", Duration.ofMillis(100)));
        driver.hang(true);
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.UNKNOWN));
        driver.hang(false);
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.UP));
    }

    @Test
    void aNetworkOfSomebodyElsesIsOnlyProbed() {
        StaticDriverProvider provider = new StaticDriverProvider();
        VpnDriver somebodys = provider.create(context.with(provider, Map.of("peers", Map.of("nas", "100.64.0.1:22"))));
        VpnEngine engine = engine(somebodys, Map.of("keep-up", true));
        assertThat(engine.status().state()).isEqualTo(VpnState.UP);
        assertThat(engine.networks()).containsExactlyInAnyOrder("vpn", "vpn/nas");
        assertThat(engine.status().publicKey()).isEmpty();
        answer = Probe.Outcome.SILENT;
        eventually(() -> assertThat(engine.networks()).isEmpty());
        assertThatExceptionOfType(VpnException.class).isThrownBy(engine::up).withMessageContaining("somebody else");
    }

    @Test
    void closingLeavesTheTunnelAsItIsAndAsksNobodyAnyMore() {
        heard(NAS);
        VpnEngine engine = engine(driver, Map.of("keep-up", true));
        eventually(() -> assertThat(engine.status().state()).isEqualTo(VpnState.UP));
        engine.close();
        assertThat(driver.calls()).containsExactly("up");
        assertThat(driver.read(Deadline.in(Duration.ofSeconds(1)))).isPresent();
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(engine::up);
    }
}
