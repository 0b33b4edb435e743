/**
 * The task queue that many machines share, on Redis: type {@code redis}.
 * {@link ai.primespark.agent.redis.RedisTaskQueueProvider} is the way in, through the engine's discovery.
 */
@NullMarked
package ai.primespark.agent.redis;

import org.jspecify.annotations.NullMarked;
