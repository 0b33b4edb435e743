package ai.primespark.core.vpn;

import ai.primespark.SubsystemUnavailableException;
import ai.primespark.core.runtime.EventBus;
import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents.Subscription;
import ai.primespark.health.HealthResult;
import ai.primespark.vpn.Vpn;
import ai.primespark.vpn.VpnStatus;
import ai.primespark.vpn.VpnTopology;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/** The VPN of an instance without a driver: this version runs none, and says so. */
public final class VpnEngine implements Vpn {

    private final EventBus events;

    public VpnEngine(EventBus events) {
        this.events = events;
    }

    @Override
    public VpnStatus status() {
        return VpnStatus.disabled();
    }

    @Override
    public Set<String> networks() {
        return Set.of();
    }

    @Override
    public VpnStatus up() {
        throw noDriver();
    }

    @Override
    public VpnStatus down() {
        throw noDriver();
    }

    @Override
    public VpnStatus apply(VpnTopology topology, String self) {
        throw noDriver();
    }

    private static SubsystemUnavailableException noDriver() {
        return new SubsystemUnavailableException(
                "vpn",
                "no VPN driver is configured, and this version of spark-core runs none; bring the tunnel up yourself");
    }

    @Override
    public Subscription onChange(Consumer<VpnStatus> listener) {
        Objects.requireNonNull(listener, "listener");
        return events.subscribe(SparkEvent.VpnChanged.class, event -> listener.accept(event.status()));
    }

    /** The health of this part. */
    public HealthResult check() {
        return HealthResult.healthy("no VPN configured");
    }
}
