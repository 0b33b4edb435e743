package ai.primespark.core.memory;

import ai.primespark.memory.Lookup;
import ai.primespark.spi.TierRecord;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * A record in the near tier, with the answer that was made of it last. Thread-safe: the answer is immutable, and whoever loses
 * a race to remember one has made an equal one.
 */
final class NearEntry {

    private final TierRecord record;
    private final long checkAtMillis;
    private volatile @Nullable Ready ready;

    /**
     * Makes an entry.
     *
     * @param record the record
     * @param checkAtMillis from when on it must be compared with the tiers that others write to, or {@link TierRecord#NEVER}
     */
    NearEntry(TierRecord record, long checkAtMillis) {
        this.record = record;
        this.checkAtMillis = Math.min(checkAtMillis, record.expiresAtMillis());
    }

    TierRecord record() {
        return record;
    }

    /** When it ends or must be checked; {@link TierRecord#NEVER} saves readers the look at the clock. */
    long validUntilMillis() {
        return checkAtMillis;
    }

    /** The answer for a type, if it was made before. */
    Lookup.@Nullable Found<?> ready(Type type) {
        Ready made = ready;
        return made != null && (made.type == type || made.type.equals(type)) ? made.found : null;
    }

    void remember(Type type, Lookup.Found<?> found) {
        if (Codecs.isShareable(found.value())) {
            ready = new Ready(type, found);
        }
    }

    /** What it takes in the heap: the body, about as much again for the decoded value, the key, and the objects around. */
    int weight() {
        long weight = 2L * record.body().length + 2L * record.key().key().length() + 250;
        return (int) Math.min(Integer.MAX_VALUE, weight);
    }

    private record Ready(Type type, Lookup.Found<?> found) {}
}
