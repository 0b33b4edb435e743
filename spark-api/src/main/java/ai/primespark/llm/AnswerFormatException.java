package ai.primespark.llm;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model answered, but not in the form that was asked for, also after it was told what is wrong. Carries what it said.
 */
public final class AnswerFormatException extends LlmException {

    private static final long serialVersionUID = 1L;

    private final transient LlmResponse response;
    private final transient List<SchemaViolation> violations;
    private final transient Transcript transcript;

    /**
     * Makes an exception.
     *
     * @param message what is wrong and what to do about it; never a part of the answer
     * @param violations what is wrong with the answer; empty when it was not read because it is cut off
     * @param transcript all that was said and done, the answer in question last
     * @param response the answer in question
     * @param cause what a check of the application threw, or null
     */
    public AnswerFormatException(
            String message,
            List<SchemaViolation> violations,
            Transcript transcript,
            LlmResponse response,
            @Nullable Throwable cause) {
        super(builder(Kind.INVALID_ANSWER, response.backend(), message)
                .delivered(response.text())
                .trace(response.trace())
                .cause(cause));
        this.response = response;
        this.violations = List.copyOf(violations);
        this.transcript = transcript;
    }

    /**
     * The answer that was not usable.
     *
     * @return the last one
     */
    public LlmResponse response() {
        return response;
    }

    /**
     * The text of that answer.
     *
     * @return all that was delivered
     */
    public String text() {
        return response.text();
    }

    /**
     * What is wrong with it.
     *
     * @return at most 20; empty when the answer was cut off and therefore not read
     */
    public List<SchemaViolation> violations() {
        return violations;
    }

    /**
     * All that was said and done.
     *
     * @return the answer in question last
     */
    public Transcript transcript() {
        return transcript;
    }
}
