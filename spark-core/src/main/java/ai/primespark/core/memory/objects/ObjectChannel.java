package ai.primespark.core.memory.objects;

import ai.primespark.memory.ObjectContent;
import ai.primespark.memory.ObjectStore.ObjectInfo;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * An object as a file that can be read from anywhere. Holds the chunk that was read last, whole and checked; reading on inside
 * of it moves nothing. Safe for use by several threads, one at a time.
 */
final class ObjectChannel implements ObjectContent {

    private final Chunks chunks;
    private final ObjectSpace space;
    private final String object;
    private final ObjectHead head;
    private final ObjectInfo info;
    private @Nullable ChunkBuffer buffer; // guarded by this; from the first read to the close
    private int loaded = -1; // guarded by this
    private long position; // guarded by this
    private volatile boolean open = true;

    ObjectChannel(Chunks chunks, ObjectSpace space, ObjectHead head, ObjectInfo info) {
        this.chunks = chunks;
        this.space = space;
        this.object = info.name();
        this.head = head;
        this.info = info;
    }

    @Override
    public ObjectInfo info() {
        return info;
    }

    @Override
    public synchronized int read(ByteBuffer target) throws ClosedChannelException {
        checkOpen();
        if (position >= head.bytes()) {
            return -1;
        }
        int index = (int) (position / head.chunkBytes());
        int from = (int) (position % head.chunkBytes());
        if (!target.hasRemaining()) {
            return 0;
        }
        if (buffer == null) {
            buffer = chunks.buffers.take(head.chunkBytes(), head.bytes());
        }
        if (loaded != index) {
            loaded = -1;
            chunks.fetch(space, object, head, index, buffer);
            loaded = index;
        }
        int count = Math.min(target.remaining(), head.length(index) - from);
        target.put(buffer.bytes(), from, count);
        position += count;
        return count;
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public synchronized long position() throws ClosedChannelException {
        checkOpen();
        return position;
    }

    @Override
    public synchronized SeekableByteChannel position(long newPosition) throws ClosedChannelException {
        checkOpen();
        if (newPosition < 0) {
            throw new IllegalArgumentException("a position is not negative: " + newPosition);
        }
        position = newPosition;
        return this;
    }

    @Override
    public long size() throws ClosedChannelException {
        checkOpen();
        return head.bytes();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    private void checkOpen() throws ClosedChannelException {
        if (!open) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public synchronized void close() {
        open = false;
        if (buffer != null) {
            chunks.buffers.give(buffer);
            buffer = null;
        }
    }

    @Override
    public String toString() {
        return "ObjectChannel[" + space.quoted(object) + "]";
    }
}
