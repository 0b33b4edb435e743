package ai.primespark.memory;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a comparison of the tiers found and mended. Immutable.
 *
 * @param began when
 * @param ended when
 * @param complete false when it was cancelled
 * @param compared records looked at, each once a tier
 * @param differing keys of which not every tier that should has the newest record
 * @param mended records written, by the id of the tier that got them
 * @param removed records removed while a tier was taken in again, because they had been deleted in its absence, by the tier's id
 * @param damaged damaged records found
 * @param unmendable those of them that no other tier could replace
 * @param damages the first 1,000 damaged records
 * @param skipped what was left out, with reasons, for example {@code "chat: s3: circuit open"}
 */
public record UpkeepReport(
        Instant began,
        Instant ended,
        boolean complete,
        long compared,
        long differing,
        Map<String, Long> mended,
        Map<String, Long> removed,
        long damaged,
        long unmendable,
        List<Damage> damages,
        List<String> skipped) {

    /** The most damaged records that are listed one by one. */
    public static final int MOST_DAMAGES = 1_000;

    /** Copies the collections. */
    public UpkeepReport {
        mended = Map.copyOf(mended);
        removed = Map.copyOf(removed);
        damages = List.copyOf(damages);
        skipped = List.copyOf(skipped);
    }

    /**
     * Whether every tier was looked at and all is well now.
     *
     * @return true when nothing was skipped, nothing damaged is left, and the run was not cancelled
     */
    public boolean isClean() {
        return complete && skipped.isEmpty() && unmendable == 0;
    }

    /**
     * A damaged record.
     *
     * @param namespace the namespace
     * @param key the key
     * @param tier the id of the tier whose record is damaged
     * @param mended whether it was replaced
     * @param detail what is wrong, and why it was not replaced
     */
    public record Damage(String namespace, String key, String tier, boolean mended, String detail) {}
}
