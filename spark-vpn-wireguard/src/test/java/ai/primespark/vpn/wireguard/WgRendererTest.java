package ai.primespark.vpn.wireguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.NodeSettings.Firewall;
import ai.primespark.vpn.wireguard.NodeSettings.Hook;
import ai.primespark.vpn.wireguard.NodeSettings.Nat;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WgRendererTest {

    private final WireGuardKeys keys = new WireGuardKeys();
    private final VpnSecretKey hubKey = keys.newPrivateKey();
    private final VpnSecretKey piKey = keys.newPrivateKey();
    private final VpnSecretKey preshared = keys.newPresharedKey();
    private final WgRenderer renderer = new WgRenderer("wg0");
    private final NodeSettings plain = NodeSettings.builder().build();
    private final VpnTopology topology = VpnTopology.builder("10.8.0.0/24", "fd00:8::/64")
            .hub(VpnNode.builder("hub", WireGuardKeys.publicKey(hubKey))
                    .address("10.8.0.1/24")
                    .address("fd00:8::1/64")
                    .endpoint("vpn.example.org:51820")
                    .build())
            .node(VpnNode.builder("pi", WireGuardKeys.publicKey(piKey))
                    .address("10.8.0.2/24")
                    .address("fd00:8::2/64")
                    .keepalive(Duration.ofSeconds(25))
                    .build())
            .presharedKey("hub", "pi", preshared)
            .build();

    @Test
    void aSpokeKnowsItsHubAndKeepsItsNatOpen() {
        assertThat(renderer.render(topology, "pi", piKey, plain).reveal())
                .isEqualTo("""
                        # Node 'pi' of a Prime Spark network. Rendered: edit the topology instead.
                        [Interface]
                        Address = 10.8.0.2/24, fd00:8::2/64
                        PrivateKey = %s

                        # hub
                        [Peer]
                        PublicKey = %s
                        PresharedKey = %s
                        AllowedIPs = 10.8.0.0/24, fd00:8::/64
                        Endpoint = vpn.example.org:51820
                        PersistentKeepalive = 25
                        """.formatted(piKey.reveal(), WireGuardKeys.publicKey(hubKey), preshared.reveal()));
    }

    @Test
    void aHubForwardsListensAndLetsPeersRoam() {
        assertThat(renderer.render(topology, "hub", hubKey, plain).reveal())
                .isEqualTo("""
                        # Node 'hub' of a Prime Spark network. Rendered: edit the topology instead.
                        [Interface]
                        Address = 10.8.0.1/24, fd00:8::1/64
                        PrivateKey = %s
                        ListenPort = 51820
                        PostUp = sysctl -q -w net.ipv4.ip_forward=1
                        PostUp = for d in /proc/sys/net/ipv6/conf/*; do [ "$(cat $d/forwarding)$(cat $d/accept_ra)" != 01 ] || \
                        echo 2 >$d/accept_ra; done
                        PostUp = sysctl -q -w net.ipv6.conf.all.forwarding=1

                        # pi
                        [Peer]
                        PublicKey = %s
                        PresharedKey = %s
                        AllowedIPs = 10.8.0.2/32, fd00:8::2/128
                        """.formatted(hubKey.reveal(), WireGuardKeys.publicKey(piKey), preshared.reveal()));
    }

    @Test
    void whatConcernsTheNodeAloneIsWritten() {
        NodeSettings settings = NodeSettings.builder()
                .mtu(1380)
                .dns("10.8.0.1")
                .dns("home.arpa")
                .table("off")
                .fwMark(51820)
                .hook(new Hook("PreUp", "echo up"))
                .build();
        WgConfig config = renderer.render(topology, "pi", piKey, settings);
        assertThat(config.reveal())
                .contains("FwMark = 0xca6c\nMTU = 1380\nDNS = 10.8.0.1, home.arpa\nTable = off\nPreUp = echo up\n");
        assertThat(config.check(WgRules.QUICK).sound()).isFalse();
        assertThat(config.check(WgRules.QUICK.withHooks()).findings()).isEmpty();
    }

    @Test
    void natNamesNoOutwardInterface() {
        NodeSettings nft = NodeSettings.builder().nat(Nat.ON).build();
        NodeSettings iptables =
                NodeSettings.builder().nat(Nat.ON).firewall(Firewall.IPTABLES).build();
        assertThat(renderer.render(topology, "hub", hubKey, nft).reveal())
                .contains("add rule ip spark_vpn_wg0 post ip saddr 10.8.0.0/24 oifname != \"%i\" masquerade")
                .contains("add rule ip6 spark_vpn_wg0 post ip6 saddr fd00:8::/64 oifname != \"%i\" masquerade")
                .contains("PostDown = nft delete table ip spark_vpn_wg0")
                .doesNotContain("eth0");
        assertThat(renderer.render(topology, "hub", hubKey, iptables).reveal())
                .contains("iptables -w -t nat -C POSTROUTING -s 10.8.0.0/24 ! -o %i -j MASQUERADE")
                .contains("PostDown = ip6tables -w -t nat -D POSTROUTING -s fd00:8::/64 ! -o %i -j MASQUERADE")
                .doesNotContain("eth0");
    }

    @Test
    void aNodesOwnKeyCanStayInAFileOfItsOwn() {
        NodeSettings settings =
                NodeSettings.builder().keyFile("/etc/wireguard/%i.key").build();
        assertThat(renderer.render(topology, "pi", null, settings).reveal())
                .doesNotContain("PrivateKey")
                .contains("PostUp = wg set %i private-key /etc/wireguard/%i.key");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NodeSettings.builder().keyFile("/tmp/x; rm -rf /"));
    }

    @Test
    void anotherNodesPrivateKeyIsRefusedWithoutSayingIt() {
        assertThatThrownBy(() -> renderer.render(topology, "pi", hubKey, plain))
                .isInstanceOf(VpnException.class)
                .hasMessageContaining("node 'pi' does not belong to its public key")
                .message()
                .doesNotContain(hubKey.reveal());
    }

    @Test
    void commandsOfMoreThanOneLineAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Hook("PostUp", "true\nPostUp = evil"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Hook("Address", "true"));
        assertThatIllegalArgumentException().isThrownBy(() -> new WgRenderer("wg0; reboot"));
        assertThatIllegalArgumentException().isThrownBy(() -> new WgRenderer("../../x"));
    }

    @Test
    void nothingThatHoldsAKeyPrintsIt() {
        WgConfig config = renderer.render(topology, "pi", piKey, plain);
        assertThat(config.toString()).doesNotContain(piKey.reveal()).contains("1 peers");
        assertThat(config.privateKey()).contains(piKey);
        assertThat(config.peers()).containsExactly(WireGuardKeys.publicKey(hubKey));
    }
}
