package ai.primespark.core;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.DelegatingTier;
import ai.primespark.testkit.HungTier;
import ai.primespark.testkit.InMemoryTier;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers in the tiers of a whole Prime Spark: they survive it, and go no farther than their privacy. */
@Timeout(120)
class AnswersInMemoryTest {

    @TempDir
    Path dir;

    private final RecordingTier edge = new RecordingTier(TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
    private final RecordingTier hub = new RecordingTier(TierTrait.PERSISTENT, TierTrait.SHARED);
    private final RecordingTier cloud = new RecordingTier(TierTrait.PERSISTENT, TierTrait.SHARED);

    /** Remembers of which namespaces it was asked anything. */
    private static final class RecordingTier extends DelegatingTier {

        private final Set<String> namespaces = ConcurrentHashMap.newKeySet();

        RecordingTier(TierTrait... traits) {
            super(new InMemoryTier(traits));
        }

        private Set<String> ofAnswers() {
            return namespaces.stream()
                    .filter(name -> name.startsWith("llm-answers"))
                    .collect(Collectors.toSet());
        }

        @Override
        public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
            namespaces.add(key.namespace());
            return super.get(key, deadline);
        }

        @Override
        public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
            keys.forEach(key -> namespaces.add(key.namespace()));
            return super.getAll(keys, deadline);
        }

        @Override
        public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
            namespaces.add(record.key().namespace());
            return super.apply(record, condition, deadline);
        }

        @Override
        public CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
            records.forEach(record -> namespaces.add(record.key().namespace()));
            return super.applyAll(records, deadline);
        }
    }

    private PrimeSpark.Builder builder(ScriptedLlmBackend backend, String hocon) {
        return PrimeSpark.builder()
                .discovery(false)
                .llmBackend(backend)
                .config(SparkConfig.empty()
                        .withText(
                                "primespark.llm { default-model = m, retries = 0, cache.patience = 5 s }\n" + hocon,
                                "test")
                        .with("primespark.data-dir", dir.resolve("data")));
    }

    private static ScriptedLlmBackend pi() {
        return new ScriptedLlmBackend("pi", Zone.EDGE);
    }

    private static LlmRequest request(Privacy privacy) {
        return LlmRequest.prompt("the question for " + privacy).privacy(privacy).build();
    }

    @Test
    void aPrimeSparkThatIsStartedAnewAnswersWhatItAnsweredBefore() {
        ScriptedLlmBackend before = pi();
        before.next(LlmScript.text().thenThinking("hm").thenText("forty-", "two"));
        LlmResponse first;
        try (PrimeSpark spark = builder(before, "").build()) {
            first = spark.llm().generate(request(Privacy.EDGE_ONLY));
        }
        ScriptedLlmBackend after = pi();
        try (PrimeSpark spark = builder(after, "").build()) {
            LlmResponse again = spark.llm().generate(request(Privacy.EDGE_ONLY));

            assertThat(again.answerSource()).isEqualTo(AnswerSource.CACHE);
            assertThat(again.withTrace(first.trace())).isEqualTo(first);
            assertThat(after.requests()).isEmpty();
            after.down(Kind.UNREACHABLE);
            assertThat(spark.llm().generate(request(Privacy.EDGE_ONLY)).cached())
                    .isTrue();
        }
        try (PrimeSpark spark =
                builder(pi(), "primespark.llm.cache.tiers = false").build()) {
            assertThat(spark.llm().generate(request(Privacy.EDGE_ONLY)).cached())
                    .as("with the setting off")
                    .isFalse();
        }
    }

    private void answersGoNoFartherThanTheirPrivacy(String hocon) {
        try (PrimeSpark spark = builder(pi(), hocon)
                .memoryTier("edge", Zone.EDGE, edge)
                .memoryTier("hub", Zone.TRUSTED, hub)
                .memoryTier("cloud", Zone.CLOUD, cloud)
                .build()) {
            for (Privacy privacy : Privacy.values()) {
                assertThat(spark.llm().generate(request(privacy)).cached()).isFalse();
            }
        } // which brings everything to its tiers
        assertThat(edge.ofAnswers())
                .containsExactlyInAnyOrder("llm-answers.edge-only", "llm-answers.trusted", "llm-answers.any");
        assertThat(hub.ofAnswers()).containsExactlyInAnyOrder("llm-answers.trusted", "llm-answers.any");
        assertThat(cloud.ofAnswers()).containsExactly("llm-answers.any");
    }

    @ParameterizedTest
    @ValueSource(strings = {"primespark.llm.cloud-fallback = off", "primespark.llm.strategy = edge-only"})
    void whatMayNotLeaveTheEdgeForAnotherReasonDoesNotEither(String hocon) {
        try (PrimeSpark spark = builder(pi(), hocon)
                .memoryTier("edge", Zone.EDGE, edge)
                .memoryTier("cloud", Zone.CLOUD, cloud)
                .build()) {
            assertThat(spark.llm().generate(request(Privacy.ANY)).cached()).isFalse();
        }
        assertThat(edge.ofAnswers()).containsExactly("llm-answers.edge-only");
        assertThat(cloud.ofAnswers()).isEmpty();
    }

    @Test
    void noTierBeyondTheRequestsPrivacyIsAskedOrToldAnything() {
        answersGoNoFartherThanTheirPrivacy("");
    }

    @Test
    void aDeclaredNamespaceCannotWidenTheReach() {
        answersGoNoFartherThanTheirPrivacy("""
                primespark.memory.namespaces = [
                  { name = llm-answers.edge-only, reach = cloud }
                  { name = llm-answers.trusted, reach = cloud, compression = none }
                ]
                """);
    }

    @Test
    void whereNoTierIsNearEnoughCallsGoOnWithoutOne() {
        try (PrimeSpark spark =
                builder(pi(), "").memoryTier("cloud", Zone.CLOUD, cloud).build()) {
            assertThat(spark.llm().generate(request(Privacy.EDGE_ONLY)).cached())
                    .isFalse();
            assertThat(spark.llm().generate(request(Privacy.EDGE_ONLY)).cached())
                    .as("the process has it")
                    .isTrue();
        }
        assertThat(cloud.ofAnswers()).isEmpty();
    }

    @Test
    void aTierThatHangsHoldsNoCall() {
        HungTier hung = new HungTier(new InMemoryTier(TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS));
        ScriptedLlmBackend backend = pi();
        Duration limit = Duration.ofSeconds(20);
        try (PrimeSpark spark = builder(backend, """
                        primespark.llm.cache.patience = 50 ms
                        primespark.memory { timeout = 60 s, tier-timeout = 60 s }
                        primespark.close-timeout = 2 s
                        """).memoryTier("hung", hung).build()) {
            for (int i = 0; i < 5; i++) {
                LlmRequest request =
                        LlmRequest.prompt("question " + i).timeout(limit).build();
                assertThat(spark.llm().generate(request).answerSource()).isEqualTo(AnswerSource.LIVE);
            }
            assertThat(backend.requests()).hasSize(5);
            assertThat(hung.operations()).isPositive();
            hung.release();
        }
    }
}
