package ai.primespark.vpn.wireguard.driver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RightsTest {

    private static Rights rights(int uid, String effective, String ambient) {
        return Rights.of("Name:\tjava\nUid:\t1000\t" + uid + "\t" + uid + "\t" + uid + "\nCapEff:\t" + effective
                + "\nCapAmb:\t" + ambient + "\n");
    }

    @Test
    void rootHandsItsRightsOn() {
        assertThat(rights(0, "000001ffffffffff", "0000000000000000")).isEqualTo(new Rights(true, true, true, true));
    }

    @Test
    void othersHandOnWhatIsAmbientOnly() {
        assertThat(rights(1000, "0000000000001000", "0000000000000000"))
                .isEqualTo(new Rights(true, false, true, false));
        assertThat(rights(1000, "0000000000001000", "0000000000001000")).isEqualTo(new Rights(true, false, true, true));
    }

    @Test
    void rootInAContainerMayLackTheRight() {
        assertThat(rights(0, "00000000a80425fb", "0000000000000000")).isEqualTo(new Rights(true, true, false, false));
    }
}
