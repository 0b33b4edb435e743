package ai.primespark.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.Zone;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RouteTraceTest {

    private static RouteTrace trace(@Nullable AnswerSource source, boolean cached, boolean stale, boolean degraded) {
        return new RouteTrace(
                "1",
                "s",
                List.of(),
                List.of(),
                List.of(),
                source,
                cached,
                stale,
                degraded,
                null,
                Duration.ZERO,
                Expense.NONE);
    }

    private static RouteTrace.Attempt attempt(RouteTrace.Outcome outcome) {
        return new RouteTrace.Attempt(
                "b", Zone.EDGE, "m", "", outcome, null, "", Duration.ZERO, null, Duration.ZERO, 0);
    }

    @Test
    void theSourceAndTheOlderWordsAlwaysAgree() {
        int consistent = 0;
        for (AnswerSource source : AnswerSource.values()) {
            for (int bits = 0; bits < 8; bits++) {
                boolean cached = (bits & 1) != 0;
                boolean stale = (bits & 2) != 0;
                boolean degraded = (bits & 4) != 0;
                boolean expected =
                        (stale == (source == AnswerSource.STALE_CACHE) || source == AnswerSource.SEMANTIC_CACHE)
                                && degraded == (source == AnswerSource.RECALL)
                                && (source == AnswerSource.RECALL
                                        || cached == source.name().endsWith("CACHE"));
                if (expected) {
                    consistent++;
                    assertThat(trace(source, cached, stale, degraded).answerSource())
                            .contains(source);
                } else {
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> trace(source, cached, stale, degraded))
                            .withMessageContaining(source.name());
                }
            }
        }
        assertThat(consistent).isEqualTo(8);
    }

    @Test
    void theSourceFollowsFromTheOlderWords() {
        assertThat(RouteTrace.DIRECT.source()).isEqualTo(AnswerSource.LIVE);
        assertThat(of(List.of(), true, false, false)).isEqualTo(AnswerSource.CACHE);
        assertThat(of(List.of(), true, true, false)).isEqualTo(AnswerSource.STALE_CACHE);
        assertThat(of(List.of(), false, false, true)).isEqualTo(AnswerSource.RECALL);
        assertThat(of(List.of(attempt(RouteTrace.Outcome.ANSWERED)), false, false, false))
                .isEqualTo(AnswerSource.LIVE);
        assertThat(of(List.of(attempt(RouteTrace.Outcome.FAILED)), false, false, false))
                .isNull();
    }

    private static @Nullable AnswerSource of(
            List<RouteTrace.Attempt> attempts, boolean cached, boolean stale, boolean degraded) {
        return new RouteTrace("1", "s", attempts, List.of(), cached, stale, degraded, Duration.ZERO).source();
    }
}
