/**
 * Memory tier on Redis: type {@code redis}. {@link ai.primespark.memory.redis.RedisTierProvider} is the way in, through the
 * engine's discovery.
 */
@NullMarked
package ai.primespark.memory.redis;

import org.jspecify.annotations.NullMarked;
