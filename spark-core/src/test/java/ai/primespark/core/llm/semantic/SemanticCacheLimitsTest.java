package ai.primespark.core.llm.semantic;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.testkit.MutableClock;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SemanticCacheLimitsTest {

    private static final Question QUESTION = new Question("en what\ncapital france", "capital");

    private final MutableClock clock = new MutableClock();

    private SemanticCache<String> cache(int entries, long chars) {
        return new SemanticCache<>(clock, Duration.ofHours(1), Duration.ofDays(7), entries, chars);
    }

    private static LlmResponse answer(String text) {
        return new LlmResponse(
                text,
                "",
                List.of(),
                FinishReason.STOP,
                "pi",
                Zone.EDGE,
                "m",
                Usage.NONE,
                Timings.NONE,
                List.of(),
                RouteTrace.DIRECT);
    }

    private static Question numbered(int number) {
        return new Question("en what\n" + number, "same");
    }

    @Test
    void keepsAFewWordingsOfAQuestionNewestFirst() {
        SemanticCache<String> cache = cache(100, 1_000_000);
        IntStream.range(0, 6).forEach(i -> cache.store("p", QUESTION, "wording " + i, answer("a" + i), ""));

        assertThat(cache.find("p", QUESTION))
                .extracting(SemanticCache.Known::question)
                .containsExactly("wording 5", "wording 4", "wording 3", "wording 2");
        assertThat(cache.size()).isEqualTo(SemanticCache.MAX_WORDINGS);
    }

    @Test
    void aNewAnswerToTheSameWordingTakesThePlaceOfTheOldOne() {
        SemanticCache<String> cache = cache(100, 1_000_000);
        cache.store("p", QUESTION, "w", answer("old"), "");
        cache.store("p", QUESTION, "w", answer("new"), "");

        assertThat(cache.find("p", QUESTION)).extracting(k -> k.answer().text()).containsExactly("new");
        assertThat(cache.size()).isOne();
    }

    @Test
    void partitionsDoNotSeeEachOther() {
        SemanticCache<String> cache = cache(100, 1_000_000);
        cache.store("p", QUESTION, "w", answer("a"), "");

        assertThat(cache.find("q", QUESTION)).isEmpty();
        assertThat(cache.hasLookalike("q", QUESTION)).isFalse();
        assertThat(cache.hasLookalike("p", QUESTION)).isTrue();
    }

    @Test
    void whatWasNotAskedForLongestGoesFirstAndItsGistWithIt() {
        SemanticCache<String> cache = cache(2, 1_000_000);
        cache.store("p", QUESTION, "w", answer("a"), "");
        cache.store("p", numbered(1), "1", answer("a"), "");
        assertThat(cache.find("p", QUESTION)).isNotEmpty();
        cache.store("p", numbered(2), "2", answer("a"), "");

        assertThat(cache.find("p", numbered(1))).isEmpty();
        assertThat(cache.find("p", QUESTION)).isNotEmpty();
        cache.store("p", numbered(3), "3", answer("a"), "");
        cache.store("p", numbered(4), "4", answer("a"), "");
        assertThat(cache.hasLookalike("p", QUESTION)).isFalse();
        assertThat(cache.hasLookalike("p", numbered(9))).isTrue();
    }

    @Test
    void allAnswersTogetherAreBoundedAndOneThatIsTooLongIsNotKept() {
        SemanticCache<String> cache = cache(1_000, 10_000);
        cache.store("p", QUESTION, "w", answer("x".repeat(2_000)), "");
        assertThat(cache.size()).isZero();
        IntStream.range(0, 100).forEach(i -> cache.store("p", numbered(i), "w", answer("x".repeat(600)), ""));

        assertThat(cache.size()).isBetween(5, 10);
        assertThat(cache.find("p", numbered(99))).hasSize(1);
    }

    @Test
    void answersGrowOldAndAreForgotten() {
        SemanticCache<String> cache = cache(10, 10_000);
        cache.store("p", QUESTION, "w", answer("a"), "");
        assertThat(cache.find("p", QUESTION)).noneMatch(SemanticCache.Known::stale);
        clock.advance(Duration.ofHours(2));
        assertThat(cache.find("p", QUESTION)).hasSize(1).allMatch(SemanticCache.Known::stale);
        clock.advance(Duration.ofDays(7));
        assertThat(cache.find("p", QUESTION)).isEmpty();
    }

    @Test
    void whatIsKnownIsNotPrinted() {
        SemanticCache<String> cache = cache(10, 10_000);
        cache.store("p", QUESTION, "my secret", answer("my answer"), "");
        assertThat(cache.find("p", QUESTION).toString()).doesNotContain("secret", "my answer", "france");
    }
}
