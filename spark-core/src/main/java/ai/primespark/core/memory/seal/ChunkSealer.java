package ai.primespark.core.memory.seal;

import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.TierException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts chunks of objects with AES-256-GCM, in frames of 1 MiB that are opened one by one, so that a range can be read
 * without the whole chunk. Thread-safe.
 *
 * <p>Sealing is deterministic: the same chunk of the same namespace under the same root key gives the same bytes, so it is
 * stored once and a repeated upload is harmless. The chunk's key is derived from the root key, the namespace and the SHA-256 of
 * the plain bytes; it encrypts nothing else, so frames count their nonces from zero. The price is that somebody who sees the
 * storage sees which sealed chunks of one namespace are the same; without the root key nobody can tell of what.
 *
 * <pre>
 * offset  size
 *      0     4  magic "PSC1"
 *      4    16  id of the root key, ASCII, filled up with zeros
 *     20     4  plain bytes in a frame: 1,048,576
 *     24     8  plain bytes in the chunk
 *     32        frames: ciphertext (as long as the plain bytes) and a tag of 16 bytes; an empty chunk has one empty frame
 * </pre>
 *
 * <p>Each frame is bound to its header, its namespace, its chunk, its place, and whether it is the last one: frames cannot be
 * swapped, left out or cut off unnoticed.
 */
public final class ChunkSealer {

    /** Bytes before the first frame. */
    public static final int HEADER_BYTES = 32;

    /** Plain bytes in every frame but the last. */
    public static final int FRAME_BYTES = 1 << 20;

    /** Bytes that each frame grows by. */
    public static final int TAG_BYTES = 16;

    /** Bytes in every sealed frame but the last. */
    public static final int SEALED_FRAME_BYTES = FRAME_BYTES + TAG_BYTES;

    private static final int MAGIC = 0x50534331;
    private static final int ID_BYTES = 16;
    private static final HexFormat HEX = HexFormat.of();

    private final Subkeys subkeys;

    /**
     * Makes a sealer.
     *
     * @param keys where root keys come from
     */
    public ChunkSealer(KeyProvider keys) {
        this.subkeys = new Subkeys(keys);
    }

    /**
     * Where the frames of a plain range stand in a sealed chunk.
     *
     * @param firstFrame number of the first frame, from 0
     * @param offset of its first byte in the sealed chunk
     * @param length how many sealed bytes to read
     * @param skip how many plain bytes of the first frame stand before the range
     */
    public record FrameRange(long firstFrame, long offset, long length, int skip) {}

    /**
     * How long a sealed chunk is.
     *
     * @param plainLength bytes before sealing, not negative
     * @return bytes after sealing
     */
    public static long sealedLength(long plainLength) {
        return HEADER_BYTES + plainLength + TAG_BYTES * frames(plainLength);
    }

    /**
     * Which sealed bytes to read for a plain range.
     *
     * @param plainLength of the whole chunk
     * @param offset of the first plain byte wanted
     * @param length how many plain bytes are wanted, at least 1
     * @return the frames
     * @throws IllegalArgumentException when the range is not within the chunk
     */
    public static FrameRange frameRange(long plainLength, long offset, long length) {
        if (offset < 0 || length < 1 || offset > plainLength - length) {
            throw new IllegalArgumentException(
                    "no such range in a chunk of " + plainLength + " bytes: " + offset + " + " + length);
        }
        long first = offset / FRAME_BYTES;
        long last = (offset + length - 1) / FRAME_BYTES;
        long end = Math.min((last + 1) * FRAME_BYTES, plainLength) + (last + 1) * TAG_BYTES;
        long begin = first * SEALED_FRAME_BYTES;
        return new FrameRange(first, HEADER_BYTES + begin, end - begin, (int) (offset - first * FRAME_BYTES));
    }

    private static long frames(long plainLength) {
        return Math.max(1, (plainLength + FRAME_BYTES - 1) / FRAME_BYTES);
    }

