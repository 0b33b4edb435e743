package ai.primespark.vpn.wireguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.KeyStore.Age;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VpnDirectoryTest {

    static final String TOPOLOGY = """
            # our house
            network {
              subnets = ["10.8.0.0/24", "fd00:8::/64"]   // both
              mtu = 1400
            }

            nodes {
              home { hub = true, endpoint = "vpn.example.org:51820" }
              # the small one
              pi { }
            }
            """;

    @TempDir
    Path temp;

    private VpnDirectory house() throws IOException {
        VpnDirectory directory = VpnDirectory.create(temp.resolve("vpn"), TOPOLOGY);
        for (String node : Set.of("home", "pi")) {
            directory.change(directory.file().withPublicKey(node, directory.holdKey(node)));
        }
        return directory;
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void aNetworkIsRenderedAndStaysTheSameWhenItIsOpenedAgain() throws IOException {
        String first;
        try (VpnDirectory directory = house()) {
            first = directory.render(directory.topology(), "pi", true).reveal();
            assertThat(directory.save()).isTrue();
        }
        try (VpnDirectory directory = VpnDirectory.open(temp.resolve("vpn"))) {
            assertThat(directory.render(directory.topology(), "pi", true).reveal())
                    .isEqualTo(first);
            assertThat(directory.save()).isFalse();
            assertThat(directory.file().text())
                    .contains("# our house")
                    .contains("// both")
                    .contains("# the small one");
        }
        assertThat(first)
                .contains("Address = 10.8.0.2/24, fd00:8::2/64")
                .contains("MTU = 1400")
                .contains("PresharedKey = ")
                .contains("PersistentKeepalive = 25");
        assertThat(WgConfig.parse(first).check(WgRules.QUICK).findings()).isEmpty();
    }

    @Test
    void keysAreTheirOwnersAlone() throws IOException {
        try (VpnDirectory directory = house()) {
            var unused = directory.topology();
            directory.save();
        }
        Path keys = temp.resolve("vpn/keys");
        assertThat(mode(keys)).isEqualTo("rwx------");
        assertThat(mode(keys.resolve("pi.key"))).isEqualTo("rw-------");
        assertThat(mode(keys.resolve("preshared.keys"))).isEqualTo("rw-------");
        assertThat(Files.readString(temp.resolve("vpn/topology.lock")))
                .doesNotContain(Files.readString(keys.resolve("pi.key")).strip());
        Files.setPosixFilePermissions(keys.resolve("pi.key"), PosixFilePermissions.fromString("rw-r--r--"));
        try (VpnDirectory directory = VpnDirectory.open(temp.resolve("vpn"))) {
            VpnTopology topology = directory.topology();
            assertThatThrownBy(() -> directory.render(topology, "pi", true))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("chmod 600");
        }
    }

    @Test
    void aNetworkMayBeginInAFolderThatOthersReadAndNotInOneThatTheyWriteTo() throws IOException {
        Path folder = Files.createDirectory(temp.resolve("vpn"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (VpnDirectory directory = house()) {
            var unused = directory.topology();
            directory.save();
        }
        assertThat(mode(folder)).as("as it was").isEqualTo("rwxr-xr-x");
        assertThat(mode(folder.resolve("keys"))).isEqualTo("rwx------");
        for (String lax : Set.of("rwxrwxr-x", "rwx----wx")) {
            Path shared = Files.createDirectory(temp.resolve(lax));
            Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString(lax));
            assertThatThrownBy(() -> VpnDirectory.create(shared, TOPOLOGY))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("chmod go-w " + shared);
            assertThat(shared).isEmptyDirectory();
        }
    }

    @Test
    void aNodeThatKeepsItsKeyIsRenderedWithoutIt() throws IOException {
        try (VpnDirectory directory = house()) {
            directory.change(
                    directory.file().withNode("nas", "public-key = \"xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\""));
            VpnTopology topology = directory.topology();
            assertThat(directory.render(topology, "nas", false).reveal())
                    .doesNotContain("PrivateKey")
                    .contains("PostUp = wg set %i private-key /etc/wireguard/%i.key");
            assertThatThrownBy(() -> directory.render(topology, "nas", true))
                    .isInstanceOf(VpnException.class)
                    .hasMessageContaining("is not held here");
        }
    }

    @Test
    void addressesStayWhateverComesAndGoes() throws IOException {
        try (VpnDirectory directory = house()) {
            Random random = new Random(6);
            Map<String, Set<IpPrefix>> known = new HashMap<>();
            for (int round = 0; round < 60; round++) {
                String name = "n" + random.nextInt(20);
                boolean there = directory.file().nodes().containsKey(name);
                directory.change(
                        there
                                ? directory.file().withoutNode(name)
                                : directory.file().withNode(name, ""));
                var unused = directory.topology();
                Map<String, Set<IpPrefix>> now = directory.lock().addresses();
                assertThat(now).containsOnlyKeys(directory.file().nodes().keySet());
                assertThat(now.values().stream().flatMap(Set::stream)).doesNotHaveDuplicates();
                now.forEach((node, addresses) -> {
                    assertThat(addresses).as(node).hasSize(2);
                    assertThat(known.getOrDefault(node, addresses)).as(node).isEqualTo(addresses);
                });
                known.putAll(now);
            }
            assertThat(known.values().stream().flatMap(Set::stream)).doesNotHaveDuplicates();
        }
    }

    @Test
    void addressesOfNodesThatAreGoneAreUsedAgainOnlyWhenThereAreNoOthers() throws IOException {
        String small = TOPOLOGY.replace("10.8.0.0/24\", \"fd00:8::/64", "10.8.0.0/29");
        try (VpnDirectory directory = VpnDirectory.create(temp.resolve("vpn"), small)) {
            for (String node : Set.of("a", "b", "c")) {
                directory.change(directory.file().withNode(node, ""));
            }
            var unused = directory.topology();
            Set<IpPrefix> old = directory.lock().addresses().get("b");
            directory.change(directory.file().withoutNode("b"));
            unused = directory.topology();
            directory.change(directory.file().withNode("d", ""));
            unused = directory.topology();
            assertThat(directory.lock().addresses().get("d")).isNotEqualTo(old);
            directory.change(directory.file().withNode("e", ""));
            unused = directory.topology();
            assertThat(directory.lock().addresses().get("e")).isEqualTo(old);
            directory.change(directory.file().withNode("f", ""));
            assertThatThrownBy(directory::topology)
                    .isInstanceOf(VpnException.class)
                    .hasMessageContaining("no address left in 10.8.0.0/29 for node 'f'");
        }
    }

    @Test
    void anAddressChosenByHandIsNotGivenToOthers() throws IOException {
        try (VpnDirectory directory = house()) {
            directory.change(directory.file().withNode("nas", "addresses = [\"10.8.0.3\"]"));
            directory.change(directory.file().withNode("tv", ""));
            var unused = directory.topology();
            assertThat(directory.lock().addresses().get("nas"))
                    .extracting(IpPrefix::toString)
                    .containsExactly("10.8.0.3/24", "fd00:8::3/64");
            assertThat(directory.lock().addresses().get("tv"))
                    .extracting(IpPrefix::toString)
                    .containsExactly("10.8.0.4/24", "fd00:8::4/64");
        }
    }

    @Test
    void theTopologyOfTheDocumentationCanBeRendered() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "vpn.md"));
        int begin = page.indexOf("```text\nnetwork {");
        String text = page.substring(begin + "```text\n".length(), page.indexOf("\n```\n", begin));
        try (VpnDirectory directory = VpnDirectory.create(
                temp.resolve("vpn"),
                Pattern.compile("…")
                        .matcher(text)
                        .replaceAll(unused -> WireGuardKeys.publicKey(new WireGuardKeys().newPrivateKey())
                                .base64()))) {
            VpnTopology topology = directory.topology();
            assertThat(topology.nodes()).hasSize(4);
            for (String node : topology.nodes().keySet()) {
                assertThat(directory
                                .render(topology, node, false)
                                .check(WgRules.QUICK.withHooks())
                                .sound())
                        .as(node)
                        .isTrue();
            }
        }
    }

    @Test
    void everyMistakeInATopologyIsReportedWithItsPlace() {
        assertThatThrownBy(() -> TopologyFile.parse("""
                        network { subnets = ["10.8.0.1/24"], intreface = wg0, interface = "a b" }
                        nodes {
                          pi { mtu = 12, adress = "10.8.0.2" }
                          Hub { }
                          x { endpoint = "vpn.example.org" }
                          y { hooks { post-up = ["a\\nb"] } }
                        }
                        """))
                .isInstanceOf(VpnException.class)
                .hasMessageContaining("network.intreface is not known")
                .hasMessageContaining("10.8.0.1/24 has bits beyond its length")
                .hasMessageContaining("'a b' is no interface's name")
                .hasMessageContaining("line 3: nodes.pi.adress is not known")
                .hasMessageContaining("an MTU lies between")
                .hasMessageContaining("nodes.Hub")
                .hasMessageContaining("'vpn.example.org' is not host:port")
                .hasMessageContaining("one line without '#'");
        assertThatThrownBy(() -> TopologyFile.parse("include \"/etc/passwd\"")).isInstanceOf(VpnException.class);
        assertThatThrownBy(() -> TopologyFile.parse("network {")).isInstanceOf(VpnException.class);
    }

    @Test
    void onlyOneProcessWorksOnANetwork() throws IOException {
        try (VpnDirectory directory = house()) {
            assertThat(directory.file().nodes()).hasSize(2);
            assertThatThrownBy(() -> VpnDirectory.open(temp.resolve("vpn")))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another process works on");
        }
        VpnDirectory.open(temp.resolve("vpn")).close();
    }

    @Test
    void removingANodeForgetsItsKeysAndPairs() throws IOException {
        try (VpnDirectory directory = house()) {
            var unused = directory.topology();
            directory.save();
            directory.change(directory.file().withoutNode("pi"));
            directory.keys().forget("pi");
            assertThat(directory.keys().privateKey("pi", Age.CURRENT)).isEmpty();
            assertThat(Files.readString(temp.resolve("vpn/keys/preshared.keys")))
                    .isEmpty();
            assertThat(directory.file().text()).contains("# our house").doesNotContain("pi {");
        }
    }
}
