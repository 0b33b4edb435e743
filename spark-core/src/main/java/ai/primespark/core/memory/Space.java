package ai.primespark.core.memory;

import ai.primespark.memory.Ack;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierTrait;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A namespace as the engine sees it: its options, and the tiers that its values may travel to. Nothing else of the engine knows
 * other tiers, so a tier beyond the namespace's reach cannot be called for it.
 */
final class Space {

    final String name;
    final NamespaceOptions options;
    final List<TierLink> tiers;

    /** The first tier when it is the in-process one; asked directly. */
    final @Nullable CaffeineTier near;

    /** Decides conditional writes. */
    final @Nullable TierLink arbiter;

    /** What it holds is the truth: the arbiter, else the first persistent tier, else the coldest. */
    final TierLink authority;

    private final List<TierLink> distant;

    /** Until when, by {@link System#nanoTime()}, a listing is taken to be under way. */
    volatile long listedUntilNanos = System.nanoTime();

    /** Whether somebody else may write to one of the tiers. */
    final boolean shared;

    /**
     * Whether nothing is there that the authority does not have: every value of the namespace is written under a condition, which
     * the authority decides, and it lets none of them go. Then what it does not have is not there, whoever else is away.
     */
    final boolean decided;

    /** How the names of the library's own namespaces begin that are written under conditions alone. */
    static final String OWN = "spark-";

    Space(String name, NamespaceOptions options, List<TierLink> all) {
        this.name = name;
        this.options = options;
        this.tiers = all.stream()
                .filter(link -> link.zone.compareTo(options.reach()) <= 0)
                .toList();
        if (tiers.isEmpty()) {
            throw new IllegalStateException("namespace '" + name + "' may reach no farther than " + options.reach()
                    + ", but every memory tier is beyond; configure a tier in a nearer zone, or widen the reach");
        }
        this.near = tiers.get(0).tier instanceof CaffeineTier caffeine && tiers.get(0).number == 1 ? caffeine : null;
        this.distant = tiers.stream().filter(link -> !isNear(link)).toList();
        TierLink decides = first(TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
        this.arbiter = decides == null ? first(TierTrait.ATOMIC_CAS) : decides;
        TierLink persistent = first(TierTrait.PERSISTENT);
        this.authority = decides != null ? decides : persistent != null ? persistent : tiers.get(tiers.size() - 1);
        this.decided = name.startsWith(OWN) && decides != null && !decides.has(TierTrait.MAY_EVICT);
        this.shared = tiers.stream().anyMatch(link -> link.has(TierTrait.SHARED));
    }

    private @Nullable TierLink first(TierTrait... traits) {
        return tiers.stream()
                .filter(link -> link.tier.traits().containsAll(List.of(traits)))
                .findFirst()
                .orElse(null);
    }

    /** Why a tier is not to be asked; empty when it may be. A tier that no other could replace is always asked. */
    String doubt(TierLink link, Deadline deadline) {
        if (link.isTrusted()) {
            return "";
        }
        String doubt = link.distrust(deadline);
        boolean replaceable = tiers.stream().anyMatch(other -> other != link && other.has(TierTrait.PERSISTENT));
        return doubt.isEmpty() || !replaceable ? "" : "not asked: " + doubt;
    }

    TierKey key(String key) {
        return TierKey.of(name, key);
    }

    boolean isNear(TierLink link) {
        return near != null && link == tiers.get(0);
    }

    TierLink arbiterFor(String operation, TierKey key) {
        if (arbiter == null) {
            throw new MemoryException(
                    "cannot " + operation + " key '" + key.key() + "' of namespace '" + name
                            + "': none of its tiers decides conditional writes; configure one that does, such as directory",
                    false,
                    null);
        }
        return arbiter;
    }

    /** All tiers but the in-process one: those that a write has to be brought to. */
    List<TierLink> distant() {
        return distant;
    }

    /**
     * The tiers that must confirm a write by themselves before it is acknowledged, the one that is asked first in front. None for
     * {@link Ack#JOURNALED}, which rests on the journal.
     */
    List<TierLink> confirming(Ack ack) {
        return switch (ack.kind()) {
            case MEMORY -> List.of(tiers.get(0));
            case JOURNALED -> {
                checkKeeps();
                yield List.of();
            }
            case TIER -> List.of(numbered(ack));
            case ALL -> {
                List<TierLink> all = new ArrayList<>(tiers);
                all.remove(authority);
                all.add(0, authority);
                yield List.copyOf(all);
            }
        };
    }

    /** The journal keeps a write until the tiers have it; one of them must keep it from then on. */
    private void checkKeeps() {
        if (first(TierTrait.PERSISTENT) == null) {
            throw new MemoryException(
                    "namespace '" + name
                            + "' has no tier that keeps values over a restart, which the acknowledgement level"
                            + " 'journaled' needs; configure one, such as directory, or set primespark.memory.ack (or the"
                            + " namespace's ack) to memory, tier(n) or all",
                    false,
                    null);
        }
    }

    private TierLink numbered(Ack ack) {
        return tiers.stream()
                .filter(link -> link.number == ack.number())
                .findFirst()
                .orElseThrow(() -> new MemoryException(
                        "namespace '" + name + "' has no tier for the acknowledgement level '" + ack
                                + "'; its tiers are "
                                + tiers.stream()
                                        .map(link -> link.number + " (" + link.id + ")")
                                        .toList(),
                        false,
                        null));
    }
}
