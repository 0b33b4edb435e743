package ai.primespark.llm;

import ai.primespark.SparkException;

/**
 * Thrown by a tool to tell the model in words why it could not do what was asked, so that the model can do better. Its message
 * reaches the model and therefore goes where the request goes: put nothing into it that must not travel.
 */
public final class ToolException extends SparkException {

    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param message what the model is told
     */
    public ToolException(String message) {
        super(message, null);
    }
}
