package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Shows that the contract can fail, and that each fault breaks the rule that it should and no other. */
class ProviderContractSelfTest {

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(BrokenProviders.BadName.class, "PROV-02"),
                fault(BrokenProviders.TakenName.class, "PROV-02"),
                fault(BrokenProviders.OtherLevel.class, "PROV-03"),
                fault(BrokenProviders.BadSettings.class, "PROV-04"),
                fault(BrokenProviders.BadDefault.class, "PROV-05"),
                fault(BrokenProviders.StartsThread.class, "PROV-06"),
                fault(BrokenProviders.SubmitsTask.class, "PROV-06"),
                fault(BrokenProviders.WritesFile.class, "PROV-06"),
                fault(BrokenProviders.PlainPassword.class, "PROV-07"),
                fault(BrokenProviders.PrintsSecret.class, "PROV-07"),
                fault(BrokenProviders.ClosesOnce.class, "PROV-08"),
                fault(BrokenProviders.ClosesExecutor.class, "PROV-08"));
    }

    private static Arguments fault(Class<?> contract, String rule) {
        return Arguments.argumentSet(contract.getSimpleName(), contract, rule);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void eachFaultBreaksItsRuleAndNoOther(Class<?> contract, String rule) {
        assertThat(Contracts.brokenRules(contract)).containsExactly("PROV-01", rule);
    }
}
