package ai.primespark.core.memory.objects;

import ai.primespark.memory.MemoryException;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.spi.TierException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves single chunks: fetches one from the nearest tier that has it whole, mends the copies that are found damaged on the way,
 * and stores one in a tier in the form that the tier is to see. Thread-safe.
 */
final class Chunks {

    private static final Logger LOG = LoggerFactory.getLogger(Chunks.class);

    private final ChunkSealing sealing;
    private final Evictor evictor;
    final BufferPool buffers;
    final LongAdder damaged = new LongAdder();
    final LongAdder repaired = new LongAdder();

    Chunks(ChunkSealing sealing, Evictor evictor, BufferPool buffers) {
        this.buffers = buffers;
        this.sealing = sealing;
        this.evictor = evictor;
    }

    /** Fetches a chunk into a buffer, plain and checked. */
    void fetch(ObjectSpace space, String object, ObjectHead head, int index, ChunkBuffer buffer) {
        fetch(space, object, head, index, buffer, space.tiers);
    }

    private void fetch(
            ObjectSpace space, String object, ObjectHead head, int index, ChunkBuffer buffer, List<BlobLink> tiers) {
        List<String> doubts = new ArrayList<>();
        List<BlobLink> bad = new ArrayList<>();
        for (BlobLink tier : tiers) {
            String reason = tier.unavailable();
            if (reason != null) {
                doubts.add(tier.id + ": " + reason);
                continue;
            }
            if (space.seals(tier) && !head.isSealed()) {
                continue; // was stored before the namespace was encrypted, and never sent there since
            }
            try {
                if (fetchFrom(space, head, index, buffer, tier)) {
                    bad.forEach(other -> mend(space, object, head, index, buffer, other));
                    return;
                }
                bad.add(tier);
                report(space, object, head, index, tier);
            } catch (TierException e) {
                judge(space, head, index, tier, e, doubts, bad);
                if (bad.contains(tier)) {
                    report(space, object, head, index, tier);
                }
            }
        }
        throw lost(space, object, index, doubts, bad, tiers);
    }

    /** False when what came is not what the head says. */
    private boolean fetchFrom(ObjectSpace space, ObjectHead head, int index, ChunkBuffer buffer, BlobLink tier) {
        String plain = head.address(index, false);
        int length = head.length(index);
        if (!space.seals(tier)) {
            tier.read(plain, buffer, length);
            return Sha256.of(buffer.bytes(), length).equals(plain);
        }
        ChunkBuffer cipher = new ChunkBuffer(sealing.sealedLength(length));
        tier.read(head.address(index, true), cipher, sealing.sealedLength(length));
        byte[] opened = sealing.open(space.name, plain, cipher.bytes(), sealing.sealedLength(length));
        System.arraycopy(opened, 0, buffer.bytes(), 0, length);
        return Sha256.of(buffer.bytes(), length).equals(plain);
    }

    /** Tells a chunk that is not there from one that is damaged, and both from a tier that does not answer. */
    private static void judge(
            ObjectSpace space,
            ObjectHead head,
            int index,
            BlobLink tier,
            TierException failure,
            List<String> doubts,
            List<BlobLink> bad) {
        try {
            boolean there = tier.has(head.address(index, space.seals(tier)));
            if (there && failure.kind() == TierException.Kind.CORRUPT) {
                bad.add(tier);
            } else if (there) {
                doubts.add(tier.id + ": " + failure.getMessage());
            }
        } catch (TierException e) {
            doubts.add(tier.id + ": " + e.getMessage());
        }
    }

    private void report(ObjectSpace space, String object, ObjectHead head, int index, BlobLink tier) {
        damaged.increment();
        LOG.warn(
                "Chunk {} of object {} is damaged in tier '{}' ({})",
                index,
                space.quoted(object),
                tier.id,
                head.address(index, space.seals(tier)));
    }

    private void mend(ObjectSpace space, String object, ObjectHead head, int index, ChunkBuffer buffer, BlobLink tier) {
        try {
            tier.delete(head.address(index, space.seals(tier)));
            String stored = store(space, head, index, buffer, tier);
            if (stored.equals(head.address(index, space.seals(tier)))) {
                repaired.increment();
                LOG.info("Chunk {} of object {} was mended in tier '{}'", index, space.quoted(object), tier.id);
            }
        } catch (TierException e) {
            LOG.warn("Chunk {} of object {} cannot be mended in tier '{}': {}", index, object, tier.id, e.getMessage());
        }
    }

    private static MemoryException lost(
            ObjectSpace space,
            String object,
            int index,
            List<String> doubts,
            List<BlobLink> bad,
            List<BlobLink> tiers) {
        String chunk = "chunk " + index + " of object " + space.quoted(object);
        if (!doubts.isEmpty()) {
            return new TierUnavailableException("read " + chunk, doubts);
        }
        return new MemoryException(
                chunk + (bad.isEmpty() ? " is missing in every tier " : " is damaged or missing in every tier ")
                        + tiers.stream().map(tier -> tier.id).toList() + "; upload the object again, or delete it",
                false,
                null);
    }

    /** The sealed form of a chunk. */
    byte[] seal(ObjectSpace space, String plain, ChunkBuffer buffer, int length) {
        return sealing.seal(space.name, plain, buffer.bytes(), length);
    }

    /** Stores a chunk unless it is there; gives the address that it has there, which another key may have changed. */
    String store(ObjectSpace space, ObjectHead head, int index, ChunkBuffer buffer, BlobLink tier) {
        String plain = head.address(index, false);
        int length = head.length(index);
        if (!space.seals(tier)) {
            put(tier, plain, buffer, length);
            return plain;
        }
        byte[] sealed = seal(space, plain, buffer, length);
        String address = Sha256.of(sealed, sealed.length);
        if (!tier.has(address)) {
            putOnce(tier, address, sealed);
        }
        return address;
    }

    /** Stores a chunk; a full tier of this machine makes room first. */
    void put(BlobLink tier, String address, ChunkBuffer buffer, int length) {
        try {
            tier.write(address, buffer, length);
        } catch (TierException e) {
            if (!makesRoom(tier, e, length)) {
                throw e;
            }
            tier.write(address, buffer, length);
        }
    }

    void putOnce(BlobLink tier, String address, byte[] bytes) {
        try {
            tier.writeOnce(address, bytes);
        } catch (TierException e) {
            if (!makesRoom(tier, e, bytes.length)) {
                throw e;
            }
            tier.writeOnce(address, bytes);
        }
    }

    private boolean makesRoom(BlobLink tier, TierException failure, int length) {
        return failure.kind() == TierException.Kind.FULL && tier.local && evictor.evict(tier, 4L * length) >= length;
    }
}
