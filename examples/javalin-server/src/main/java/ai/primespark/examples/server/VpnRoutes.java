package ai.primespark.examples.server;

import ai.primespark.vpn.Vpn;
import ai.primespark.vpn.VpnPeer;
import ai.primespark.vpn.VpnState;
import ai.primespark.vpn.VpnStatus;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The private network among a homelab's machines. */
final class VpnRoutes {

    private static final double MEGABYTE = 1e6;

    private final Vpn vpn;

    VpnRoutes(Vpn vpn) {
        this.vpn = vpn;
    }

    /** The tunnel; {@code interface} is empty without a driver. */
    record Status(
            @JsonProperty("interface") String interfaceName,
            VpnState state,
            String reason,
            boolean isActive,
            int totalPeers,
            long connectedPeers,
            List<String> networks,
            List<Peer> peers) {

        static Status of(VpnStatus status) {
            return new Status(
                    status.interfaceName(),
                    status.state(),
                    status.reason(),
                    status.state().isActive(),
                    status.peers().size(),
                    status.connectedPeers(),
                    status.networks().stream().sorted().toList(),
                    status.peers().stream().map(Peer::of).toList());
        }
    }

    /** A peer. {@code ip} is the first address that is routed to it; a megabyte is a million bytes. */
    record Peer(
            String name,
            @Nullable String ip,
            @Nullable String endpoint,
            boolean isConnected,
            VpnPeer.State state,
            String reason,
            @Nullable Instant latestHandshake,
            double transferRxMb,
            double transferTxMb) {

        static Peer of(VpnPeer peer) {
            return new Peer(
                    peer.name(),
                    peer.addresses().isEmpty() ? null : peer.addresses().get(0).addressText(),
                    peer.remote(),
                    peer.isConnected(),
                    peer.state(),
                    peer.reason(),
                    peer.handshake(),
                    peer.receivedBytes() / MEGABYTE,
                    peer.sentBytes() / MEGABYTE);
        }
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/vpn/status")
                        .user("vpn:read")
                        .summary("How the tunnel and its peers are doing.")
                        .answers(200, Status.class, "The last look at them.")
                        .to(ctx -> ctx.json(Status.of(vpn.status()))),
                steering("/api/vpn/up", "Brings the tunnel up.", vpn::up),
                steering("/api/vpn/down", "Takes the tunnel down, until it is brought up again.", vpn::down));
    }

    private static Route steering(String path, String summary, Supplier<VpnStatus> move) {
        return Route.post(path)
                .admin("vpn:admin")
                .summary(summary)
                .answers(200, Status.class, "The status afterwards.")
                .problem(409, "subsystem-unavailable", "no VPN driver is configured")
                .problem(409, "vpn-not-permitted", "the process lacks a right; so are vpn-tool-missing and others")
                .problem(502, "vpn-failed", "the driver cannot")
                .problem(504, "vpn-timeout", "the driver did not end in time")
                .to(ctx -> ctx.json(Status.of(move.get())));
    }
}
