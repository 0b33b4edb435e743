package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What a node's configuration says about the node alone, besides its place in the topology. Immutable and thread-safe. */
public final class NodeSettings {

    private final @Nullable Integer mtu;
    private final List<String> dns;
    private final @Nullable String table;
    private final @Nullable Long fwMark;
    private final @Nullable String keyFile;
    private final @Nullable Boolean forward;
    private final Nat nat;
    private final Firewall firewall;
    private final List<Hook> hooks;

    /** Whether packets that leave the private network get the node's own address. */
    public enum Nat {
        /** No: those behind the node know the way back. */
        OFF,
        /** Yes: whatever leaves through another interface than the tunnel, whichever that is. */
        ON
    }

    /** What rules are written with. */
    public enum Firewall {
        /** nftables, in tables of their own. */
        NFTABLES,
        /** iptables and ip6tables. */
        IPTABLES
    }

    /**
     * A command that {@code wg-quick} runs as root.
     *
     * @param key {@code PreUp}, {@code PostUp}, {@code PreDown} or {@code PostDown}
     * @param command a line of bash; {@code %i} is the interface
     */
    public record Hook(String key, String command) {

        /** Refuses what would be more than one line, or cut off by some versions. */
        public Hook {
            if (!WgLine.HOOKS.contains(key)) {
                throw new IllegalArgumentException("'" + key + "' is none of " + WgLine.HOOKS);
            }
            if (command.isBlank() || command.chars().anyMatch(c -> c < 32 || c == '#')) {
                throw new IllegalArgumentException("a command of " + key + " is one line without '#'");
            }
        }
    }

    private NodeSettings(Builder b) {
        this.mtu = b.mtu;
        this.dns = List.copyOf(b.dns);
        this.table = b.table;
        this.fwMark = b.fwMark;
        this.keyFile = b.keyFile;
        this.forward = b.forward;
        this.nat = b.nat;
        this.firewall = b.firewall;
        this.hooks = List.copyOf(b.hooks);
    }

    /**
     * Starts settings.
     *
     * @return a builder: the tools' own choice of everything, forwarding for hubs, no NAT
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The largest packet within the tunnel.
     *
     * @return empty for the tools' choice
     */
    public OptionalInt mtu() {
        return mtu == null ? OptionalInt.empty() : OptionalInt.of(mtu);
    }

    /**
     * Name servers and domains to search in while the tunnel is up.
     *
     * @return unmodifiable
     */
    public List<String> dns() {
        return dns;
    }

    /**
     * The routing table.
     *
     * @return {@code off}, {@code auto}, a number or a name; empty for the tools' choice
     */
    public Optional<String> table() {
        return Optional.ofNullable(table);
    }

    /**
     * The mark of packets that the tunnel itself sends.
     *
     * @return 1 to 2³²-1; empty for none
     */
    public OptionalLong fwMark() {
        return fwMark == null ? OptionalLong.empty() : OptionalLong.of(fwMark);
    }

    /**
     * Where the node finds its private key, instead of in the configuration.
     *
     * @return an absolute path on the node; empty when the key is in the configuration
     */
    public Optional<String> keyFile() {
        return Optional.ofNullable(keyFile);
    }

    /**
     * The same, with the private key in a file of its own.
     *
     * @param path as {@link Builder#keyFile} wants it, or null for in the configuration
     * @return new settings
     */
    public NodeSettings withKeyFile(@Nullable String path) {
        Builder builder = builder();
        builder.mtu = mtu;
        builder.dns.addAll(dns);
        builder.table = table;
        builder.fwMark = fwMark;
        builder.forward = forward;
        builder.nat = nat;
        builder.firewall = firewall;
        builder.hooks.addAll(hooks);
        if (path != null) {
            builder.keyFile(path);
        }
        return builder.build();
    }

    /**
     * Whether the node passes on packets that are for others.
     *
     * @return empty for: if it is a hub or there are networks behind it
     */
    public Optional<Boolean> forward() {
        return Optional.ofNullable(forward);
    }

    /**
     * Whether packets that leave the private network get the node's own address.
     *
     * @return on or off
     */
    public Nat nat() {
        return nat;
    }

