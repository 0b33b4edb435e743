package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The tests' own reader of variables, so that it can be believed. */
class InterpolationTest {

    @Test
    void variablesAreReplacedAsComposeDoes() {
        Map<String, String> variables = Map.of("A", "a", "EMPTY", "");
        List<String> texts =
                List.of("x${A}y", "${B:-b:1}", "${EMPTY:-e}", "${A:+set}", "${B:+set}", "$$(cat)", "${A:-no}", 7 + "");

        assertThat(Interpolation.of(texts, variables))
                .isEqualTo(List.of("xay", "b:1", "e", "set", "", "$(cat)", "a", "7"));
    }
}
