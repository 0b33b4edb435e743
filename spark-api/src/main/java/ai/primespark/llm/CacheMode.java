package ai.primespark.llm;

/** How a request uses the cache of answers. */
public enum CacheMode {
    /**
     * Answer from the cache if the very same request was answered before, or a similar one where that is wanted; store the answer
     * otherwise.
     */
    USE,
    /** Ask a backend and store the answer. */
    REFRESH,
    /** Neither read nor store. */
    BYPASS
}
