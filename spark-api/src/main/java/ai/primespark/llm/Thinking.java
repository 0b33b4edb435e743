package ai.primespark.llm;

/** How much a model that can reason should do so before it answers. */
public enum Thinking {
    /** What the server does by itself. */
    DEFAULT,
    /** Not at all. */
    OFF,
    /** As much as the model likes. */
    ON,
    /** A little. */
    LOW,
    /** Some. */
    MEDIUM,
    /** A lot. */
    HIGH
}
