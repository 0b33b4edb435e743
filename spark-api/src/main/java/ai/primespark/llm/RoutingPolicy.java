package ai.primespark.llm;

import ai.primespark.Zone;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides in which order backends are tried. Must be fast, must not block, and must be thread-safe.
 *
 * <p>Only sees candidates that the request's privacy allows and whose circuit is not open; what it adds by itself is ignored,
 * what it leaves out is not tried.
 */
@FunctionalInterface
public interface RoutingPolicy {

    /**
     * Orders the candidates.
     *
     * @param request what is asked
     * @param candidates in the configured order
     * @return those to try, in order, each with a reason for the trace
     */
    List<Choice> order(LlmRequest request, List<Candidate> candidates);

    /**
     * A backend that may be tried.
     *
     * @param backend its id
     * @param zone where it is
     * @param model the model's name there; empty for the backend's default
     * @param inFlight calls running on it now
     * @param expectedFirstToken how long its first token is expected to take now, or null when not known
     * @param lastResort whether it answers without a model, only when nothing else can
     */
    record Candidate(
            String backend,
            Zone zone,
            String model,
            int inFlight,
            @Nullable Duration expectedFirstToken,
            boolean lastResort) {

        /**
         * How long its first token is expected to take now, waiting and loading included.
         *
         * @return empty when not known
         */
        public Optional<Duration> timeToFirstToken() {
            return Optional.ofNullable(expectedFirstToken);
        }
    }

    /**
     * A backend to try.
     *
     * @param backend a candidate's id
     * @param reason why, in words, for the trace
     */
    record Choice(String backend, String reason) {}
}
