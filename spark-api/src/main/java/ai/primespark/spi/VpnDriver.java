package ai.primespark.spi;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnTopology;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Steers one tunnel interface. Reports what it sees; what that says of a peer's health is the engine's to judge. This machine's
 * private key is the driver's own and never crosses this interface.
 *
 * <p>All methods may block until the deadline and are called from one thread at a time, except {@link #close()}. Closing leaves
 * the tunnel as it is.
 *
 * <p>Rules that {@code VpnDriverContract} in the testkit checks:
 *
 * <ul>
 *   <li>VPN-01 {@link #up} when up and {@link #down} when down are harmless. A driver that only watches says
 *       {@link VpnException.Kind#UNSUPPORTED} to whatever would change something.
 *   <li>VPN-02 {@link #apply} interrupts no peer that stays as it is, and changes nothing when it fails.
 *   <li>VPN-03 A missing tool, a missing right and a missing interface are told apart, by the exception's kind.
 *   <li>VPN-04 Every call ends by its deadline, whatever a tool or its children do, and leaves no process behind.
 *   <li>VPN-05 No private or preshared key is in a result, an exception, a log or the arguments of a command; files that hold
 *       one have mode 0600 before anything is written to them.
 *   <li>VPN-06 After {@link #close()}, every method fails with a {@link VpnException}; closing twice is harmless.
 * </ul>
 */
public interface VpnDriver extends SparkComponent {

    /**
     * The interface that it steers.
     *
     * @return 1 to 15 of {@code [a-zA-Z0-9_=+.-]} (wg-quick manual); empty when the network has no interface that is known
     */
    String interfaceName();

    /**
     * This machine's public key.
     *
     * @param deadline when the answer is of no more use
     * @return empty when there is no private key yet
     * @throws VpnException when it cannot be learned
     */
    Optional<VpnPublicKey> publicKey(Deadline deadline);

    /**
     * Brings the tunnel up.
     *
     * @param deadline by when
     * @throws VpnException when it cannot
     */
    void up(Deadline deadline);

    /**
     * Takes the tunnel down.
     *
     * @param deadline by when
     * @throws VpnException when it cannot
     */
    void down(Deadline deadline);

    /**
     * Makes the interface fit a topology, now if it is up and at the next {@link #up} otherwise.
     *
     * @param topology the whole network
     * @param self this machine's name in it
     * @param deadline by when
     * @throws VpnException when it cannot
     */
    void apply(VpnTopology topology, String self, Deadline deadline);

    /**
     * Looks up a peer's endpoint again and sends it something, so that a handshake follows if the session is too old or is not
     * answered.
     *
     * @param peer the peer
     * @param deadline by when
     * @throws VpnException when it cannot, or there is no such peer
     */
    void reconnect(VpnPublicKey peer, Deadline deadline);

    /**
     * Looks at the interface.
     *
     * @param deadline when the answer is of no more use
     * @return what it sees; empty when the interface does not exist or is down
     * @throws VpnException when it cannot be told
     */
    Optional<Snapshot> read(Deadline deadline);

    /**
     * What an interface says of itself.
     *
     * @param key this machine's public key, or null when the interface has no private key
     * @param listenPort the UDP port, 0 when none is open
     * @param peers each peer
     */
    record Snapshot(@Nullable VpnPublicKey key, int listenPort, List<Peer> peers) {

        /** Copies the collection. */
        public Snapshot {
            peers = List.copyOf(peers);
        }
    }

    /**
     * What an interface says of a peer; the figures of {@code wg show dump} (wg manual). Without a public key, nothing is known
     * of the peer but its endpoint, which the engine then probes.
     *
     * @param name its name, or null when the driver knows none
     * @param publicKey its public key, or null in a network that has none
     * @param endpoint {@code host:port}, or null when not known
     * @param allowed what is routed to it and accepted from it
     * @param handshake when the last handshake was, by the wall clock, or null for never
     * @param receivedBytes what came from it; an unsigned 64-bit number
     * @param sentBytes what went to it; an unsigned 64-bit number
     * @param keepaliveSeconds 1 to 65,535, or 0 when off
     */
    record Peer(
            @Nullable String name,
            @Nullable VpnPublicKey publicKey,
            @Nullable String endpoint,
            List<IpPrefix> allowed,
            @Nullable Instant handshake,
            long receivedBytes,
            long sentBytes,
            int keepaliveSeconds) {

        /** Copies the collection and refuses nulls. */
        public Peer {
            if (name == null && publicKey == null) {
                throw new IllegalArgumentException("a peer has a name or a public key");
            }
            allowed = List.copyOf(allowed);
        }
    }
}
