package ai.primespark.core.memory.objects;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A chunk on its way to a tier, whose bytes this engine has just hashed itself. A tier of the engine's own may take the hash
 * for granted: hashing the same array again would find nothing but a fault of the machine's memory.
 */
public final class HashedBytes extends ByteArrayInputStream {

    private final String sha256;
    private final AtomicLong moved;

    HashedBytes(String sha256, byte[] bytes, int length, AtomicLong moved) {
        super(bytes, 0, length);
        this.sha256 = sha256;
        this.moved = moved;
    }

    /**
     * Whether nothing has been read yet, and all of it has a hash.
     *
     * @param address the hash
     * @return true when it need not be hashed again
     */
    public synchronized boolean isWhole(String address) {
        return pos == 0 && sha256.equals(address);
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
        int count = super.read(target, offset, length);
        moved.addAndGet(Math.max(0, count));
        return count;
    }

    /**
     * Writes the next piece from where it lies, without a copy.
     *
     * @param out where to
     * @param most bytes at most
     * @return number of bytes, 0 at the end
     * @throws IOException when it cannot be written
     */
    public synchronized int writePiece(OutputStream out, int most) throws IOException {
        int length = Math.min(most, count - pos);
        out.write(buf, pos, length);
        pos += length;
        moved.addAndGet(length);
        return length;
    }
}
