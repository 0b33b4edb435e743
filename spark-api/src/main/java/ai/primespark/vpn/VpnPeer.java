package ai.primespark.vpn;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one peer is doing.
 *
 * @param name its name in the configuration or topology, or the beginning of its public key
 * @param key its public key, or null in a network that has none
 * @param addresses what is routed to it
 * @param remote where it was last heard from or is expected, as {@code host:port}, or null when not known
 * @param state the verdict
 * @param handshake when the last handshake was, by the wall clock, or null for never
 * @param receivedBytes what came from it since the interface was made
 * @param sentBytes what went to it since the interface was made
 * @param receivedPerSecond bytes a second between the last two looks; 0 before the second
 * @param sentPerSecond bytes a second between the last two looks; 0 before the second
 * @param reason why the state is what it is, for people
 */
public record VpnPeer(
        String name,
        @Nullable VpnPublicKey key,
        List<IpPrefix> addresses,
        @Nullable String remote,
        State state,
        @Nullable Instant handshake,
        long receivedBytes,
        long sentBytes,
        double receivedPerSecond,
        double sentPerSecond,
        String reason) {

    /** Copies the collection and refuses nulls. */
    public VpnPeer {
        Objects.requireNonNull(name, "name");
        addresses = List.copyOf(addresses);
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(reason, "reason");
    }

    /**
     * A verdict on a peer. WireGuard makes handshakes only when there is something to send, at most every 120 s, and drops keys
     * after 180 s (WireGuard paper, section 6.1), so the age of the last one alone proves little.
     */
    public enum State {
        /** A recent handshake, or a probe that was answered. */
        UP,
        /** Nothing to send for a while; nothing speaks against it. */
        IDLE,
        /** What is sent has not been answered for a while, or two probes in a row were not. */
        DEGRADED,
        /** What is sent is not answered, and the last handshake is too old. */
        DOWN,
        /** There never was a handshake: wrong key or endpoint, or UDP is blocked. */
        NEVER
    }

    /**
     * Whether it can be counted on.
     *
     * @return true when up or idle
     */
    public boolean isConnected() {
        return state == State.UP || state == State.IDLE;
    }

    /**
     * Its public key.
     *
     * @return empty in a network that has none
     */
    public Optional<VpnPublicKey> publicKey() {
        return Optional.ofNullable(key);
    }

    /**
     * Where it was last heard from or is expected.
     *
     * @return {@code host:port}; empty when not known
     */
    public Optional<String> endpoint() {
        return Optional.ofNullable(remote);
    }

    /**
     * When the last handshake was.
     *
     * @return by the wall clock; empty for never
     */
    public Optional<Instant> latestHandshake() {
        return Optional.ofNullable(handshake);
    }
}
