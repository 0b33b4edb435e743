package ai.primespark.core.memory;

import ai.primespark.event.SparkEvent;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces a record that a tier found damaged by the newest one that the other tiers have. Only when every other tier has been
 * heard: a damaged record may be the newest there is, and then an older one must not take its place unnoticed while the newest
 * lies in a tier that is away. Thread-safe.
 */
final class DamageRepair {

    private static final Logger LOG = LoggerFactory.getLogger(DamageRepair.class);
    private static final int MOST_AT_ONCE = 16;

    private final Surroundings around;
    private final Map<TierLink, Backlog> backlogs;
    private final Epochs epochs;
    private final Set<Damage> underWay = ConcurrentHashMap.newKeySet();

    private record Damage(TierLink link, TierKey key) {}

    DamageRepair(Surroundings around, Map<TierLink, Backlog> backlogs, Epochs epochs) {
        this.around = around;
        this.backlogs = backlogs;
        this.epochs = epochs;
    }

    /** Mends a record in the background; a read that meets it again later tries again. */
    void repairLater(Space space, TierLink link, TierKey key) {
        Damage damage = new Damage(link, key);
        if (underWay.size() >= MOST_AT_ONCE || !underWay.add(damage)) {
            return;
        }
        try {
            around.blocking().execute(() -> {
                try {
                    mend(space, link, key);
                } catch (TierException | MemoryException e) {
                    LOG.debug("A damaged record of tier '{}' could not be mended yet", link.id, e);
                } finally {
                    underWay.remove(damage);
                }
            });
        } catch (RejectedExecutionException e) { // no thread is free
            underWay.remove(damage);
        }
    }

    private void mend(Space space, TierLink link, TierKey key) {
        int epoch = epochs.current(key);
        TierRecord newest = newestElsewhere(space, link, key);
        if (newest == null || epochs.current(key) != epoch) { // whoever wrote it meanwhile has replaced the damaged one
            return;
        }
        if (!replace(link, newest)) {
            return;
        }
        link.repairs.increment();
        LOG.warn(
                "Memory tier '{}' held a damaged record of namespace '{}'; it was replaced from another tier",
                link.id,
                key.namespace());
        around.events().accept(new SparkEvent.DamageRepaired(around.clock().instant(), link.id, key.namespace()));
    }

    private @Nullable TierRecord newestElsewhere(Space space, TierLink damaged, TierKey key) {
        TierRecord newest = null;
        for (TierLink link : space.tiers) {
            TierRecord waiting = Objects.requireNonNull(backlogs.get(link)).peek(key);
            TierRecord held = link == damaged || space.isNear(link)
                    ? null
                    : link.call(Deadline.in(around.tierTimeout()), own -> link.tier.get(key, own));
            newest = newer(newer(newest, waiting), held);
        }
        return newest;
    }

    private static @Nullable TierRecord newer(@Nullable TierRecord one, @Nullable TierRecord other) {
        return one == null || other != null && other.version().isNewerThan(one.version()) ? other : one;
    }

    /** By the law where the tier can still tell which version is damaged; the damaged one makes way for its equal. */
    private boolean replace(TierLink link, TierRecord record) {
        Deadline deadline = Deadline.in(around.tierTimeout());
        try {
            Applied outcome = apply(link, record, deadline);
            if (outcome instanceof Applied.Older older && older.current().equals(record.version())) {
                return purge(link, record, record.version(), deadline)
                        && apply(link, record, deadline) instanceof Applied.Done;
            }
            return outcome instanceof Applied.Done;
        } catch (TierException e) {
            if (e.kind() != TierException.Kind.CORRUPT) {
                throw e;
            }
            return purge(link, record, record.version(), deadline)
                    && apply(link, record, deadline) instanceof Applied.Done;
        }
    }

    private static Applied apply(TierLink link, TierRecord record, Deadline deadline) {
        return link.call(deadline, own -> link.tier.apply(record, Condition.IF_NEWER, own));
    }

    private static boolean purge(TierLink link, TierRecord record, Version atMost, Deadline deadline) {
        return link.call(deadline, own -> link.tier.purge(record.key(), atMost, own));
    }
}
