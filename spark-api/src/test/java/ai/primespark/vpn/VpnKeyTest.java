package ai.primespark.vpn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VpnKeyTest {

    // RFC 7748, section 6.1: Alice's keys
    private static final String ALICE_PRIVATE = "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=";
    private static final String ALICE_PUBLIC = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";

    @Test
    void aPublicKeyPrintsAndRoundTrips() {
        VpnPublicKey key = new VpnPublicKey(ALICE_PUBLIC);
        assertThat(key).hasToString(ALICE_PUBLIC);
        assertThat(VpnPublicKey.of(key.bytes())).isEqualTo(key);
    }

    @Test
    void aSecretKeyNeverPrintsAndRoundTrips() {
        VpnSecretKey key = VpnSecretKey.parse(ALICE_PRIVATE);
        assertThat(key).hasToString("VpnSecretKey[***]").isEqualTo(VpnSecretKey.ofPreshared(key.revealBytes()));
        assertThat(key.reveal()).isEqualTo(ALICE_PRIVATE);
        assertThat(key).isNotEqualTo(VpnSecretKey.parse(ALICE_PUBLIC));
    }

    @Test
    void aPrivateKeyIsClampedAndItsSourceLeftAlone() {
        byte[] ones = new byte[32];
        Arrays.fill(ones, (byte) 0xFF);
        byte[] clamped = VpnSecretKey.ofPrivate(ones).revealBytes();
        assertThat(clamped[0]).isEqualTo((byte) 0xF8);
        assertThat(clamped[31]).isEqualTo((byte) 0x7F);
        assertThat(ones[0]).isEqualTo((byte) 0xFF);
        assertThat(VpnSecretKey.ofPreshared(ones).revealBytes()).isEqualTo(ones);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo",
                "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCp=",
                "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo= ",
                "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=X",
                "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25*Co=",
                "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR2="
            })
    void whatWireGuardWouldRefuseIsRefusedWithoutQuotingIt(String text) {
        Throwable refusal = catchThrowable(() -> VpnSecretKey.parse(text));
        assertThat(refusal).isInstanceOf(IllegalArgumentException.class).hasNoCause();
        assertThat(refusal.getMessage()).doesNotContain("dwdt").doesNotContain("*");
    }

    @Test
    void theZeroKeyIsRefused() {
        String zero = Base64.getEncoder().encodeToString(new byte[32]);
        assertThatIllegalArgumentException().isThrownBy(() -> VpnSecretKey.parse(zero));
        assertThatIllegalArgumentException().isThrownBy(() -> new VpnPublicKey(zero));
        assertThatIllegalArgumentException().isThrownBy(() -> VpnSecretKey.ofPrivate(new byte[32]));
    }
}
