package ai.primespark.core.memory;

import ai.primespark.core.memory.UpkeepTier.Gone;
import ai.primespark.core.memory.UpkeepTier.Held;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a tier forget records that a colder persistent tier has just confirmed to hold, at that very version or a newer one, whole:
 * the longest unused first. Never tombstones, pinned keys, keys of which some tier has still to get a record, or what only this
 * tier holds. For one worker.
 */
final class Evictor {

    private static final Logger LOG = LoggerFactory.getLogger(Evictor.class);

    /** What a record takes beyond its body, about. */
    private static final long OVERHEAD = 200;

    /** Steps of age: eight to each doubling of the minutes. */
    private static final int AGES = 256;

    private final Surroundings around;
    private final Pacer pacer;
    private final AccessLog accesses;
    private final SweepTally tally;

    private static final int MOST_ROUNDS = 8;

    /** What became of it. */
    record Outcome(long records, long bytes) {
        Outcome plus(Outcome other) {
            return new Outcome(records + other.records, bytes + other.bytes);
        }
    }

    Evictor(Surroundings around, Pacer pacer, AccessLog accesses, SweepTally tally) {
        this.around = around;
        this.pacer = pacer;
        this.accesses = accesses;
        this.tally = tally;
    }

    /** Makes room for so many bytes. */
    Outcome makeRoom(TierLink link, List<UpkeepSpace> spaces, long bytes) {
        long[] bytesByAge = new long[AGES];
        for (UpkeepSpace space : spaces) {
            each(link, space, header -> bytesByAge[age(header)] += header.bodyBytes() + OVERHEAD);
        }
        Outcome all = new Outcome(0, 0);
        int above = AGES;
        for (int round = 0; round < MOST_ROUNDS && above > 0 && all.bytes() < bytes; round++) {
            // as many steps of age as hold what is missing; a further round fills the gap that those leave who cannot
            // go
            int oldest = above;
            long within = 0;
            while (oldest > 0 && within < bytes - all.bytes()) {
                within += bytesByAge[--oldest];
            }
            int from = oldest;
            int to = above;
            all = all.plus(evict(link, spaces, header -> isIn(age(header), from + 1, to), bytes - all.bytes()));
            all = all.plus(evict(link, spaces, header -> age(header) == from, bytes - all.bytes()));
            above = oldest;
        }
        return all;
    }

    /** Lets go what has not been used for so long. */
    Outcome dropUnused(TierLink link, List<UpkeepSpace> spaces, long minutes) {
        return evict(
                link,
                spaces,
                header -> accesses.idleMinutes(header.key(), header.version().millis()) >= minutes,
                Long.MAX_VALUE);
    }

    private static boolean isIn(int age, int from, int above) {
        return age >= from && age < above;
    }

    private int age(TierPage.Header header) {
        int minutes = accesses.idleMinutes(header.key(), header.version().millis());
        return (int) Math.min(AGES - 1, Math.round(8 * Math.log(minutes + 1.0) / Math.log(2)));
    }

    private interface Choice {
        boolean of(TierPage.Header header);
    }

    private interface Visit {
        void of(TierPage.Header header);
    }

    private void each(TierLink link, UpkeepSpace space, Visit visit) {
        try {
            new UpkeepTier(link, pacer, around)
                    .scan(
                            space.space.name,
                            headers -> headers.stream()
                                    .filter(header -> !header.tombstone())
                                    .forEach(visit::of));
        } catch (Gone e) {
            tally.skipped(space.space.name + ": " + link.id + ": " + e.getMessage());
        }
    }

    private Outcome evict(TierLink link, List<UpkeepSpace> spaces, Choice choice, long most) {
        UpkeepTier tier = new UpkeepTier(link, pacer, around);
        long[] done = new long[2]; // records, bytes
        for (UpkeepSpace space : spaces) {
            List<TierLink> backing = space.backing(link);
            if (backing.isEmpty() || done[1] >= most) {
                continue;
            }
            try {
                tier.scan(space.space.name, headers -> {
                    List<TierPage.Header> chosen = new ArrayList<>();
                    for (TierPage.Header header : headers) {
                        if (!header.tombstone() && choice.of(header) && mayGo(space, header.key())) {
                            chosen.add(header);
                        }
                    }
                    evict(tier, space, chosen, backing, most, done);
                });
            } catch (Gone e) {
                tally.skipped(space.space.name + ": " + e.link.id + ": " + e.getMessage());
            }
        }
        tally.evicted(link, done[0]);
        LOG.debug("Tier '{}' let {} records go", link.id, done[0]);
        return new Outcome(done[0], done[1]);
    }

    private static boolean mayGo(UpkeepSpace space, TierKey key) {
        return !space.isPinned(key) && !space.isPending(key);
    }

    private void evict(
            UpkeepTier tier,
            UpkeepSpace space,
            List<TierPage.Header> chosen,
            List<TierLink> backing,
            long most,
            long[] done)
            throws Gone {
        for (List<TierPage.Header> some : Batches.of(chosen, tier)) {
            if (done[1] >= most) {
                return;
            }
            boolean[] confirmed = confirmed(some, backing);
            for (int i = 0; i < some.size() && done[1] < most; i++) {
                TierPage.Header header = some.get(i);
                // looked at again: it may have been pinned or written since
                if (confirmed[i] && mayGo(space, header.key()) && tier.purge(header.key(), header.version())) {
                    done[0]++;
                    done[1] += header.bodyBytes() + OVERHEAD;
                }
            }
        }
    }

    /** Which of the records some colder tier has, read and checked just now. */
    private boolean[] confirmed(List<TierPage.Header> headers, List<TierLink> backing) {
        boolean[] confirmed = new boolean[headers.size()];
        List<TierKey> keys = Batches.keys(headers);
        for (TierLink link : backing) {
            if (link.isDown() || !link.isTrusted()) {
                continue;
            }
            try {
                List<Held> held = new UpkeepTier(link, pacer, around).read(keys);
                boolean all = true;
                for (int i = 0; i < confirmed.length; i++) {
                    confirmed[i] |= has(held.get(i), headers.get(i).version());
                    all &= confirmed[i];
                }
                if (all) {
                    break;
                }
            } catch (Gone e) {
                tally.skipped(link.id + ": " + e.getMessage());
            }
        }
        return confirmed;
    }

    static boolean has(Held held, Version version) {
        return held.record() != null && !version.isNewerThan(held.record().version());
    }
}
