package ai.primespark.memory;

import ai.primespark.Experimental;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Looks after the tiers: shows what is where, compares them, mends what differs or is damaged, and clears away what has ended.
 * The engine does all of it by itself from time to time; this is for operators who want to see it or cannot wait. Thread-safe.
 *
 * <p>{@link #where} and {@link #pinned} speak of the namespace that {@link Memory#admin()} was called on; everything else of all
 * namespaces, unless the options name some.
 */
@Experimental
public interface MemoryAdmin {

    /**
     * Asks every tier within the namespace's reach for a key.
     *
     * @param key the key
     * @return one answer a tier; a tier that cannot be asked is {@link KeyPlaces.Presence#UNKNOWN}
     */
    KeyPlaces where(String key);

    /**
     * The keys of the namespace that this machine keeps, see {@link Memory#pin}.
     *
     * @return a copy, in the order in which they were pinned
     */
    Set<String> pinned();

    /**
     * The namespaces that this machine knows.
     *
     * @return options by name, also of namespaces that were used in an earlier run only; unmodifiable
     */
    Map<String, NamespaceOptions> namespaces();

    /**
     * The tiers, as {@link MemoryStats#tiers()}.
     *
     * @return hottest first
     */
    List<MemoryStats.TierStats> tiers();

    /**
     * Compares what the persistent tiers hold, and reads every record if asked to. Differences are counted and not mended;
     * damaged records are replaced from another tier, unless the options say otherwise.
     *
     * @param options what to look at and how fast
     * @param listener gets the progress, about once a page, on the thread that does the work; must be fast
     * @return the run; it has begun, or waits for another to end
     * @throws IllegalStateException when too many runs wait already
     */
    UpkeepRun<UpkeepReport> verify(VerifyOptions options, Consumer<UpkeepProgress> listener);

    /**
     * Compares what the persistent tiers hold and mends the differences by the law: whoever lacks the newest record of a key
     * gets it. Nothing is removed.
     *
     * @param options what to look at and how fast
     * @param listener gets the progress, about once a page, on the thread that does the work; must be fast
     * @return the run; it has begun, or waits for another to end
     * @throws IllegalStateException when too many runs wait already
     */
    UpkeepRun<UpkeepReport> repair(RepairOptions options, Consumer<UpkeepProgress> listener);

    /**
     * Clears away now what would go by and by: ended values, tombstones that every tier has confirmed, and the records that
     * water marks and the age rule let go.
     *
     * @return the run; it has begun, or waits for another to end
     * @throws IllegalStateException when too many runs wait already
     */
    UpkeepRun<SweepReport> sweep();
}
