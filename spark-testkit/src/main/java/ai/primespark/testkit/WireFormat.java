package ai.primespark.testkit;

import ai.primespark.llm.FinishReason;

/**
 * How an HTTP protocol for language models says things, for {@link HttpLlmBackendContract}. Each method that tells of an event
 * gives everything that the server would send for it, line ends included; a test may send several one after the other.
 */
public interface WireFormat {

    /**
     * The path that calls are posted to.
     *
     * @return for example {@code /api/chat}
     */
    String callPath();

    /**
     * The content type of a streamed answer.
     *
     * @return for example {@code application/x-ndjson}
     */
    String contentType();

    /**
     * A piece of the answer.
     *
     * @param text not empty; needs escaping as the protocol wants it
     * @return what is sent
     */
    String text(String text);

    /**
     * A piece of the model's reasoning.
     *
     * @param text not empty; needs escaping as the protocol wants it
     * @return what is sent
     */
    String thinking(String text);

    /**
     * A whole tool call.
     *
     * @param name the tool's name
     * @param argumentsJson a JSON object, as text
     * @return what is sent
     */
    String toolCall(String name, String argumentsJson);

    /**
     * The regular end of an answer.
     *
     * @param reason why it ends
     * @return what is sent, to the last byte
     */
    String done(FinishReason reason);

    /**
     * A failure that the server reports in the middle of an answer, after status 200.
     *
     * @param message what the server says
     * @return what is sent
     */
    String errorMidStream(String message);

    /**
     * Something that breaks the protocol within an answer.
     *
     * @param word a word to put into the broken part, unquoted, where a careless parser would repeat it in its message
     * @return what is sent
     */
    String malformed(String word);

    /**
     * The body of an answer with an HTTP error status.
     *
     * @param status the HTTP status
     * @param message what the server says
     * @return the body
     */
    String errorBody(int status, String message);

    /**
     * The body that answers any request other than a call, such as one for the server's version or its models.
     *
     * @param path the path, without the query
     * @return the body of a successful answer
     */
    String lookup(String path);
}
