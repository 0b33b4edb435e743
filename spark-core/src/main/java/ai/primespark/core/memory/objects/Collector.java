package ai.primespark.core.memory.objects;

import ai.primespark.memory.GarbageReport;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.TierException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes chunks that no head refers to. A chunk goes only if it is older than the grace, no upload of this process relies on
 * it, and no head refers to it, neither when all were read first nor when the newer ones were read again just before. Heads
 * that cannot all be seen stop it.
 *
 * <p>Needs at most 16 MiB for the hashes of a million chunks (8 bytes each, in a table at most half full) and 16 MiB for
 * {@value #MOST_AT_ONCE} candidates; when there are more chunks, it goes over the heads once for each part of the hash space.
 */
final class Collector {

    private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
    private static final int MOST_AT_ONCE = 50_000;
    private static final int PAGE = 1_000;
    private static final long CLOCKS_DIFFER_MILLIS = 600_000;

    private final List<BlobLink> tiers;
    private final ActiveChunks active;
    private final Census census;
    private final InstantSource clock;
    private final int mostReferences;
    private final ReentrantLock one = new ReentrantLock();
    private volatile boolean closed;

    Collector(List<BlobLink> tiers, ActiveChunks active, Census census, InstantSource clock, int mostReferences) {
        this.tiers = tiers;
        this.active = active;
        this.census = census;
        this.clock = clock;
        this.mostReferences = mostReferences;
    }

    /** A chunk that nobody refers to, as far as is known. */
    private record Candidate(BlobLink tier, BlobTier.Chunk chunk) {}

    /** Thrown when there are more references than the table takes. */
    private static final class TooMany extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooMany() {
            super(null, null, false, false);
        }
    }

    GarbageReport collect(Duration grace) {
        one.lock();
        try {
            active.beginCollection();
            try {
                return collectAll(grace);
            } finally {
                active.endCollection();
            }
        } finally {
            one.unlock();
        }
    }

    private GarbageReport collectAll(Duration grace) {
        Tally tally = new Tally();
        int parts = 1;
        for (int part = 0; part < parts; part++) {
            try {
                collectPart(part, parts, grace, tally);
            } catch (TooMany e) {
                parts *= 2;
                part = part * 2 - 1; // the same part again, as two halves
            }
        }
        return new GarbageReport(tally.chunks, tally.bytes, List.copyOf(tally.skipped));
    }

    /** Ends a collection under way before its next step. */
    void close() {
        closed = true;
    }

    private static final class Tally {
        long chunks;
        long bytes;
        final Set<String> skipped = new HashSet<>();
    }

    /** Which of so many equal parts of the hash space a hash is in; parts are a power of two. */
    static boolean isIn(long prefix, int part, int parts) {
        return parts == 1 || prefix >>> (64 - Integer.numberOfTrailingZeros(parts)) == part;
    }

    private void collectPart(int part, int parts, Duration grace, Tally tally) {
        long began = clock.millis();
        Prefixes used = new Prefixes(mostReferences);
        census.each(0, Census.Completeness.ALL, (space, name, head) -> note(head, part, parts, used));
        for (BlobLink tier : tiers) {
            String reason = tier.unavailable();
            if (reason != null) {
                tally.skipped.add(tier.id + ": " + reason);
                continue;
            }
            try {
                collectTier(tier, part, parts, began, grace, used, tally);
            } catch (TierException e) {
                tally.skipped.add(tier.id + ": " + e.getMessage());
            }
        }
    }

    private static void note(ObjectHead head, int part, int parts, Prefixes used) {
        for (int i = 0; i < head.count(); i++) {
            note(head.address(i, false), part, parts, used);
            if (head.isSealed()) {
                note(head.address(i, true), part, parts, used);
            }
        }
    }

    private static void note(String address, int part, int parts, Prefixes used) {
        long prefix = ActiveChunks.prefix(address);
        if (isIn(prefix, part, parts) && !used.add(prefix)) {
            throw new TooMany();
        }
    }

    private void collectTier(
            BlobLink tier, int part, int parts, long began, Duration grace, Prefixes used, Tally tally) {
        List<Candidate> candidates = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            if (closed) {
                throw new IllegalStateException("this memory is closed");
            }
            BlobTier.Page page = tier.list(cursor, PAGE);
            for (BlobTier.Chunk chunk : page.chunks()) {
                long prefix = ActiveChunks.prefix(chunk.sha256());
                if (chunk.storedAtMillis() <= began - grace.toMillis()
                        && isIn(prefix, part, parts)
                        && !used.contains(prefix)) {
                    candidates.add(new Candidate(tier, chunk));
                }
            }
            cursor = page.next();
            if (candidates.size() >= MOST_AT_ONCE || cursor == null) {
                remove(candidates, part, parts, began, grace, used, tally);
                candidates.clear();
            }
        } while (cursor != null);
    }

    private void remove(
            List<Candidate> candidates, int part, int parts, long began, Duration grace, Prefixes used, Tally tally) {
        if (candidates.isEmpty()) {
            return;
        }
        long since = began - Math.max(CLOCKS_DIFFER_MILLIS, grace.toMillis());
        // a head that appeared meanwhile wins
        census.each(since, Census.Completeness.ALL, (space, name, head) -> note(head, part, parts, used));
        for (Candidate each : candidates) {
            String address = each.chunk().sha256();
            if (!used.contains(ActiveChunks.prefix(address))
                    && active.removeUnused(address, () -> each.tier().delete(address))) {
                tally.chunks++;
                tally.bytes += each.chunk().bytes();
            }
        }
        LOG.debug("Looked at {} chunks that might be garbage", candidates.size());
    }

    /** A set of numbers of 8 bytes in one array. */
    static final class Prefixes {

        private final int most;
        private long[] table = new long[1 << 10];
        private boolean hasZero;
        private int size;

        Prefixes(int most) {
            this.most = most;
        }

        /** False when it is full. */
        boolean add(long value) {
            if (value == 0) {
                hasZero = true;
                return true;
            }
            int at = find(value);
            if (table[at] == value) {
                return true;
            }
            if (size >= most) {
                return false;
            }
            table[at] = value;
            size++;
            if (size * 2 > table.length) {
                grow();
            }
            return true;
        }

        boolean contains(long value) {
            return value == 0 ? hasZero : table[find(value)] == value;
        }

        private int find(long value) {
            int mask = table.length - 1;
            int at = (int) (value ^ value >>> 32) & mask; // hashes are spread evenly as they are
            while (table[at] != 0 && table[at] != value) {
                at = (at + 1) & mask;
            }
            return at;
        }

        private void grow() {
            long[] old = table;
            table = new long[old.length * 2];
            for (long value : old) {
                if (value != 0) {
                    table[find(value)] = value;
                }
            }
        }
    }
}
