package ai.primespark.llm;

/** In which order backends are tried. Privacy, health and availability are decided before. */
public enum RoutingStrategy {
    /** The nearest zone first; within a zone as configured. */
    EDGE_FIRST,
    /** The farthest zone first; within a zone as configured. */
    CLOUD_FIRST,
    /**
     * The backend that is expected to give its first token soonest, from its learned speed, the length of the prompt, whether the
     * model is loaded there, and how busy it is; of about equal ones the cheaper. Those that would miss the deadline come last.
     */
    BALANCED,
    /** Only backends of the edge. */
    EDGE_ONLY
}
