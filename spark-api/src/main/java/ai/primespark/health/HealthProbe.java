package ai.primespark.health;

import java.util.Objects;

/**
 * The answer to an orchestrator's question.
 *
 * @param passed yes or no, as 200 or 503
 * @param message one sentence for people on why
 */
public record HealthProbe(boolean passed, String message) {

    /** Refuses nulls. */
    public HealthProbe {
        Objects.requireNonNull(message, "message");
    }
}
