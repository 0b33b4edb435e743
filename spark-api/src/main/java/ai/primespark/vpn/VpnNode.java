package ai.primespark.vpn;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One machine of the private network, by what others may know of it. Immutable and thread-safe. */
public final class VpnNode {

    private final String name;
    private final VpnPublicKey publicKey;
    private final Set<IpPrefix> addresses;
    private final Set<IpPrefix> routes;
    private final @Nullable String endpoint;
    private final @Nullable Integer listenPort;
    private final @Nullable Duration keepalive;
    private final @Nullable String hub;
    private final @Nullable VpnPublicKey otherKey;

    private VpnNode(Builder b) {
        this.name = b.name;
        this.publicKey = b.publicKey;
        this.addresses = Collections.unmodifiableSet(new LinkedHashSet<>(b.addresses));
        this.routes = Collections.unmodifiableSet(new LinkedHashSet<>(b.routes));
        this.endpoint = b.endpoint;
        this.listenPort = b.listenPort;
        this.keepalive = b.keepalive;
        this.hub = b.hub;
        this.otherKey = b.otherKey;
    }

    /**
     * Starts a node.
     *
     * @param name 1 to 63 of {@code [a-z0-9-]}, beginning with a letter
     * @param publicKey its public key; the private one stays on the machine
     * @return a builder
     * @throws IllegalArgumentException for a name that is not allowed
     */
    public static Builder builder(String name, VpnPublicKey publicKey) {
        return new Builder(name, publicKey);
    }

    /**
     * The node's name.
     *
     * @return unique in its topology
     */
    public String name() {
        return name;
    }

    /**
     * Its public key.
     *
     * @return unique in its topology
     */
    public VpnPublicKey publicKey() {
        return publicKey;
    }

    /**
     * Its addresses in the private network.
     *
     * @return unmodifiable; in the order in which they were added
     */
    public Set<IpPrefix> addresses() {
        return addresses;
    }

    /**
     * Networks behind it that others reach through it.
     *
     * @return unmodifiable
     */
    public Set<IpPrefix> routes() {
        return routes;
    }

    /**
     * Where others reach it from outside.
     *
     * @return {@code host:port} or {@code [IPv6]:port}; empty when they cannot
     */
    public Optional<String> endpoint() {
        return Optional.ofNullable(endpoint);
    }

    /**
     * The UDP port that it listens on.
     *
     * @return 1 to 65,535; empty for any
     */
    public OptionalInt listenPort() {
        return listenPort == null ? OptionalInt.empty() : OptionalInt.of(listenPort);
    }

    /**
     * How often it sends something to keep a NAT's mapping alive.
     *
     * @return 1 s to 65,535 s; empty for never
     */
    public Optional<Duration> keepalive() {
        return Optional.ofNullable(keepalive);
    }

    /**
     * The hub that it talks through, where there are several.
     *
     * @return a hub's name; empty for the first one
     */
    public Optional<String> hub() {
        return Optional.ofNullable(hub);
    }

    /**
     * A key by which others know it besides, while its keys are being rotated: its next one, or the one before. Nothing is sent by
     * it and nothing taken from it.
     *
     * @return empty outside of a rotation
     */
    public Optional<VpnPublicKey> otherKey() {
        return Optional.ofNullable(otherKey);
    }

    @Override
    public String toString() {
        return "VpnNode[" + name + ", " + addresses + "]";
    }

    /** Collects a node. Not thread-safe. */
    public static final class Builder {

        private final String name;
        private final VpnPublicKey publicKey;
        private final Set<IpPrefix> addresses = new LinkedHashSet<>();
        private final Set<IpPrefix> routes = new LinkedHashSet<>();
        private @Nullable String endpoint;
        private @Nullable Integer listenPort;
        private @Nullable Duration keepalive;
        private @Nullable String hub;
        private @Nullable VpnPublicKey otherKey;

        private Builder(String name, VpnPublicKey publicKey) {
            if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
                throw new IllegalArgumentException(
                        "a node's name is [a-z][a-z0-9-]*, at most 63 characters: '" + name + "'");
            }
            this.name = name;
            this.publicKey = Objects.requireNonNull(publicKey, "publicKey");
        }

        /**
         * Adds an address in the private network.
         *
         * @param address for example {@code 10.8.0.2/24}
         * @return this builder
         */
        public Builder address(String address) {
            addresses.add(IpPrefix.parse(address));
            return this;
        }

        /**
         * Adds a network behind the node.
         *
         * @param network for example {@code 192.168.1.0/24}; host bits are dropped
         * @return this builder
         */
        public Builder route(String network) {
            routes.add(IpPrefix.parse(network).network());
            return this;
        }

        /**
         * Sets where others reach it from outside.
         *
         * @param hostAndPort {@code host:port} or {@code [IPv6]:port}
         * @return this builder
         * @throws IllegalArgumentException when it is neither
         */
        public Builder endpoint(String hostAndPort) {
            if (!hostAndPort.matches("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9]([A-Za-z0-9.-]{0,252}))(:[0-9]{1,5})")) {
                throw new IllegalArgumentException("'" + hostAndPort + "' is not host:port or [IPv6]:port");
            }
            int bracket = hostAndPort.indexOf(']');
            if (bracket > 0 && IpText.parse(hostAndPort.substring(1, bracket)) == null) {
                throw new IllegalArgumentException("'" + hostAndPort + "' has no IPv6 address in its brackets");
            }
            port(Integer.parseInt(hostAndPort.substring(hostAndPort.lastIndexOf(':') + 1)));
            this.endpoint = hostAndPort;
            return this;
        }

        /**
         * Sets the UDP port that it listens on.
         *
         * @param port 1 to 65,535
         * @return this builder
         */
        public Builder listenPort(int port) {
            this.listenPort = port(port);
            return this;
        }

        /**
         * Sets how often it sends something; 25 s is usual for a node behind NAT, and pointless elsewhere.
         *
         * @param every whole seconds, 1 s to 65,535 s
         * @return this builder
         */
        public Builder keepalive(Duration every) {
            if (!every.equals(Duration.ofSeconds(every.toSeconds()))
                    || every.toSeconds() < 1
                    || every.toSeconds() > 65_535) {
                throw new IllegalArgumentException("a keepalive is 1 to 65,535 whole seconds: " + every);
            }
            this.keepalive = every;
            return this;
        }

        /**
         * Sets the hub that it talks through, where there are several.
         *
         * @param name a hub's name
         * @return this builder
         */
        public Builder hub(String name) {
            this.hub = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets a key by which others know it besides, while its keys are being rotated.
         *
         * @param key its next key, or the one before
         * @return this builder
         */
        public Builder otherKey(VpnPublicKey key) {
            this.otherKey = Objects.requireNonNull(key, "key");
            return this;
        }

        private static int port(int port) {
            if (port < 1 || port > 65_535) { // wg itself would take 70000 for 4464
                throw new IllegalArgumentException("a port lies between 1 and 65,535: " + port);
            }
            return port;
        }

        /**
         * Makes the node.
         *
         * @return a new node
         * @throws IllegalArgumentException when it has no address
         */
        public VpnNode build() {
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException("node '" + name + "' has no address in the private network");
            }
            return new VpnNode(this);
        }
    }
}
