package ai.primespark.core.vpn;

import ai.primespark.vpn.VpnStatus;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Knows which backends can only be reached through a private network, and whether that leads there now. Thread-safe. */
public final class Ways {

    private final Map<String, String> via;
    private final Supplier<VpnStatus> status;

    /**
     * Makes one.
     *
     * @param via names of networks by ids of backends
     * @param status how the private network is doing; must be fast
     */
    public Ways(Map<String, String> via, Supplier<VpnStatus> status) {
        this.via = Map.copyOf(via);
        this.status = status;
    }

    /** Why nothing can be sent to a backend now; null when it can, or when it needs no such network. */
    public @Nullable String obstacle(String backend) {
        String network = via.get(backend);
        if (network == null) {
            return null;
        }
        VpnStatus now = status.get();
        if (now.networks().contains(network)) {
            return null;
        }
        int slash = network.indexOf('/');
        String peer = slash < 0 ? "" : network.substring(slash + 1);
        String why = now.peers().stream()
                .filter(one -> one.name().equals(peer))
                .map(one -> one.state() + ", " + one.reason())
                .findFirst()
                .orElseGet(() -> now.state() + ", " + now.reason());
        return "its network '" + network + "' cannot be used now: " + why;
    }
}
