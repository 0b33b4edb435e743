/**
 * The memory engine and the tiers that come with it.
 *
 * <p>{@link ai.primespark.core.memory.MemoryEngine} owns everything that is policy: versions, expiry, tombstones, codecs,
 * acknowledgement, retries, circuit breakers and single-flight. Tiers only move records and keep the law of
 * {@link ai.primespark.spi.MemoryTier#apply}.
 */
@NullMarked
package ai.primespark.core.memory;

import org.jspecify.annotations.NullMarked;
