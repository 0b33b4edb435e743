package ai.primespark.llm;

/**
 * Tokens used, as the server counted.
 *
 * @param promptTokens of the request; 0 when the server did not say
 * @param answerTokens of the answer; 0 when the server did not say
 */
public record Usage(long promptTokens, long answerTokens) {

    /** Nothing counted. */
    public static final Usage NONE = new Usage(0, 0);
}
