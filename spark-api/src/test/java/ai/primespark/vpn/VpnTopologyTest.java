package ai.primespark.vpn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class VpnTopologyTest {

    private static byte[] bytes(int fill) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) fill);
        return bytes;
    }

    private static VpnNode.Builder node(String name, int key) {
        return VpnNode.builder(name, VpnPublicKey.of(bytes(key))).address("10.8.0." + key + "/24");
    }

    @Test
    void spokesTalkToTheHubOnly() {
        VpnTopology topology = VpnTopology.builder("10.8.0.0/24")
                .hub(node("hub", 1).endpoint("home.example.org:51820").build())
                .node(node("pi", 2).build())
                .node(node("nas", 3).build())
                .build();
        assertThat(topology.peersOf("pi")).extracting(VpnNode::name).containsExactly("hub");
        assertThat(topology.peersOf("hub")).extracting(VpnNode::name).containsExactly("pi", "nas");
        assertThat(topology.hubs()).extracting(VpnNode::name).containsExactly("hub");
        assertThatIllegalArgumentException().isThrownBy(() -> topology.peersOf("cloud"));
    }

    @Test
    void inAMeshEveryNodeTalksToEveryOther() {
        VpnTopology topology = VpnTopology.builder("10.8.0.0/24")
                .node(node("a", 1).endpoint("192.0.2.1:1").build())
                .node(node("b", 2).endpoint("[2001:db8::1]:51820").build())
                .node(node("c", 3).build())
                .build();
        assertThat(topology.peersOf("c")).extracting(VpnNode::name).containsExactly("a", "b");
        assertThat(topology.hubs()).isEmpty();
    }

    @Test
    void aPresharedKeyBelongsToAPairInEitherOrder() {
        VpnSecretKey key = VpnSecretKey.ofPreshared(bytes(9));
        VpnTopology topology = VpnTopology.builder("10.8.0.0/24")
                .hub(node("hub", 1).endpoint("192.0.2.1:51820").build())
                .node(node("pi", 2).build())
                .presharedKey("pi", "hub", key)
                .build();
        assertThat(topology.presharedKey("hub", "pi")).contains(key);
        assertThat(topology.presharedKey("pi", "hub")).contains(key);
        assertThat(topology).asString().doesNotContain(key.reveal());
    }

    @Test
    void everyMistakeIsReportedAtOnce() {
        VpnTopology.Builder builder = VpnTopology.builder("10.8.0.0/24")
                .hub(node("hub", 1).build())
                .node(node("pi", 1).build())
                .node(VpnNode.builder("far", VpnPublicKey.of(bytes(4)))
                        .address("10.9.0.4/24")
                        .route("10.8.0.128/25")
                        .build())
                .node(VpnNode.builder("net", VpnPublicKey.of(bytes(5)))
                        .address("10.8.0.0/32")
                        .build())
                .presharedKey("pi", "ghost", VpnSecretKey.ofPreshared(bytes(9)));
        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessageContaining("one public key")
                .withMessageContaining("one address: 10.8.0.1/32")
                .withMessageContaining("10.9.0.4/24 is outside")
                .withMessageContaining("route 10.8.0.128/25 overlaps")
                .withMessageContaining("network's or broadcast")
                .withMessageContaining("hub 'hub' has no endpoint")
                .withMessageContaining("ghost");
    }

    @Test
    void twoNodesOfAMeshWithoutEndpointCannotReachEachOther() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VpnTopology.builder("10.8.0.0/24")
                        .node(node("a", 1).build())
                        .node(node("b", 2).build())
                        .build())
                .withMessageContaining("use a hub");
    }

    @Test
    void portsAndKeepalivesThatWireGuardWouldBendAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> node("a", 1).listenPort(70_000));
        assertThatIllegalArgumentException().isThrownBy(() -> node("a", 1).endpoint("host:70000"));
        assertThatIllegalArgumentException().isThrownBy(() -> node("a", 1).endpoint(""));
        assertThatIllegalArgumentException().isThrownBy(() -> node("a", 1).endpoint("fd00::1:51820"));
        assertThatIllegalArgumentException().isThrownBy(() -> node("a", 1).keepalive(Duration.ofMillis(1500)));
        assertThatIllegalArgumentException().isThrownBy(() -> VpnNode.builder("a\nb", VpnPublicKey.of(bytes(1))));
    }

    @Test
    void anEndpointThatOthersReachThroughTheTunnelOnlyIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VpnTopology.builder("10.8.0.0/24", "fd42:8::/64")
                        .hub(node("hub", 1).endpoint("10.8.0.1:51820").build())
                        .node(node("nas", 2)
                                .route("192.168.1.0/24")
                                .endpoint("192.168.1.9:51820")
                                .build())
                        .node(node("six", 3).endpoint("[fd42:8::3]:51820").build())
                        .build())
                .withMessageContaining("'hub': its endpoint 10.8.0.1:51820 is within 10.8.0.0/24")
                .withMessageContaining("'nas': its endpoint 192.168.1.9:51820 is within 192.168.1.0/24")
                .withMessageContaining("'six': its endpoint [fd42:8::3]:51820 is within fd42:8:");
        VpnTopology sound = VpnTopology.builder("10.8.0.0/24")
                .hub(node("hub", 1)
                        .route("0.0.0.0/0") // wg-quick keeps the tunnel's own packets out of this one
                        .endpoint("192.0.2.1:51820")
                        .build())
                .node(node("nas", 2)
                        .route("192.168.1.0/24")
                        .endpoint("nas.example.org:51820")
                        .build())
                .node(node("neighbour", 3)
                        .endpoint("192.168.1.7:51820") // behind the other one, which passes it on
                        .build())
                .build();
        assertThat(sound.nodes()).hasSize(3);
    }
}
