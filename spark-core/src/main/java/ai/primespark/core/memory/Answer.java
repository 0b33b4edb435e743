package ai.primespark.core.memory;

import ai.primespark.spi.TierRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the tiers said about a key.
 *
 * @param record the newest record known, which may be a tombstone or have ended, or null for none
 * @param tier the id of the tier that gave it
 * @param certain whether no newer record can exist as far as this machine can know
 * @param missing tiers that may hold it and could not be asked, with reasons
 * @param damaged tiers whose record is damaged
 */
record Answer(@Nullable TierRecord record, String tier, boolean certain, List<String> missing, List<String> damaged) {

    boolean isFound(long nowMillis) {
        return record != null && record.isLive(nowMillis);
    }

    /** There is surely no value; a hidden record that may be outdated proves nothing. */
    boolean isAbsent(long nowMillis) {
        return record == null ? missing.isEmpty() && damaged.isEmpty() : !record.isLive(nowMillis) && certain;
    }

    /** Every tier that has a record was asked, and all of those are damaged. */
    boolean isDamaged() {
        return record == null && missing.isEmpty() && !damaged.isEmpty();
    }
}
