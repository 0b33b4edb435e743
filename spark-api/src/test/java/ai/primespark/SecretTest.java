package ai.primespark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.Test;

class SecretTest {

    @Test
    void neverPrints() {
        assertThat(Secret.of("hunter2")).hasToString("Secret[***]");
        assertThat(Secret.of("hunter2").reveal()).isEqualTo("hunter2");
    }

    @Test
    void isEqualByItsTextAndItsHashTellsNothing() {
        assertThat(Secret.of("a"))
                .isEqualTo(Secret.of("a"))
                .isNotEqualTo(Secret.of("b"))
                .isNotEqualTo("a");
        assertThat(Secret.of("a")).hasSameHashCodeAs(Secret.of("something else"));
    }

    @Test
    void refusesNull() {
        assertThatNullPointerException().isThrownBy(() -> Secret.of(null)).withMessage("value");
    }
}
