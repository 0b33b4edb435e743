package ai.primespark.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LookupTest {

    private static final Version VERSION = new Version(1, "pi");

    @Test
    void foundGivesItsValueAndNeverPrintsIt() {
        Lookup.Found<String> found =
                new Lookup.Found<>("hunter2", VERSION, "hot", Instant.EPOCH, Lookup.Freshness.CONFIRMED);

        assertThat(found.isFound()).isTrue();
        assertThat(found.toOptional()).contains("hunter2");
        assertThat(found.expiresAt()).contains(Instant.EPOCH);
        assertThat(found.toString()).contains("hot", VERSION.toString()).doesNotContain("hunter2");
        assertThat(new Lookup.Found<>("v", VERSION, "hot", null, Lookup.Freshness.CONFIRMED).expiresAt())
                .isEmpty();
    }

    @Test
    void foundNeedsAValue() {
        assertThatNullPointerException()
                .isThrownBy(() -> new Lookup.Found<>(null, VERSION, "hot", null, Lookup.Freshness.CONFIRMED))
                .withMessage("value");
    }

    @Test
    void absentIsEmpty() {
        assertThat(new Lookup.Absent<String>().toOptional()).isEmpty();
        assertThat(new Lookup.Absent<String>().isFound()).isFalse();
    }

    @Test
    void unknownIsNeverReadAsAbsent() {
        List<String> reasons = new ArrayList<>(List.of("nas: circuit open"));
        Lookup<String> unknown = new Lookup.Unknown<>(reasons);
        reasons.clear();

        TierUnavailableException e = catchThrowableOfType(TierUnavailableException.class, unknown::toOptional);

        assertThat(e.tiers()).containsExactly("nas: circuit open");
        assertThat(e)
                .hasMessage("cannot read: the answer depends on tiers that cannot be asked now"
                        + " [nas: circuit open]; try again, or see PrimeSpark.health()");
        assertThat(e.retryable()).isTrue();
        assertThat(unknown.isFound()).isFalse();
    }
}
