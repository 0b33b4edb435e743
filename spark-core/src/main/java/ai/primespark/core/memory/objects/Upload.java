package ai.primespark.core.memory.objects;

import ai.primespark.memory.Ack;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.UploadException;
import ai.primespark.spi.TierException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Stores the chunks of one object where its acknowledgement level wants them, and gives its head. While a chunk is being stored
 * the next one is read and hashed: two buffers, never more. Chunks that a tier has are not sent again, so an upload that was cut
 * off goes on where it was.
 */
final class Upload {

    private static final int PIECE = 128 << 10;

    private final Chunks chunks;
    private final ObjectSpace space;
    private final String object;
    private final int chunkBytes;
    private final long mostChunks;
    private final Executor blocking;
    private final ActiveChunks.Session session;
    private final List<BlobLink> all;
    private final List<BlobLink> either;
    private final List<Skipped> skipped = new ArrayList<>();
    private int current;

    /** A chunk that was there already, and might be collected by another machine before the head is written. */
    record Skipped(BlobLink tier, String address) {}

    Upload(
            Chunks chunks,
            ObjectSpace space,
            String object,
            int chunkBytes,
            long mostChunks,
            Ack ack,
            Executor blocking,
            ActiveChunks.Session session) {
        this.chunks = chunks;
        this.space = space;
        this.object = object;
        this.chunkBytes = chunkBytes;
        this.mostChunks = mostChunks;
        this.blocking = blocking;
        this.session = session;
        this.all = ack.kind() == Ack.Kind.ALL ? space.tiers : List.of();
        this.either = all.isEmpty() ? candidates(space, ack) : List.of();
    }

    /** The tiers of which one must have every chunk, the one to try first in front. */
    private static List<BlobLink> candidates(ObjectSpace space, Ack ack) {
        List<BlobLink> fit = switch (ack.kind()) {
            case MEMORY -> space.tiers;
            case TIER ->
                space.tiers.stream()
                        .filter(tier -> tier.number >= ack.number())
                        .limit(1)
                        .toList();
            default -> space.tiers.stream().filter(tier -> tier.persistent).toList();
        };
        if (fit.isEmpty()) {
            throw new MemoryException(
                    "no tier of namespace '" + space.name + "' that holds objects fits the acknowledgement level '"
                            + ack
                            + "'; its tiers for objects are "
                            + space.tiers.stream()
                                    .map(tier -> tier.number + " (" + tier.id + ")")
                                    .toList(),
                    false,
                    null);
        }
        return fit;
    }

    /**
     * Reads the content to its end.
     *
     * @param length of the content, or -1 when it is not known
     */
    ObjectHead run(InputStream content, long length, LongConsumer progress) throws IOException {
        checkSize(length);
        ObjectHead.Builder head = new ObjectHead.Builder(chunkBytes);
        MessageDigest whole = Sha256.digest();
        int capacity = length >= 0 ? (int) Math.min(chunkBytes, Math.max(1, length)) : chunkBytes;
        @Nullable ChunkBuffer[] buffers = new ChunkBuffer[2];
        FutureTask<@Nullable Void> storing = null;
        long read = 0;
        long stored = 0;
        int turn = 0;
        try {
            while (true) {
                ChunkBuffer buffer = buffers[turn];
                if (buffer == null) {
                    buffer = buffers[turn] = chunks.buffers.take(chunkBytes, capacity);
                }
                MessageDigest part = Sha256.digest();
                int count = fill(content, buffer.bytes(), capacity, whole, part);
                if (count == 0) {
                    break;
                }
                if (head.count() >= mostChunks || (length >= 0 && read + count > length)) {
                    checkSize(read + count);
                    throw changed("it is longer than the " + length + " bytes that were announced");
                }
                read += count;
                String plain = Sha256.hex(part);
                byte[] sealed = space.sealsAnywhere() ? chunks.seal(space, plain, buffer, count) : null;
                String address = sealed == null ? null : Sha256.of(sealed, sealed.length);
                head.add(plain, address);
                session.protect(plain);
                if (address != null) {
                    session.protect(address);
                }
                await(storing);
                if (storing != null) {
                    progress.accept(stored);
                }
                stored = read;
                ChunkBuffer ready = buffer;
                storing = new FutureTask<>(() -> {
                    store(plain, ready, count, address, sealed);
                    return null;
                });
                start(storing);
                turn = 1 - turn;
                if (sealed != null) { // a sealed copy is the second buffer
                    await(storing);
                    turn = 0;
                }
            }
            FutureTask<@Nullable Void> last = storing;
            storing = null;
            await(last);
        } finally {
            if (storing != null) {
                boolean unused = storing.cancel(true);
            }
        }
        if (length >= 0 && read != length) {
            throw changed("it ended after " + read + " of " + length + " bytes");
        }
        for (ChunkBuffer buffer : buffers) {
            if (buffer != null) { // both are at rest, because every task was waited for
                chunks.buffers.give(buffer);
            }
        }
        progress.accept(read);
        return head.build(read, Sha256.hex(whole));
    }

