package ai.primespark.llm;

/** A model asked for tools more often than the toolbox allows. Carries the conversation, which can be gone on with. */
public final class StepLimitException extends LlmException {

    private static final long serialVersionUID = 1L;

    private final transient Transcript transcript;

    /**
     * Makes an exception.
     *
     * @param message which limit, and what to do about it
     * @param transcript all that was said and done; the last answer's tools were not run
     * @param last the last answer
     */
    public StepLimitException(String message, Transcript transcript, LlmResponse last) {
        super(builder(Kind.STEP_LIMIT, last.backend(), message)
                .delivered(last.text())
                .trace(last.trace()));
        this.transcript = transcript;
    }

    /**
     * All that was said and done.
     *
     * @return the answer last whose tools were not run
     */
    public Transcript transcript() {
        return transcript;
    }
}
