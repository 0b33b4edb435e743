package ai.primespark.core.llm.observe;

import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.RouteTrace;
import ai.primespark.spi.Meters;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The meters of whole calls, looked up once each. Thread-safe. */
public final class CallMeters {

    private static final Map<LlmException.Kind, String> NAMES = Stream.of(LlmException.Kind.values())
            .collect(Collectors.toUnmodifiableMap(k -> k, k -> k.name().toLowerCase(Locale.ROOT)));

    private final Meters meters;
    private final ConcurrentMap<String, ConcurrentMap<String, Meters.Timer>> calls = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, ConcurrentMap<String, Meters.Counter>> failovers = new ConcurrentHashMap<>();

    /**
     * Makes them.
     *
     * @param meters where to count
     */
    public CallMeters(Meters meters) {
        this.meters = meters;
    }

    /**
     * A call has ended.
     *
     * @param trace how it went
     * @param error null when it was answered
     */
    public void ended(RouteTrace trace, LlmException.@Nullable Kind error) {
        String outcome = outcome(trace, error);
        ConcurrentMap<String, Meters.Timer> byOutcome = inner(calls, trace.strategy());
        Meters.Timer timer = byOutcome.get(outcome);
        if (timer == null) {
            timer = byOutcome.computeIfAbsent(
                    outcome, o -> meters.timer("spark.llm.calls", "outcome", o, "strategy", trace.strategy()));
        }
        timer.record(trace.total());
    }

    /**
     * A call was answered by another backend than the first one, which failed.
     *
     * @param from the first one's id
     * @param to the id of the one that answered
     */
    public void failedOver(String from, String to) {
        inner(failovers, from)
                .computeIfAbsent(to, t -> meters.counter("spark.llm.failovers", "from", from, "to", t))
                .increment();
    }

    private static <T> ConcurrentMap<String, T> inner(
            ConcurrentMap<String, ConcurrentMap<String, T>> outer, String key) {
        ConcurrentMap<String, T> known = outer.get(key);
        return known != null ? known : outer.computeIfAbsent(key, k -> new ConcurrentHashMap<>());
    }

    /** How a call ended, as the value of a tag. */
    static String outcome(RouteTrace trace, LlmException.@Nullable Kind error) {
        if (error != null) {
            return name(error);
        }
        return switch (trace.answerSource().orElse(AnswerSource.LIVE)) {
            case LIVE -> "answered";
            case SMALLER_MODEL -> "smaller";
            case CACHE -> "cached";
            case STALE_CACHE -> "stale";
            case SEMANTIC_CACHE -> "similar";
            case RECALL -> "degraded";
        };
    }

    /** A kind of failure, as the value of a tag. */
    static String name(LlmException.Kind kind) {
        return Objects.requireNonNull(NAMES.get(kind));
    }
}
