package ai.primespark.core.auth;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Secret;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretStrengthTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "short",
                "Vt4mG2Jx8Qb7Zr1Lw9Kd3Hs6Yn5Pc0F", // 31
                "change_me_in_production_please_do_it_now",
                "your-super-secret-jwt-key-that-nobody-knows",
                "MySecretKeyForJwtTokens-2024-Production",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "abcabcabcabcabcabcabcabcabcabcabcabcabcabc",
                "Vt4mG2Jx8QbVt4mG2Jx8QbVt4mG2Jx8QbVt4mG2Jx8Qb",
                "01234567890123456789012345678901",
                "00000000000000000000000000000000000000001",
                "this is an example of a secret for HS256"
            })
    void whatIsShortOrCanBeGuessedIsWeak(String text) {
        assertThat(SecretStrength.isStrong(Secret.of(text))).isFalse();
    }

    @Test
    void whatIsRandomIsStrong() {
        SecureRandom random = new SecureRandom();
        for (int i = 0; i < 500; i++) {
            byte[] bytes = new byte[32];
            random.nextBytes(bytes);
            assertThat(SecretStrength.isStrong(Secret.of(Base64.getEncoder().encodeToString(bytes))))
                    .isTrue();
            assertThat(SecretStrength.isStrong(Secret.of(HexFormat.of().formatHex(bytes))))
                    .isTrue();
        }
    }
}
