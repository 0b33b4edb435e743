package ai.primespark.spi;

/**
 * What a {@link MemoryTier} can hold.
 *
 * @param maxKeyBytes longest key in bytes of UTF-8; at least 1,024
 * @param maxBodyBytes largest body of a record
 * @param preferredBatch how many records {@link MemoryTier#getAll} and {@link MemoryTier#applyAll} handle best at once
 */
public record TierLimits(int maxKeyBytes, long maxBodyBytes, int preferredBatch) {}
