package ai.primespark.vpn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A whole private network: its address range, its nodes, and who talks to whom. Checked when it is built, for WireGuard itself
 * takes most mistakes silently: of two peers with one address the later wins. Immutable and thread-safe.
 */
public final class VpnTopology {

    private final List<IpPrefix> subnets;
    private final Map<String, VpnNode> nodes;
    private final @Nullable String hub;
    private final Map<String, VpnSecretKey> presharedKeys;

    private VpnTopology(Builder b) {
        this.subnets = List.copyOf(b.subnets);
        this.nodes = Collections.unmodifiableMap(new LinkedHashMap<>(byName(b.nodes)));
        this.hub = b.hub;
        this.presharedKeys = Map.copyOf(b.presharedKeys);
    }

    private static Map<String, VpnNode> byName(List<VpnNode> nodes) {
        Map<String, VpnNode> map = new LinkedHashMap<>();
        nodes.forEach(n -> map.put(n.name(), n));
        return map;
    }

    /**
     * Starts a topology.
     *
     * @param subnets the address range, for example {@code 10.8.0.0/24}, or one each for IPv4 and IPv6
     * @return a builder of a mesh: every node talks to every other
     */
    public static Builder builder(String... subnets) {
        return new Builder(subnets);
    }

    /**
     * The address range.
     *
     * @return networks; unmodifiable
     */
    public List<IpPrefix> subnets() {
        return subnets;
    }

    /**
     * All nodes.
     *
     * @return by name, in the order in which they were added; unmodifiable
     */
    public Map<String, VpnNode> nodes() {
        return nodes;
    }

    /**
     * The node through which all others talk.
     *
     * @return empty for a mesh
     */
    public Optional<VpnNode> hub() {
        return hub == null ? Optional.empty() : Optional.of(Objects.requireNonNull(nodes.get(hub)));
    }

    /**
     * The nodes that one node talks to directly.
     *
     * @param name the node
     * @return all others in a mesh or for the hub, and only the hub for any other node
     * @throws IllegalArgumentException when there is no such node
     */
    public List<VpnNode> peersOf(String name) {
        if (!nodes.containsKey(name)) {
            throw new IllegalArgumentException("no node '" + name + "'; there are " + nodes.keySet());
        }
        return nodes.values().stream()
                .filter(n -> !n.name().equals(name))
                .filter(n -> hub == null || hub.equals(name) || hub.equals(n.name()))
                .toList();
    }

    /**
     * The preshared key of a pair.
     *
     * @param one a node's name
     * @param other another's; the order does not matter
     * @return empty when the pair has none
     */
    public Optional<VpnSecretKey> presharedKey(String one, String other) {
        return Optional.ofNullable(presharedKeys.get(pair(one, other)));
    }

    private static String pair(String one, String other) {
        return one.compareTo(other) < 0 ? one + " " + other : other + " " + one;
    }

    @Override
    public String toString() {
        return "VpnTopology[" + subnets + ", " + nodes.keySet() + (hub == null ? ", mesh" : ", hub " + hub) + "]";
    }

    /** Collects a topology. Not thread-safe. */
    public static final class Builder {

        private final List<IpPrefix> subnets = new ArrayList<>();
        private final List<VpnNode> nodes = new ArrayList<>();
        private final Map<String, VpnSecretKey> presharedKeys = new HashMap<>();
        private @Nullable String hub;

        private Builder(String... subnets) {
            for (String subnet : subnets) {
                this.subnets.add(IpPrefix.parse(subnet).network());
            }
        }

        /**
         * Adds a node.
         *
         * @param node the node
         * @return this builder
         */
        public Builder node(VpnNode node) {
            nodes.add(Objects.requireNonNull(node, "node"));
            return this;
        }

        /**
         * Adds the node through which all others talk; it needs an endpoint, and must forward packets.
         *
         * @param node the node
         * @return this builder
         */
        public Builder hub(VpnNode node) {
            this.hub = node.name();
            return node(node);
        }

        /**
         * Sets the preshared key of a pair.
         *
         * @param one a node's name
         * @param other another's
         * @param key the key
         * @return this builder
         */
        public Builder presharedKey(String one, String other, VpnSecretKey key) {
            presharedKeys.put(pair(one, other), Objects.requireNonNull(key, "key"));
            return this;
        }

        /**
         * Checks everything and makes the topology.
         *
         * @return a new topology
         * @throws IllegalArgumentException with every mistake found: names, keys, addresses or routes used twice, addresses outside
         *     the range or not usable, a hub or pair of nodes that cannot be reached, a preshared key for a stranger
         */
        public VpnTopology build() {
            List<String> problems = new ArrayList<>();
            if (subnets.isEmpty()) {
                problems.add("there is no address range");
            }
            unique("name", n -> List.of(n.name()), problems);
            unique("public key", n -> List.of(n.publicKey()), problems);
            unique("address", n -> n.addresses().stream().map(IpPrefix::host).toList(), problems);
            unique("route", n -> List.copyOf(n.routes()), problems);
            for (VpnNode node : nodes) {
                node.addresses().forEach(address -> checkAddress(node, address, problems));
                for (IpPrefix route : node.routes()) {
                    if (subnets.stream().anyMatch(s -> s.contains(route) || route.contains(s) && route.length() > 0)) {
                        problems.add("node '" + node.name() + "': route " + route + " overlaps the address range");
                    }
                }
            }
            checkReachable(problems);
            for (String pair : presharedKeys.keySet()) {
                String[] names = pair.split(" ", -1);
                if (names[0].equals(names[1]) || !byName(nodes).keySet().containsAll(List.of(names))) {
                    problems.add("a preshared key is for " + List.of(names) + ", which is not a pair of nodes");
                }
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException("the topology cannot work: " + String.join("; ", problems));
            }
            return new VpnTopology(this);
        }

        private void checkAddress(VpnNode node, IpPrefix address, List<String> problems) {
            Optional<IpPrefix> subnet =
                    subnets.stream().filter(s -> s.contains(address.host())).findFirst();
            if (subnet.isEmpty()) {
                problems.add("node '" + node.name() + "': " + address + " is outside of " + subnets);
            } else if (!new IpPrefix(address.address(), subnet.get().length()).isUsableHost()) {
                problems.add("node '" + node.name() + "': " + address + " is the network's or broadcast address");
            }
        }

        private void checkReachable(List<String> problems) {
            List<String> hidden = nodes.stream()
                    .filter(n -> n.endpoint().isEmpty())
                    .map(VpnNode::name)
                    .toList();
            if (hub != null && hidden.contains(hub)) {
                problems.add("hub '" + hub + "' has no endpoint");
            } else if (hub == null && hidden.size() > 1) {
                problems.add("nodes " + hidden + " have no endpoint and cannot reach each other; use a hub");
            }
        }

        private void unique(String what, Function<VpnNode, List<?>> values, List<String> problems) {
            Map<Object, String> seen = new HashMap<>();
            for (VpnNode node : nodes) {
                for (Object value : values.apply(node)) {
                    String other = seen.putIfAbsent(value, node.name());
                    if (other != null) {
                        problems.add("nodes '" + other + "' and '" + node.name() + "' have one " + what + ": " + value);
                    }
                }
            }
        }
    }
}