    /** Reads a chunk and hashes it piece by piece, while each piece is in the processor's cache. */
    private static int fill(InputStream content, byte[] target, int capacity, MessageDigest whole, MessageDigest part)
            throws IOException {
        int at = 0;
        while (at < capacity) {
            int count = content.readNBytes(target, at, Math.min(PIECE, capacity - at));
            if (count == 0) {
                break;
            }
            whole.update(target, at, count);
            part.update(target, at, count);
            at += count;
        }
        return at;
    }

    private void checkSize(long length) {
        if (length > mostChunks * chunkBytes) {
            throw new UploadException(
                    UploadException.Kind.TOO_LARGE,
                    "object " + space.quoted(object) + " is too large: with chunks of " + chunkBytes
                            + " bytes the largest object has " + mostChunks * chunkBytes
                            + "; raise primespark.memory.objects.chunk-bytes (at most 16 MiB) or max-value-bytes");
        }
    }

    private MemoryException changed(String how) {
        return new MemoryException(
                "the content of object " + space.quoted(object) + " changed while it was read: " + how
                        + "; nothing was stored under this name, try again when nobody writes it",
                true,
                null);
    }

    private void start(FutureTask<?> task) {
        try {
            blocking.execute(task);
        } catch (RejectedExecutionException e) { // all threads are busy: this one has nothing better to do
            task.run();
        }
    }

    private static void await(@Nullable FutureTask<?> task) {
        if (task == null) {
            return;
        }
        try {
            task.get();
        } catch (InterruptedException e) {
            boolean unused = task.cancel(true);
            Thread.currentThread().interrupt();
            throw new MemoryException("interrupted while storing a chunk", true, null);
        } catch (CancellationException e) {
            throw new MemoryException("storing a chunk was given up", true, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new MemoryException("storing a chunk failed: " + e.getCause(), false, e.getCause());
        }
    }

    private void store(
            String plain, ChunkBuffer buffer, int length, @Nullable String address, byte @Nullable [] sealed) {
        for (BlobLink tier : all) {
            try {
                storeIn(tier, plain, buffer, length, address, sealed);
            } catch (TierException e) {
                throw failed(List.of(tier.id + ": " + e.getMessage()), e);
            }
        }
        if (all.isEmpty()) {
            storeInOne(plain, buffer, length, address, sealed);
        }
    }

    /** In the nearest that takes it; one that failed is not tried again for this object. */
    private void storeInOne(
            String plain, ChunkBuffer buffer, int length, @Nullable String address, byte @Nullable [] sealed) {
        List<String> reasons = new ArrayList<>();
        TierException last = null;
        for (; current < either.size(); current++) {
            BlobLink tier = either.get(current);
            try {
                storeIn(tier, plain, buffer, length, address, sealed);
                return;
            } catch (TierException e) {
                reasons.add(tier.id + ": " + e.getMessage());
                last = e;
            }
        }
        throw failed(reasons, last);
    }

    private MemoryException failed(List<String> reasons, @Nullable TierException last) {
        return new MemoryException(
                "cannot upload object " + space.quoted(object) + ": " + String.join("; ", reasons)
                        + "; what was stored so far is kept, so try again later and only the rest is sent",
                true,
                last);
    }

    private void storeIn(
            BlobLink tier,
            String plain,
            ChunkBuffer buffer,
            int length,
            @Nullable String address,
            byte @Nullable [] sealed) {
        boolean seals = space.seals(tier) && address != null && sealed != null;
        String there = seals && address != null ? address : plain;
        if (tier.has(there)) {
            if (tier.shared) {
                skipped.add(new Skipped(tier, there));
            }
        } else if (seals && sealed != null) {
            chunks.putOnce(tier, there, sealed);
        } else {
            chunks.put(tier, there, buffer, length);
        }
    }

    /** Chunks that were there and are not any more: another machine collected them before the head was written. */
    boolean lostMeanwhile() {
        return skipped.stream().anyMatch(each -> !each.tier().has(each.address()));
    }
}
