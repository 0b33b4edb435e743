package ai.primespark.llm;

/** Why an answer ended. */
public enum FinishReason {
    /** The model had said all. */
    STOP,
    /** A limit on the length of the answer was reached. */
    LENGTH,
    /** The model asks for tools to be run. */
    TOOL_CALLS,
    /** The server or the model withheld the answer, or the rest of it, for what it says. */
    FILTERED
}
