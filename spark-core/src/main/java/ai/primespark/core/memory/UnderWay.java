package ai.primespark.core.memory;

import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The writes that are under way, by key, so that of several at once an older one that comes last is not shown over a newer one
 * that is on its way out of sight already: sent to every tier, and evicted from the near one. Thread-safe; holds as many entries as
 * there are writes.
 */
final class UnderWay {

    private final ConcurrentHashMap<TierKey, Writes> writes = new ConcurrentHashMap<>();

    private static final class Writes {
        int count; // changed by the map's compute only

        @Nullable
        Version newest; // guarded by this
    }

    /** A write of the key begins. It is stamped after this, and shown before {@link #end}. */
    void begin(TierKey key) {
        writes.compute(key, (same, held) -> {
            Writes now = held == null ? new Writes() : held;
            now.count++;
            return now;
        });
    }

    void end(TierKey key) {
        writes.computeIfPresent(key, (same, held) -> --held.count == 0 ? null : held);
    }

    /**
     * Shows a record, one after the other for each key.
     *
     * @param key of a write that is under way
     * @param version of the record
     * @param action gets the newest version that was shown before, or null when none of those under way was
     */
    void show(TierKey key, Version version, Consumer<@Nullable Version> action) {
        Writes all = Objects.requireNonNull(writes.get(key), "a write that has not begun");
        synchronized (all) {
            Version before = all.newest;
            action.accept(before);
            if (before == null || version.isNewerThan(before)) {
                all.newest = version;
            }
        }
    }
}
