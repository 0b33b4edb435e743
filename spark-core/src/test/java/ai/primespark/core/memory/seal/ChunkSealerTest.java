package ai.primespark.core.memory.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.memory.Keyring;
import ai.primespark.spi.TierException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChunkSealerTest {

    private final Keyring ring = Keyring.generate("first");
    private final ChunkSealer sealer = new ChunkSealer(ring);

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static String hash(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void chunksOfEveryLengthComeBack() throws Exception {
        int frame = ChunkSealer.FRAME_BYTES;
        for (int length : new int[] {0, 1, 1000, frame - 1, frame, frame + 1, 3 * frame, 3 * frame + 7}) {
            byte[] plain = random(length);
            byte[] sealed = sealer.seal("models", hash(plain), plain);
            assertThat(sealed).hasSize((int) ChunkSealer.sealedLength(length));
            assertThat(ChunkSealer.plainLength(sealed)).isEqualTo(length);
            assertThat(ChunkSealer.keyId(sealed)).isEqualTo("first");
            assertThat(Arrays.equals(sealer.open("models", hash(plain), sealed), plain))
                    .as("%s bytes", length)
                    .isTrue();
        }
    }

    @Test
    void sealingIsDeterministicAndSeparatesNamespacesContentsAndKeys() throws Exception {
        byte[] plain = random(5000);
        byte[] sealed = sealer.seal("models", hash(plain), plain);
        assertThat(sealer.seal("models", hash(plain), plain)).isEqualTo(sealed);
        byte[] elsewhere = sealer.seal("other", hash(plain), plain);
        assertThat(Arrays.copyOfRange(elsewhere, 32, 5048)).isNotEqualTo(Arrays.copyOfRange(sealed, 32, 5048));
        assertThatThrownBy(() -> sealer.open("other", hash(plain), sealed)).isInstanceOf(TierException.class);
        assertThatThrownBy(() -> sealer.open("models", hash(random(9)), sealed)).isInstanceOf(TierException.class);
        Keyring rotated = ring.rotate("second");
        byte[] resealed = new ChunkSealer(rotated).seal("models", hash(plain), plain);
        assertThat(ChunkSealer.keyId(resealed)).isEqualTo("second");
        assertThat(new ChunkSealer(rotated).open("models", hash(plain), sealed)).isEqualTo(plain);
        assertThatThrownBy(() -> sealer.open("models", hash(plain), resealed))
                .hasMessageContaining("'second'")
                .isInstanceOfSatisfying(
                        TierException.class, e -> assertThat(e.kind()).isEqualTo(TierException.Kind.PERMANENT));
    }

    @Test
    void aWrongHashIsNotSealed() {
        assertThatThrownBy(() -> sealer.seal("models", "00".repeat(32), random(10)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rangesAreReadFromTheirFramesAlone() throws Exception {
        int frame = ChunkSealer.FRAME_BYTES;
        byte[] plain = random(4 * frame + 123);
        byte[] sealed = sealer.seal("models", hash(plain), plain);
        byte[] header = Arrays.copyOf(sealed, ChunkSealer.HEADER_BYTES);
        int[][] ranges = {
            {0, 1},
            {0, plain.length},
            {frame - 1, 2},
            {frame, frame},
            {2 * frame + 5, 100},
            {4 * frame, 123},
            {4 * frame + 122, 1},
            {3 * frame - 10, frame + 20}
        };
        for (int[] range : ranges) {
            ChunkSealer.FrameRange where = ChunkSealer.frameRange(plain.length, range[0], range[1]);
            byte[] frames = Arrays.copyOfRange(sealed, (int) where.offset(), (int) (where.offset() + where.length()));
            byte[] opened = sealer.openFrames("models", hash(plain), header, where.firstFrame(), frames);
            assertThat(Arrays.equals(
                            opened, where.skip(), where.skip() + range[1], plain, range[0], range[0] + range[1]))
                    .as("range %s + %s", range[0], range[1])
                    .isTrue();
        }
        assertThatThrownBy(() -> ChunkSealer.frameRange(plain.length, plain.length, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ChunkSealer.frameRange(plain.length, 5, Long.MAX_VALUE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void flippedSwappedAndMissingFramesAreFound() throws Exception {
        int frame = ChunkSealer.FRAME_BYTES;
        byte[] plain = random(2 * frame + 100);
        String hash = hash(plain);
        byte[] sealed = sealer.seal("models", hash, plain);
        for (int at : new int[] {0, 3, 4, 8, 21, 23, 24, 31, 32, 5000, frame + 40, sealed.length - 1}) {
            byte[] damaged = sealed.clone();
            damaged[at] ^= 1;
            assertThatThrownBy(() -> sealer.open("models", hash, damaged))
                    .as("bit flipped at %s", at)
                    .isInstanceOf(TierException.class);
        }
        byte[] cut = Arrays.copyOf(sealed, ChunkSealer.HEADER_BYTES + 2 * ChunkSealer.SEALED_FRAME_BYTES);
        assertThatThrownBy(() -> sealer.open("models", hash, cut)).isInstanceOf(TierException.class);
        byte[] shorter = cut.clone(); // and a header that says so
        java.nio.ByteBuffer.wrap(shorter).putLong(24, 2L * frame);
        assertThatThrownBy(() -> sealer.open("models", hash, shorter)).isInstanceOf(TierException.class);
        byte[] swapped = sealed.clone();
        System.arraycopy(sealed, 32, swapped, 32 + ChunkSealer.SEALED_FRAME_BYTES, ChunkSealer.SEALED_FRAME_BYTES);
        assertThatThrownBy(() -> sealer.open("models", hash, swapped)).isInstanceOf(TierException.class);
        byte[] first = Arrays.copyOfRange(sealed, 32, 32 + ChunkSealer.SEALED_FRAME_BYTES);
        assertThatThrownBy(() -> sealer.openFrames("models", hash, sealed, 1, first))
                .as("another place")
                .isInstanceOf(TierException.class);
        assertThatThrownBy(() -> sealer.openFrames("models", hash, sealed, 5, first))
                .isInstanceOf(TierException.class);
        assertThatThrownBy(() -> sealer.open("models", hash, new byte[10])).isInstanceOf(TierException.class);
    }
}
