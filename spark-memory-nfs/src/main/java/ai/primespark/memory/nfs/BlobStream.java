package ai.primespark.memory.nfs;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A part of a chunk. Its reader never touches the mount: pieces are read by the tier's threads, each within a time limit, one
 * ahead. No file stays open between them, so a stream that nobody closes costs nothing. For one thread at a time.
 */
final class BlobStream extends InputStream {

    /** How long each piece but the first may take. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Reads a piece. */
    @FunctionalInterface
    interface Source {
        CompletableFuture<ByteBuffer> piece(long offset, int length, Deadline deadline);
    }

    private final Source source;
    private final long end;
    private long nextOffset;
    private ByteBuffer current = ByteBuffer.allocate(0);
    private @Nullable CompletableFuture<ByteBuffer> ahead;
    private boolean closed;

    BlobStream(Source source, long offset, long length) {
        this.source = source;
        this.nextOffset = offset;
        this.end = Math.addExact(offset, length);
    }

    /** Starts to read; done when the first piece is there. */
    CompletableFuture<ByteBuffer> first(Deadline deadline) {
        CompletableFuture<ByteBuffer> first = request(deadline);
        ahead = first;
        return first;
    }

    private CompletableFuture<ByteBuffer> request(Deadline deadline) {
        int length = (int) Math.min(Blobs.PIECE, end - nextOffset);
        CompletableFuture<ByteBuffer> piece = source.piece(nextOffset, length, deadline);
        nextOffset += length;
        return piece;
    }

    /** False at the end. */
    private boolean fill() throws IOException {
        if (closed) {
            throw new IOException("the stream is closed");
        }
        while (!current.hasRemaining()) {
            if (ahead == null) {
                return false;
            }
            try {
                current = Waiting.on(ahead);
            } catch (TierException e) {
                throw new IOException(e.getMessage(), e);
            }
            ahead = nextOffset < end ? request(Deadline.in(PATIENCE)) : null;
        }
        return true;
    }

    @Override
    public int read() throws IOException {
        return fill() ? current.get() & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int n = Math.min(length, current.remaining());
        current.get(target, offset, n);
        return n;
    }

    @Override
    public int available() {
        return current.remaining();
    }

    @Override
    public void close() {
        closed = true;
        ahead = null;
        current = ByteBuffer.allocate(0);
    }
}
