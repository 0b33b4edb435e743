package ai.primespark.memory;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One page of a listing.
 *
 * @param entries what was found; may be fewer than the limit even when more follow
 * @param next what to pass for the next page, or null at the end
 * @param missingTiers ids of tiers that could not be asked; their keys may be missing
 */
public record ScanPage(List<Entry> entries, @Nullable String next, List<String> missingTiers) {

    /** Copies the lists. */
    public ScanPage {
        entries = List.copyOf(entries);
        missingTiers = List.copyOf(missingTiers);
    }

    /**
     * What to pass for the next page.
     *
     * @return empty at the end
     */
    public Optional<String> nextCursor() {
        return Optional.ofNullable(next);
    }

    /**
     * One value's description.
     *
     * @param key the key
     * @param version the newest version that was seen
     * @param expiry when it ends, or null for never
     * @param bytes the stored size of the value
     * @param tiers ids of the tiers that have this version, hottest first
     */
    public record Entry(
            String key, Version version, @Nullable Instant expiry, long bytes, List<String> tiers) {

        /** Copies the list. */
        public Entry {
            tiers = List.copyOf(tiers);
        }

        /**
         * When it ends.
         *
         * @return empty for never
         */
        public Optional<Instant> expiresAt() {
            return Optional.ofNullable(expiry);
        }
    }
}
