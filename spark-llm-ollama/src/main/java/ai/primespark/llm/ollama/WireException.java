package ai.primespark.llm.ollama;

import ai.primespark.llm.LlmException;

/** The server's answer is not what the protocol says. The message never quotes it. */
final class WireException extends Exception {

    private static final long serialVersionUID = 1L;

    private final LlmException.Kind kind;
    private final String what;

    WireException(LlmException.Kind kind, String message) {
        super(message);
        this.kind = kind;
        this.what = message;
    }

    LlmException.Kind kind() {
        return kind;
    }

    String what() {
        return what;
    }
}