    /**
     * What rules are written with.
     *
     * @return nftables or iptables
     */
    public Firewall firewall() {
        return firewall;
    }

    /**
     * More commands.
     *
     * @return in the order in which they run; unmodifiable
     */
    public List<Hook> hooks() {
        return hooks;
    }

    /** Collects settings. Not thread-safe. */
    public static final class Builder {

        private @Nullable Integer mtu;
        private final List<String> dns = new ArrayList<>();
        private @Nullable String table;
        private @Nullable Long fwMark;
        private @Nullable String keyFile;
        private @Nullable Boolean forward;
        private Nat nat = Nat.OFF;
        private Firewall firewall = Firewall.NFTABLES;
        private final List<Hook> hooks = new ArrayList<>();

        private Builder() {}

        /**
         * Sets the largest packet within the tunnel.
         *
         * @param bytes 576 to 65,535; 1,280 at least where IPv6 is used
         * @return this builder
         */
        public Builder mtu(int bytes) {
            if (bytes < 576 || bytes > 65_535) {
                throw new IllegalArgumentException("an MTU lies between 576 and 65,535: " + bytes);
            }
            this.mtu = bytes;
            return this;
        }

        /**
         * Adds a name server, or a domain to search in. Needs {@code resolvconf} on the node.
         *
         * @param server an IP address or a domain
         * @return this builder
         */
        public Builder dns(String server) {
            if (!server.matches("[A-Za-z0-9_.-]+")) {
                var unused = address(server);
            }
            dns.add(server);
            return this;
        }

        private static IpPrefix address(String text) {
            try {
                if (text.indexOf('/') < 0) {
                    return IpPrefix.parse(text);
                }
            } catch (IllegalArgumentException e) {
                // below
            }
            throw new IllegalArgumentException("'" + text + "' is neither an IP address nor a domain");
        }

        /**
         * Sets the routing table.
         *
         * @param name {@code off}, {@code auto}, a number or a name
         * @return this builder
         */
        public Builder table(String name) {
            if (!name.matches("[A-Za-z0-9_-]{1,32}")) {
                throw new IllegalArgumentException("'" + name + "' is neither off, auto, a number nor a table's name");
            }
            this.table = name;
            return this;
        }

        /**
         * Sets the mark of packets that the tunnel itself sends.
         *
         * @param mark 1 to 2³²-1
         * @return this builder
         */
        public Builder fwMark(long mark) {
            if (mark < 1 || mark > 0xffff_ffffL) {
                throw new IllegalArgumentException("a firewall mark lies between 1 and 0xffffffff: " + mark);
            }
            this.fwMark = mark;
            return this;
        }

        /**
         * Sets where the node finds its private key.
         *
         * @param path an absolute path on the node, of letters, digits and {@code /._-}; {@code %i} is the interface
         * @return this builder
         */
        public Builder keyFile(String path) {
            if (!path.matches("/([A-Za-z0-9/._-]|%i)+")) {
                throw new IllegalArgumentException(
                        "'" + path + "' is not an absolute path of letters, digits and /._-");
            }
            this.keyFile = path;
            return this;
        }

        /**
         * Sets whether the node passes on packets that are for others.
         *
         * @param on true if so
         * @return this builder
         */
        public Builder forward(boolean on) {
            this.forward = on;
            return this;
        }

        /**
         * Sets whether packets that leave the private network get the node's own address.
         *
         * @param mode on or off
         * @return this builder
         */
        public Builder nat(Nat mode) {
            this.nat = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /**
         * Sets what rules are written with.
         *
         * @param program nftables or iptables
         * @return this builder
         */
        public Builder firewall(Firewall program) {
            this.firewall = Objects.requireNonNull(program, "program");
            return this;
        }

        /**
         * Adds a command.
         *
         * @param hook runs as root
         * @return this builder
         */
        public Builder hook(Hook hook) {
            hooks.add(Objects.requireNonNull(hook, "hook"));
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return new settings
         */
        public NodeSettings build() {
            return new NodeSettings(this);
        }
    }
}
