package ai.primespark.vpn.wireguard.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.primespark.spi.VpnDriver.Peer;
import ai.primespark.spi.VpnDriver.Snapshot;
import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.wireguard.WireGuardKeys;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DumpParserTest {

    private static final WireGuardKeys KEYS = new WireGuardKeys();
    private static final VpnSecretKey PRIVATE = KEYS.newPrivateKey();
    private static final VpnSecretKey PRESHARED = KEYS.newPresharedKey();
    private static final VpnPublicKey OWN = WireGuardKeys.publicKey(PRIVATE);
    private static final VpnPublicKey ONE = WireGuardKeys.publicKey(KEYS.newPrivateKey());
    private static final VpnPublicKey TWO = WireGuardKeys.publicKey(KEYS.newPrivateKey());

    private static final String INTERFACE = PRIVATE.reveal() + "\t" + OWN + "\t51820\toff\n";
    private static final String HEARD = ONE + "\t" + PRESHARED.reveal()
            + "\t192.0.2.2:35387\t10.8.0.2/32,fd00:8::2/128\t1795433370\t852\t764\t25\n";
    private static final String SILENT = TWO + "\t(none)\t(none)\t(none)\t0\t0\t18446744073709551615\toff\n";

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void everyColumnOfADumpIsRead() {
        Snapshot snapshot = DumpParser.parse(bytes(INTERFACE + HEARD + SILENT));
        assertThat(snapshot.key()).isEqualTo(OWN);
        assertThat(snapshot.listenPort()).isEqualTo(51_820);
        assertThat(snapshot.peers())
                .containsExactly(
                        new Peer(
                                null,
                                ONE,
                                "192.0.2.2:35387",
                                java.util.List.of(IpPrefix.parse("10.8.0.2/32"), IpPrefix.parse("fd00:8::2/128")),
                                Instant.ofEpochSecond(1_795_433_370L),
                                852,
                                764,
                                25),
                        new Peer(null, TWO, null, java.util.List.of(), null, 0, -1, 0));
        assertThat(Long.toUnsignedString(snapshot.peers().get(1).sentBytes())).isEqualTo("18446744073709551615");
    }

    @Test
    void noSecretIsInTheResult() {
        assertThat(DumpParser.parse(bytes(INTERFACE + HEARD)).toString())
                .doesNotContain(PRIVATE.reveal())
                .doesNotContain(PRESHARED.reveal());
    }

    @Test
    void anInterfaceWithoutAKeyOrPeersIsOne() {
        Snapshot bare = DumpParser.parse(bytes("(none)\t(none)\t0\toff\n"));
        assertThat(bare.key()).isNull();
        assertThat(bare.listenPort()).isZero();
        assertThat(bare.peers()).isEmpty();
    }

    @Test
    void theDumpOfAllInterfacesIsReadByName() {
        String dump = "wg0\t" + INTERFACE + "wg0\t" + HEARD + "home\t(none)\t(none)\t7\t0xca6c\nhome\t" + SILENT;
        Map<String, Snapshot> all = DumpParser.parseAll(bytes(dump));
        assertThat(all.keySet()).containsExactly("wg0", "home");
        assertThat(all.get("wg0").peers()).extracting(Peer::publicKey).containsExactly(ONE);
        assertThat(all.get("home").listenPort()).isEqualTo(7);
        assertThat(all.get("home").peers()).extracting(Peer::publicKey).containsExactly(TWO);
        assertThat(DumpParser.parseAll(new byte[0])).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void whatIsNoDumpIsRefusedWithItsLineAndWithoutQuotingIt(int broken) {
        String[] columns = HEARD.strip().split("\t", -1);
        columns[broken] = broken == 1 ? PRIVATE.reveal() + "\t" + PRIVATE.reveal() : "x" + PRIVATE.reveal();
        Throwable refusal =
                catchThrowable(() -> DumpParser.parse(bytes(INTERFACE + String.join("\t", columns) + "\n")));
        assertThat(refusal)
                .isInstanceOf(VpnException.class)
                .hasMessageContaining("line 2 ")
                .hasNoCause();
        assertThat(refusal.getMessage()).doesNotContain(PRIVATE.reveal());
    }

    @Test
    void halfADumpIsRefused() {
        assertThatExceptionOfType(VpnException.class)
                .isThrownBy(() -> DumpParser.parse(bytes(INTERFACE + HEARD.substring(0, 60))));
        assertThatExceptionOfType(VpnException.class).isThrownBy(() -> DumpParser.parse(bytes(HEARD)));
        assertThatExceptionOfType(VpnException.class).isThrownBy(() -> DumpParser.parse(new byte[0]));
        assertThatExceptionOfType(VpnException.class).isThrownBy(() -> DumpParser.parse(bytes(INTERFACE + INTERFACE)));
    }
}
