package ai.primespark.llm;

/** What to do when a backend fails after text has been delivered. Before that, the next backend takes over silently. */
public enum Failover {
    /** End the call with the failure. The default for requests with tools or a schema. */
    FAIL,
    /** Begin again on the next backend; the caller sees {@link LlmEvent.Restarted}. The default for plain text. */
    RESTART,
    /** Go on where the text broke off if the next backend has the same model and can do so; otherwise as {@link #RESTART}. */
    CONTINUE
}
