package ai.primespark.core.vpn;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.Settings;
import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnTopology;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network that somebody else manages: Tailscale, a router, a tunnel of the system's. It only says which peers there are and whether
 * the interface is up, if one is named; the engine probes them. Thread-safe.
 */
final class StaticDriver implements VpnDriver {

    private final String interfaceName;
    private final Snapshot peers;
    private volatile boolean closed;

    StaticDriver(Settings settings) {
        this.interfaceName = settings.find(StaticDriverProvider.INTERFACE).orElse("");
        List<Peer> named = new ArrayList<>();
        for (Map.Entry<String, String> peer :
                settings.get(StaticDriverProvider.PEERS).entrySet()) {
            named.add(new Peer(peer.getKey(), null, peer.getValue(), List.of(), null, 0, 0, 0));
        }
        this.peers = new Snapshot(null, 0, named);
    }

    @Override
    public String interfaceName() {
        return interfaceName;
    }

    @Override
    public Optional<VpnPublicKey> publicKey(Deadline deadline) {
        requireOpen();
        return Optional.empty();
    }

    @Override
    public Optional<Snapshot> read(Deadline deadline) {
        requireOpen();
        if (interfaceName.isEmpty()) {
            return Optional.of(peers);
        }
        try {
            NetworkInterface found = NetworkInterface.getByName(interfaceName);
            return found != null && found.isUp() ? Optional.of(peers) : Optional.empty();
        } catch (SocketException e) {
            throw new VpnException(
                    VpnException.Kind.FAILED, "the interface '" + interfaceName + "' cannot be looked at", e);
        }
    }

    @Override
    public void up(Deadline deadline) {
        throw unsupported("bring the network up");
    }

    @Override
    public void down(Deadline deadline) {
        throw unsupported("take the network down");
    }

    @Override
    public void apply(VpnTopology topology, String self, Deadline deadline) {
        throw unsupported("change the network");
    }

    @Override
    public void reconnect(VpnPublicKey peer, Deadline deadline) {
        throw unsupported("call a peer");
    }

    private VpnException unsupported(String what) {
        requireOpen();
        return new VpnException(
                VpnException.Kind.UNSUPPORTED,
                "the driver 'static' cannot " + what + ": somebody else manages it, and this only watches",
                null);
    }

    private void requireOpen() {
        if (closed) {
            throw new VpnException(VpnException.Kind.FAILED, "the VPN driver is closed", null);
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return "StaticDriver[" + peers.peers().size() + " peers]";
    }
}
