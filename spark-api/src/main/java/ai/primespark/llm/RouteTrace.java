package ai.primespark.llm;

import ai.primespark.Zone;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * How an answer came about: what was tried, in order, and why. Holds no prompt and no answer.
 *
 * @param requestId unique within the process; the same in logs and events
 * @param strategy the strategy's or policy's name
 * @param attempts backends that were asked, in order
 * @param skipped backends that were not asked, with the reason
 * @param candidates backends that could have been asked, best first, as they looked when the order was decided
 * @param source where the answer came from, or null when there was none
 * @param cached whether the answer was given before
 * @param stale whether it came from the cache although it was over its time: always so for {@link AnswerSource#STALE_CACHE},
 *     sometimes for {@link AnswerSource#SEMANTIC_CACHE}
 * @param degraded whether no model answered; so for {@link AnswerSource#RECALL} only
 * @param similarity how similar the question is whose answer was given, up to 1, or null unless it is another one than was
 *     asked
 * @param total from the request to the end
 * @param expense what all attempts together used up; {@link Expense#NONE} when there were none
 */
public record RouteTrace(
        String requestId,
        String strategy,
        List<Attempt> attempts,
        List<Skipped> skipped,
        List<Candidate> candidates,
        @Nullable AnswerSource source,
        boolean cached,
        boolean stale,
        boolean degraded,
        @Nullable Double similarity,
        Duration total,
        Expense expense) {

    /** The trace of a backend that answers by itself, without a router. */
    public static final RouteTrace DIRECT =
            new RouteTrace("", "direct", List.of(), List.of(), false, false, false, Duration.ZERO);

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException when {@code cached}, {@code stale} or {@code degraded} contradicts the source
     */
    public RouteTrace {
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(total, "total");
        Objects.requireNonNull(expense, "expense");
        if (source != null && !agrees(source, cached, stale, degraded)) {
            throw new IllegalArgumentException("an answer from " + source + " cannot be cached=" + cached + ", stale="
                    + stale + ", degraded=" + degraded);
        }
        attempts = List.copyOf(attempts);
        skipped = List.copyOf(skipped);
        candidates = List.copyOf(candidates);
    }

    /**
     * A trace without candidates and expense, whose source follows from the rest.
     *
     * @param requestId unique within the process; the same in logs and events
     * @param strategy the strategy's or policy's name
     * @param attempts backends that were asked, in order
     * @param skipped backends that were not asked, with the reason
     * @param cached whether the answer came from the cache
     * @param stale whether it came from the cache although it was over its time
     * @param degraded whether no model answered
     * @param total from the request to the end
     */
    public RouteTrace(
            String requestId,
            String strategy,
            List<Attempt> attempts,
            List<Skipped> skipped,
            boolean cached,
            boolean stale,
            boolean degraded,
            Duration total) {
        this(
                requestId,
                strategy,
                attempts,
                skipped,
                List.of(),
                source(attempts, cached, stale, degraded),
                cached,
                stale,
                degraded,
                null,
                total,
                Expense.NONE);
    }

    private static @Nullable AnswerSource source(
            List<Attempt> attempts, boolean cached, boolean stale, boolean degraded) {
        if (degraded) {
            return AnswerSource.RECALL;
        } else if (cached) {
            return stale ? AnswerSource.STALE_CACHE : AnswerSource.CACHE;
        }
        boolean failed =
                !attempts.isEmpty() && attempts.stream().noneMatch(attempt -> attempt.outcome() == Outcome.ANSWERED);
        return failed ? null : AnswerSource.LIVE;
    }

    private static boolean agrees(AnswerSource source, boolean cached, boolean stale, boolean degraded) {
        boolean mayBeCached = switch (source) {
            case LIVE, SMALLER_MODEL -> !cached;
            case CACHE, STALE_CACHE, SEMANTIC_CACHE -> cached;
            case RECALL -> true; // what was recalled lately is not recalled again
        };
        return mayBeCached
                && (stale == (source == AnswerSource.STALE_CACHE) || source == AnswerSource.SEMANTIC_CACHE)
                && degraded == (source == AnswerSource.RECALL);
    }

    /**
     * Where the answer came from.
     *
     * @return empty when there was none
     */
    public Optional<AnswerSource> answerSource() {
        return Optional.ofNullable(source);
    }

    /**
     * What all attempts together cost.
     *
     * @return in the currency of the configured prices; empty when no backend that was asked has a price
     */
    public OptionalDouble cost() {
        return expense.money();
    }

    /**
     * What the attempts on this machine took from the plug.
     *
     * @return empty when nothing was measured: there is no power source that reports watts, the backends are elsewhere, or the
     *     call was too short to be measured
     */
    public Optional<Energy> energy() {
        return expense.measuredEnergy();
    }

    /** How an attempt ended. */
    public enum Outcome {
        /** It gave the answer. */
        ANSWERED,
        /** It failed; the attempt's error says how. */
        FAILED,
        /** The caller cancelled. */
        CANCELLED,
        /** Another attempt, made beside it, gave the first word sooner; this one was broken off. */
        OUTRUN
    }

    /** Whether a model is in a backend's memory. */
    public enum Readiness {
        /** It is, with a context window that suits the request. */
        WARM,
        /** It is not, or with another context window: it would have to be loaded first. */
        COLD,
        /** The backend does not say, or was not asked yet. */
        UNKNOWN
    }

    /**
     * One backend that was asked.
     *
     * @param backend its id
     * @param zone where it is
     * @param model the model's name there; empty when the backend has only one
     * @param reason why it was chosen
     * @param outcome how it ended
     * @param error the kind of failure, or null
     * @param detail what happened, in words; empty when it answered
     * @param startedAfter from the request to this attempt
     * @param firstToken from the attempt's start to its first piece of text or reasoning, or null when none came
     * @param duration from the attempt's start to its end
     * @param charsDelivered text that it delivered
     */
    public record Attempt(
            String backend,
            Zone zone,
            String model,
            String reason,
            Outcome outcome,
            LlmException.@Nullable Kind error,
            String detail,
            Duration startedAfter,
            @Nullable Duration firstToken,
            Duration duration,
            int charsDelivered) {

        /**
         * From the attempt's start to its first piece of text or reasoning.
         *
         * @return empty when none came
         */
        public Optional<Duration> timeToFirstToken() {
            return Optional.ofNullable(firstToken);
        }

        /**
         * The kind of failure.
         *
         * @return empty when it did not fail
         */
        public Optional<LlmException.Kind> errorKind() {
            return Optional.ofNullable(error);
        }
    }

    /**
     * One backend that was not asked.
     *
     * @param backend its id
     * @param zone where it is
     * @param reason why not, in words
     */
    public record Skipped(String backend, Zone zone, String reason) {}

    /**
     * One backend that could have been asked, as it looked when the order was decided.
     *
     * @param backend its id
     * @param zone where it is
     * @param model the model's name there; empty for the backend's default
     * @param readiness whether the model was in its memory
     * @param inFlight calls running on it
     * @param queued calls waiting for a place on it
     * @param expectedFirstToken how long its first piece of text was expected to take, waiting and loading included, or null
     *     when nothing is known about it
     */
    public record Candidate(
            String backend,
            Zone zone,
            String model,
            Readiness readiness,
            int inFlight,
            int queued,
            @Nullable Duration expectedFirstToken) {

        /**
         * How long its first piece of text was expected to take.
         *
         * @return empty when nothing is known about it
         */
        public Optional<Duration> timeToFirstToken() {
            return Optional.ofNullable(expectedFirstToken);
        }
    }
}
