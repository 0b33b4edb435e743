package ai.primespark.vpn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A whole private network: its address range, its nodes, and who talks to whom. Checked when it is built, for WireGuard itself
 * takes most mistakes silently: of two peers with one address the later wins. Immutable and thread-safe.
 *
 * <p>Without a hub it is a mesh: every node talks to every other. With hubs, the hubs talk to each other, and every other node to its
 * own hub ({@link VpnNode#hub()}) and through it to all the rest; pairs named by {@link Builder#direct} talk to each other besides.
 * What goes where is in {@link #allowedIps}, which both ends of a pair see alike: WireGuard drops what comes from a peer that it would
 * not be sent to.
 */
public final class VpnTopology {

    private final List<IpPrefix> subnets;
    private final Map<String, VpnNode> nodes;
    private final Set<String> hubs;
    private final Set<String> direct;
    private final Map<String, VpnSecretKey> presharedKeys;
    private final Map<String, VpnSecretKey> otherPresharedKeys;

    private VpnTopology(Builder b) {
        this.subnets = List.copyOf(b.subnets);
        this.nodes = Collections.unmodifiableMap(new LinkedHashMap<>(byName(b.nodes)));
        this.hubs = Collections.unmodifiableSet(new LinkedHashSet<>(b.hubs));
        this.direct = Set.copyOf(b.direct);
        this.presharedKeys = Map.copyOf(b.presharedKeys);
        this.otherPresharedKeys = Map.copyOf(b.otherPresharedKeys);
    }

    private static Map<String, VpnNode> byName(List<VpnNode> nodes) {
        Map<String, VpnNode> map = new LinkedHashMap<>();
        nodes.forEach(n -> map.put(n.name(), n));
        return map;
    }

    private static List<VpnPublicKey> keysOf(VpnNode node) {
        return node.otherKey().map(k -> List.of(node.publicKey(), k)).orElseGet(() -> List.of(node.publicKey()));
    }

    /** The hub that a node talks through; empty for hubs themselves, and in a mesh. */
    private Optional<String> hubOf(VpnNode node) {
        return hubs.isEmpty() || hubs.contains(node.name())
                ? Optional.empty()
                : Optional.of(node.hub().orElseGet(() -> hubs.iterator().next()));
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
     * The nodes through which others talk.
     *
     * @return in the order in which they were added; unmodifiable, empty for a mesh
     */
    public List<VpnNode> hubs() {
        return hubs.stream().map(h -> Objects.requireNonNull(nodes.get(h))).toList();
    }

    /**
     * Whether a node is one through which others talk, and so must forward packets.
     *
     * @param name a node's name
     * @return true when it is
     */
    public boolean isHub(String name) {
        return hubs.contains(name);
    }

    /**
     * The nodes that one node talks to directly.
     *
     * @param name the node
     * @return all others in a mesh; the other hubs and its own nodes for a hub; its hub for any other; and those named as direct
     * @throws IllegalArgumentException when there is no such node
     */
    public List<VpnNode> peersOf(String name) {
        VpnNode self = node(name);
        return nodes.values().stream().filter(n -> linked(self, n)).toList();
    }

    private VpnNode node(String name) {
        VpnNode node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("no node '" + name + "'; there are " + nodes.keySet());
        }
        return node;
    }

    private boolean linked(VpnNode one, VpnNode other) {
        if (one.name().equals(other.name())) {
            return false;
        }
        if (hubs.isEmpty() || isHub(one.name()) && isHub(other.name())) {
            return true;
        }
        return hubOf(one).filter(other.name()::equals).isPresent()
                || hubOf(other).filter(one.name()::equals).isPresent()
                || !direct.isEmpty() && direct.contains(pair(one.name(), other.name()));
    }

    /**
     * What a node sends to one of its peers, and takes from it.
     *
     * @param name the node
     * @param peer a node that it talks to directly
     * @return the peer's addresses and the networks behind it; from a hub also those of its nodes, and from the node's own hub the
     *     whole address range and the networks behind all other nodes
     * @throws IllegalArgumentException when there is no such pair
     */
    public List<IpPrefix> allowedIps(String name, String peer) {
        VpnNode self = node(name);
        VpnNode other = node(peer);
        if (!linked(self, other)) {
            throw new IllegalArgumentException("node '" + name + "' does not talk to '" + peer + "' directly");
        }
        Set<IpPrefix> allowed = new LinkedHashSet<>();
        boolean own = hubOf(self).filter(peer::equals).isPresent();
        if (own) {
            allowed.addAll(subnets);
            allowed.addAll(other.routes());
        } else {
            add(other, allowed);
        }
        if (isHub(peer)) {
            for (VpnNode node : nodes.values()) {
                if (node != self && node != other && nextHop(self, node).equals(peer)) {
                    if (own) {
                        allowed.addAll(node.routes());
                    } else {
                        add(node, allowed);
                    }
                }
            }
        }
        return List.copyOf(allowed);
    }

    /** Where a node sends what is for another. The way back is the same, or the packets would be dropped on it. */
    private String nextHop(VpnNode self, VpnNode target) {
        if (linked(self, target)) {
            return target.name();
        }
        Optional<String> mine = hubOf(self);
        Optional<String> its = hubOf(target);
        if (mine.isEmpty() || its.isEmpty()) {
            return mine.or(() -> its).orElseThrow(); // hubs are linked, so that one of the two is none
        }
        if (direct.isEmpty()) {
            return mine.get();
        }
        return hubs().stream()
                .filter(h -> linked(self, h) && linked(target, h))
                .findFirst()
                .map(VpnNode::name)
                .orElse(mine.get());
    }

    private static void add(VpnNode node, Set<IpPrefix> allowed) {
        node.addresses().forEach(a -> allowed.add(a.host()));
        allowed.addAll(node.routes());
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

    /**
     * The preshared key of a pair for the other key of one of them, {@link VpnNode#otherKey()}.
     *
     * @param one a node's name
     * @param other another's; the order does not matter
     * @return empty when there is none
     */
    public Optional<VpnSecretKey> otherPresharedKey(String one, String other) {
        return Optional.ofNullable(otherPresharedKeys.get(pair(one, other)));
    }

    private static String pair(String one, String other) {
        return one.compareTo(other) < 0 ? one + " " + other : other + " " + one;
    }

    @Override
    public String toString() {
        return "VpnTopology[" + subnets + ", " + nodes.keySet() + (hubs.isEmpty() ? ", mesh" : ", hubs " + hubs) + "]";
    }

    /** Collects a topology. Not thread-safe. */
    public static final class Builder {

        private final List<IpPrefix> subnets = new ArrayList<>();
        private final List<VpnNode> nodes = new ArrayList<>();
        private final Map<String, VpnSecretKey> presharedKeys = new HashMap<>();
        private final Map<String, VpnSecretKey> otherPresharedKeys = new HashMap<>();
        private final Set<String> hubs = new LinkedHashSet<>();
        private final Set<String> direct = new LinkedHashSet<>();

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
         * Adds a node through which others talk; it needs an endpoint, and must forward packets. The first one serves all nodes that
         * name no other.
         *
         * @param node the node
         * @return this builder
         */
        public Builder hub(VpnNode node) {
            hubs.add(node.name());
            return node(node);
        }

        /**
         * Lets two nodes talk directly that otherwise would through their hubs. In a mesh, and for a hub's own nodes, it changes
         * nothing.
         *
         * @param one a node's name
         * @param other another's; one of the two needs an endpoint
         * @return this builder
         */
        public Builder direct(String one, String other) {
            direct.add(pair(one, other));
            return this;
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
         * Sets the preshared key of a pair for the other key of one of them.
         *
         * @param one a node's name
         * @param other another's
         * @param key the key
         * @return this builder
         */
        public Builder otherPresharedKey(String one, String other, VpnSecretKey key) {
            otherPresharedKeys.put(pair(one, other), Objects.requireNonNull(key, "key"));
            return this;
        }

        /**
         * Checks everything and makes the topology.
         *
         * @return a new topology
         * @throws IllegalArgumentException with every mistake found: names, keys, addresses or routes used twice, addresses outside
         *     the range or not usable, a hub or pair of nodes that cannot be reached, an endpoint that is reached through the tunnel
         *     only, a preshared key for a stranger
         */
        public VpnTopology build() {
            List<String> problems = new ArrayList<>();
            if (subnets.isEmpty()) {
                problems.add("there is no address range");
            }
            unique("name", n -> List.of(n.name()), problems);
            unique("public key", VpnTopology::keysOf, problems);
            unique("address", n -> n.addresses().stream().map(IpPrefix::host).toList(), problems);
            unique("route", n -> List.copyOf(n.routes()), problems);
            for (VpnNode node : nodes) {
                node.addresses().forEach(address -> checkAddress(node, address, problems));
                for (IpPrefix route : node.routes()) {
                    if (subnets.stream().anyMatch(s -> s.contains(route) || route.contains(s) && route.length() > 0)) {
                        problems.add("node '" + node.name() + "': route " + route + " overlaps the address range");
                    }
                }
                checkEndpoint(node, problems);
            }
            checkReachable(problems);
            checkPairs("a preshared key is for ", presharedKeys.keySet(), problems);
            checkPairs("a preshared key is for ", otherPresharedKeys.keySet(), problems);
            checkPairs("a direct link is between ", direct, problems);
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

        /** Whoever routes a node's endpoint to that node sends the tunnel's own packets into the tunnel. Names cannot be told. */
        private void checkEndpoint(VpnNode node, List<String> problems) {
            String endpoint = node.endpoint().orElse("");
            String host = endpoint.substring(0, Math.max(0, endpoint.lastIndexOf(':')))
                    .replace("[", "")
                    .replace("]", "");
            IpPrefix address;
            try {
                address = IpPrefix.parse(host);
            } catch (IllegalArgumentException e) {
                return; // a name, or no endpoint
            }
            Stream.concat(subnets.stream(), node.routes().stream())
                    .filter(way ->
                            way.length() > 0 && way.contains(address)) // wg-quick makes an exception of 0.0.0.0/0
                    .forEach(way -> problems.add("node '" + node.name() + "': its endpoint " + endpoint + " is within "
                            + way + ", which others reach through the tunnel only; give one outside of it"));
        }

        private void checkPairs(String what, Set<String> pairs, List<String> problems) {
            Set<String> names = byName(nodes).keySet();
            for (String pair : pairs) {
                String[] two = pair.split(" ", -1);
                if (two[0].equals(two[1]) || !names.containsAll(List.of(two))) {
                    problems.add(what + List.of(two) + ", which is not a pair of nodes");
                }
            }
        }

        private void checkReachable(List<String> problems) {
            Set<String> hidden = nodes.stream()
                    .filter(n -> n.endpoint().isEmpty())
                    .map(VpnNode::name)
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            for (VpnNode node : nodes) {
                node.hub()
                        .filter(h -> !hubs.contains(h))
                        .ifPresent(h -> problems.add(
                                "node '" + node.name() + "': its hub '" + h + "' is no hub; there are " + hubs));
            }
            hubs.stream().filter(hidden::contains).forEach(h -> problems.add("hub '" + h + "' has no endpoint"));
            if (hubs.isEmpty() && hidden.size() > 1) {
                problems.add("nodes " + hidden + " have no endpoint and cannot reach each other; use a hub");
            }
            for (String pair : direct) {
                if (hidden.containsAll(List.of(pair.split(" ", -1)))) {
                    problems.add(
                            "nodes " + List.of(pair.split(" ", -1)) + " have no endpoint and cannot talk directly");
                }
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
