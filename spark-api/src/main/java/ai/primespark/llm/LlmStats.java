package ai.primespark.llm;

import ai.primespark.Zone;
import java.time.Duration;
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
 * @param failovers calls that were answered by another backend than the first one tried
 * @param recent the latest traces, newest first, at most 50
 */
public record LlmStats(
        String strategy,
        List<BackendStats> backends,
        long requests,
        long cacheHits,
        long failovers,
        List<RouteTrace> recent) {

    /** Copies the lists. */
    public LlmStats {
        backends = List.copyOf(backends);
        recent = List.copyOf(recent);
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
     * @param requests attempts that were begun
     * @param failures attempts that failed
     * @param firstToken smoothed time to the first token, or null when not known
     */
    public record BackendStats(
            String id,
            String type,
            String endpoint,
            Zone zone,
            Circuit circuit,
            int inFlight,
            long requests,
            long failures,
            @Nullable Duration firstToken) {

        /**
         * Smoothed time to the first token.
         *
         * @return empty when not known
         */
        public Optional<Duration> timeToFirstToken() {
            return Optional.ofNullable(firstToken);
        }
    }
}
