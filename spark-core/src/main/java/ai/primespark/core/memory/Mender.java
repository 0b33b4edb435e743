package ai.primespark.core.memory;

import ai.primespark.core.memory.UpkeepTier.Gone;
import ai.primespark.core.memory.UpkeepTier.Held;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Mends keys of one namespace: has the tiers that lack the newest record of a key take it, and replaces damaged records. Keys
 * whose record is still on its way to a tier are left alone.
 *
 * <p>While a tier is being taken in again, a key that only it holds may have been deleted in its absence, and the deletion
 * forgotten since. So what it alone holds is removed from it, if it was written before the tier was last in step with the others
 * and so long ago that a deletion need not be remembered any more, and if its absence elsewhere {@linkplain Returning#proves
 * proves} that it was deleted and not merely let go.
 */
final class Mender {

    private static final String OLDER_ONLY = "; other tiers have an older version only";

    private final UpkeepSpace space;
    private final List<UpkeepTier> tiers;
    private final List<UpkeepTier> sources;
    private final Epochs epochs;
    private final long now;
    private final Tally tally;
    private final Orders orders;
    private final Set<TierLink> full = new HashSet<>();

    /**
     * A tier that is being taken in again.
     *
     * @param knownBeforeMillis what was written before that must have been known to all others
     * @param node this machine's
     * @param comparedMillis when this machine's tiers last got all that others had written to shared ones, or 0
     * @param demotionsForgotten whether this machine let keys go from its hotter tiers that it does not remember
     */
    record Returning(
            TierLink link, long knownBeforeMillis, String node, long comparedMillis, boolean demotionsForgotten) {

        /**
         * Whether a tier that must hold everything would have the record if nobody had deleted it. A colder tier would, because
         * records only leave for colder ones. A hotter one would if nobody but this machine lets records go from it, and if it
         * surely had the record once.
         */
        boolean proves(TierLink other, TierRecord record) {
            if (other.number > link.number) {
                return true;
            }
            boolean hadIt =
                    record.version().node().equals(node) || record.version().millis() < comparedMillis;
            return hadIt && !other.has(TierTrait.SHARED) && !demotionsForgotten;
        }
    }

    /**
     * What to do about what is found.
     *
     * @param mend whether tiers get what they lack
     * @param mendDamaged whether damaged records are replaced
     * @param admitted tiers that are compared although they are not believed
     * @param returning the one of them whose surplus may be removed, or null
     */
    record Orders(
            boolean mend,
            boolean mendDamaged,
            Set<TierLink> admitted,
            @Nullable Returning returning) {}

    /**
     * @param tiers those that are compared
     * @param sources further tiers that may have a whole copy of a damaged record
     */
    Mender(
            UpkeepSpace space,
            List<UpkeepTier> tiers,
            List<UpkeepTier> sources,
            Epochs epochs,
            long nowMillis,
            Tally tally,
            Orders orders) {
        this.space = space;
        this.tiers = tiers;
        this.sources = sources;
        this.epochs = epochs;
        this.now = nowMillis;
        this.tally = tally;
        this.orders = orders;
    }

    boolean isReturning(TierLink link) {
        return orders.returning() != null && orders.returning().link() == link;
    }

