package ai.primespark.core.memory.objects;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;

/**
 * Buffers for whole chunks, used again by the next transfer, so that a small heap is not full of those that ended. Keeps four at
 * most, and none when memory runs short. Thread-safe.
 */
final class BufferPool {

    private static final int MOST = 4;

    private final int chunkBytes;
    private final ArrayDeque<SoftReference<ChunkBuffer>> free = new ArrayDeque<>(); // guarded by this

    BufferPool(int chunkBytes) {
        this.chunkBytes = chunkBytes;
    }

    /** A buffer for chunks of an object; its content is arbitrary. */
    synchronized ChunkBuffer take(int objectChunkBytes, long objectBytes) {
        int capacity = (int) Math.min(objectChunkBytes, Math.max(1, objectBytes));
        if (capacity <= chunkBytes && capacity > chunkBytes / 4) { // not worth it for less
            while (!free.isEmpty()) {
                ChunkBuffer buffer = free.pop().get();
                if (buffer != null) {
                    return buffer;
                }
            }
            return new ChunkBuffer(chunkBytes);
        }
        return new ChunkBuffer(capacity);
    }

    /** Gives back a buffer that nobody uses any more, not even a tier that hangs. */
    synchronized void give(ChunkBuffer buffer) {
        if (buffer.bytes().length == chunkBytes && free.size() < MOST) {
            free.push(new SoftReference<>(buffer));
        }
    }
}
