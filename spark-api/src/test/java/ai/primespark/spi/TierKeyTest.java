package ai.primespark.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TierKeyTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "1a", "-a", "A", "aB", "a b", "a/b", "ä", ".a", "a\0"})
    void refusesBadNamespaces(String namespace) {
        assertThatIllegalArgumentException().isThrownBy(() -> TierKey.of(namespace, "k"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a1", "a.b_c-d", "default"})
    void takesGoodNamespaces(String namespace) {
        assertThat(TierKey.of(namespace, "k").namespace()).isEqualTo(namespace);
    }

    @Test
    void countsTheKeyInBytesOfUtf8() {
        assertThat(TierKey.of("n", "k".repeat(1024)).key()).hasSize(1024);
        assertThat(TierKey.of("n", "ä".repeat(512)).key()).hasSize(512);
        assertThat(TierKey.of("n", "😀".repeat(256)).key()).hasSize(512);
        assertThatIllegalArgumentException().isThrownBy(() -> TierKey.of("n", "k".repeat(1025)));
        assertThatIllegalArgumentException().isThrownBy(() -> TierKey.of("n", "ä".repeat(512) + "k"));
        assertThatIllegalArgumentException().isThrownBy(() -> TierKey.of("n", "€".repeat(342)));
        assertThatIllegalArgumentException().isThrownBy(() -> TierKey.of("n", ""));
    }

    @Test
    void limitsTheNamespaceTo64Characters() {
        assertThat(TierKey.of("n".repeat(64), "k").namespace()).hasSize(64);
        assertThatIllegalArgumentException().isThrownBy(() -> TierKey.of("n".repeat(65), "k"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nb", "\0", "a\u007F", "\t"})
    void refusesControlCharactersWithoutEchoingTheKey(String key) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TierKey.of("n", key))
                .withMessageStartingWith("a key must not contain control characters; position ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD83D", "a\uDE00", "\uDE00\uD83D", "\uD83Dx"})
    void refusesLoneSurrogates(String key) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TierKey.of("n", key))
                .withMessageContaining("lone surrogate");
    }

    @Test
    void isEqualByNamespaceAndKey() {
        assertThat(TierKey.of("a", "b"))
                .isEqualTo(TierKey.of("a", "b"))
                .hasSameHashCodeAs(TierKey.of("a", "b"))
                .isNotEqualTo(TierKey.of("a", "c"))
                .isNotEqualTo(TierKey.of("c", "b"))
                .hasToString("a/b");
    }
}
