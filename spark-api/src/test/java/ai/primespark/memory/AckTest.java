package ai.primespark.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AckTest {

    @Test
    void readsWhatItPrints() {
        for (Ack ack : List.of(Ack.MEMORY, Ack.JOURNALED, Ack.ALL, Ack.tier(1), Ack.tier(99))) {
            assertThat(Ack.parse(ack.toString())).isEqualTo(ack);
        }
        assertThat(Ack.tier(2)).hasToString("tier(2)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MEMORY", "tier", "tier()", "tier(0)", "tier(-1)", "tier(1", "tier(1) ", "disk"})
    void refusesEverythingElse(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ack.parse(text))
                .withMessage("must be memory, journaled, tier(n) or all, but is '" + text + "'");
    }

    @Test
    void aNumberStandsExactlyForATier() {
        assertThatIllegalArgumentException().isThrownBy(() -> Ack.tier(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Ack(Ack.Kind.MEMORY, 1));
    }
}
