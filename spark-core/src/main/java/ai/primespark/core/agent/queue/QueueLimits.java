package ai.primespark.core.agent.queue;

/**
 * How much a queue holds.
 *
 * @param maxTasks tasks that are not over, and dead ones
 * @param maxBytes of their payloads, checkpoints and errors
 * @param maxEnded further tasks that are over; the oldest are forgotten early
 * @param maxEndedBytes of their results and errors; the oldest are forgotten early
 * @param maxPayloadBytes of one payload, result or checkpoint
 */
record QueueLimits(int maxTasks, long maxBytes, int maxEnded, long maxEndedBytes, int maxPayloadBytes) {}
