package ai.primespark.spi;

/**
 * How much a tier holds.
 *
 * @param records number of records, tombstones included, or -1 when not known
 * @param bytes their size on the storage, or -1 when not known
 * @param capacityBytes how much fits in all, or -1 when not known or unbounded
 */
public record TierUsage(long records, long bytes, long capacityBytes) {}
