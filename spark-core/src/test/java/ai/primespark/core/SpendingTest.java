package ai.primespark.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.ConfigurationException;
import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Usage;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Prices and budgets of a whole instance, as a configuration file says them. */
@Timeout(120)
class SpendingTest {

    @TempDir
    Path dir;

    private PrimeSpark.Builder builder(String settings) {
        ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);
        cloud.always(LlmScript.text("so").thenDone(FinishReason.STOP, new Usage(600_000, 400_000)));
        return PrimeSpark.builder()
                .discovery(false)
                .config(SparkConfig.empty().with("primespark.data-dir", dir).withText(settings, "test"))
                .llmBackend(cloud);
    }

    private static LlmRequest ask(String prompt) {
        return LlmRequest.prompt(prompt).build();
    }

    @Test
    void aBudgetThatIsUsedUpStaysSoAfterARestart() {
        String settings = """
                primespark.llm {
                  prices = [{ backend = cloud, prompt = 1, answer = 10 }]
                  budgets = [{ name = month, money = 4, per = month, zone = cloud }]
                  budget-time-zone = "Europe/Berlin"
                }
                """;
        try (PrimeSpark spark = builder(settings).build()) {
            LlmResponse answer = spark.llm().generate(ask("one"));
            assertThat(answer.cost()).hasValue(4.6);
            assertThat(answer.energy()).isEmpty(); // no power source reports watts
        }
        assertThat(dir.resolve("engine").resolve("llm-budgets.json")).exists();
        try (PrimeSpark spark = builder(settings).build()) {
            assertThat(spark.llm().stats().budgets())
                    .singleElement()
                    .satisfies(month -> assertThat(month.spent()).isEqualTo(4.6));
            LlmException refusal =
                    catchThrowableOfType(LlmException.class, () -> spark.llm().generate(ask("two")));
            assertThat(refusal.kind()).isEqualTo(LlmException.Kind.BUDGET);
            assertThat(refusal.retryAfter()).isPresent();
        }
    }

    @Test
    void withoutBudgetsNoFileIsWritten() {
        try (PrimeSpark spark = builder("").build()) {
            assertThat(spark.llm().generate(ask("one")).cost()).isEmpty();
        }
        assertThat(dir.resolve("engine").resolve("llm-budgets.json")).doesNotExist();
    }

    @Test
    void whatDoesNotFitTheBackendsIsAProblemOfTheConfiguration() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> builder("primespark.llm.budgets = [{ name = day, money = 1 }]")
                        .build())
                .withMessageContaining("primespark.llm (configuration): budget 'day' counts money, but backend 'cloud'")
                .withMessageContaining("change the settings of llm");
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> builder("primespark.llm.budgets = [{ name = day, tokens = 0 }]")
                        .build())
                .withMessageContaining("primespark.llm.budgets[0].tokens")
                .withMessageContaining("at least 1");
    }
}
