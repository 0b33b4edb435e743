package ai.primespark.core.llm;

import ai.primespark.llm.RouteTrace;
import java.util.ArrayList;
import java.util.List;

/**
 * Which backends may be asked, and why not the others.
 *
 * @param strategy the name of the strategy or policy that decided
 * @param choices best first
 * @param skipped those that are not asked
 */
record Plan(String strategy, List<Choice> choices, List<RouteTrace.Skipped> skipped) {

    /** What was expected of each choice, for a trace. */
    List<RouteTrace.Candidate> candidates() {
        List<RouteTrace.Candidate> candidates = new ArrayList<>(choices.size());
        for (Choice choice : choices) {
            Forecast forecast = choice.forecast();
            if (forecast != null) {
                candidates.add(forecast.candidate(choice.backend()));
            }
        }
        return candidates;
    }
}
