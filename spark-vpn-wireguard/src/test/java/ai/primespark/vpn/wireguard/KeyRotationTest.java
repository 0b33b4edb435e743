package ai.primespark.vpn.wireguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.KeyRotation.Outcome;
import ai.primespark.vpn.wireguard.KeyStore.Age;
import ai.primespark.vpn.wireguard.TopologyLock.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyRotationTest {

    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void aHouse() throws IOException {
        folder = temp.resolve("vpn");
        try (VpnDirectory directory = VpnDirectory.create(folder, VpnDirectoryTest.TOPOLOGY)) {
            directory.change(
                    directory.file().withNode("nas", "public-key = \"xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\""));
            for (String node : new String[] {"home", "pi"}) {
                directory.change(directory.file().withPublicKey(node, directory.holdKey(node)));
            }
            var unused = directory.topology();
            directory.save();
        }
    }

    /** In a process of its own, as it were. */
    private Outcome step(String node, boolean abort) throws IOException {
        try (VpnDirectory directory = VpnDirectory.open(folder)) {
            KeyRotation rotation = new KeyRotation(directory);
            Outcome outcome = abort ? rotation.abort(node) : rotation.advance(node, null);
            directory.save();
            return outcome;
        }
    }

    private Map<String, WgConfig> rendered() throws IOException {
        try (VpnDirectory directory = VpnDirectory.open(folder)) {
            VpnTopology topology = directory.topology();
            Map<String, WgConfig> configs = new LinkedHashMap<>();
            configs.put("home", directory.render(topology, "home", true));
            configs.put("pi", directory.render(topology, "pi", true));
            configs.put("nas", directory.render(topology, "nas", false));
            configs.values()
                    .forEach(c -> assertThat(c.check(WgRules.QUICK.withHooks()).sound())
                            .isTrue());
            return configs;
        }
    }

    private static VpnPublicKey key(WgConfig config) {
        return WireGuardKeys.publicKey(config.privateKey().orElseThrow());
    }

    /** Whether a handshake succeeds and packets pass both ways. */
    private static boolean talk(WgConfig one, WgConfig other) {
        return takes(one, other)
                && takes(other, one)
                && one.peerValue(key(other), "PresharedKey").equals(other.peerValue(key(one), "PresharedKey"));
    }

    private static boolean takes(WgConfig self, WgConfig from) {
        return self.peerValue(key(from), "AllowedIPs").isPresent();
    }

    @Test
    void theTunnelWorksInEveryMixtureOfOldAndNewButForTheSwitchItself() throws IOException {
        Map<String, WgConfig> before = rendered();
        assertThat(step("pi", false).step()).contains(Step.ANNOUNCED);
        Map<String, WgConfig> announced = rendered();
        assertThat(step("pi", false).step()).contains(Step.SWITCHED);
        Map<String, WgConfig> switched = rendered();
        assertThat(step("pi", false).step()).isEmpty();
        Map<String, WgConfig> after = rendered();

        for (WgConfig home : new WgConfig[] {before.get("home"), announced.get("home")}) {
            assertThat(talk(home, before.get("pi"))).isTrue();
            assertThat(talk(home, announced.get("pi"))).isTrue();
        }
        for (WgConfig home : new WgConfig[] {switched.get("home"), after.get("home")}) {
            assertThat(talk(home, switched.get("pi"))).isTrue();
            assertThat(talk(home, after.get("pi"))).isTrue();
        }
        assertThat(key(after.get("pi"))).isNotEqualTo(key(before.get("pi")));
        assertThat(key(after.get("home"))).isEqualTo(key(before.get("home")));
        assertThat(before.get("nas").reveal()).isEqualTo(after.get("nas").reveal());
        assertThat(after.get("home").peers()).hasSize(2);
        assertThat(announced.get("home").peers())
                .hasSize(3)
                .containsAll(after.get("home").peers());
        String pair = "PresharedKey";
        assertThat(after.get("home").peerValue(key(after.get("pi")), pair))
                .isNotEqualTo(before.get("home").peerValue(key(before.get("pi")), pair));
    }

    @Test
    void thePeerKnowsBothKeysWhileANodeSwitches() throws IOException {
        step("pi", false);
        WgConfig announced = rendered().get("home");
        step("pi", false);
        Map<String, WgConfig> switched = rendered();
        assertThat(announced.peerValue(key(switched.get("pi")), "PresharedKey"))
                .as("a handshake with the next key succeeds at once")
                .isEqualTo(switched.get("pi").peerValue(key(announced), "PresharedKey"));
        assertThat(switched.get("home").peers()).containsExactlyInAnyOrderElementsOf(announced.peers());
    }

    @Test
    void goingBackGivesTheKeysFromBefore() throws IOException {
        Map<String, WgConfig> before = rendered();
        step("pi", false);
        step("pi", true);
        assertThat(rendered().get("home").reveal()).isEqualTo(before.get("home").reveal());
        step("pi", false);
        step("pi", false);
        assertThat(step("pi", true).apply()).containsExactly("pi", "home");
        Map<String, WgConfig> back = rendered();
        assertThat(back.get("home").reveal()).isEqualTo(before.get("home").reveal());
        assertThat(back.get("pi").reveal()).isEqualTo(before.get("pi").reveal());
        assertThatThrownBy(() -> step("pi", true))
                .isInstanceOf(VpnException.class)
                .hasMessageContaining("no rotation");
    }

    @Test
    void aHubsRotationConcernsAllItsNodes() throws IOException {
        assertThat(step("home", false).apply()).containsExactlyInAnyOrder("pi", "nas");
        assertThatThrownBy(() -> step("pi", false))
                .isInstanceOf(VpnException.class)
                .hasMessageContaining("'home' are being rotated");
        step("home", false);
        step("home", false);
        Map<String, WgConfig> after = rendered();
        assertThat(talk(after.get("home"), after.get("pi"))).isTrue();
    }

    @Test
    void aNodeThatKeepsItsKeyHandsInTheNextPublicOne() throws IOException {
        assertThatThrownBy(() -> step("nas", false))
                .isInstanceOf(VpnException.class)
                .hasMessageContaining("make the next one there");
        VpnPublicKey next = WireGuardKeys.publicKey(new WireGuardKeys().newPrivateKey());
        try (VpnDirectory directory = VpnDirectory.open(folder)) {
            new KeyRotation(directory).advance("nas", next);
            directory.save();
        }
        step("nas", false);
        step("nas", false);
        assertThat(rendered().get("home").peers()).contains(next).hasSize(2);
    }

    @Test
    void aCrashAnywhereInTheSwitchLosesNoKey() throws IOException {
        step("pi", false);
        Map<String, WgConfig> announced = rendered();
        // the keys have changed places on disk, and then the process died before the lock was written
        KeyStore store = new KeyStore(folder.resolve("keys"));
        store.use("pi", Age.NEXT, Age.PREVIOUS);
        store.setPreshared("pi", "home", Age.PREVIOUS, store.presharedKey("pi", "home", Age.CURRENT));
        store.setPreshared("pi", "home", Age.CURRENT, store.presharedKey("pi", "home", Age.NEXT));
        store.setPreshared("pi", "home", Age.NEXT, Optional.empty());
        store.save();
        assertThat(step("pi", false).step()).contains(Step.SWITCHED);
        Map<String, WgConfig> switched = rendered();
        assertThat(talk(switched.get("home"), switched.get("pi"))).isTrue();
        assertThat(announced.get("home").peers()).contains(key(switched.get("pi")));
        assertThat(step("pi", true).apply()).isNotEmpty();
        assertThat(key(rendered().get("pi"))).isEqualTo(key(announced.get("pi")));
    }

    @Test
    void aCrashBetweenLockAndTopologyIsMendedWhenTheNetworkIsOpened() throws IOException {
        step("pi", false);
        String topology = Files.readString(folder.resolve("topology.conf"));
        step("pi", false);
        Files.writeString(folder.resolve("topology.conf"), topology);
        Map<String, WgConfig> switched = rendered();
        assertThat(talk(switched.get("home"), switched.get("pi"))).isTrue();
    }
}
