package ai.primespark.memory;

import ai.primespark.Zone;
import java.util.List;

/**
 * Counts since the start, and present states.
 *
 * @param tiers hottest first
 * @param unknowns reads that ended unknown
 * @param loadsInFlight reads or loads that other readers of the same key are waiting for now
 * @param journal what waits on the local disk for tiers that have still to get it
 */
public record MemoryStats(List<TierStats> tiers, long unknowns, int loadsInFlight, JournalStats journal) {

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
     * @param pendingBytes about how many bytes those have
     * @param pendingOldestMillis how long the oldest of them waits already, in milliseconds; -1 when there is none
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
            long pending,
            long pendingBytes,
            long pendingOldestMillis) {}

    /**
     * The journal.
     *
     * @param entries records that some tier has still to get, and a few marks of the journal's own
     * @param bytes their size in bytes
     * @param fileBytes the size of the journal's files, which also hold what is not needed any more
     * @param maxBytes the limit of the files
     * @param oldestMillis how long the oldest entry is there already, in milliseconds; -1 when there is none
     * @param damaged places found damaged since the start
     * @param trouble why the last write to it failed; empty when it did not
     */
    public record JournalStats(
            long entries, long bytes, long fileBytes, long maxBytes, long oldestMillis, long damaged, String trouble) {}
}
