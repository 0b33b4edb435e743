package ai.primespark.core.memory;

import ai.primespark.core.memory.UpkeepTier.Gone;
import ai.primespark.core.memory.UpkeepTier.Held;
import ai.primespark.memory.UnknownPolicy;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Clears ended values and old tombstones away. A record that hides older ones may only go when every tier of the namespace has
 * confirmed that it holds nothing older: so nothing goes while a tier is away, is not believed, or has still to get something of
 * the key.
 *
 * <p>Where other machines write, too, one of them may hold an older value that this machine cannot see. An ended value therefore
 * becomes a tombstone first, whose version lies directly above its own and is the same whoever makes it, and is remembered like
 * any deletion. Pure caches are spared that: for them, a lost update is no harm. For one worker.
 */
final class Sweeper {

    /** The longest name of a node to which a successor can be made. */
    private static final int LONGEST_NODE = 31;

    private final Surroundings around;
    private final Pacer pacer;
    private final long tombstoneLifeMillis;
    private final SweepTally tally;

    Sweeper(Surroundings around, Pacer pacer, Duration tombstoneLife, SweepTally tally) {
        this.around = around;
        this.pacer = pacer;
        this.tombstoneLifeMillis = tombstoneLife.toMillis();
        this.tally = tally;
    }

    void run(UpkeepSpace space) {
        List<UpkeepTier> tiers = new ArrayList<>();
        for (TierLink link : space.space.tiers) {
            if (!space.space.isNear(link)) {
                if (link.isDown() || !link.isTrusted()) {
                    tally.skipped(space.space.name + ": nothing is cleared away while " + link.id + " is "
                            + (link.isDown() ? "down" : link.distrust()));
                    return;
                }
                tiers.add(new UpkeepTier(link, pacer, around));
            }
        }
        try {
            for (UpkeepTier tier : tiers) {
                if (tier.link.has(TierTrait.PERSISTENT)) {
                    sweep(space, tier, tiers);
                }
            }
        } catch (Gone e) {
            tally.skipped(space.space.name + ": " + e.link.id + ": " + e.getMessage());
        }
    }

    private void sweep(UpkeepSpace space, UpkeepTier lead, List<UpkeepTier> all) throws Gone {
        lead.scan(space.space.name, headers -> {
            List<TierPage.Header> over = new ArrayList<>();
            for (TierPage.Header header : headers) {
                if (isOver(header) && !space.isPending(header.key())) {
                    over.add(header);
                }
            }
            for (List<TierPage.Header> some : Batches.of(over, lead)) {
                clear(space, some, all);
            }
        });
    }

    private boolean isOver(TierPage.Header header) {
        long now = around.clock().millis();
        return header.expiresAtMillis() <= now
                && (!header.tombstone() || header.version().millis() + tombstoneLifeMillis <= now);
    }

    private void clear(UpkeepSpace space, List<TierPage.Header> over, List<UpkeepTier> all) throws Gone {
        List<TierKey> keys = Batches.keys(over);
        List<List<Held>> held = new ArrayList<>();
        for (UpkeepTier tier : all) {
            held.add(tier.read(keys));
        }
        for (int i = 0; i < over.size(); i++) {
            int at = i;
            List<Held> its = held.stream().map(row -> row.get(at)).toList();
            clear(space, over.get(i), its, all);
        }
    }

    private void clear(UpkeepSpace space, TierPage.Header over, List<Held> held, List<UpkeepTier> all) throws Gone {
        Version version = over.version();
        boolean older = false;
        for (Held its : held) {
            if (its.damage() != null || its.isNewerThan(version)) {
                return; // damaged: repair's; newer: the tier that lags behind gets it from repair, and then nothing is
                // over
            }
            older |= its.record() != null && version.isNewerThan(its.record().version());
        }
        if (over.tombstone() && older) {
            TierRecord tombstone = TierRecord.tombstone(over.key(), version, over.expiresAtMillis());
            take(space, tombstone, held, all); // cleared away in a later round, when all have it
        } else if (over.tombstone() || !older && !mayBeHeldElsewhere(space)) {
            purge(space, over, held, all);
        } else if (version.node().length() <= LONGEST_NODE) {
            Version above = new Version(version.clock(), version.node() + "-");
            long until = Math.max(over.expiresAtMillis(), version.millis()) + tombstoneLifeMillis;
            take(space, TierRecord.tombstone(over.key(), above, until), held, all);
            tally.expired(1);
        }
    }

    private static boolean mayBeHeldElsewhere(UpkeepSpace space) {
        return space.space.shared && space.space.options.unknown() != UnknownPolicy.TREAT_AS_ABSENT;
    }

    /** Those that hold something get the tombstone; to those that hold nothing it says nothing. */
    private void take(UpkeepSpace space, TierRecord tombstone, List<Held> held, List<UpkeepTier> all) throws Gone {
        for (int i = 0; i < all.size(); i++) {
            if (held.get(i).record() != null) {
                int unused = all.get(i).apply(List.of(tombstone), tally::skipped);
            }
        }
        dropNear(space, tombstone.key(), tombstone.version());
    }

    private void purge(UpkeepSpace space, TierPage.Header over, List<Held> held, List<UpkeepTier> all) throws Gone {
        long gone = 0;
        dropNear(space, over.key(), over.version());
        for (int i = all.size() - 1;
                i >= 0;
                i--) { // coldest first: what is left after a crash hides what hotter tiers hold
            if (held.get(i).record() != null && all.get(i).purge(over.key(), over.version())) {
                gone++;
            }
        }
        if (over.tombstone()) {
            tally.tombstone();
        } else {
            tally.expired(gone);
        }
    }

    private static void dropNear(UpkeepSpace space, TierKey key, Version version) {
        TierRecord near = space.near(key);
        if (near != null && space.space.near != null && !near.version().isNewerThan(version)) {
            space.space.near.drop(key);
        }
    }
}
