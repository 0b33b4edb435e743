package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.NodeSettings.Hook;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes a node's configuration of a whole topology, for {@code wg-quick}. The same topology, key and settings give the same text.
 * Thread-safe.
 *
 * <p>The node listens where it says, or else on the port of its endpoint. Peers that have an endpoint get it, and are sent keepalives
 * when the node has an interval for them; a peer without one may be anywhere, and is answered where it was heard last.
 */
public final class WgRenderer {

    private final String interfaceName;

    /**
     * Makes a renderer.
     *
     * @param interfaceName for example {@code wg0}: 1 to 15 of {@code [a-zA-Z0-9_=+.-]}
     * @throws IllegalArgumentException when {@code wg-quick} would refuse the name
     */
    public WgRenderer(String interfaceName) {
        if (!interfaceName.matches("[a-zA-Z0-9_=+.-]{1,15}") || interfaceName.matches("\\.{1,2}")) {
            throw new IllegalArgumentException(
                    "'" + interfaceName + "' is no interface's name: 1 to 15 of letters, digits and _=+.-");
        }
        this.interfaceName = interfaceName;
    }

    /**
     * Writes a node's configuration.
     *
     * @param topology the whole network
     * @param self the node
     * @param privateKey its private key, or null to leave it out, for a node that reads it from a file of its own
     * @param settings what concerns the node alone
     * @return the configuration, keys included
     * @throws IllegalArgumentException when there is no such node
     * @throws VpnException when the private key is not that of the node's public key
     */
    public WgConfig render(
            VpnTopology topology, String self, @Nullable VpnSecretKey privateKey, NodeSettings settings) {
        List<VpnNode> peers = topology.peersOf(self); // refuses strangers
        VpnNode node = Objects.requireNonNull(topology.nodes().get(self));
        if (privateKey != null && !WireGuardKeys.publicKey(privateKey).equals(node.publicKey())) {
            throw new VpnException(
                    VpnException.Kind.INVALID,
                    "the private key of node '" + self + "' does not belong to its public key " + node.publicKey()
                            + " in the topology; tell the topology the new public key, or take the key back",
                    null);
        }
        StringBuilder text = new StringBuilder(400 + peers.size() * 200);
        text.append("# Node '")
                .append(self)
                .append("' of a Prime Spark network. Rendered: edit the topology instead.\n");
        text.append("[Interface]\n");
        line(text, "Address", join(node.addresses()));
        if (privateKey != null) {
            line(text, "PrivateKey", privateKey.reveal());
        }
        node.listenPort()
                .ifPresentOrElse(
                        port -> line(text, "ListenPort", Integer.toString(port)),
                        () -> node.endpoint()
                                .ifPresent(e -> line(text, "ListenPort", e.substring(e.lastIndexOf(':') + 1))));
        local(text, topology, node, settings);
        for (VpnNode peer : peers) {
            peer(text, topology, node, peer);
            peer.otherKey().ifPresent(key -> other(text, topology, node, peer, key));
        }
        return WgConfig.parse(text.toString());
    }

    private void local(StringBuilder text, VpnTopology topology, VpnNode node, NodeSettings settings) {
        settings.fwMark().ifPresent(mark -> line(text, "FwMark", "0x" + Long.toHexString(mark)));
        settings.mtu().ifPresent(mtu -> line(text, "MTU", Integer.toString(mtu)));
        if (!settings.dns().isEmpty()) {
            line(text, "DNS", String.join(", ", settings.dns()));
        }
        settings.table().ifPresent(table -> line(text, "Table", table));
        boolean forward = settings.forward()
                .orElse(topology.isHub(node.name()) || !node.routes().isEmpty());
        for (Hook hook : WgHooks.of(settings, topology.subnets(), interfaceName, forward)) {
            line(text, hook.key(), hook.command());
        }
    }

    private static void peer(StringBuilder text, VpnTopology topology, VpnNode self, VpnNode peer) {
        text.append("\n# ").append(peer.name()).append("\n[Peer]\n");
        line(text, "PublicKey", peer.publicKey().toString());
        topology.presharedKey(self.name(), peer.name()).ifPresent(key -> line(text, "PresharedKey", key.reveal()));
        line(text, "AllowedIPs", join(topology.allowedIps(self.name(), peer.name())));
        peer.endpoint().ifPresent(endpoint -> {
            line(text, "Endpoint", endpoint);
            self.keepalive().ifPresent(every -> line(text, "PersistentKeepalive", Long.toString(every.toSeconds())));
        });
    }

    /** Known, so that a handshake with it succeeds; but with no addresses, so that it carries nothing. */
    private static void other(StringBuilder text, VpnTopology topology, VpnNode self, VpnNode peer, VpnPublicKey key) {
        text.append("\n# ").append(peer.name()).append(", by the other key of its rotation\n[Peer]\n");
        line(text, "PublicKey", key.toString());
        topology.otherPresharedKey(self.name(), peer.name())
                .ifPresent(preshared -> line(text, "PresharedKey", preshared.reveal()));
        peer.endpoint().ifPresent(endpoint -> line(text, "Endpoint", endpoint));
    }

    private static String join(Collection<IpPrefix> prefixes) {
        return prefixes.stream().map(IpPrefix::toString).collect(Collectors.joining(", "));
    }

    private static void line(StringBuilder text, String key, String value) {
        text.append(key).append(" = ").append(value).append('\n');
    }
}
