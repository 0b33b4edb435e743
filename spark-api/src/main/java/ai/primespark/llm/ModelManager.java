package ai.primespark.llm;

import ai.primespark.Experimental;
import java.time.Duration;
import java.util.function.Consumer;

/** The models of one backend. Thread-safe. Methods block; interrupt the thread to give up. */
@Experimental
public interface ModelManager {

    /**
     * Describes a model.
     *
     * @param model its name there
     * @return the description
     * @throws LlmException when the backend does not have it or does not answer
     */
    ModelInfo show(String model);

    /**
     * Fetches a model to the backend. Going on after an interruption fetches only what is missing, where the server can.
     *
     * @param model its name
     * @param progress gets each step as it happens; called on the calling thread
     * @throws LlmException when the backend does not have it at the end
     */
    void pull(String model, Consumer<Progress> progress);

    /**
     * Loads a model, so that the next call need not wait for it.
     *
     * @param model its name there
     * @param keep how long to keep it loaded
     * @throws LlmException when the backend does not have it or does not answer, or power is short
     */
    void warmUp(String model, Duration keep);

    /**
     * Frees the memory that a model takes.
     *
     * @param model its name there
     * @throws LlmException when the backend does not answer
     */
    void unload(String model);

    /**
     * A step of a pull.
     *
     * @param status what is being done, in the server's words
     * @param completedBytes of the present layer; 0 when not known
     * @param totalBytes of the present layer; 0 when not known
     */
    record Progress(String status, long completedBytes, long totalBytes) {}
}
