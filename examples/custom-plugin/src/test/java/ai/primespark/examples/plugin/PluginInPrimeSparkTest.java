package ai.primespark.examples.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.primespark.ConfigurationException;
import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.memory.MemoryOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugin as an application sees it: by its type names alone. */
class PluginInPrimeSparkTest {

    @TempDir
    private Path dataDirectory;

    @Test
    void anApplicationUsesThePluginByItsTypeNames() {
        Map<String, String> phrases = Map.of("Where is the key?", "Under the third flower pot.");
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", dataDirectory))
                .memory(MemoryOptions.builder()
                        .tiers(ProviderSpec.of("heap"), ProviderSpec.of("directory"))
                        .build())
                .llm(LlmOptions.builder()
                        .backends(ProviderSpec.of("phrasebook").with("phrases", phrases))
                        .build())
                .build()) {
            LlmResponse answer =
                    spark.llm().generate(LlmRequest.prompt("Where is the key?").build());
            spark.memory().put("answers/key", answer.text());

            assertThat(spark.memory().find("answers/key", String.class)).contains("Under the third flower pot.");
            assertThat(answer.backend()).isEqualTo("phrasebook");
            assertThat(answer.degraded()).isTrue();
        }
    }

    @Test
    void aConfigurationFileNamesTheSameThings() {
        SparkConfig config =
                SparkConfig.empty().with("primespark.data-dir", dataDirectory).withText("""
                        primespark {
                          memory.tiers = [{type = heap, max-records = 5}]
                          memory.ack = memory # nothing of this outlives the process
                          llm.backends = [{type = phrasebook, id = sayings, phrases = {"Who are you?": "A book of phrases."}}]
                        }
                        """, "test");
        try (PrimeSpark spark = PrimeSpark.builder().config(config).build()) {
            List<String> words = StreamSupport.stream(
                            spark.llm()
                                    .open(LlmRequest.prompt("Who are you?").build())
                                    .spliterator(),
                            false)
                    .filter(LlmEvent.Text.class::isInstance)
                    .map(event -> ((LlmEvent.Text) event).text())
                    .toList();
            spark.memory().put("words", words);

            assertThat(words).containsExactly("A ", "book ", "of ", "phrases.");
            assertThat(spark.memory().find("words", List.class)).contains(words);
        }
    }

    @Test
    void anUnknownQuestionFailsInsteadOfBeingAnsweredSomehow() {
        SparkConfig config = SparkConfig.empty()
                .with("primespark.data-dir", dataDirectory)
                .with("primespark.memory.tiers", List.of(ProviderSpec.of("heap")))
                .with(
                        "primespark.llm.backends",
                        List.of(ProviderSpec.of("phrasebook").with("phrases", Map.of())));
        try (PrimeSpark spark = PrimeSpark.builder().config(config).build()) {
            assertThatExceptionOfType(LlmException.class)
                    .isThrownBy(
                            () -> spark.llm().generate(LlmRequest.prompt("Why?").build()));
        }
    }

    @Test
    void aMistakeInTheConfigurationIsReportedWithTheSettingsName() {
        SparkConfig config = SparkConfig.empty()
                .with("primespark.data-dir", dataDirectory)
                .withText("primespark.memory.tiers = [{type = heap, max-record = 5}]", "test");
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> PrimeSpark.builder().config(config).build())
                .withMessageContaining("max-record")
                .withMessageContaining("max-records");
    }
}
