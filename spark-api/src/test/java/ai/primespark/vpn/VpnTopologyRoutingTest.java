package ai.primespark.vpn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Follows packets through whole networks as WireGuard would: the longest prefix decides where to, and what is taken from whom. */
class VpnTopologyRoutingTest {

    private static VpnNode.Builder node(String name, int number) {
        byte[] key = new byte[32];
        key[0] = (byte) number;
        key[1] = 1;
        return VpnNode.builder(name, VpnPublicKey.of(key)).address("10.8.0." + number + "/24");
    }

    private static VpnNode hub(String name, int number) {
        return node(name, number).endpoint("192.0.2." + number + ":51820").build();
    }

    @Test
    void aSpokeSendsTheWholeRangeToItsHubAndTheHubOnlyItsAddressBack() {
        VpnTopology topology = VpnTopology.builder("10.8.0.0/24", "fd00:8::/64")
                .hub(hub("hub", 1))
                .node(node("pi", 2).address("fd00:8::2/64").build())
                .node(node("nas", 3).route("192.168.1.0/24").build())
                .build();
        assertThat(topology.allowedIps("pi", "hub"))
                .extracting(IpPrefix::toString)
                .containsExactly("10.8.0.0/24", "fd00:8::/64", "192.168.1.0/24");
        assertThat(topology.allowedIps("nas", "hub"))
                .extracting(IpPrefix::toString)
                .containsExactly("10.8.0.0/24", "fd00:8::/64");
        assertThat(topology.allowedIps("hub", "pi"))
                .extracting(IpPrefix::toString)
                .containsExactly("10.8.0.2/32", "fd00:8::2/128");
        assertThat(topology.allowedIps("hub", "nas"))
                .extracting(IpPrefix::toString)
                .containsExactly("10.8.0.3/32", "192.168.1.0/24");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> topology.allowedIps("pi", "nas"))
                .withMessageContaining("does not talk to 'nas' directly");
    }

    @Test
    void severalHubsEachServeTheirOwnNodes() {
        VpnTopology topology = VpnTopology.builder("10.8.0.0/24")
                .hub(hub("berlin", 1))
                .hub(hub("paris", 2))
                .node(node("pi", 3).build())
                .node(node("nas", 4).hub("paris").build())
                .build();
        assertThat(topology.peersOf("pi")).extracting(VpnNode::name).containsExactly("berlin");
        assertThat(topology.peersOf("paris")).extracting(VpnNode::name).containsExactly("berlin", "nas");
        assertThat(topology.allowedIps("berlin", "paris"))
                .extracting(IpPrefix::toString)
                .containsExactly("10.8.0.2/32", "10.8.0.4/32");
        assertThat(hops(topology, "pi", "nas")).containsExactly("berlin", "paris", "nas");
    }

    @Test
    void directPairsTalkPastTheirHub() {
        VpnTopology topology = VpnTopology.builder("10.8.0.0/24")
                .hub(hub("hub", 1))
                .node(hub("nas", 2))
                .node(node("pi", 3).build())
                .node(node("phone", 4).build())
                .direct("pi", "nas")
                .build();
        assertThat(hops(topology, "pi", "nas")).containsExactly("nas");
        assertThat(hops(topology, "phone", "nas")).containsExactly("hub", "nas");
    }

    @Test
    void linksThatCannotWorkAreReported() {
        VpnTopology.Builder builder = VpnTopology.builder("10.8.0.0/24")
                .hub(hub("hub", 1))
                .node(node("pi", 3).hub("nas").build())
                .node(node("nas", 4).build())
                .direct("pi", "nas")
                .direct("pi", "ghost");
        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessageContaining("its hub 'nas' is no hub")
                .withMessageContaining("[nas, pi] have no endpoint and cannot talk directly")
                .withMessageContaining("[ghost, pi], which is not a pair");
    }

    @Test
    void inAnyNetworkEveryNodeReachesEveryOtherAndNoHopDropsThePacket() {
        Random random = new Random(8);
        for (int round = 0; round < 300; round++) {
            VpnTopology topology = anyTopology(random);
            for (String from : topology.nodes().keySet()) {
                for (String to : topology.nodes().keySet()) {
                    if (!from.equals(to)) {
                        assertThat(hops(topology, from, to))
                                .as("%s to %s in %s", from, to, topology)
                                .endsWith(to);
                    }
                }
            }
        }
    }

    @Test
    void noNodeAllowsOnePrefixToTwoPeers() {
        Random random = new Random(9);
        for (int round = 0; round < 300; round++) {
            VpnTopology topology = anyTopology(random);
            for (String self : topology.nodes().keySet()) {
                List<IpPrefix> all = new ArrayList<>();
                topology.peersOf(self).forEach(p -> all.addAll(topology.allowedIps(self, p.name())));
                assertThat(all).as("%s in %s", self, topology).doesNotHaveDuplicates();
            }
        }
    }

    private static VpnTopology anyTopology(Random random) {
        int hubs = random.nextInt(4);
        int size = hubs + 1 + random.nextInt(7);
        VpnTopology.Builder builder = VpnTopology.builder("10.8.0.0/24");
        for (int i = 0; i < size; i++) {
            VpnNode.Builder node = node("n" + i, i + 1).endpoint("192.0.2." + (i + 1) + ":51820");
            if (random.nextBoolean()) {
                node.route("192.168." + i + ".0/24");
            }
            if (i < hubs) {
                builder.hub(node.build());
            } else {
                if (hubs > 0) {
                    node.hub("n" + random.nextInt(hubs));
                }
                builder.node(node.build());
            }
        }
        for (int i = 0; i < random.nextInt(5); i++) {
            int one = random.nextInt(size);
            int other = random.nextInt(size);
            if (one != other) {
                builder.direct("n" + one, "n" + other);
            }
        }
        return builder.build();
    }

    /** The nodes that a packet passes, or as far as it came. */
    private static List<String> hops(VpnTopology topology, String from, String to) {
        IpPrefix source = address(topology, from);
        IpPrefix target = address(topology, to);
        List<String> hops = new ArrayList<>();
        String at = from;
        while (!at.equals(to) && hops.size() < 10) {
            String next = peerFor(topology, at, target).orElse(null);
            if (next == null || !peerFor(topology, next, source).equals(Optional.of(at))) {
                return hops;
            }
            hops.add(next);
            at = next;
        }
        return hops;
    }

    private static IpPrefix address(VpnTopology topology, String name) {
        return topology.nodes().get(name).addresses().iterator().next().host();
    }

    private static Optional<String> peerFor(VpnTopology topology, String self, IpPrefix address) {
        Map<IpPrefix, String> owners = new HashMap<>();
        topology.peersOf(self)
                .forEach(p -> topology.allowedIps(self, p.name()).forEach(prefix -> owners.put(prefix, p.name())));
        return owners.keySet().stream()
                .filter(prefix -> prefix.contains(address))
                .max(Comparator.comparingInt(IpPrefix::length))
                .map(owners::get);
    }
}
