package ai.primespark.memory;

import java.util.List;
import java.util.Map;

/**
 * What was cleared away. Immutable.
 *
 * @param complete false when it was cancelled
 * @param expired values that had ended, over all tiers
 * @param tombstones deletions that need not be remembered any longer, each once
 * @param chunks pieces of objects that no object needed any longer, counted once a tier
 * @param evicted records let go because a colder tier has them, by the id of the tier
 * @param skipped what was left for later, with reasons
 */
public record SweepReport(
        boolean complete, long expired, long tombstones, long chunks, Map<String, Long> evicted, List<String> skipped) {

    /** Copies the collections. */
    public SweepReport {
        evicted = Map.copyOf(evicted);
        skipped = List.copyOf(skipped);
    }
}
