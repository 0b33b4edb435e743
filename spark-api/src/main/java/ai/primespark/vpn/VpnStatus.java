package ai.primespark.vpn;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the tunnel and its peers are doing.
 *
 * @param state the tunnel as a whole
 * @param interfaceName for example {@code wg0}; empty when disabled, or when the network has none of its own
 * @param key this machine's public key, or null when not known
 * @param peers each peer
 * @param networks the names of networks that can be used now, by which LLM backends say {@code via = vpn}: each configured
 *     name while the tunnel is up, and {@code name/peer} for each peer that can be counted on
 * @param reason why the state is what it is, for people; may be empty
 */
public record VpnStatus(
        VpnState state,
        String interfaceName,
        @Nullable VpnPublicKey key,
        List<VpnPeer> peers,
        Set<String> networks,
        String reason) {

    /** Copies the collections and refuses nulls. */
    public VpnStatus {
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(interfaceName, "interfaceName");
        peers = List.copyOf(peers);
        networks = Set.copyOf(networks);
        Objects.requireNonNull(reason, "reason");
    }

    /**
     * The status without a driver.
     *
     * @return a disabled one
     */
    public static VpnStatus disabled() {
        return new VpnStatus(VpnState.DISABLED, "", null, List.of(), Set.of(), "no VPN driver is configured");
    }

    /**
     * This machine's public key.
     *
     * @return empty when not known
     */
    public Optional<VpnPublicKey> publicKey() {
        return Optional.ofNullable(key);
    }

    /**
     * How many peers can be counted on.
     *
     * @return 0 to the number of peers
     */
    public long connectedPeers() {
        return peers.stream().filter(VpnPeer::isConnected).count();
    }
}
