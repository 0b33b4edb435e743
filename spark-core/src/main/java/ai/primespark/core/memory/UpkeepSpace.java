package ai.primespark.core.memory;

import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A namespace as background work sees it: which of its tiers have which duty.
 *
 * <p>A persistent tier <em>must hold everything</em>, unless it may have let records go: because it evicts by itself
 * ({@link TierTrait#MAY_EVICT}), or because this engine evicts from it by water marks or age and a colder tier of the namespace
 * keeps what it lets go. So the coldest persistent tier that does not evict by itself always must hold everything.
 */
final class UpkeepSpace {

    final Space space;
    private final Map<TierLink, Backlog> backlogs;
    private final Wishes wishes;
    private final Predicate<TierLink> evicting;

    UpkeepSpace(Space space, Map<TierLink, Backlog> backlogs, Wishes wishes, Predicate<TierLink> evicting) {
        this.space = space;
        this.backlogs = backlogs;
        this.wishes = wishes;
        this.evicting = evicting;
    }

    /** The tiers that repair compares. */
    List<TierLink> persistent() {
        return space.tiers.stream().filter(link -> isKeeper(link)).toList();
    }

    private static boolean isKeeper(TierLink link) {
        return link.has(TierTrait.PERSISTENT);
    }

    /** Tiers to which a tier's records may be left, coldest first. */
    List<TierLink> backing(TierLink link) {
        if (space.decided && link == space.authority) { // keeps what it has
            return List.of();
        }
        return space.tiers.stream()
                .filter(other -> other.number > link.number && isKeeper(other) && !other.has(TierTrait.MAY_EVICT))
                .sorted((one, two) -> Integer.compare(two.number, one.number))
                .toList();
    }

    boolean mustHoldAll(TierLink link) {
        return isKeeper(link)
                && !link.has(TierTrait.MAY_EVICT)
                && !(evicting.test(link) && !backing(link).isEmpty());
    }

    /** Whether a key's absence from a tier is to be mended. */
    boolean isMissed(TierLink link, TierKey key) {
        if (link.has(TierTrait.LOCAL) && isKeeper(link) && wishes.isPinned(key)) {
            return true;
        }
        return mustHoldAll(link) && !(wishes.isDemoted(key) && !backing(link).isEmpty());
    }

    List<TierKey> pinned() {
        return wishes.pinned(space.name).stream().map(space::key).toList();
    }

    boolean isPinned(TierKey key) {
        return wishes.isPinned(key);
    }

    /** Whether some tier has still to get this key's record. */
    boolean isPending(TierKey key) {
        return space.tiers.stream()
                .anyMatch(link -> Objects.requireNonNull(backlogs.get(link)).peek(key) != null);
    }

    /** What the in-process tier holds. */
    @Nullable
    TierRecord near(TierKey key) {
        NearEntry entry = space.near == null ? null : space.near.peek(key.namespace(), key.key());
        return entry == null ? null : entry.record();
    }

    @Override
    public String toString() {
        return "UpkeepSpace[" + space.name + "]";
    }
}