    /** Looks at keys on all tiers that are compared; not more than may be in memory at once. */
    void mend(List<TierKey> keys) throws Gone {
        List<List<Held>> held = new ArrayList<>();
        for (UpkeepTier tier : tiers) {
            held.add(tier.read(keys));
        }
        Map<UpkeepTier, List<TierRecord>> lacking = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            int at = i;
            look(keys.get(i), held.stream().map(row -> row.get(at)).toList(), lacking);
        }
        apply(lacking);
    }

    private void look(TierKey key, List<Held> held, Map<UpkeepTier, List<TierRecord>> lacking) throws Gone {
        if (space.isPending(key)) {
            return;
        }
        TierRecord newest = null;
        int holders = 0;
        int newestAt = -1;
        for (int i = 0; i < held.size(); i++) {
            TierRecord record = held.get(i).record();
            holders += record == null && held.get(i).damage() == null ? 0 : 1;
            if (record != null && (newest == null || record.version().isNewerThan(newest.version()))) {
                newest = record;
                newestAt = i;
            }
        }
        boolean differs = false;
        if (newest != null && holders == 1 && wasDeleted(newest, tiers.get(newestAt))) {
            tally.differing(1);
            if (orders.mend() && tiers.get(newestAt).purge(key, newest.version())) {
                tally.removed(tiers.get(newestAt).link);
            }
            return;
        }
        for (int i = 0; i < held.size(); i++) {
            UpkeepTier tier = tiers.get(i);
            if (held.get(i).damage() != null) {
                heal(tier, key, null, String.valueOf(held.get(i).damage()));
            } else if (newest != null && lacks(tier.link, held.get(i).record(), newest)) {
                differs = true;
                lacking.computeIfAbsent(tier, none -> new ArrayList<>()).add(newest);
            }
        }
        tally.differing(differs ? 1 : 0);
    }

    private boolean lacks(TierLink link, @Nullable TierRecord held, TierRecord newest) {
        return held == null
                ? !newest.isExpired(now) && space.isMissed(link, newest.key())
                : newest.version().isNewerThan(held.version());
    }

    private boolean wasDeleted(TierRecord record, UpkeepTier holder) {
        Returning returning = orders.returning();
        return returning != null
                && holder.link == returning.link()
                && !record.isTombstone()
                && record.version().millis() < returning.knownBeforeMillis()
                && tiers.stream()
                        .anyMatch(tier -> tier != holder
                                && space.isMissed(tier.link, record.key())
                                && returning.proves(tier.link, record));
    }

    /**
     * Copies records of a tier to tiers that list nothing of their buckets. What they do not list may be there all the same: a
     * record whose header is damaged.
     */
    void refill(UpkeepTier from, List<TierPage.Header> headers, List<List<UpkeepTier>> targets) throws Gone {
        Map<UpkeepTier, List<TierRecord>> lacking = new LinkedHashMap<>();
        int start = 0;
        for (List<TierPage.Header> some : Batches.of(headers, from)) {
            List<Held> held = orders.mend() ? from.read(Batches.keys(some)) : List.of();
            Map<UpkeepTier, Set<TierKey>> damaged = healUnlisted(some, targets.subList(start, start + some.size()));
            for (int i = 0; i < some.size(); i++) {
                TierKey key = some.get(i).key();
                List<UpkeepTier> missed = targets.get(start + i).stream()
                        .filter(tier -> space.isMissed(tier.link, key))
                        .filter(tier -> !damaged.getOrDefault(tier, Set.of()).contains(key))
                        .toList();
                if (missed.isEmpty() || space.isPending(key)) {
                    continue;
                }
                tally.differing(1);
                if (orders.mend() && held.get(i).damage() != null) {
                    heal(
                            from,
                            key,
                            some.get(i).version(),
                            String.valueOf(held.get(i).damage()));
                } else if (orders.mend() && held.get(i).record() != null) {
                    TierRecord record = held.get(i).record();
                    missed.forEach(tier -> lacking.computeIfAbsent(tier, none -> new ArrayList<>())
                            .add(record));
                }
            }
            apply(lacking);
            lacking.clear();
            start += some.size();
        }
    }

    /** Heals what tiers have of keys but do not list. */
    private Map<UpkeepTier, Set<TierKey>> healUnlisted(List<TierPage.Header> headers, List<List<UpkeepTier>> targets)
            throws Gone {
        Map<UpkeepTier, List<TierKey>> asked = new LinkedHashMap<>();
        for (int i = 0; i < headers.size(); i++) {
            TierKey key = headers.get(i).key();
            for (UpkeepTier tier : targets.get(i)) {
                if (space.isMissed(tier.link, key) && !space.isPending(key)) {
                    asked.computeIfAbsent(tier, none -> new ArrayList<>()).add(key);
                }
            }
        }
        Map<UpkeepTier, Set<TierKey>> damaged = new HashMap<>();
        for (Map.Entry<UpkeepTier, List<TierKey>> each : asked.entrySet()) {
            UpkeepTier tier = each.getKey();
            List<TierKey> keys = each.getValue();
            List<Held> there = tier.read(keys);
            for (int i = 0; i < keys.size(); i++) {
                if (there.get(i).damage() != null) {
                    heal(tier, keys.get(i), null, String.valueOf(there.get(i).damage()));
                    damaged.computeIfAbsent(tier, none -> new HashSet<>()).add(keys.get(i));
                }
            }
        }
        return damaged;
    }

    private void apply(Map<UpkeepTier, List<TierRecord>> lacking) throws Gone {
        if (!orders.mend()) {
            return;
        }
        for (Map.Entry<UpkeepTier, List<TierRecord>> each : lacking.entrySet()) {
            UpkeepTier tier = each.getKey();
            if (!full.contains(tier.link)) {
                int done = tier.apply(each.getValue(), reason -> {
                    full.add(tier.link);
                    tally.skipped(space.space.name + ": " + reason);
                });
                tally.mended(tier.link, done);
                each.getValue().forEach(this::forgetNear);
            }
        }
    }

    /** What this process remembers of a key may be older than what its tiers have learned now. */
    private void forgetNear(TierRecord record) {
        epochs.advance(record.key());
        TierRecord near = space.near(record.key());
        if (near != null && record.version().isNewerThan(near.version()) && space.space.near != null) {
            space.space.near.drop(record.key());
        }
    }

    /**
     * Replaces a damaged record by the newest whole one that another tier has, unless it is known to be older than the damaged
     * one was: then somebody's last write is lost, and that is for people to decide on.
     *
     * @param listed the version in the tier's listing, or null when it is not known
     */
    void heal(UpkeepTier tier, TierKey key, @Nullable Version listed, String damage) throws Gone {
        TierRecord newest = wholeCopy(tier, key);
        if (newest == null) {
            tally.damaged(key, tier.link, false, damage + "; no other tier has it");
        } else if (!orders.mendDamaged()) {
            boolean older = listed != null && listed.isNewerThan(newest.version());
            tally.damaged(key, tier.link, false, damage + (older ? OLDER_ONLY : "; another tier can replace it"));
        } else {
            boolean[] full = {false};
            int done = tier.apply(List.of(newest), reason -> full[0] = true);
            // the law alone lets a damaged record of the same version stand
            if (done == 0 && !full[0] && tier.purge(key, newest.version())) {
                done = tier.apply(List.of(newest), reason -> full[0] = true);
            }
            tally.mended(tier.link, done);
            forgetNear(newest);
            tally.damaged(
                    key,
                    tier.link,
                    done > 0,
                    done > 0 ? damage : damage + (full[0] ? "; the tier has no space for a new copy" : OLDER_ONLY));
        }
    }

    private @Nullable TierRecord wholeCopy(UpkeepTier damaged, TierKey key) {
        TierRecord newest = space.near(key);
        List<UpkeepTier> others = new ArrayList<>(tiers);
        others.addAll(sources);
        for (UpkeepTier tier : others) {
            if (tier.link != damaged.link && tier.link.isTrusted()) {
                try {
                    Held held = tier.read(key);
                    if (held.record() != null && (newest == null || held.isNewerThan(newest.version()))) {
                        newest = held.record();
                    }
                } catch (Gone e) {
                    tally.skipped(space.space.name + ": " + tier.link.id + ": " + e.getMessage());
                }
            }
        }
        return newest;
    }
}
