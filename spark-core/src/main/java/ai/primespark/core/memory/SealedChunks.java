package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.core.memory.objects.ChunkSealing;
import ai.primespark.core.memory.seal.ChunkSealer;
import ai.primespark.core.memory.seal.Sealing;
import ai.primespark.memory.NamespaceOptions;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Seals chunks of objects with the keys that seal records. */
final class SealedChunks implements ChunkSealing {

    private final Sealing sealing;
    private final ChunkSealer sealer;

    private SealedChunks(Sealing sealing, ChunkSealer sealer) {
        this.sealing = sealing;
        this.sealer = sealer;
    }

    /** What seals chunks; refuses to when there are no keys. */
    static ChunkSealing of(Sealing sealing) {
        ChunkSealer sealer = sealing.chunks();
        return sealer == null ? ChunkSealing.NONE : new SealedChunks(sealing, sealer);
    }

    @Override
    public @Nullable Zone from(String namespace, NamespaceOptions options) {
        return sealing.from(options);
    }

    @Override
    public byte[] seal(String namespace, String plainSha256, byte[] plain, int length) {
        return sealer.seal(namespace, plainSha256, exactly(plain, length));
    }

    @Override
    public byte[] open(String namespace, String plainSha256, byte[] sealed, int length) {
        return sealer.open(namespace, plainSha256, exactly(sealed, length));
    }

    @Override
    public int sealedLength(int plainLength) {
        return Math.toIntExact(ChunkSealer.sealedLength(plainLength));
    }

    private static byte[] exactly(byte[] bytes, int length) {
        return bytes.length == length ? bytes : Arrays.copyOf(bytes, length); // only an object's last chunk is shorter
    }
}
