package ai.primespark.core.memory;

import ai.primespark.memory.Lookup;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * A record in the near tier, with the answers that were made of it: one for the type that was asked for first, which is nearly
 * always the only one, and one for the other type that was asked for last. Thread-safe.
 */
final class NearEntry {

    private static final Version BEFORE_ALL = Version.of(0, 0, "0");
    private static final VarHandle TYPE;

    static {
        try {
            TYPE = MethodHandles.lookup().findVarHandle(NearEntry.class, "type", Type.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final TierRecord record;
    private final boolean bytes;
    private final boolean absent;
    private volatile long checkAtMillis; // only ever made earlier
    private volatile long validUntilMillis; // the earlier of that and the record's end

    // In the entry itself: each object between a key and its answer costs a reader a miss of the processor's cache.
    private @Nullable Type type; // written once, after found; read by acquire
    private Lookup.@Nullable Found<?> found;
    private volatile @Nullable Other other;

    /**
     * Makes an entry.
     *
     * @param record the record
     * @param checkAtMillis from when on it must be compared with the tiers that others write to, or {@link TierRecord#NEVER}
     */
    NearEntry(TierRecord record, long checkAtMillis) {
        this(record, checkAtMillis, false);
    }

    private NearEntry(TierRecord record, long checkAtMillis, boolean absent) {
        this.record = record;
        this.checkAtMillis = checkAtMillis;
        this.validUntilMillis = Math.min(checkAtMillis, record.expiresAtMillis());
        this.bytes = Codecs.isBytes(record);
        this.absent = absent;
    }

    /** Remembers that no tier has a record: any record is newer than this one. */
    static NearEntry absent(TierKey key, long checkAtMillis) {
        return new NearEntry(TierRecord.tombstone(key, BEFORE_ALL, TierRecord.NEVER), checkAtMillis, true);
    }

    /** Whether it stands for no record at all; then {@link #record} must not leave the near tier. */
    boolean isAbsent() {
        return absent;
    }

    /** Lets it be compared with the tiers not later than at a moment. */
    synchronized void checkBy(long millis) {
        if (millis < checkAtMillis) {
            validUntilMillis = Math.min(millis, validUntilMillis);
            checkAtMillis = millis;
        }
    }

    /** From when on it must be compared with the tiers. */
    long checkAtMillis() {
        return checkAtMillis;
    }

    TierRecord record() {
        return record;
    }

    /** When it ends or must be checked; {@link TierRecord#NEVER} saves readers the look at the clock. */
    long validUntilMillis() {
        return validUntilMillis;
    }

    /** Whether an answer holds an array, of which each reader gets a copy. */
    boolean isBytes() {
        return bytes;
    }

    /** The answer for a type, if it was made before. */
    Lookup.@Nullable Found<?> ready(Type wanted) {
        Type made = (Type) TYPE.getAcquire(this);
        if (made == wanted && made != null) {
            return found;
        }
        return made == null ? null : otherwise(made, wanted);
    }

    private Lookup.@Nullable Found<?> otherwise(Type made, Type wanted) {
        if (made.equals(wanted)) {
            return found;
        }
        Other last = other;
        return last != null && last.type.equals(wanted) ? last.found : null;
    }

    /** Keeps an answer; nobody else may hold an array that is in it. */
    synchronized void remember(Type wanted, Lookup.Found<?> answer) {
        if (type == null) {
            found = answer;
            TYPE.setRelease(this, wanted);
        } else {
            other = new Other(wanted, answer);
        }
    }

    /** What it takes in the heap: the body, about as much again for the decoded value, the key, and the objects around. */
    int weight() {
        long weight = 2L * record.body().length + 2L * record.key().key().length() + 250;
        return (int) Math.min(Integer.MAX_VALUE, weight);
    }

    private record Other(Type type, Lookup.Found<?> found) {}
}
