/**
 * The task queues that come with the engine: {@code memory}, in the heap of this process, and {@code file}, the same made durable
 * by the journal.
 *
 * <p>Both are one state machine, {@link ai.primespark.core.agent.queue.TaskTable}, under one lock, with a {@link
 * ai.primespark.core.agent.queue.TaskLog} behind it that hears of every change. Nothing under the lock takes longer when more
 * tasks wait, but for the logarithm.
 */
@NullMarked
package ai.primespark.core.agent.queue;

import org.jspecify.annotations.NullMarked;
