package ai.primespark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigurationExceptionTest {

    private static final ConfigProblem ONE =
            new ConfigProblem("primespark.llm.retries", "a.conf:3", "must be at most 10", "write less");
    private static final ConfigProblem TWO =
            new ConfigProblem("primespark.x", "environment variable PRIMESPARK_X", "is not a setting", "leave it out");

    @Test
    void reportsEveryProblemOnALineOfItsOwn() {
        assertThat(new ConfigurationException(List.of(ONE, TWO)))
                .hasMessage("2 problems in the configuration:"
                        + "\n  - primespark.llm.retries (a.conf:3): must be at most 10; write less"
                        + "\n  - primespark.x (environment variable PRIMESPARK_X): is not a setting; leave it out")
                .hasNoCause();
    }

    @Test
    void speaksOfOneProblemInTheSingular() {
        ConfigurationException e = new ConfigurationException(List.of(ONE));

        assertThat(e).hasMessageStartingWith("1 problem in the configuration:\n");
        assertThat(e.problems()).containsExactly(ONE);
        assertThat(e.retryable()).isFalse();
        assertThat(e.retryAfter()).isEmpty();
    }

    @Test
    void aReportWithoutProblemsIsAMistake() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ConfigurationException(List.of()));
        assertThatNullPointerException()
                .isThrownBy(() -> new ConfigProblem("p", "o", "m", null))
                .withMessage("remedy");
    }
}
