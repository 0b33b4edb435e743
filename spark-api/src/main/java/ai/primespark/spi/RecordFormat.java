package ai.primespark.spi;

import ai.primespark.memory.Version;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * The form of a {@link TierRecord} in bytes, the same in every tier, so that data can be read without this library. Big-endian:
 *
 * <pre>
 * offset  size
 *      0     4  magic "PSR1"
 *      4     8  version: clock (hybrid logical clock, 48 bits of milliseconds and 16 bits of counter)
 *     12     1  length of the version's node name
 *     13     1  flags: 1 = tombstone
 *     14     8  expiry in milliseconds since 1970; 2^63-1 for never
 *     22     1  length of the encoding's name
 *     23     1  length of the namespace
 *     24     2  length of the key
 *     26     4  length of the body
 *     30        node, encoding, namespace (ASCII), key (UTF-8), body
 *    end     4  CRC-32C (RFC 3720) of everything before
 * </pre>
 */
public final class RecordFormat {

    /** Bytes before the first text. */
    public static final int HEADER_BYTES = 30;

    private static final int MAGIC = 0x50535231;
    private static final int TOMBSTONE = 1;

    private RecordFormat() {}

    /**
     * Writes a record.
     *
     * @param record the record
     * @return a new array
     */
    public static byte[] write(TierRecord record) {
        byte[] key = record.key().key().getBytes(StandardCharsets.UTF_8);
        byte[] node = record.version().node().getBytes(StandardCharsets.US_ASCII);
        byte[] encoding = record.encoding().getBytes(StandardCharsets.US_ASCII);
        byte[] namespace = record.key().namespace().getBytes(StandardCharsets.US_ASCII);
        byte[] body = record.body();
        int size = Math.addExact(
                HEADER_BYTES + node.length + encoding.length + namespace.length + key.length + 4, body.length);
        ByteBuffer out = ByteBuffer.allocate(size);
        out.putInt(MAGIC)
                .putLong(record.version().clock())
                .put((byte) node.length)
                .put((byte) (record.isTombstone() ? TOMBSTONE : 0))
                .putLong(record.expiresAtMillis())
                .put((byte) encoding.length)
                .put((byte) namespace.length)
                .putShort((short) key.length)
                .putInt(body.length)
                .put(node)
                .put(encoding)
                .put(namespace)
                .put(key)
                .put(body);
        out.putInt(crc(out.array(), size - 4));
        return out.array();
    }

    /**
     * Reads a record and checks it.
     *
     * @param bytes exactly one record
     * @return the record
     * @throws TierException of kind {@link TierException.Kind#CORRUPT} when the bytes are not a whole, undamaged record
     */
    public static TierRecord read(byte[] bytes) {
        return read(bytes, bytes.length);
    }

    /**
     * Reads a record from the beginning of an array and checks it.
     *
     * @param bytes begins with exactly one record
     * @param length of the record
     * @return the record
     * @throws TierException of kind {@link TierException.Kind#CORRUPT} when the bytes are not a whole, undamaged record
     */
    public static TierRecord read(byte[] bytes, int length) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
            if (length < HEADER_BYTES + 4 || in.getInt() != MAGIC) {
                throw corrupt("not a record");
            }
            if (in.getInt(length - 4) != crc(bytes, length - 4)) {
                throw corrupt("checksum mismatch");
            }
            long clock = in.getLong();
            int nodeLength = in.get() & 0xFF;
            boolean tombstone = (in.get() & TOMBSTONE) != 0;
            long expiry = in.getLong();
            int encodingLength = in.get() & 0xFF;
            int namespaceLength = in.get() & 0xFF;
            int keyLength = in.getShort() & 0xFFFF;
            int bodyLength = in.getInt();
            Version version = new Version(clock, text(bytes, in, nodeLength, StandardCharsets.US_ASCII));
            String encoding = text(bytes, in, encodingLength, StandardCharsets.US_ASCII);
            String namespace = text(bytes, in, namespaceLength, StandardCharsets.US_ASCII);
            TierKey key = TierKey.of(namespace, text(bytes, in, keyLength, StandardCharsets.UTF_8));
            if (bodyLength != in.remaining() - 4) {
                throw corrupt("length mismatch");
            }
            byte[] body = new byte[bodyLength];
            in.get(body);
            return tombstone
                    ? TierRecord.tombstone(key, version, expiry)
                    : TierRecord.value(key, version, expiry, encoding, body);
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new TierException(TierException.Kind.CORRUPT, "damaged record: " + e.getMessage(), e);
        }
    }

    private static String text(byte[] bytes, ByteBuffer in, int length, Charset charset) {
        String text = new String(bytes, in.position(), length, charset);
        in.position(in.position() + length);
        return text;
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static TierException corrupt(String why) {
        return new TierException(TierException.Kind.CORRUPT, "damaged record: " + why, null);
    }
}
