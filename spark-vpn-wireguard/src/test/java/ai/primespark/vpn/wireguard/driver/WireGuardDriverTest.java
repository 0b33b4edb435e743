package ai.primespark.vpn.wireguard.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.spi.VpnDriver;
import ai.primespark.testkit.NeedsWireGuard;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnException.Kind;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.VpnTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With real tunnels between namespaces. */
@NeedsWireGuard
class WireGuardDriverTest {

    @TempDir
    Path directory;

    private static void eventually(Runnable check) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(check::run);
    }

    @Test
    void aTopologyIsAppliedBroughtUpAndCarriesTraffic() throws IOException {
        try (Lab lab = Lab.pair(directory)) {
            VpnSecretKey preshared = Lab.KEYS.newPresharedKey();
            Lab.Machine a = lab.machine("a");
            Lab.Machine b = lab.machine("b");
            lab.up(lab.mesh().presharedKey("a", "b", preshared).build());

            assertThat(a.reaches("10.8.0.2")).isTrue();
            assertThat(a.peer(b).handshake())
                    .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
            assertThat(a.peer(b).receivedBytes()).isPositive();
            assertThat(a.peer(b).sentBytes()).isPositive();
            assertThat(a.peer(b).endpoint()).isEqualTo("192.0.2.2:51820");
            assertThat(a.seen().key()).isEqualTo(a.publicKey());
            assertThat(a.seen().listenPort()).isEqualTo(51_820);
            assertThat(a.driver.publicKey(Lab.soon())).contains(a.publicKey());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(a.config)))
                    .isEqualTo("rw-------");

            a.driver.up(Lab.soon());
            assertThat(a.peer(b).receivedBytes())
                    .as("up when up changes nothing")
                    .isPositive();
            a.driver.down(Lab.soon());
            a.driver.down(Lab.soon());
            assertThat(a.driver.read(Lab.soon())).isEmpty();
            assertThat(a.driver.publicKey(Lab.soon())).contains(a.publicKey());
            assertThat(lab.net.processes(a.namespace))
                    .as("nothing is left behind")
                    .isEmpty();
        }
    }

    @Test
    void spokesReachEachOtherThroughTheHub() {
        try (Lab lab = new Lab(directory)) {
            Lab.Machine hub = lab.add("hub");
            Lab.Machine pi = lab.add("pi");
            Lab.Machine nas = lab.add("nas");
            lab.net.join(hub.namespace, "192.0.2.1/30", pi.namespace, "192.0.2.2/30");
            lab.net.join(hub.namespace, "198.51.100.1/30", nas.namespace, "198.51.100.2/30");
            lab.net.run(nas.namespace, "ip", "route", "add", "default", "via", "198.51.100.1");
            lab.net.run(hub.namespace, "sysctl", "-w", "net.ipv4.ip_forward=1");
            VpnTopology topology = VpnTopology.builder("10.8.0.0/24")
                    .hub(lab.node("hub", "10.8.0.1/24")
                            .endpoint("192.0.2.1:51820")
                            .build())
                    .node(lab.node("pi", "10.8.0.2/24")
                            .keepalive(Duration.ofSeconds(25))
                            .build())
                    .node(lab.node("nas", "10.8.0.3/24")
                            .keepalive(Duration.ofSeconds(25))
                            .build())
                    .build();
            lab.up(topology);

            eventually(() -> assertThat(pi.reaches("10.8.0.1")).isTrue());
            eventually(() -> assertThat(pi.reaches("10.8.0.3")).isTrue());
            assertThat(hub.peer(nas).endpoint()).as("learned from its packets").startsWith("198.51.100.2:");
            assertThat(pi.peer(hub).keepaliveSeconds()).isEqualTo(25);
            assertThat(hub.peer(pi).keepaliveSeconds()).isZero();
        }
    }

    @Test
    void aChangeLeavesPeersAloneThatStayAsTheyAre() throws IOException {
        try (Lab lab = Lab.pair(directory)) {
            Lab.Machine a = lab.machine("a");
            Lab.Machine b = lab.machine("b");
            lab.up(lab.mesh().build());
            assertThat(a.reaches("10.8.0.2")).isTrue();
            VpnDriver.Peer before = a.peer(b);

            Lab.Machine late = lab.add("c");
            VpnTopology larger = lab.mesh()
                    .node(lab.node("c", "10.8.0.3/24")
                            .address("fd00:8::3/64")
                            .route("192.168.7.0/24")
                            .build())
                    .build();
            a.apply(larger, "a");
            assertThat(a.seen().peers()).hasSize(2);
            assertThat(a.peer(b).handshake()).isEqualTo(before.handshake());
            assertThat(a.peer(b).receivedBytes()).isGreaterThanOrEqualTo(before.receivedBytes());
            assertThat(lab.net.run(a.namespace, "ip", "route", "show", "dev", a.device))
                    .contains("192.168.7.0/24");
            assertThat(lab.net.run(a.namespace, "ip", "-6", "route", "show", "dev", a.device))
                    .contains("fd00:8::3");
            assertThat(Files.readString(a.config))
                    .contains("# c")
                    .contains(late.publicKey().base64());

            a.apply(lab.mesh().build(), "a");
            assertThat(a.seen().peers()).hasSize(1);
            assertThat(a.peer(b).handshake()).isEqualTo(before.handshake());
            assertThat(lab.net.run(a.namespace, "ip", "route", "show", "dev", a.device))
                    .doesNotContain("192.168.7.0/24");
            assertThat(Files.readString(a.config))
                    .doesNotContain(late.publicKey().base64());
            try (Stream<Path> files = Files.list(a.config.getParent())) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .containsExactlyInAnyOrder(a.config.getFileName().toString(), "private.key");
            }
        }
    }

    @Test
    void whatAPersonWroteForTheInterfaceStays() throws IOException {
        try (Lab lab = Lab.pair(directory)) {
            Lab.Machine a = lab.machine("a");
            Files.writeString(
                    a.config,
                    "# mine\n[Interface]\nPrivateKey = " + a.key.reveal()
                            + "\nMTU = 1380 # of the DSL line\nListenPort = 4444\nAddress = 10.9.0.1/24\n\n# old\n[Peer]\nPublicKey = "
                            + lab.machine("b").publicKey() + "\nAllowedIPs = 10.9.0.2/32\n");
            a.apply(lab.mesh().build(), "a");
            assertThat(Files.readString(a.config))
                    .startsWith("# mine\n[Interface]\n")
                    .contains("MTU = 1380 # of the DSL line")
                    .contains("ListenPort = 51820")
                    .contains("Address = 10.8.0.1/24")
                    .contains("# b\n[Peer]")
                    .doesNotContain("# old")
                    .doesNotContain("10.9.0");
            a.driver.up(Lab.soon());
            assertThat(lab.net.run(a.namespace, "ip", "link", "show", a.device)).contains("mtu 1380");
        }
    }

    @Test
    void aChangeThatFailsChangesNothing() throws IOException {
        try (Lab lab = Lab.pair(directory)) {
            Lab.Machine a = lab.machine("a");
            Lab.Machine b = lab.machine("b");
            lab.up(lab.mesh().build());
            assertThat(a.reaches("10.8.0.2")).isTrue();
            VpnDriver.Peer before = a.peer(b);
            String file = Files.readString(a.config);

            lab.add("c");
            VpnTopology unknownName = lab.mesh()
                    .node(lab.node("c", "10.8.0.3/24")
                            .endpoint("no-such-host.invalid:51820")
                            .build())
                    .build();
            VpnException refused = catchThrowableOfType(VpnException.class, () -> a.apply(unknownName, "a"));
            assertThat(refused).isNotNull();

            VpnException stranger = catchThrowableOfType(
                    VpnException.class, () -> a.apply(lab.mesh().build(), "b"));
            assertThat(stranger.kind()).isEqualTo(Kind.INVALID);
            assertThat(stranger).hasMessageContaining("does not belong");

            // the address cannot be set, after the peers were: everything is taken back
            lab.net.run(a.namespace, "sysctl", "-w", "net.ipv6.conf." + a.device + ".disable_ipv6=1");
            VpnTopology dual = lab.mesh()
                    .node(lab.node("c", "10.8.0.3/24").address("fd00:8::3/64").build())
                    .build();
            VpnException half = catchThrowableOfType(VpnException.class, () -> a.apply(dual, "a"));
            assertThat(half).isNotNull();

            assertThat(Files.readString(a.config)).isEqualTo(file);
            assertThat(a.seen().peers()).hasSize(1);
            assertThat(a.peer(b).handshake()).isEqualTo(before.handshake());
            assertThat(a.peer(b).endpoint()).isEqualTo(before.endpoint());
            assertThat(a.reaches("10.8.0.2")).isTrue();
        }
    }

    @Test
    void aPairsPresharedKeyIsRenewedUnderARunningSession() {
        try (Lab lab = Lab.pair(directory)) {
            Lab.Machine a = lab.machine("a");
            Lab.Machine b = lab.machine("b");
            lab.up(lab.mesh().build());
            assertThat(a.reaches("10.8.0.2")).isTrue();

            VpnSecretKey fresh = Lab.KEYS.newPresharedKey();
            VpnTopology rotated = lab.mesh().presharedKey("a", "b", fresh).build();
            a.apply(rotated, "a");
            assertThat(a.reaches("10.8.0.2"))
                    .as("the session stays until its next handshake")
                    .isTrue();
            b.apply(rotated, "b");
            assertThat(a.reaches("10.8.0.2")).isTrue();
        }
    }

    @Test
    void aNodesKeyIsRenewedAndItsOtherPeersNoticeNothing() throws IOException {
        try (Lab lab = Lab.pair(directory)) {
            Lab.Machine a = lab.machine("a");
            Lab.Machine b = lab.machine("b");
            Lab.Machine c = lab.add("c");
            lab.net.join(a.namespace, "198.51.100.1/24", c.namespace, "198.51.100.3/24");
            lab.up(threeWithC(lab));
            assertThat(a.reaches("10.8.0.2")).isTrue();
            assertThat(a.reaches("10.8.0.3")).isTrue();
            VpnDriver.Peer before = a.peer(c);
            String old = b.publicKey().base64();

            b.key = Lab.KEYS.newPrivateKey();
            Files.writeString(b.keyFile, b.key.reveal() + "\n");
            Files.writeString(
                    b.config,
                    Files.readString(b.config).replaceAll("PrivateKey = .*", "PrivateKey = " + b.key.reveal()));
            a.apply(threeWithC(lab), "a");
            b.apply(threeWithC(lab), "b");
            eventually(() -> assertThat(a.reaches("10.8.0.2")).isTrue());
            assertThat(b.seen().key()).isEqualTo(b.publicKey());
            assertThat(lab.net.run(a.namespace, "wg", "show", a.device, "peers"))
                    .doesNotContain(old)
                    .contains(b.publicKey().base64());
            assertThat(a.peer(c).handshake()).isEqualTo(before.handshake());
            assertThat(a.peer(c).receivedBytes()).isGreaterThanOrEqualTo(before.receivedBytes());
            assertThat(a.reaches("10.8.0.3")).isTrue();
        }
    }

    private static VpnTopology threeWithC(Lab lab) {
        return VpnTopology.builder("10.8.0.0/24")
                .node(lab.node("a", "10.8.0.1/24").endpoint("192.0.2.1:51820").build())
                .node(lab.node("b", "10.8.0.2/24").endpoint("192.0.2.2:51820").build())
                .node(lab.node("c", "10.8.0.3/24")
                        .endpoint("198.51.100.3:51820")
                        .build())
                .build();
    }

    @Test
    void aPeerThatMovedIsFoundAgain() {
        try (Lab lab = Lab.pair(directory)) {
            Lab.Machine a = lab.machine("a");
            Lab.Machine b = lab.machine("b");
            lab.up(lab.mesh().build());
            assertThat(a.reaches("10.8.0.2")).isTrue();

            lab.moves();
            assertThat(a.reaches("10.8.0.2")).isFalse();
            VpnTopology moved = VpnTopology.builder("10.8.0.0/24", "fd00:8::/64")
                    .node(lab.node("a", "10.8.0.1/24")
                            .endpoint("192.0.2.1:51820")
                            .build())
                    .node(lab.node("b", "10.8.0.2/24")
                            .endpoint("192.0.2.9:51820")
                            .build())
                    .build();
            a.apply(moved, "a");
            assertThat(a.peer(b).endpoint()).isEqualTo("192.0.2.9:51820");
            eventually(() -> assertThat(a.reaches("10.8.0.2")).isTrue());
        }
    }

    @Test
    void reconnectingLooksTheEndpointUpAgainAndMakesAHandshake() throws IOException {
        try (Lab lab = Lab.pair(directory)) {
            Lab.Machine a = lab.machine("a");
            Lab.Machine b = lab.machine("b");
            lab.up(lab.mesh().build());
            lab.net.run(
                    a.namespace, "wg", "set", a.device, "peer", b.publicKey().base64(), "endpoint", "192.0.2.77:1");
            assertThat(a.peer(b).endpoint()).isEqualTo("192.0.2.77:1");
            assertThat(a.peer(b).handshake()).isNull();

            a.driver.reconnect(b.publicKey(), Lab.soon());
            assertThat(a.peer(b).endpoint()).isEqualTo("192.0.2.2:51820");
            eventually(() -> assertThat(a.peer(b).handshake()).isNotNull());
            assertThat(a.peer(b).keepaliveSeconds()).as("as it was").isZero();

            VpnException nobody =
                    catchThrowableOfType(VpnException.class, () -> a.driver.reconnect(a.publicKey(), Lab.soon()));
            assertThat(nobody.kind()).isEqualTo(Kind.INVALID);
        }
    }

    @Test
    void aNameThatLeadsElsewhereIsLookedUpAgain() {
        try (Lab lab = Lab.pair(directory)) {
            Lab.Machine a = lab.machine("a");
            Lab.Machine b = lab.machine("b");
            lab.names("192.0.2.2", "b.lab.test");
            lab.up(VpnTopology.builder("10.8.0.0/24")
                    .node(lab.node("a", "10.8.0.1/24")
                            .endpoint("192.0.2.1:51820")
                            .build())
                    .node(lab.node("b", "10.8.0.2/24")
                            .endpoint("b.lab.test:51820")
                            .build())
                    .build());
            assertThat(a.reaches("10.8.0.2")).isTrue();
            assertThat(a.peer(b).endpoint()).isEqualTo("192.0.2.2:51820");
            Instant before = a.peer(b).handshake();

            lab.moves();
            lab.names("192.0.2.9", "b.lab.test");
            assertThat(a.reaches("10.8.0.2")).as("nobody looks it up by itself").isFalse();
            a.driver.reconnect(b.publicKey(), Lab.soon());
            assertThat(a.peer(b).endpoint()).isEqualTo("192.0.2.9:51820");
            eventually(() -> assertThat(a.reaches("10.8.0.2")).isTrue());
            assertThat(a.peer(b).handshake()).isAfterOrEqualTo(before);

            lab.names("192.0.2.9", "another.lab.test"); // nobody knows it now
            VpnException unknown =
                    catchThrowableOfType(VpnException.class, () -> a.driver.reconnect(b.publicKey(), Lab.soon()));
            assertThat(unknown).as("and it is said at once, not after minutes").isNotNull();
            assertThat(a.reaches("10.8.0.2")).as("the peer stays where it is").isTrue();
        }
    }

    @Test
    void aMissingToolAMissingInterfaceAndAMissingConfigAreToldApart() throws IOException {
        try (Lab lab = Lab.pair(directory)) {
            Lab.Machine a = lab.machine("a");
            assertThat(a.driver.read(Lab.soon())).as("no interface").isEmpty();
            assertThat(kindOf(() -> a.driver.reconnect(a.publicKey(), Lab.soon())))
                    .isEqualTo(Kind.NO_INTERFACE);
            VpnException noConfig = catchThrowableOfType(VpnException.class, () -> a.driver.up(Lab.soon()));
            assertThat(noConfig.kind()).isEqualTo(Kind.INVALID);
            assertThat(noConfig).hasMessageContaining(a.config.toString());

            lab.up(lab.mesh().build());
            VpnException noTool = catchThrowableOfType(
                    VpnException.class,
                    () -> a.driver(Map.of("wg", "wg-nowhere")).read(Lab.soon()));
            assertThat(noTool.kind()).isEqualTo(Kind.TOOL_MISSING);
            assertThat(noTool).hasMessageContaining("wg-nowhere");
        }
    }

    private static Kind kindOf(Runnable work) {
        VpnException failure = catchThrowableOfType(VpnException.class, work::run);
        return failure.kind();
    }
}
