package ai.primespark.testkit;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnTopology;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel of a test's own, without any network: the test says what the driver sees, how it fails, and looks at what it was asked to
 * do. Keeps the rules of {@link VpnDriver}. Thread-safe.
 */
public class ScriptedVpnDriver implements VpnDriver {

    private final VpnPublicKey key;
    private final Map<VpnPublicKey, Peer> peers = new LinkedHashMap<>();
    private final List<String> calls = new ArrayList<>();
    private boolean up;
    private boolean closed;
    private boolean hanging;
    private @Nullable VpnException failure;

    /**
     * Makes one that is down and has no peer.
     *
     * @param key this machine's public key
     */
    public ScriptedVpnDriver(VpnPublicKey key) {
        this.key = key;
    }

    /**
     * Sets what is seen of a peer.
     *
     * @param peer its figures; replaces those of the same key
     * @return this
     */
    public final synchronized ScriptedVpnDriver see(Peer peer) {
        peers.put(java.util.Objects.requireNonNull(peer.publicKey(), "publicKey"), peer);
        return this;
    }

    /**
     * Lets every call fail.
     *
     * @param with what is thrown; null to work again
     */
    public final synchronized void fail(@Nullable VpnException with) {
        failure = with;
    }

    /**
     * Lets every call wait for its deadline, as a tool does that hangs.
     *
     * @param on whether
     */
    public final synchronized void hang(boolean on) {
        hanging = on;
    }

    /**
     * Takes the interface away or brings it back, without being asked.
     *
     * @param now whether it is up
     */
    public final synchronized void isUp(boolean now) {
        up = now;
    }

    /**
     * What it was asked to do, except for {@link #read} and {@link #publicKey}.
     *
     * @return such as {@code up}, {@code down}, {@code apply pi}, {@code reconnect KEY}; a copy
     */
    public final synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    @Override
    public String interfaceName() {
        return "test0";
    }

    @Override
    public Optional<VpnPublicKey> publicKey(Deadline deadline) {
        enter(null, deadline);
        return Optional.of(key);
    }

    @Override
    public void up(Deadline deadline) {
        enter("up", deadline);
        isUp(true);
    }

    @Override
    public void down(Deadline deadline) {
        enter("down", deadline);
        isUp(false);
    }

    @Override
    public void apply(VpnTopology topology, String self, Deadline deadline) {
        enter("apply " + self, deadline);
        VpnNode node = topology.nodes().get(self);
        if (node == null || !node.publicKey().equals(key)) {
            throw new VpnException(VpnException.Kind.INVALID, "node '" + self + "' has another key", null);
        }
        fit(topology, self);
    }

    private synchronized void fit(VpnTopology topology, String self) {
        Map<VpnPublicKey, Peer> before = Map.copyOf(peers);
        peers.clear();
        for (VpnNode other : topology.peersOf(self)) {
            Peer known = before.get(other.publicKey());
            peers.put(
                    other.publicKey(),
                    new Peer(
                            null,
                            other.publicKey(),
                            other.endpoint().orElse(null),
                            other.addresses().stream().map(IpPrefix::host).toList(),
                            known == null ? null : known.handshake(),
                            known == null ? 0 : known.receivedBytes(),
                            known == null ? 0 : known.sentBytes(),
                            0));
        }
    }

    @Override
    public void reconnect(VpnPublicKey peer, Deadline deadline) {
        enter("reconnect " + peer, deadline);
        synchronized (this) {
            if (!up) {
                throw new VpnException(VpnException.Kind.NO_INTERFACE, "test0 is down", null);
            }
            if (!peers.containsKey(peer)) {
                throw new VpnException(VpnException.Kind.INVALID, "there is no peer " + peer, null);
            }
        }
    }

    @Override
    public Optional<Snapshot> read(Deadline deadline) {
        enter(null, deadline);
        synchronized (this) {
            return up ? Optional.of(new Snapshot(key, 51_820, List.copyOf(peers.values()))) : Optional.empty();
        }
    }

    private void enter(@Nullable String call, Deadline deadline) {
        boolean wait;
        synchronized (this) {
            if (closed) {
                throw new VpnException(VpnException.Kind.FAILED, "the driver is closed", null);
            }
            if (call != null) {
                calls.add(call);
            }
            if (failure != null) {
                throw failure;
            }
            wait = hanging;
        }
        while (wait) {
            if (deadline.isOver()) {
                throw new VpnException(VpnException.Kind.TIMEOUT, "the driver hangs", null);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /**
     * A peer that was heard.
     *
     * @param key its key
     * @param handshake when its last handshake was
     * @param received bytes
     * @param sent bytes
     * @return without keepalive, at 192.0.2.1
     */
    public static Peer peer(VpnPublicKey key, @Nullable Instant handshake, long received, long sent) {
        return new Peer(
                null, key, "192.0.2.1:51820", List.of(IpPrefix.parse("10.8.0.1/32")), handshake, received, sent, 0);
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
    }
}
