package ai.primespark.llm;

/** What to do when a backend fails after text has been delivered. Before that, the next backend takes over silently. */
public enum Failover {
    /** End the call with the failure. The default for requests with tools or a schema. */
    FAIL,
    /** Begin again on the next backend; the caller sees {@link LlmEvent.Restarted}. The default for plain text. */
    RESTART,
    /**
     * Go on where the text broke off: the caller sees {@link LlmEvent.Continued}, and keeps what it has. Possible for plain
     * text without tools and reasoning, if the next backend has the same model, to the digest, and can go on. Otherwise as
     * {@link #RESTART}; the reason is in the attempt's trace.
     */
    CONTINUE
}
