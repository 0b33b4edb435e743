package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

class MachineNeedsTest {

    @Test
    void testsRunWhereNothingIsMissing() {
        assertThat(MachineNeeds.unless("SomeTest", Optional.empty(), true).isDisabled())
                .isFalse();
        assertThat(MachineNeeds.unless("SomeTest", Optional.empty(), false).isDisabled())
                .isFalse();
    }

    @Test
    void whatIsMissingLeavesTestsOutAndSaysWhich() {
        ConditionEvaluationResult result = MachineNeeds.unless("SomeTest", Optional.of("no server"), false);
        assertThat(result.isDisabled()).isTrue();
        assertThat(result.getReason()).contains("SomeTest: no server");
    }

    @Test
    void onABuildServerWhatIsMissingIsAFailure() {
        assertThatThrownBy(() -> MachineNeeds.unless("SomeTest", Optional.of("no server"), true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot run SomeTest: no server");
    }
}
