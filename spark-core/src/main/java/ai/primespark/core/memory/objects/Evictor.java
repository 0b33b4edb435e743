package ai.primespark.core.memory.objects;

import ai.primespark.memory.MemoryException;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.TierException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes room in a tier of this machine: removes the chunks that were not used for longest, if a colder tier says now that it has
 * them. Chunks of pinned objects, of uploads under way, and such that nobody else has, stay. Looks at the oldest
 * {@value #MOST_CANDIDATES} chunks at most. Thread-safe.
 */
final class Evictor {

    static final int MOST_CANDIDATES = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(Evictor.class);
    private static final int PAGE = 1_000;

    private final ActiveChunks active;
    private final Census census;
    private final Pins pins;
    private final ReentrantLock one = new ReentrantLock();
    final LongAdder evicted = new LongAdder();

    Evictor(ActiveChunks active, Census census, Pins pins) {
        this.active = active;
        this.census = census;
        this.pins = pins;
    }

    /** Where a copy of a chunk is, in the form that the tier sees. */
    private record Copy(BlobLink tier, String address) {}

    /** Removes chunks of about so many bytes; says how many bytes it removed. */
    long evict(BlobLink tier, long bytes) {
        one.lock();
        try {
            Map<String, BlobTier.Chunk> oldest = oldest(tier);
            Map<String, Set<Copy>> copies = copies(tier, oldest.keySet());
            long freed = 0;
            for (BlobTier.Chunk chunk : oldest.values().stream()
                    .sorted(Comparator.comparingLong(BlobTier.Chunk::storedAtMillis))
                    .toList()) {
                Set<Copy> elsewhere = copies.get(chunk.sha256());
                if (freed >= bytes) {
                    break;
                }
                if (elsewhere != null && elsewhere.stream().anyMatch(Evictor::isThere) && remove(tier, chunk)) {
                    freed += chunk.bytes();
                }
            }
            evicted.add(freed);
            LOG.debug("Removed {} bytes of chunks from tier '{}', wanted {}", freed, tier.id, bytes);
            return freed;
        } catch (MemoryException | TierException e) { // what is not known for sure to be elsewhere stays
            LOG.warn("Cannot make room in tier '{}': {}", tier.id, e.getMessage());
            return 0;
        } finally {
            one.unlock();
        }
    }

    private boolean remove(BlobLink tier, BlobTier.Chunk chunk) {
        return active.removeUnused(chunk.sha256(), () -> tier.delete(chunk.sha256()));
    }

    private static boolean isThere(Copy copy) {
        try {
            return copy.tier().unavailable() == null && copy.tier().has(copy.address());
        } catch (TierException e) {
            return false;
        }
    }

    private static Map<String, BlobTier.Chunk> oldest(BlobLink tier) {
        PriorityQueue<BlobTier.Chunk> oldest = new PriorityQueue<>(
                Comparator.comparingLong(BlobTier.Chunk::storedAtMillis).reversed());
        @Nullable String cursor = null;
        do {
            BlobTier.Page page = tier.list(cursor, PAGE);
            for (BlobTier.Chunk chunk : page.chunks()) {
                oldest.add(chunk);
                if (oldest.size() > MOST_CANDIDATES) {
                    oldest.poll();
                }
            }
            cursor = page.next();
        } while (cursor != null);
        Map<String, BlobTier.Chunk> byAddress = new HashMap<>();
        oldest.forEach(chunk -> byAddress.put(chunk.sha256(), chunk));
        return byAddress;
    }

    /** Colder copies that should exist of each candidate; those of pinned objects have none here. */
    private Map<String, Set<Copy>> copies(BlobLink tier, Set<String> candidates) {
        Map<String, Set<Copy>> copies = new HashMap<>();
        Set<String> pinned = new HashSet<>();
        census.each(0, Census.Completeness.SOME, (space, name, head) -> {
            boolean keep = pins.contains(space.name, name);
            List<BlobLink> colder = space.tiers.stream()
                    .filter(each -> each.number > tier.number)
                    .toList();
            for (int i = 0; i < head.count(); i++) {
                String address = address(space, head, i, tier);
                if (candidates.contains(address)) {
                    if (keep) {
                        pinned.add(address);
                    }
                    for (BlobLink other : colder) {
                        if (!space.seals(other) || head.isSealed()) {
                            copies.computeIfAbsent(address, key -> new HashSet<>())
                                    .add(new Copy(other, address(space, head, i, other)));
                        }
                    }
                }
            }
        });
        copies.keySet().removeAll(pinned);
        return copies;
    }

    private static String address(ObjectSpace space, ObjectHead head, int index, BlobLink tier) {
        return head.address(index, space.seals(tier) && head.isSealed());
    }
}
