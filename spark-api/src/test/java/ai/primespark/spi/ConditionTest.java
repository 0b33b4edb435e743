package ai.primespark.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.primespark.memory.Version;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConditionTest {

    private static final long NOW = 1_000;
    private static final Version OLD = new Version(10, "pi");
    private static final Version SAME = new Version(20, "pi");
    private static final Version NEW = new Version(30, "pi");

    static Stream<Arguments> decisions() {
        TierRecord none = null;
        TierRecord live = value(SAME, TierRecord.NEVER);
        TierRecord ended = value(SAME, NOW); // the end itself is over
        TierRecord lastMoment = value(SAME, NOW + 1);
        TierRecord tombstone = TierRecord.tombstone(key(), SAME, TierRecord.NEVER);
        Applied older = new Applied.Older(SAME);
        Applied conflict = new Applied.Conflict(SAME);
        Applied nothing = new Applied.Conflict(null);
        return Stream.of(
                // the law alone
                arguments(Condition.IF_NEWER, none, OLD, Applied.DONE),
                arguments(Condition.IF_NEWER, live, NEW, Applied.DONE),
                arguments(Condition.IF_NEWER, live, SAME, older),
                arguments(Condition.IF_NEWER, live, OLD, older),
                arguments(Condition.IF_NEWER, live, new Version(20, "pj"), Applied.DONE),
                arguments(Condition.IF_NEWER, ended, OLD, older),
                arguments(Condition.IF_NEWER, tombstone, OLD, older),
                arguments(Condition.IF_NEWER, tombstone, NEW, Applied.DONE),
                // only where there is no value
                arguments(Condition.IF_ABSENT, none, OLD, Applied.DONE),
                arguments(Condition.IF_ABSENT, live, NEW, conflict),
                arguments(Condition.IF_ABSENT, live, OLD, conflict),
                arguments(Condition.IF_ABSENT, lastMoment, NEW, conflict),
                arguments(Condition.IF_ABSENT, ended, NEW, Applied.DONE),
                arguments(Condition.IF_ABSENT, ended, OLD, older),
                arguments(Condition.IF_ABSENT, tombstone, NEW, Applied.DONE),
                arguments(Condition.IF_ABSENT, tombstone, SAME, older),
                // only over one version
                arguments(Condition.ifVersion(SAME), none, NEW, nothing),
                arguments(Condition.ifVersion(SAME), tombstone, NEW, nothing),
                arguments(Condition.ifVersion(SAME), ended, NEW, nothing),
                arguments(Condition.ifVersion(SAME), live, NEW, Applied.DONE),
                arguments(Condition.ifVersion(SAME), live, OLD, older),
                arguments(Condition.ifVersion(OLD), live, NEW, conflict),
                arguments(Condition.ifVersion(new Version(20, "pj")), live, NEW, conflict));
    }

    @ParameterizedTest
    @MethodSource("decisions")
    void decidesByTheTable(Condition condition, TierRecord held, Version candidate, Applied answer) {
        assertThat(condition.decide(held, value(candidate, TierRecord.NEVER), NOW))
                .isEqualTo(answer);
    }

    @Test
    void aVersionMustBeGiven() {
        assertThatNullPointerException().isThrownBy(() -> Condition.ifVersion(null));
    }

    private static TierRecord value(Version version, long expiry) {
        return TierRecord.value(key(), version, expiry, "json", new byte[0]);
    }

    private static TierKey key() {
        return TierKey.of("default", "k");
    }
}
