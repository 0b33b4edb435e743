package ai.primespark.memory;

import java.util.Objects;

/**
 * How far work on the tiers is.
 *
 * @param namespace the namespace at hand; empty before the first
 * @param step what is being done, in a few words, for example {@code "compare nas"}
 * @param examined records looked at so far, each once a tier and pass
 * @param expected about how many will be looked at in all, or -1 when not known
 * @param differing keys found so far of which not every tier has the newest record
 * @param mended records written so far, over all tiers
 * @param damaged damaged records found so far
 */
public record UpkeepProgress(
        String namespace, String step, long examined, long expected, long differing, long mended, long damaged) {

    /** Nothing done yet. */
    public static final UpkeepProgress NONE = new UpkeepProgress("", "", 0, -1, 0, 0, 0);

    /** Refuses nulls. */
    public UpkeepProgress {
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(step, "step");
    }
}