    /**
     * Seals a chunk under the active key.
     *
     * @param namespace whose chunk it is
     * @param plainSha256 of the plain bytes, 64 lower-case hexadecimal digits; checked, because safety rests on it
     * @param plain the chunk
     * @return a new array of {@link #sealedLength}
     * @throws IllegalArgumentException when the hash is not that of the chunk
     * @throws TierException of kind PERMANENT when the active key is not there
     */
    public byte[] seal(String namespace, String plainSha256, byte[] plain) {
        if (!MessageDigest.isEqual(sha256(plain), HEX.parseHex(plainSha256))) {
            throw new IllegalArgumentException(
                    "the hash is not that of the chunk"); // two contents under one key and nonce
        }
        String id = subkeys.activeId();
        byte[] header = ByteBuffer.allocate(HEADER_BYTES)
                .putInt(MAGIC)
                .put(id.getBytes(StandardCharsets.US_ASCII))
                .position(4 + ID_BYTES)
                .putInt(FRAME_BYTES)
                .putLong(plain.length)
                .array();
        SecretKeySpec key = key(id, namespace, plainSha256);
        byte[] out = new byte[Math.toIntExact(sealedLength(plain.length))];
        System.arraycopy(header, 0, out, 0, HEADER_BYTES);
        long frames = frames(plain.length);
        int at = HEADER_BYTES;
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            for (int frame = 0; frame < frames; frame++) {
                int from = frame * FRAME_BYTES;
                begin(cipher, Cipher.ENCRYPT_MODE, key, header, namespace, plainSha256, frame, frame == frames - 1);
                at += cipher.doFinal(plain, from, Math.min(FRAME_BYTES, plain.length - from), out, at);
            }
            return out;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "AES-GCM does not work (" + e.getClass().getSimpleName() + ")", e);
        }
    }

    /**
     * Opens a whole chunk.
     *
     * @param namespace whose chunk it is
     * @param plainSha256 of the plain bytes, 64 lower-case hexadecimal digits
     * @param sealed what {@link #seal} gave
     * @return the plain bytes
     * @throws TierException of kind CORRUPT when they are damaged, or not those of that chunk; of kind PERMANENT when the key
     *     is not there
     */
    public byte[] open(String namespace, String plainSha256, byte[] sealed) {
        long plainLength = plainLength(sealed);
        if (sealed.length != sealedLength(plainLength)) {
            throw corrupt("a sealed chunk has the wrong length");
        }
        byte[] plain = new byte[(int) plainLength];
        openFrames(namespace, plainSha256, sealed, 0, sealed, HEADER_BYTES, sealed.length - HEADER_BYTES, plain);
        if (!MessageDigest.isEqual(sha256(plain), HEX.parseHex(plainSha256))) {
            throw corrupt("a sealed chunk has another content than its hash says");
        }
        return plain;
    }

    /**
     * Opens some frames.
     *
     * @param namespace whose chunk it is
     * @param plainSha256 of the whole chunk's plain bytes, 64 lower-case hexadecimal digits
     * @param header begins with the sealed chunk's first {@link #HEADER_BYTES}
     * @param firstFrame number of the first of the frames; see {@link #frameRange}
     * @param frames sealed frames, whole
     * @return their plain bytes
     * @throws TierException of kind CORRUPT when they are damaged, or not those frames; of kind PERMANENT when the key is not
     *     there
     */
    public byte[] openFrames(String namespace, String plainSha256, byte[] header, long firstFrame, byte[] frames) {
        long plainLength = plainLength(header);
        long from = firstFrame * FRAME_BYTES;
        int count = (frames.length + SEALED_FRAME_BYTES - 1) / SEALED_FRAME_BYTES;
        int length = frames.length - count * TAG_BYTES;
        if (firstFrame < 0 || length < 0 || from + length > plainLength) {
            throw corrupt("frames of a sealed chunk have the wrong length");
        }
        byte[] plain = new byte[length];
        openFrames(namespace, plainSha256, header, firstFrame, frames, 0, frames.length, plain);
        return plain;
    }

    private void openFrames(
            String namespace,
            String sha256,
            byte[] header,
            long firstFrame,
            byte[] sealed,
            int offset,
            int length,
            byte[] plain) {
        long last = frames(plainLength(header)) - 1;
        SecretKeySpec key = key(keyId(header), namespace, sha256);
        int at = 0;
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            long frame = firstFrame;
            for (int from = offset; from < offset + length; from += SEALED_FRAME_BYTES, frame++) {
                begin(cipher, Cipher.DECRYPT_MODE, key, header, namespace, sha256, frame, frame == last);
                int bytes = Math.min(SEALED_FRAME_BYTES, offset + length - from);
                at += cipher.doFinal(sealed, from, bytes, plain, at);
            }
        } catch (GeneralSecurityException e) {
            throw corrupt("a sealed chunk is damaged, or not the one that is asked for");
        }
        if (at != plain.length) {
            throw corrupt("frames of a sealed chunk have the wrong length");
        }
    }

    /**
     * How long a chunk is once opened. Not authenticated until a frame is opened.
     *
     * @param header begins with the sealed chunk's first {@link #HEADER_BYTES}
     * @return plain bytes, at most 2^31-1
     * @throws TierException of kind CORRUPT when it is not a header
     */
    public static long plainLength(byte[] header) {
        if (header.length < HEADER_BYTES
                || ByteBuffer.wrap(header).getInt(0) != MAGIC
                || ByteBuffer.wrap(header).getInt(4 + ID_BYTES) != FRAME_BYTES) {
            throw corrupt("not a sealed chunk");
        }
        long length = ByteBuffer.wrap(header).getLong(HEADER_BYTES - Long.BYTES);
        if (length < 0 || sealedLength(length) > Integer.MAX_VALUE) {
            throw corrupt("a sealed chunk has an impossible length");
        }
        return length;
    }

    /**
     * Which root key a chunk is sealed with.
     *
     * @param header begins with the sealed chunk's first {@link #HEADER_BYTES}
     * @return the id
     * @throws TierException of kind CORRUPT when it is not a header
     */
    public static String keyId(byte[] header) {
        long unused = plainLength(header);
        return new String(header, 4, ID_BYTES, StandardCharsets.US_ASCII).replace("\0", "");
    }

    private SecretKeySpec key(String id, String namespace, String sha256) {
        if (!Subkeys.isId(id)) {
            throw corrupt("a sealed chunk names an impossible key");
        }
        return subkeys.once(id, Subkeys.Purpose.CHUNK, namespace, HEX.parseHex(sha256));
    }

    private static void begin(
            Cipher cipher,
            int mode,
            SecretKeySpec key,
            byte[] header,
            String namespace,
            String sha256,
            long frame,
            boolean last)
            throws GeneralSecurityException {
        byte[] nonce = ByteBuffer.allocate(12).putLong(4, frame).array();
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
        cipher.updateAAD(header, 0, HEADER_BYTES);
        cipher.updateAAD((namespace + "/" + sha256 + (last ? "/last" : "/more")).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static TierException corrupt(String what) {
        return new TierException(TierException.Kind.CORRUPT, what, null);
    }
}
