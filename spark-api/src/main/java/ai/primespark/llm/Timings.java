package ai.primespark.llm;

import java.time.Duration;

/**
 * Where the time went, as the server measured. Zero where it did not say.
 *
 * @param load until the model was ready, waiting for it included
 * @param promptEval reading the prompt
 * @param eval writing the answer
 */
public record Timings(Duration load, Duration promptEval, Duration eval) {

    /** Nothing measured. */
    public static final Timings NONE = new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO);
}
