package ai.primespark.core.llm;

import ai.primespark.llm.RouteTrace;
import java.util.List;

/** Says why nobody could answer, backend by backend, and what to do about it. */
final class NoBackendMessage {

    private NoBackendMessage() {}

    /** {@code further} says what was tried besides, in clauses without a full stop. */
    static String of(List<RouteTrace.Attempt> attempts, List<RouteTrace.Skipped> skipped, List<String> further) {
        if (attempts.isEmpty() && skipped.isEmpty()) {
            return "no backend is configured: add one under primespark.llm.backends";
        }
        StringBuilder text = new StringBuilder("no backend could answer.");
        for (RouteTrace.Attempt attempt : attempts) {
            text.append(" '").append(attempt.backend()).append("' failed (").append(attempt.error());
            text.append("): ").append(attempt.detail()).append('.');
        }
        for (RouteTrace.Skipped skip : skipped) {
            text.append(" '").append(skip.backend()).append("' was not asked: ");
            text.append(skip.reason()).append('.');
        }
        if (!further.isEmpty()) {
            text.append(" Nothing else could either: ")
                    .append(String.join("; ", further))
                    .append('.');
        }
        text.append(" Do: ");
        if (attempts.isEmpty()) {
            text.append(
                            "allow one of them (privacy of the request, primespark.llm.cloud-fallback and budgets, power mode),")
                    .append(" or try again when they are free");
        } else {
            text.append("see that their servers run, can be reached and have the model,")
                    .append(" or add a backend that the request's privacy allows");
        }
        return text.toString();
    }
}
