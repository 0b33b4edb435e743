package ai.primespark.llm;

/** When a question may get the answer to another one that asks the same in other words. */
public enum SemanticCacheUse {
    /** When no backend can answer and the very same question was not answered before: better than no answer of a model. */
    OFFLINE,
    /** Then, and before any backend is asked. Comparing costs a call for embeddings when a question of the same words is known. */
    ALWAYS
}
