package ai.primespark.memory;

import ai.primespark.Zone;
import java.util.List;

/**
 * Counts since the start, and present states.
 *
 * @param tiers hottest first
 * @param unknowns reads that ended unknown
 * @param loadsInFlight reads or loads that other readers of the same key are waiting for now
 */
public record MemoryStats(List<TierStats> tiers, long unknowns, int loadsInFlight) {

    /** Copies the list. */
    public MemoryStats {
        tiers = List.copyOf(tiers);
    }

    /** How a tier is doing. */
    public enum TierState {
        /** Answers. */
        UP,
        /** Answers, with errors. */
        DEGRADED,
        /** Not asked: it failed too often, and is probed until it answers again. */
        DOWN
    }

    /**
     * One tier.
     *
     * @param id as configured
     * @param type its provider's name
     * @param number counted from 1 for the hottest
     * @param zone where it is
     * @param state how it is doing
     * @param detail one sentence on the state; empty when up
     * @param keys how many records it holds, or -1 when not known
     * @param bytes their size in bytes, or -1 when not known
     * @param hits reads that it answered with a value
     * @param misses reads that it answered with nothing
     * @param errors operations that failed
     * @param pending records that it has still to get
     */
    public record TierStats(
            String id,
            String type,
            int number,
            Zone zone,
            TierState state,
            String detail,
            long keys,
            long bytes,
            long hits,
            long misses,
            long errors,
            long pending) {}
}
