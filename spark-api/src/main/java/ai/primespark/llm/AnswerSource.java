package ai.primespark.llm;

/**
 * Where an answer comes from: how far down the ladder a call had to go. A later constant is tried only when those before it gave
 * nothing, except that a good answer of the cache is looked for first.
 */
public enum AnswerSource {
    /** A model that was asked now, the one that the request wants. */
    LIVE,
    /**
     * A model that was asked now, a smaller one of the edge that stands in for the wanted one, because that one could not
     * answer; see {@link LlmOptions.Builder#smallerModels}. {@link LlmResponse#model()} says which.
     */
    SMALLER_MODEL,
    /** The very same request, answered before and not over its time. */
    CACHE,
    /**
     * The very same request, answered before: over its time, or by a model that has been replaced since. Given only because
     * nothing could answer now.
     */
    STALE_CACHE,
    /** A similar request, answered before: the question that was answered is not word for word the one that was asked. */
    SEMANTIC_CACHE,
    /** No model: put together from stored documents and quoted. */
    RECALL
}
