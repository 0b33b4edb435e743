/**
 * The place of the Redis provider: memory tier 1 on a Redis server, and the task queue that several machines
 * share through it. This version ships no provider yet: the module holds only this package, is not in the BOM
 * and is not published.
 */
@NullMarked
package ai.primespark.memory.redis;

import org.jspecify.annotations.NullMarked;
