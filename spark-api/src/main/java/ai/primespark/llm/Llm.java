package ai.primespark.llm;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Language models, routed over the configured backends. Thread-safe.
 *
 * <pre>{@code
 * try (LlmCall call = spark.llm().open(LlmRequest.prompt("Why is the sky blue?").build())) {
 *     for (LlmEvent event : call) {
 *         if (event instanceof LlmEvent.Text text) { System.out.print(text.text()); }
 *     }
 * }
 * }</pre>
 */
public interface Llm {

    /**
     * Makes a call. Returns at once; the request is sent when the answer is first asked for, and what goes wrong comes out of
     * the call.
     *
     * @param request what to ask
     * @return the call; close it
     * @throws IllegalStateException when this instance is closed
     */
    LlmCall open(LlmRequest request);

    /**
     * Asks and waits for the whole answer.
     *
     * @param request what to ask
     * @return the answer
     * @throws LlmException when no backend could answer within the limits
     */
    default LlmResponse generate(LlmRequest request) {
        try (LlmCall call = open(request)) {
            return call.await();
        }
    }

    /**
     * Asks without waiting.
     *
     * @param request what to ask
     * @return the answer to come; fails with {@link LlmException}; cancelling it cancels the call
     */
    default CompletableFuture<LlmResponse> generateAsync(LlmRequest request) {
        return open(request).future();
    }

    /**
     * Turns texts into vectors.
     *
     * @param request the texts
     * @return one vector a text
     * @throws LlmException when no backend could answer within the limits
     */
    Embeddings embed(EmbedRequest request);

    /**
     * What every backend offers now. Backends are asked at once; those that do not answer in time say so.
     *
     * @return one entry a backend, in the configured order
     */
    List<BackendModels> models();

    /**
     * The models of one backend.
     *
     * @param backend its id
     * @return empty when the backend cannot manage models
     * @throws IllegalArgumentException when there is no such backend; the message lists those there are
     */
    Optional<ModelManager> modelManager(String backend);

    /**
     * Documents that answers may be recalled from when no model can be reached, and that can be searched for prompts.
     *
     * @return empty when no backend holds documents
     */
    Optional<DocumentIndex> documents();

    /**
     * Counts since the start, and present states.
     *
     * @return a snapshot
     */
    LlmStats stats();
}
