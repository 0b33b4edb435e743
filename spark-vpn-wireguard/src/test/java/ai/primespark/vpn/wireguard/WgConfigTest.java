package ai.primespark.vpn.wireguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.wireguard.WgFinding.Severity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Editing, and the rules that are wg-quick's; those of wg itself are in {@link WgCorpusTest}. */
class WgConfigTest {

    private static final VpnPublicKey PI = new VpnPublicKey("xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=");
    private static final VpnPublicKey NAS = new VpnPublicKey("TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=");
    private static final String FILE = """
            # the house
            [Interface]
              Address = 10.8.0.1/24   # ours
            ListenPort=51820
            PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=

            # the small one
            [Peer]
            PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
            AllowedIPs = 10.8.0.2/32 # for now

            # the storage
            [peer]
            PublicKey = TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=
            AllowedIPs = 10.8.0.3/32
            """;

    private final WgConfig config = WgConfig.parse(FILE);

    @Test
    void onlyWhatIsSetChanges() {
        config.setInterfaceValue("ListenPort", "51821");
        config.setInterfaceValue("Address", "10.8.0.9/24");
        config.setPeerValue(PI, "AllowedIPs", "10.8.0.2/32, 192.168.1.0/24");
        assertThat(config.reveal())
                .isEqualTo(FILE.replace("ListenPort=51820", "ListenPort=51821")
                        .replace("Address = 10.8.0.1/24   # ours", "Address = 10.8.0.9/24   # ours")
                        .replace("10.8.0.2/32 # for now", "10.8.0.2/32, 192.168.1.0/24 # for now"));
    }

    @Test
    void whatIsNewComesAtItsSectionsEndAndNewPeersAtTheFiles() {
        config.setInterfaceValue("MTU", "1380");
        config.setPeerValue(PI, "PersistentKeepalive", "25");
        config.setPeerValue(
                new VpnPublicKey("FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE="), "AllowedIPs", "10.8.0.4/32");
        assertThat(config.reveal())
                .isEqualTo(FILE.replace("3fBmk=\n", "3fBmk=\nMTU = 1380\n")
                                .replace("# for now\n", "# for now\nPersistentKeepalive = 25\n")
                        + """

                        [Peer]
                        PublicKey = FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE=
                        AllowedIPs = 10.8.0.4/32
                        """);
        assertThat(config.check(WgRules.QUICK).findings()).isEmpty();
    }

    @Test
    void whatIsRemovedTakesItsCommentsAlong() {
        config.setInterfaceValue("ListenPort", null);
        assertThat(config.removePeer(PI)).isTrue();
        assertThat(config.removePeer(PI)).isFalse();
        assertThat(config.reveal())
                .doesNotContain("ListenPort")
                .doesNotContain("small one")
                .contains("# the storage\n[peer]")
                .contains("# the house");
        assertThat(config.peers()).containsExactly(NAS);
    }

    @Test
    void theLastOfSeveralCountsAndSettingLeavesOne() {
        WgConfig twice = WgConfig.parse("[Interface]\nListenPort = 1\n# between\nlistenport = 2\n");
        assertThat(twice.interfaceValue("ListenPort")).contains("2");
        twice.setInterfaceValue("ListenPort", "3");
        assertThat(twice.reveal()).isEqualTo("[Interface]\nListenPort = 3\n# between\n");
    }

    @Test
    void lineEndsStayWhatTheyAre() {
        WgConfig windows = WgConfig.parse("[Interface]\r\nListenPort = 1\r\n");
        windows.setInterfaceValue("ListenPort", "2");
        windows.setInterfaceValue("FwMark", "3");
        assertThat(windows.reveal()).isEqualTo("[Interface]\r\nListenPort = 2\r\nFwMark = 3\r\n");
    }

    @Test
    void aValueCannotBringMoreThanItself() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.setInterfaceValue("MTU", "1380\nPostUp = evil"))
                .withMessageContaining("no line break");
        assertThatIllegalArgumentException().isThrownBy(() -> config.setPeerValue(PI, "Endpoint", "x#y"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Address = 10.8.0.2/24, fd00:8::2/64 | ",
                "Address = 10.8.0.256/24 | ERROR",
                "Address | ERROR",
                "DNS = 1.1.1.1, home.arpa | ",
                "DNS = 1.1.1.256 | ERROR",
                "MTU = 1420 | ",
                "MTU = 100 | ERROR",
                "MTU = big | ERROR",
                "MTU = 1200 | WARNING",
                "Table = off | ",
                "Table = 51820 | ",
                "Table = a b | ERROR",
                "SaveConfig = false | ",
                "SaveConfig = yes | ERROR",
                "PostUp = iptables -A FORWARD -i %i -j ACCEPT | LINT",
                "preup = true | LINT"
            })
    void valuesOfWgQuickAreChecked(String line, Severity severity) {
        WgReport report = WgConfig.parse(
                        "[Interface]\n" + line + "\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n")
                .check(WgRules.QUICK);
        if (severity == null) {
            assertThat(report.findings()).isEmpty();
        } else {
            assertThat(report.findings())
                    .singleElement()
                    .extracting(WgFinding::severity)
                    .isEqualTo(severity);
            assertThat(report.findings().get(0).line()).isEqualTo(2);
        }
    }

    @Test
    void placesAreThoseInTheFile() {
        WgReport report = WgConfig.parse("[Interface]\n\n  ListenPort = 51820\n  FwMark = no\n\tAddress = x\n")
                .check(WgRules.QUICK);
        assertThat(report.findings())
                .filteredOn(f -> f.line() > 0)
                .extracting(f -> f.line() + ":" + f.column())
                .containsExactly("4:12", "5:12");
    }

    @Test
    void overlapsOfPeersAreTold() {
        WgReport report =
                WgConfig.parse(FILE.replace("10.8.0.3/32", "10.8.0.0/24")).check(WgRules.QUICK);
        assertThat(report.sound()).as("legal: the longer one wins").isTrue();
        assertThat(report.findings())
                .singleElement()
                .asString()
                .contains("10:1: warning")
                .contains("10.8.0.2/32 lies within 10.8.0.0/24 of the peer at line 15");
    }
}
