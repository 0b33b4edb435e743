package ai.primespark.vpn.wireguard;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.testkit.NeedsWireGuard;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireGuardKeysTest {

    private final WireGuardKeys keys = new WireGuardKeys();

    /** RFC 7748, section 6.1. */
    @Test
    void thePublicKeyIsThatOfTheRfc() {
        VpnSecretKey alice = VpnSecretKey.ofPrivate(
                HexFormat.of().parseHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
        VpnSecretKey bob = VpnSecretKey.ofPrivate(
                HexFormat.of().parseHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
        assertThat(HexFormat.of().formatHex(WireGuardKeys.publicKey(alice).bytes()))
                .isEqualTo("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        assertThat(HexFormat.of().formatHex(WireGuardKeys.publicKey(bob).bytes()))
                .isEqualTo("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    }

    @Test
    void privateKeysAreClampedAndNeverTwiceTheSame() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            byte[] bytes = keys.newPrivateKey().revealBytes();
            assertThat(bytes[0] & 7).isZero();
            assertThat(bytes[31] & 192).isEqualTo(64);
            assertThat(seen.add(HexFormat.of().formatHex(bytes))).isTrue();
        }
    }

    @Test
    @NeedsWireGuard
    void publicKeysAreThoseOfWireGuardItself() {
        List<VpnSecretKey> privateKeys = new ArrayList<>();
        StringBuilder input = new StringBuilder();
        for (int i = 0; i < 256; i++) {
            privateKeys.add(keys.newPrivateKey());
            input.append(privateKeys.get(i).reveal()).append('\n');
        }
        Tools.Result result = Tools.run(
                input.toString().getBytes(StandardCharsets.US_ASCII),
                Map.of(),
                "bash",
                "-c",
                "while read -r key; do wg pubkey <<< \"$key\" || exit 1; done");
        assertThat(result.code()).isZero();
        assertThat(result.output().lines())
                .hasSize(256)
                .containsExactlyElementsOf(privateKeys.stream()
                        .map(k -> WireGuardKeys.publicKey(k).toString())
                        .toList());
    }

    /** The points of low order, https://cr.yp.to/ecdh.html#validate. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0100000000000000000000000000000000000000000000000000000000000000",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
            })
    void pointsOfLowOrderAreNoKeys(String hex) {
        assertThat(WireGuardKeys.isUseless(VpnPublicKey.of(HexFormat.of().parseHex(hex))))
                .isTrue();
    }

    @Test
    void keysOfPeersAreNotUseless() {
        for (int i = 0; i < 50; i++) {
            assertThat(WireGuardKeys.isUseless(WireGuardKeys.publicKey(keys.newPrivateKey())))
                    .isFalse();
        }
    }

    @Test
    void keysAreTakenOutOfWhatToolsPrint() {
        VpnSecretKey key = keys.newPrivateKey();
        String hex = HexFormat.of().formatHex(key.revealBytes());
        String masked = KeyMask.mask("Key is not the correct length or format: `" + key.reveal() + "X'\n"
                + "Line unrecognized: `PrivateKey=" + key.reveal().substring(0, 20) + "'\n"
                + "private_key=" + hex + "\npreshared key: (none)\nlisten port 51820, 10.8.0.0/24");
        assertThat(masked)
                .doesNotContain(key.reveal().substring(0, 12))
                .doesNotContain(hex)
                .contains("listen port 51820, 10.8.0.0/24")
                .contains("preshared key: (none)")
                .contains(KeyMask.HIDDEN);
    }
}
