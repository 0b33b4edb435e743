package ai.primespark.llm;

import java.util.Objects;

/**
 * The end of a run: the answer as a Java value, and how it came about. Immutable; {@link #toString()} never shows the value.
 *
 * @param <T> what was asked for
 * @param value the answer, checked and converted; for {@link String} its text
 * @param response the answer as the model gave it
 * @param transcript all that was said and done
 */
public record LlmResult<T>(T value, LlmResponse response, Transcript transcript) {

    /** Refuses nulls. */
    public LlmResult {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(response, "response");
        Objects.requireNonNull(transcript, "transcript");
    }

    /**
     * Tokens of all steps together.
     *
     * @return the sums
     */
    public Usage usage() {
        return transcript.usage();
    }

    @Override
    public String toString() { // an answer is private data
        return "LlmResult[" + value.getClass().getSimpleName() + ", "
                + transcript.steps().size() + " steps]";
    }
}
