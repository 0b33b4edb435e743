package ai.primespark.llm;

import ai.primespark.Zone;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Counts since the start, and present states.
 *
 * @param strategy the configured strategy's or policy's name
 * @param backends in the configured order
 * @param requests calls that were begun
 * @param cacheHits calls answered from the cache
 * @param failovers calls that were answered by another backend because the first one tried had failed
 * @param hedges second attempts that were begun beside a first one that took long
 * @param hedgesWon those of them that gave the first word
 * @param recent the latest traces, newest first, at most 50
 * @param budgets how far each budget is used up, in the configured order
 */
public record LlmStats(
        String strategy,
        List<BackendStats> backends,
        long requests,
        long cacheHits,
        long failovers,
        long hedges,
        long hedgesWon,
        List<RouteTrace> recent,
        List<BudgetStats> budgets) {

    /** Copies the lists. */
    public LlmStats {
        backends = List.copyOf(backends);
        recent = List.copyOf(recent);
        budgets = List.copyOf(budgets);
    }

    /** The state of a backend's circuit breaker. */
    public enum Circuit {
        /** Calls go through. */
        CLOSED,
        /** Calls are not tried, because too many failed. */
        OPEN,
        /** A few calls are tried, to see whether it works again. */
        HALF_OPEN
    }

    /**
     * One backend.
     *
     * @param id as configured
     * @param type its provider's name
     * @param endpoint its address without secrets; empty when it has none
     * @param zone where it is
     * @param circuit the state of its circuit breaker
     * @param inFlight calls running on it now
     * @param maxInFlight how many may run on it at once
     * @param queued calls waiting for a place on it now
     * @param requests attempts that were begun
     * @param failures attempts that failed
     * @param firstToken smoothed time to the first token, or null when not known
     * @param models what was learned about the models that answered there, at most 64
     * @param expense what its attempts used up
     */
    public record BackendStats(
            String id,
            String type,
            String endpoint,
            Zone zone,
            Circuit circuit,
            int inFlight,
            int maxInFlight,
            int queued,
            long requests,
            long failures,
            @Nullable Duration firstToken,
            List<ModelFigures> models,
            Expense expense) {

        /** Copies the list. */
        public BackendStats {
            models = List.copyOf(models);
        }

        /**
         * Smoothed time to the first token.
         *
         * @return empty when not known
         */
        public Optional<Duration> timeToFirstToken() {
            return Optional.ofNullable(firstToken);
        }
    }

    /**
     * What was learned about one model on one backend, recent calls weighing most. From the server's own measures where it gives
     * them, otherwise from what was seen here.
     *
     * @param model its name there
     * @param calls answers that were learned from
     * @param load how long loading it took, or null when that was not seen
     * @param promptTokensPerSecond how fast prompts are read; 0 when not known
     * @param answerTokensPerSecond how fast answers are written; 0 when not known
     * @param slowFirstToken the time within which 95 of 100 calls gave their first token, or null while too few were seen
     */
    public record ModelFigures(
            String model,
            long calls,
            @Nullable Duration load,
            double promptTokensPerSecond,
            double answerTokensPerSecond,
            @Nullable Duration slowFirstToken) {

        /**
         * How long loading it took.
         *
         * @return empty when that was not seen
         */
        public Optional<Duration> loadTime() {
            return Optional.ofNullable(load);
        }

        /**
         * The time within which 95 of 100 calls gave their first token.
         *
         * @return empty while too few were seen
         */
        public Optional<Duration> slowTimeToFirstToken() {
            return Optional.ofNullable(slowFirstToken);
        }
    }

    /**
     * How far a budget is used up.
     *
     * @param name as configured
     * @param unit what is counted
     * @param limit how much of it there is in each period
     * @param spent what was used up in this period, attempts that gave nothing included
     * @param reserved what calls that are running now are expected to use
     * @param per how long a period is
     * @param ends when this period ends
     */
    public record BudgetStats(
            String name,
            Budget.Unit unit,
            double limit,
            double spent,
            double reserved,
            Budget.Period per,
            Instant ends) {}
}
