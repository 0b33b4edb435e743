package ai.primespark.memory;

import ai.primespark.Zone;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What each tier within a namespace's reach holds of one key, asked just now. Immutable.
 *
 * @param namespace the namespace
 * @param key the key
 * @param pinned whether this machine keeps the value, see {@link Memory#pin}
 * @param places one a tier, hottest first
 */
public record KeyPlaces(String namespace, String key, boolean pinned, List<Place> places) {

    /** Copies the list. */
    public KeyPlaces {
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(key, "key");
        places = List.copyOf(places);
    }

    /** What a tier said. */
    public enum Presence {
        /** It has a record, which may be a tombstone or have ended. */
        PRESENT,
        /** It has none. */
        ABSENT,
        /** It could not be asked. */
        UNKNOWN,
        /** It has a record that is damaged. */
        DAMAGED
    }

    /**
     * One tier's answer.
     *
     * @param tier the tier's id
     * @param number the tier's number, counted from 1 for the hottest
     * @param zone where the tier is
     * @param presence what it said
     * @param version the version of its record, or null when it has none or could not be asked
     * @param expiry when its record ends, or null for never or none
     * @param tombstone whether its record says that there is no value
     * @param bytes the stored size of the value; 0 without one
     * @param pending whether the tier has still to get a newer record
     * @param detail why it could not be asked or what is damaged; otherwise empty
     */
    public record Place(
            String tier,
            int number,
            Zone zone,
            Presence presence,
            @Nullable Version version,
            @Nullable Instant expiry,
            boolean tombstone,
            long bytes,
            boolean pending,
            String detail) {

        /**
         * The version of its record.
         *
         * @return empty when it has none or could not be asked
         */
        public Optional<Version> heldVersion() {
            return Optional.ofNullable(version);
        }

        /**
         * When its record ends.
         *
         * @return empty for never or none
         */
        public Optional<Instant> expiresAt() {
            return Optional.ofNullable(expiry);
        }
    }
}
