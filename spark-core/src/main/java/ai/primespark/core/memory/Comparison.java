package ai.primespark.core.memory;

import ai.primespark.core.memory.UpkeepTier.Gone;
import ai.primespark.spi.TierPage;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Finds the keys of one namespace on which its persistent tiers do not agree, in a bounded amount of memory however many keys
 * there are.
 *
 * <p>First every tier is listed once, and all that is kept is a digest for each of 4,096 buckets of keys: the number of records,
 * and the exclusive or of hash(key, version). Buckets whose digests are equal are done. Buckets that some tier lacks altogether
 * while the others agree are filled from one of those, page by page. What remains is listed again, as many buckets at a time as
 * {@value #MOST_ENTRIES} pairs of hashes allow, and then the few keys that differ are looked at one by one.
 *
 * <p>Records that have ended do not count: some tiers drop them by themselves.
 */
final class Comparison {

    /** Pairs of 8-byte hashes that are kept at once, over all tiers. */
    static final int MOST_ENTRIES = 200_000;

    private final UpkeepSpace space;
    private final List<UpkeepTier> tiers;
    private final Mender mender;
    private final Tally tally;
    private final long now;
    private final long[][] digests;
    private final int[][] counts;
    private final BitSet ended = new BitSet(KeyHash.BUCKETS);
    private int mostHeld;

    Comparison(UpkeepSpace space, List<UpkeepTier> tiers, Mender mender, Tally tally, long nowMillis) {
        this.space = space;
        this.tiers = tiers;
        this.mender = mender;
        this.tally = tally;
        this.now = nowMillis;
        this.digests = new long[tiers.size()][KeyHash.BUCKETS];
        this.counts = new int[tiers.size()][KeyHash.BUCKETS];
    }

    void run() throws Gone {
        for (int i = 0; i < tiers.size(); i++) {
            digest(i);
        }
        BitSet refill = new BitSet(KeyHash.BUCKETS);
        BitSet look = new BitSet(KeyHash.BUCKETS);
        for (int bucket = 0; bucket < KeyHash.BUCKETS; bucket++) {
            if (isToRefill(bucket)) {
                refill.set(bucket);
            } else if (!isEqual(bucket)) {
                look.set(bucket);
            }
        }
        for (int i = 0; i < tiers.size() && !refill.isEmpty(); i++) {
            refillFrom(i, refill);
        }
        while (!look.isEmpty()) {
            lookAt(group(look));
        }
    }

    /** How many pairs of hashes were held at once. */
    int mostHeld() {
        return mostHeld;
    }

    private void digest(int tier) throws Gone {
        UpkeepTier from = tiers.get(tier);
        tally.at(space.space.name, "compare " + from.link.id);
        from.scan(space.space.name, headers -> {
            for (TierPage.Header header : headers) {
                if (header.expiresAtMillis() > now) {
                    long key = KeyHash.of(header.key().key());
                    digests[tier][KeyHash.bucket(key)] ^= KeyHash.of(key, KeyHash.of(header.version()));
                    counts[tier][KeyHash.bucket(key)]++;
                } else {
                    ended.set(KeyHash.bucket(KeyHash.of(header.key().key())));
                }
            }
            tally.examined(headers.size());
        });
    }

    private boolean mustHoldAll(int tier) {
        return space.mustHoldAll(tiers.get(tier).link);
    }

    private boolean isEqual(int bucket) {
        int first = -1;
        boolean equal = true;
        for (int i = 0; i < tiers.size(); i++) {
            if (mustHoldAll(i)) {
                first = first < 0 ? i : first;
                equal &= isSame(first, i, bucket);
            }
        }
        for (int i = 0; i < tiers.size(); i++) { // those that need not have all must agree in what they have
            equal &= mustHoldAll(i) || counts[i][bucket] == 0 || first >= 0 && isSame(first, i, bucket);
        }
        return equal;
    }

    private boolean isSame(int one, int other, int bucket) {
        return digests[one][bucket] == digests[other][bucket] && counts[one][bucket] == counts[other][bucket];
    }

    /** Some tiers have nothing of the bucket, though they should, and the others agree on what belongs there. */
    private boolean isToRefill(int bucket) {
        if (ended.get(bucket)) {
            return false; // an ended record may be newer than what would be copied
        }
        int first = -1;
        boolean lacking = false;
        for (int i = 0; i < tiers.size(); i++) {
            if (counts[i][bucket] == 0) {
                lacking |= mustHoldAll(i);
            } else if (!mustHoldAll(i)
                    || mender.isReturning(tiers.get(i).link)
                    || first >= 0 && !isSame(first, i, bucket)) {
                return false;
            } else {
                first = first < 0 ? i : first;
            }
        }
        return lacking && first >= 0;
    }

    private void refillFrom(int source, BitSet buckets) throws Gone {
        BitSet own = new BitSet(KeyHash.BUCKETS);
        buckets.stream().filter(bucket -> counts[source][bucket] > 0).forEach(own::set);
        if (own.isEmpty()) {
            return;
        }
        UpkeepTier from = tiers.get(source);
        tally.at(space.space.name, "copy from " + from.link.id);
        from.scan(space.space.name, headers -> {
            List<TierPage.Header> some = new ArrayList<>();
            for (TierPage.Header header : headers) {
                if (header.expiresAtMillis() > now
                        && own.get(KeyHash.bucket(KeyHash.of(header.key().key())))) {
                    some.add(header);
                }
            }
            mender.refill(from, some, tiersLacking(some, source));
        });
        buckets.andNot(own);
    }

    /** For each header, the tiers that have nothing of its bucket. */
    private List<List<UpkeepTier>> tiersLacking(List<TierPage.Header> headers, int source) {
        List<List<UpkeepTier>> lacking = new ArrayList<>();
        for (TierPage.Header header : headers) {
            int bucket = KeyHash.bucket(KeyHash.of(header.key().key()));
            List<UpkeepTier> targets = new ArrayList<>();
            for (int i = 0; i < tiers.size(); i++) {
                if (i != source && counts[i][bucket] == 0) {
                    targets.add(tiers.get(i));
                }
            }
            lacking.add(targets);
        }
        return lacking;
    }

    /** Takes the next buckets out, as many as may be held at once but at least one. */
    private BitSet group(BitSet left) {
        BitSet group = new BitSet(KeyHash.BUCKETS);
        long entries = 0;
        for (int bucket = left.nextSetBit(0); bucket >= 0; bucket = left.nextSetBit(bucket + 1)) {
            for (int[] count : counts) {
                entries += count[bucket];
            }
            if (entries > MOST_ENTRIES && !group.isEmpty()) {
                break;
            }
            group.set(bucket);
        }
        left.andNot(group);
        return group;
    }

    private void lookAt(BitSet group) throws Gone {
        List<HashTable> held = new ArrayList<>();
        for (UpkeepTier tier : tiers) {
            tally.at(space.space.name, "look closely at " + tier.link.id);
            HashTable table = new HashTable();
            tier.scan(space.space.name, headers -> {
                for (TierPage.Header header : headers) {
                    long key = KeyHash.of(header.key().key());
                    if (header.expiresAtMillis() > now && group.get(KeyHash.bucket(key))) {
                        table.put(key, KeyHash.of(header.version()));
                    }
                }
            });
            held.add(table);
        }
        mostHeld = Math.max(mostHeld, held.stream().mapToInt(HashTable::size).sum());
        HashTable differing = differing(held);
        for (int i = 0; i < tiers.size(); i++) {
            mend(tiers.get(i), held.get(i), differing);
        }
    }

    private HashTable differing(List<HashTable> held) {
        HashTable differing = new HashTable();
        for (int i = 0; i < held.size(); i++) {
            HashTable mine = held.get(i);
            mine.each(key -> {
                for (int j = 0; j < held.size(); j++) {
                    long other = held.get(j).get(key);
                    if (other != mine.get(key) && (other != 0 || mustHoldAll(j))) {
                        differing.put(key, 1);
                    }
                }
            });
        }
        return differing;
    }

    /** Lists the tier once more, for the keys behind the hashes; 2 marks those that are done. */
    private void mend(UpkeepTier tier, HashTable held, HashTable differing) throws Gone {
        boolean[] wanted = {false};
        differing.each(key -> wanted[0] |= differing.get(key) == 1 && held.get(key) != 0);
        if (!wanted[0]) {
            return;
        }
        tally.at(space.space.name, "mend from " + tier.link.id);
        tier.scan(space.space.name, headers -> {
            List<TierPage.Header> found = new ArrayList<>();
            for (TierPage.Header header : headers) {
                long key = KeyHash.of(header.key().key());
                if (differing.get(key) == 1 && held.get(key) != 0) {
                    found.add(header);
                    differing.put(key, 2);
                }
            }
            for (List<TierPage.Header> some : Batches.of(found, tier)) {
                mender.mend(Batches.keys(some));
            }
        });
    }
}
