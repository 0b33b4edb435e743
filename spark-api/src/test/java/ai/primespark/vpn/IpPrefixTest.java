package ai.primespark.vpn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpPrefixTest {

    @Test
    void aBareAddressIsASingleHost() {
        assertThat(IpPrefix.parse("10.8.0.2")).hasToString("10.8.0.2/32");
        assertThat(IpPrefix.parse("fd00:8::1").length()).isEqualTo(128);
    }

    @Test
    void theNetworkHasNoHostBits() {
        assertThat(IpPrefix.parse("10.8.3.77/20").network()).isEqualTo(IpPrefix.parse("10.8.0.0/20"));
        assertThat(IpPrefix.parse("10.8.3.77/0").network()).isEqualTo(IpPrefix.parse("0.0.0.0/0"));
        assertThat(IpPrefix.parse("fd00:8::ff:1/64").network()).isEqualTo(IpPrefix.parse("fd00:8::/64"));
    }

    @Test
    void containsComparesNetworksOfOneVersionOnly() {
        IpPrefix net = IpPrefix.parse("10.8.0.0/24");
        assertThat(net.contains(IpPrefix.parse("10.8.0.255"))).isTrue();
        assertThat(net.contains(net)).isTrue();
        assertThat(net.contains(IpPrefix.parse("10.8.1.0"))).isFalse();
        assertThat(net.contains(IpPrefix.parse("10.8.0.0/16"))).isFalse();
        assertThat(IpPrefix.parse("0.0.0.0/0").contains(IpPrefix.parse("::1"))).isFalse();
    }

    @Test
    void networkAndBroadcastAddressesAreNoHosts() {
        assertThat(IpPrefix.parse("10.8.0.0/24").isUsableHost()).isFalse();
        assertThat(IpPrefix.parse("10.8.0.255/24").isUsableHost()).isFalse();
        assertThat(IpPrefix.parse("10.8.0.1/24").isUsableHost()).isTrue();
        assertThat(IpPrefix.parse("10.8.0.0/31").isUsableHost()).isTrue();
        assertThat(IpPrefix.parse("fd00::/64").isUsableHost()).isFalse();
        assertThat(IpPrefix.parse("fd00::ffff:ffff:ffff:ffff/64").isUsableHost())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "example.org",
                "10.8.0",
                "10.8.0.256",
                "010.8.0.1",
                "1.2.3.4.",
                "10.8.0.1/33",
                "10.8.0.1/",
                "10.8.0.1/-1",
                "10.8.0.1/+8",
                "fd00::1/129",
                "fd00:::1",
                "::1%lo",
                "[::1]",
                ":",
                "1",
                "/8"
            })
    void anythingButALiteralAddressIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> IpPrefix.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"::", "::1", "1::", "fd00:8::1", "1:2:3:4:5:6:7:8", "::ffff:a08:1", "1:0:2::3", "::2:3:4:5:6:7:8"
            })
    void addressesAreWrittenInTheShortFormThatTheyWereReadIn(String text) {
        assertThat(IpPrefix.parse(text).addressText())
                .isEqualTo(text.equals("::2:3:4:5:6:7:8") ? "0:2:3:4:5:6:7:8" : text);
    }

    @Test
    void anIpv4AddressWithinAnIpv6OneStaysIpv6() {
        IpPrefix mapped = IpPrefix.parse("::ffff:10.8.0.1/128");
        assertThat(mapped.isIpv6()).isTrue();
        assertThat(mapped.network().isIpv6()).isTrue();
        assertThat(mapped).isNotEqualTo(IpPrefix.parse("10.8.0.1"));
    }

    @Test
    void addressesOfANetworkAreCounted() {
        assertThat(IpPrefix.parse("10.8.0.0/23").at(258)).contains(IpPrefix.parse("10.8.1.2/23"));
        assertThat(IpPrefix.parse("10.8.0.0/23").at(512)).isEmpty();
        assertThat(IpPrefix.parse("10.8.0.9/32").at(0)).contains(IpPrefix.parse("10.8.0.9/32"));
        assertThat(IpPrefix.parse("fd00:8::/64").at(0x1_0002)).contains(IpPrefix.parse("fd00:8::1:2/64"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IpPrefix.parse("10.8.0.0/23").at(-1));
    }
}
