package ai.primespark.spi.http;

import ai.primespark.llm.LlmException;

/** The server's answer is not what the protocol says. The message never quotes it. */
public final class WireException extends Exception {

    private static final long serialVersionUID = 1L;

    private final LlmException.Kind kind;
    private final String what;

    /**
     * Makes one.
     *
     * @param kind {@code PROTOCOL}, or {@code TRUNCATED} for what only ended too soon
     * @param what completes a sentence that begins with the server's name; quotes nothing of the answer
     */
    public WireException(LlmException.Kind kind, String what) {
        super(what);
        this.kind = kind;
        this.what = what;
    }

    /**
     * What went wrong.
     *
     * @return the kind
     */
    public LlmException.Kind kind() {
        return kind;
    }

    /**
     * What the server did.
     *
     * @return completes a sentence that begins with the server's name
     */
    public String what() {
        return what;
    }
}
