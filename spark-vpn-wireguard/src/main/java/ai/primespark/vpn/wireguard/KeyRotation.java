package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.KeyStore.Age;
import ai.primespark.vpn.wireguard.TopologyLock.Rotation;
import ai.primespark.vpn.wireguard.TopologyLock.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Renews a node's private key, and its preshared keys with it, in steps with an overlap. After each, the nodes named in
 * {@link Outcome} are rendered and applied; until all are, the next must wait. State is in the folder: a rotation goes on where it
 * was, after a crash too.
 *
 * <ol>
 *   <li>{@link Step#ANNOUNCED}: every peer also knows the next key, which is not allowed to send anything yet. The tunnel works as
 *       before, whoever has applied it and who has not.
 *   <li>{@link Step#SWITCHED}: the node uses its next key, its peers send to it, and still know the one before: going back needs
 *       nothing new from them. A pair is silent from when the first of the two has applied it until the second has, and one handshake
 *       longer: a peer takes an address from one key only.
 *   <li>done: the key before is forgotten.
 * </ol>
 *
 * <p>For one thread.
 */
public final class KeyRotation {

    private final VpnDirectory directory;

    /**
     * What a step did.
     *
     * @param step where the rotation is now; empty when it has ended
     * @param apply the nodes whose configuration is another one now
     * @param advice what to do, for people
     */
    public record Outcome(Optional<Step> step, List<String> apply, String advice) {}

    /**
     * Rotates keys of a network.
     *
     * @param directory the network; to be saved afterwards
     */
    public KeyRotation(VpnDirectory directory) {
        this.directory = directory;
    }

    /**
     * Takes the next step.
     *
     * @param node whose keys
     * @param next for the first step of a node that keeps its own key: its next public key; otherwise null
     * @return what was done
     * @throws IOException when keys cannot be read or written
     * @throws VpnException when another node's rotation is under way, or the node must make its next key first
     */
    public Outcome advance(String node, @Nullable VpnPublicKey next) throws IOException {
        Rotation rotation = mine(node);
        VpnTopology topology = directory.topology();
        List<String> peers = peers(topology, node);
        if (rotation == null) {
            return announce(node, next, peers);
        }
        return rotation.step() == Step.ANNOUNCED ? change(rotation, peers, Step.SWITCHED) : finish(rotation, peers);
    }

    /**
     * Ends a rotation with the key that the node had before it.
     *
     * @param node whose keys
     * @return what was done
     * @throws IOException when keys cannot be read or written
     * @throws VpnException when there is no such rotation
     */
    public Outcome abort(String node) throws IOException {
        Rotation rotation = mine(node);
        if (rotation == null) {
            throw invalid("no rotation of node '" + node + "' is under way");
        }
        List<String> peers = peers(directory.topology(), node);
        if (rotation.step() == Step.SWITCHED) {
            Outcome back = change(rotation, peers, Step.ANNOUNCED);
            forget(node, peers, Age.NEXT);
            directory.change(directory.lock().with(null));
            return new Outcome(Optional.empty(), back.apply(), "Back to the key before: apply these at the same time.");
        }
        forget(node, peers, Age.NEXT);
        directory.change(directory.lock().with(null));
        return new Outcome(Optional.empty(), peers, "The next key is forgotten. Apply these when it suits.");
    }

    private @Nullable Rotation mine(String node) {
        var unused = directory.spec(node);
        Rotation rotation = directory.lock().rotation();
        if (rotation != null && !rotation.node().equals(node)) {
            throw invalid("the keys of node '" + rotation.node() + "' are being rotated; finish or abort that first");
        }
        return rotation;
    }

    private static List<String> peers(VpnTopology topology, String node) {
        if (!topology.nodes().containsKey(node)) {
            throw invalid("node '" + node + "' has no public key yet, so there is nothing to rotate");
        }
        return topology.peersOf(node).stream().map(VpnNode::name).toList();
    }

    private static VpnException invalid(String message) {
        return new VpnException(VpnException.Kind.INVALID, message, null);
    }

    private Outcome announce(String node, @Nullable VpnPublicKey given, List<String> peers) throws IOException {
        KeyStore keys = directory.keys();
        boolean held = keys.privateKey(node, Age.CURRENT).isPresent();
        if (held == (given != null)) {
            throw invalid(
                    held
                            ? "the private key of node '" + node + "' is held here, so its next one is made here too"
                            : "node '" + node
                                    + "' keeps its private key; make the next one there and pass its public key");
        }
        VpnPublicKey next = given;
        if (next == null) {
            VpnSecretKey made = keys.privateKey(node, Age.NEXT).orElse(null); // of a step that was not saved
            if (made == null) {
                made = directory.newKeys().newPrivateKey();
                keys.keep(node, Age.NEXT, made);
            }
            next = WireGuardKeys.publicKey(made);
        }
        VpnPublicKey announced = next;
        if (directory.file().nodes().values().stream()
                .anyMatch(n -> n.publicKey().filter(announced::equals).isPresent())) {
            throw invalid("the next key of node '" + node + "' is in use already");
        }
        if (directory.file().network().presharedKeys()) {
            for (String peer : peers) {
                keys.setPreshared(
                        node, peer, Age.NEXT, Optional.of(directory.newKeys().newPresharedKey()));
            }
        }
        VpnPublicKey current = directory.spec(node).publicKey().orElseThrow();
        directory.change(directory.lock().with(new Rotation(node, Step.ANNOUNCED, current, next)));
        return new Outcome(
                Optional.of(Step.ANNOUNCED),
                peers,
                "Apply these, in any order; the tunnel works as before. Then take the next step.");
    }

    /** Forwards and backwards alike: the key in use and the other one change places. */
    private Outcome change(Rotation rotation, List<String> peers, Step to) throws IOException {
        String node = rotation.node();
        KeyStore keys = directory.keys();
        Age in = to == Step.SWITCHED ? Age.NEXT : Age.PREVIOUS;
        Age out = to == Step.SWITCHED ? Age.PREVIOUS : Age.NEXT;
        keys.use(node, in, out);
        for (String peer : peers) {
            Optional<VpnSecretKey> next = keys.presharedKey(node, peer, in);
            if (next.isPresent()) {
                keys.setPreshared(node, peer, out, keys.presharedKey(node, peer, Age.CURRENT));
                keys.setPreshared(node, peer, Age.CURRENT, next);
                keys.setPreshared(node, peer, in, Optional.empty());
            }
        }
        Rotation changed = new Rotation(node, to, rotation.from(), rotation.to());
        directory.change(directory.file().withPublicKey(node, changed.current()));
        directory.change(directory.lock().with(changed));
        List<String> all = new ArrayList<>(List.of(node));
        all.addAll(peers);
        return new Outcome(
                Optional.of(to),
                all,
                "Apply these at the same time: a pair is silent while only one of the two has. Then take the last step.");
    }

    private Outcome finish(Rotation rotation, List<String> peers) throws IOException {
        forget(rotation.node(), peers, Age.PREVIOUS);
        directory.change(directory.lock().with(null));
        return new Outcome(
                Optional.empty(), peers, "The rotation has ended. Apply these when it suits; they forget the old key.");
    }

    private void forget(String node, List<String> peers, Age age) throws IOException {
        KeyStore keys = directory.keys();
        keys.forget(node, age);
        for (String peer : peers) {
            keys.setPreshared(node, peer, age, Optional.empty());
        }
    }
}
