package ai.primespark.core.vpn;

import ai.primespark.spi.Meters;
import ai.primespark.vpn.VpnPeer;
import ai.primespark.vpn.VpnState;
import ai.primespark.vpn.VpnStatus;
import java.time.Duration;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What is counted of a tunnel. Only peers that the configuration names have meters of their own: others may come in any number. */
final class TunnelMeters {

    private static final String PEER = "peer";

    private final Meters.Counter reconnects;
    private final Meters.Counter restarts;
    private final Meters.Timer looks;

    TunnelMeters(Meters meters, TunnelPlan plan, Supplier<VpnStatus> status) {
        this.reconnects = meters.counter("spark.vpn.reconnects");
        this.restarts = meters.counter("spark.vpn.restarts");
        this.looks = meters.timer("spark.vpn.look");
        meters.gauge("spark.vpn.up", () -> status.get().state() == VpnState.UP ? 1 : 0);
        meters.gauge("spark.vpn.peers", () -> status.get().peers().size());
        meters.gauge("spark.vpn.peers.connected", () -> status.get().connectedPeers());
        TreeSet<String> named = new TreeSet<>(plan.peers().values());
        named.addAll(plan.probes().keySet());
        for (String name : named) {
            gauge(meters, "spark.vpn.peer.up", name, status, peer -> peer.isConnected() ? 1 : 0);
            gauge(meters, "spark.vpn.peer.received", name, status, VpnPeer::receivedPerSecond);
            gauge(meters, "spark.vpn.peer.sent", name, status, VpnPeer::sentPerSecond);
        }
    }

    private static void gauge(
            Meters meters, String meter, String name, Supplier<VpnStatus> status, ToDoubleFunction<VpnPeer> value) {
        meters.gauge(
                meter,
                () -> status.get().peers().stream()
                        .filter(peer -> peer.name().equals(name))
                        .mapToDouble(value)
                        .findFirst()
                        .orElse(Double.NaN),
                PEER,
                name);
    }

    void looked(Duration time) {
        looks.record(time);
    }

    void reconnected() {
        reconnects.increment();
    }

    void restarted() {
        restarts.increment();
    }
}
