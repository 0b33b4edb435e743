package ai.primespark.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequirementsTest {

    private final AgentProfile agent = AgentProfile.builder("pi")
            .capabilities("llm", "hailo")
            .label("model", "llama3.2:3b")
            .label("metered", "yes")
            .resource("memory.gb", 8)
            .build();

    @Test
    void nothingRequiredIsSatisfiedByAnyAgent() {
        assertThat(Requirements.NONE.satisfiedBy(agent)).isTrue();
        assertThat(Requirements.NONE.signature()).isEmpty();
    }

    @Test
    void everyTermMustBeMet() {
        assertThat(Requirements.all("llm", "hailo").satisfiedBy(agent)).isTrue();
        assertThat(Requirements.all("llm", "gpu").satisfiedBy(agent)).isFalse();
        assertThat(Requirements.NONE.with("model", "llama3.2:3b").satisfiedBy(agent))
                .isTrue();
        assertThat(Requirements.NONE.with("model", "llama3.2:1b").satisfiedBy(agent))
                .isFalse();
        assertThat(Requirements.NONE.min("memory.gb", 8).satisfiedBy(agent)).isTrue();
        assertThat(Requirements.NONE.min("memory.gb", 8.5).satisfiedBy(agent)).isFalse();
        assertThat(Requirements.NONE.min("disk.gb", 0).satisfiedBy(agent)).isFalse();
    }

    @Test
    void aRefusedNameIsNeitherCapabilityNorLabel() {
        assertThat(Requirements.NONE.not("hailo").satisfiedBy(agent)).isFalse();
        assertThat(Requirements.NONE.not("metered").satisfiedBy(agent)).isFalse();
        assertThat(Requirements.NONE.not("gpu").satisfiedBy(agent)).isTrue();
    }

    @Test
    void theSignatureDoesNotDependOnTheOrderAndCanBeReadBack() {
        Requirements one = Requirements.all("llm", "gpu")
                .min("memory.gb", 4)
                .with("zone", "home")
                .not("metered");
        Requirements other = Requirements.NONE
                .not("metered")
                .with("zone", "home")
                .min("memory.gb", 4.0)
                .has("gpu")
                .has("llm");

        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
        assertThat(one.signature()).isEqualTo("!metered,gpu,llm,memory.gb>=4.0,zone=home");
        assertThat(Requirements.parse(one.signature())).isEqualTo(one);
        assertThat(Requirements.parse("memory.gb>=4")).isEqualTo(Requirements.NONE.min("memory.gb", 4));
    }

    @Test
    void tinyAndHugeAmountsSurviveTheSignature() {
        for (double amount : new double[] {0, 1e-300, 1e12, Double.MAX_VALUE}) {
            Requirements requirements = Requirements.NONE.min("r", amount);
            assertThat(Requirements.parse(requirements.signature())).isEqualTo(requirements);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GPU", "a b", "{x}", "!", "!a=b", "!a>=1", "a=", "a>=", "a>=x", "a>=-1", "a>=1E999", ","})
    void termsThatCouldBreakASignatureAreRefused(String term) {
        assertThatIllegalArgumentException().isThrownBy(() -> Requirements.parse(term));
    }

    @Test
    void oneTermCannotPassForAnother() {
        assertThatIllegalArgumentException().isThrownBy(() -> Requirements.all("a,b"));
        assertThatIllegalArgumentException().isThrownBy(() -> Requirements.all("!a"));
        assertThatIllegalArgumentException().isThrownBy(() -> Requirements.NONE.with("a>", "1"));
        assertThatIllegalArgumentException().isThrownBy(() -> Requirements.NONE.not("a=b"));
        assertThatIllegalArgumentException().isThrownBy(() -> Requirements.NONE.with("a", "b,c"));
        assertThatIllegalArgumentException().isThrownBy(() -> Requirements.NONE.min("a", Double.NaN));
    }
}
