package ai.primespark.memory;

import ai.primespark.Experimental;
import java.util.List;

/**
 * What a collection of chunks that no object needs came to.
 *
 * @param chunks how many were removed, counted once a tier
 * @param bytes their size
 * @param skippedTiers ids of tiers that could not be asked, with the reason; their chunks stay until the next time
 */
@Experimental
public record GarbageReport(long chunks, long bytes, List<String> skippedTiers) {

    /** Copies the list. */
    public GarbageReport {
        skippedTiers = List.copyOf(skippedTiers);
    }
}
