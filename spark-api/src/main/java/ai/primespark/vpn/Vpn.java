package ai.primespark.vpn;

import ai.primespark.event.SparkEvents.Subscription;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Watches and steers the private network. Thread-safe. {@link #status()} and {@link #networks()} answer from the last look at the
 * driver and never wait; the other methods wait for the driver, within its configured time limit.
 */
public interface Vpn {

    /**
     * How the tunnel and its peers are doing.
     *
     * @return a snapshot; {@link VpnState#DISABLED} when no driver is configured
     */
    VpnStatus status();

    /**
     * Which networks can be used now.
     *
     * @return their names; unmodifiable, empty when disabled or down
     */
    Set<String> networks();

    /**
     * Brings the tunnel up. Harmless when it is up.
     *
     * @return the status afterwards; peers may still be without a handshake
     * @throws VpnException when the driver cannot
     * @throws ai.primespark.SubsystemUnavailableException when no driver is configured
     */
    VpnStatus up();

    /**
     * Takes the tunnel down, until {@link #up()}. Harmless when it is down.
     *
     * @return the status afterwards
     * @throws VpnException when the driver cannot
     * @throws ai.primespark.SubsystemUnavailableException when no driver is configured
     */
    VpnStatus down();

    /**
     * Changes the network as this machine sees it, without interrupting peers that stay as they are. Nothing changes when the
     * driver refuses it.
     *
     * @param topology the whole network
     * @param self this machine's name in it
     * @return the status afterwards
     * @throws IllegalArgumentException when there is no such node
     * @throws VpnException when the node's public key is not that of this machine's private key, or the driver cannot
     * @throws ai.primespark.SubsystemUnavailableException when no driver is configured
     */
    VpnStatus apply(VpnTopology topology, String self);

    /**
     * Follows changes of the tunnel's or a peer's state.
     *
     * @param listener called one change at a time, on a thread of the engine's; what it throws is logged
     * @return ends the subscription when closed
     */
    Subscription onChange(Consumer<VpnStatus> listener);
}
