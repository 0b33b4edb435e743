package ai.primespark.llm;

/** In which order backends are tried. Privacy, health and availability are decided before. */
public enum RoutingStrategy {
    /** The nearest zone first; within a zone as configured. */
    EDGE_FIRST,
    /** The farthest zone first; within a zone as configured. */
    CLOUD_FIRST,
    /** The backend that is expected to give its first token soonest, from what it took before and how busy it is. */
    BALANCED,
    /** Only backends of the edge. */
    EDGE_ONLY
}
