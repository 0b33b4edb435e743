package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.memory.Version;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.DelegatingTier;
import ai.primespark.testkit.InMemoryTier;
import ai.primespark.testkit.SlowTier;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MissBatcherTest {

    private final InMemoryTier stored = new InMemoryTier();
    private final Manual tier = new Manual(stored);
    private final MissBatcher batcher = MissBatcher.of(tier, true);

    /** Answers when the test says so, and remembers what was asked. */
    private static class Manual extends DelegatingTier {

        final List<String> asked = new ArrayList<>();
        private final Queue<Runnable> answers = new ArrayDeque<>();
        private @Nullable TierException failure;

        Manual(MemoryTier tier) {
            super(tier);
        }

        @Override
        public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
            asked.add(key.key());
            return super.get(key, deadline);
        }

        @Override
        public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
            asked.add(keys.stream().map(TierKey::key).toList().toString());
            return super.getAll(keys, deadline);
        }

        @Override
        protected <R extends @Nullable Object> CompletionStage<R> pass(Supplier<CompletionStage<R>> operation) {
            CompletableFuture<R> result = new CompletableFuture<>();
            TierException broken = failure;
            answers.add(() -> {
                if (broken != null) {
                    result.completeExceptionally(broken);
                } else {
                    var unused = operation.get().whenComplete((answer, late) -> {
                        if (late == null) {
                            result.complete(answer);
                        } else {
                            result.completeExceptionally(late);
                        }
                    });
                }
            });
            failure = null;
            return result;
        }

        void answer() {
            answers.remove().run();
        }
    }

    private static TierKey key(String key) {
        return TierKey.of("test", key);
    }

    private CompletableFuture<@Nullable TierRecord> get(String key) {
        return get(key, Duration.ofMinutes(1));
    }

    private CompletableFuture<@Nullable TierRecord> get(String key, Duration time) {
        return batcher.get(key(key), Deadline.in(time)).toCompletableFuture();
    }

    private TierRecord store(String key) {
        TierRecord record = TierRecord.value(
                key(key),
                Version.of(1, 0, "a"),
                TierRecord.NEVER,
                "text",
                key.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(stored.apply(record, ai.primespark.spi.Condition.IF_NEWER, Deadline.in(Duration.ofMinutes(1))))
                .succeedsWithin(Duration.ofSeconds(5));
        return record;
    }

    @Test
    void theFirstGoesAloneAndThoseThatComeMeanwhileGoTogether() {
        TierRecord b = store("b");
        TierRecord d = store("d");
        var a = get("a");
        var others = List.of(get("b"), get("c"), get("d"));
        assertThat(tier.asked).containsExactly("a");
        tier.answer();
        assertThat(a).isCompletedWithValue(null);
        assertThat(tier.asked).containsExactly("a", "[b, c, d]");
        var last = get("e");
        tier.answer();
        assertThat(others.get(0)).isCompletedWithValue(b);
        assertThat(others.get(1)).isCompletedWithValue(null);
        assertThat(others.get(2)).isCompletedWithValue(d);
        assertThat(tier.asked).containsExactly("a", "[b, c, d]", "e");
        tier.answer();
        assertThat(last).isCompletedWithValue(null);
        var next = get("f");
        assertThat(tier.asked).as("an idle tier is asked at once").endsWith("f");
        tier.answer();
        assertThat(next).isCompleted();
    }

    @Test
    void batchesAreAsLargeAsTheTierLikes() {
        var unused = get("first");
        List<CompletableFuture<@Nullable TierRecord>> many =
                IntStream.range(0, 150).mapToObj(i -> get("k" + i)).toList();
        tier.answer();
        tier.answer();
        assertThat(many.get(99)).isDone();
        assertThat(many.get(100)).isNotDone();
        tier.answer();
        assertThat(many).allMatch(CompletableFuture::isDone);
        assertThat(tier.asked).hasSize(3);
    }

    @Test
    void aFailureReachesEverybodyWhoWasInTheBatch() {
        var unused = get("a");
        var others = List.of(get("b"), get("c"));
        tier.failure = new TierException(TierException.Kind.TRANSIENT, "gone", null);
        tier.answer();
        tier.answer();
        assertThat(others).allSatisfy(other -> assertThatThrownBy(other::join).hasRootCauseMessage("gone"));
        var next = get("d");
        tier.answer();
        assertThat(next).isCompletedWithValue(null);
    }

    @Test
    void oneDamagedRecordDoesNotSpoilTheOthers() {
        TierRecord c = store("c");
        var unused = get("a");
        var b = get("b");
        var good = get("c");
        tier.failure = new TierException(TierException.Kind.CORRUPT, "damaged", null);
        tier.answer();
        tier.failure = new TierException(TierException.Kind.CORRUPT, "damaged", null); // of b, when asked alone
        tier.answer();
        tier.answer();
        tier.answer();
        assertThatThrownBy(b::join).hasRootCauseMessage("damaged");
        assertThat(good).isCompletedWithValue(c);
    }

    @Test
    void aRequestThatIsLateDoesNotHoldUpTheNextForEver() {
        var hung = get("hung", Duration.ZERO);
        var next = get("next");
        assertThat(tier.asked).containsExactly("hung", "next");
        tier.answer();
        tier.answer();
        assertThat(hung).isDone();
        assertThat(next).isCompletedWithValue(null);
    }

    @Test
    void tiersThatGainNothingAreAskedDirectly() {
        Manual local = new Manual(new InMemoryTier(TierTrait.LOCAL));
        MissBatcher direct = MissBatcher.of(local, true);
        var unusedDirectA = direct.get(key("a"), Deadline.in(Duration.ofMinutes(1)));
        var unusedDirectB = direct.get(key("b"), Deadline.in(Duration.ofMinutes(1)));
        assertThat(local.asked).as("a tier of this machine").containsExactly("a", "b");
        Manual unwanted = new Manual(stored);
        MissBatcher off = MissBatcher.of(unwanted, false);
        var unusedOffA = off.get(key("a"), Deadline.in(Duration.ofMinutes(1)));
        var unusedOffB = off.get(key("b"), Deadline.in(Duration.ofMinutes(1)));
        assertThat(unwanted.asked).as("switched off").containsExactly("a", "b");
    }

    @Test
    void manyReadersOfADistantTierNeedFewRoundTrips() {
        Manual counted = new Manual(stored) {
            @Override
            protected <R extends @Nullable Object> CompletionStage<R> pass(Supplier<CompletionStage<R>> operation) {
                return operation.get();
            }
        };
        for (int i = 0; i < 50; i++) {
            store("k" + i);
        }
        MissBatcher far = MissBatcher.of(new DelegatingTier(new SlowTier(counted, Duration.ofMillis(50))), true);
        List<CompletableFuture<@Nullable TierRecord>> all = IntStream.range(0, 50)
                .mapToObj(i -> far.get(key("k" + i), Deadline.in(Duration.ofMinutes(1)))
                        .toCompletableFuture())
                .toList();
        assertThat(all).allSatisfy(each -> assertThat(each.join()).isNotNull());
        assertThat(counted.asked).hasSizeLessThan(10);
    }
}
