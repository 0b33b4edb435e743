package ai.primespark.agent;

import java.time.Duration;

/**
 * What became of an agent's work when it drained.
 *
 * @param finished attempts that ended by themselves
 * @param released tasks handed back to the queue, with their last checkpoint
 * @param abandoned handlers that did not stop in time; their tasks were handed back all the same
 * @param took how long it took
 */
public record DrainReport(int finished, int released, int abandoned, Duration took) {}
