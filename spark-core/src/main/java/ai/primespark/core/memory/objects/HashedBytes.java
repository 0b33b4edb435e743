package ai.primespark.core.memory.objects;

import java.io.ByteArrayInputStream;

/**
 * A chunk on its way to a tier, whose bytes this engine has just hashed itself. A tier of the engine's own may take the hash
 * for granted: hashing the same array again would find nothing but a fault of the machine's memory.
 */
public final class HashedBytes extends ByteArrayInputStream {

    private final String sha256;
    private final int length;

    HashedBytes(String sha256, byte[] bytes, int length) {
        super(bytes, 0, length);
        this.sha256 = sha256;
        this.length = length;
    }

    /** Whether nothing has been read yet, and all of it has this hash. */
    public boolean isWhole(String address) {
        return pos == 0 && count == length && sha256.equals(address);
    }
}
