package ai.primespark.core.vpn;

import ai.primespark.SubsystemUnavailableException;
import ai.primespark.core.runtime.EventBus;
import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents.Subscription;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Settings;
import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.Vpn;
import ai.primespark.vpn.VpnPeer;
import ai.primespark.vpn.VpnState;
import ai.primespark.vpn.VpnStatus;
import ai.primespark.vpn.VpnTopology;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The VPN of an instance: the watched tunnel if there is a driver, otherwise nothing, which it says. Thread-safe. */
public final class VpnEngine implements Vpn, AutoCloseable {

    private final EventBus events;
    private final @Nullable Tunnel tunnel;

    /** Without a driver. */
    public VpnEngine(EventBus events) {
        this(events, null);
    }

    private VpnEngine(EventBus events, @Nullable Tunnel tunnel) {
        this.events = events;
        this.tunnel = tunnel;
    }

    /**
     * With a driver; begins nothing.
     *
     * @param settings values of {@link VpnSettings#ALL}
     * @param driver created and started; whoever made it closes it, after the engine
     * @param runtime what all parts share
     * @param profile how sparing to be now; must be fast
     * @throws IllegalArgumentException when settings do not fit together
     */
    public static VpnEngine over(
            Settings settings, VpnDriver driver, SparkRuntime runtime, Supplier<PowerProfile> profile) {
        Surroundings around = new Surroundings(
                runtime.clock(),
                System::nanoTime,
                runtime.executors().blocking(),
                runtime.executors().scheduler(),
                runtime.meters(),
                runtime.events()::publish,
                profile,
                Probe::byTcp);
        return new VpnEngine(runtime.events(), new Tunnel(driver, TunnelPlan.of(settings), around));
    }

    /** For tests. */
    static VpnEngine over(EventBus events, Tunnel tunnel) {
        return new VpnEngine(events, tunnel);
    }

    /** Begins to watch, and waits a moment for the first result. */
    public void start() {
        if (tunnel != null) {
            tunnel.start();
        }
    }

    /** Power management decided something; a longer or shorter interval holds from now on. */
    public void power() {
        if (tunnel != null) {
            tunnel.lookSoon();
        }
    }

    @Override
    public VpnStatus status() {
        return tunnel == null ? VpnStatus.disabled() : tunnel.status();
    }

    @Override
    public Set<String> networks() {
        return status().networks();
    }

    @Override
    public VpnStatus up() {
        return tunnel().up();
    }

    @Override
    public VpnStatus down() {
        return tunnel().down();
    }

    @Override
    public VpnStatus apply(VpnTopology topology, String self) {
        return tunnel().apply(Objects.requireNonNull(topology, "topology"), Objects.requireNonNull(self, "self"));
    }

    private Tunnel tunnel() {
        if (tunnel == null) {
            throw new SubsystemUnavailableException(
                    "vpn", "no VPN driver is configured; write primespark.vpn.driver = {type = wireguard}");
        }
        return tunnel;
    }

    @Override
    public Subscription onChange(Consumer<VpnStatus> listener) {
        Objects.requireNonNull(listener, "listener");
        return events.subscribe(SparkEvent.VpnChanged.class, event -> listener.accept(event.status()));
    }

    /** The health of this part. */
    public HealthResult check() {
        Tunnel watched = tunnel;
        if (watched == null) {
            return HealthResult.healthy("no VPN configured");
        }
        VpnStatus now = watched.status();
        Map<String, Double> metrics =
                Map.of("peers", (double) now.peers().size(), "peers_connected", (double) now.connectedPeers());
        if (now.state() != VpnState.UP) {
            String addition = watched.hasGivenUp() ? "; it was made anew as often as restart.most allows, in vain" : "";
            return new HealthResult(HealthStatus.DEGRADED, now.state() + ": " + now.reason() + addition, metrics);
        }
        List<String> silent = now.peers().stream()
                .filter(peer -> watched.isNamed(peer.name())) // others, such as phones, come and go
                .filter(peer -> peer.state() == VpnPeer.State.DOWN || peer.state() == VpnPeer.State.DEGRADED)
                .map(peer -> peer.name() + ": " + peer.reason())
                .limit(5)
                .toList();
        return silent.isEmpty()
                ? new HealthResult(HealthStatus.HEALTHY, now.reason(), metrics)
                : new HealthResult(HealthStatus.DEGRADED, String.join("; ", silent), metrics);
    }

    /** The health of each peer that the configuration names. */
    public Map<String, HealthResult> partsHealth() {
        Tunnel watched = tunnel;
        Map<String, HealthResult> parts = new HashMap<>();
        if (watched != null) {
            watched.status().peers().stream()
                    .filter(peer -> watched.isNamed(peer.name()))
                    .forEach(peer -> parts.put(peer.name(), health(peer)));
        }
        return parts;
    }

    private static HealthResult health(VpnPeer peer) {
        boolean silent = peer.state() == VpnPeer.State.DOWN || peer.state() == VpnPeer.State.DEGRADED;
        String message = peer.state() + ": " + peer.reason();
        return silent ? HealthResult.degraded(message) : HealthResult.healthy(message);
    }

    /** Ends watching; leaves the tunnel as it is. */
    @Override
    public void close() {
        if (tunnel != null) {
            tunnel.close();
        }
    }
}
