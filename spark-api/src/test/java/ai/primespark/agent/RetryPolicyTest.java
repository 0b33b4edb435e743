package ai.primespark.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {

    private final RetryPolicy policy = RetryPolicy.DEFAULT
            .withBackoff(Duration.ofSeconds(1), Duration.ofSeconds(10))
            .withJitter(0);

    @Test
    void pausesDoubleUpToTheLongest() {
        assertThat(policy.delay(1, 0)).hasSeconds(1);
        assertThat(policy.delay(2, 0)).hasSeconds(2);
        assertThat(policy.delay(4, 0)).hasSeconds(8);
        assertThat(policy.delay(5, 0)).hasSeconds(10);
        assertThat(policy.delay(Integer.MAX_VALUE, 0)).hasSeconds(10);
    }

    @Test
    void hugePausesDoNotOverflow() {
        RetryPolicy years = policy.withBackoff(Duration.ofDays(1), Duration.ofDays(365_000_000L));
        assertThat(years.delay(1_000, 0)).isEqualTo(Duration.ofDays(365_000_000L));
    }

    @Test
    void jitterOnlyShortens() {
        RetryPolicy half = policy.withJitter(0.5);
        assertThat(half.delay(4, 0)).hasSeconds(8);
        assertThat(half.delay(4, 0.5)).hasSeconds(6);
        assertThat(half.delay(4, Math.nextDown(1.0))).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(5));
    }

    @Test
    void neverStillToleratesLosses() {
        assertThat(RetryPolicy.NEVER.maxFailures()).isEqualTo(1);
        assertThat(RetryPolicy.NEVER.maxLosses()).isGreaterThan(1);
    }

    @Test
    void policiesThatMakeNoSenseAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> policy.withMaxFailures(0));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.withMaxLosses(0));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.withJitter(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.withBackoff(Duration.ZERO, Duration.ofSeconds(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> policy.withBackoff(Duration.ofSeconds(2), Duration.ofSeconds(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.delay(0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.delay(1, 1));
    }
}
