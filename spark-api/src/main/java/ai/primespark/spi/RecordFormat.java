package ai.primespark.spi;

import ai.primespark.memory.Version;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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
 *     30        node, encoding, namespace (ASCII), key (UTF-8)
 *             4  CRC-32C (RFC 3720) of everything before, so that a version is not believed that a flipped bit has raised
 *                body
 *    end     4  CRC-32C of everything before
 * </pre>
 */
public final class RecordFormat {

    /** Bytes before the first text. */
    public static final int HEADER_BYTES = 30;

    /** Bytes of each of the two checksums. */
    public static final int CHECKSUM_BYTES = 4;

    /** The longest header with all its texts (node 32, encoding 100, namespace 64, key 1,024) and its checksum. */
    public static final int LONGEST_HEADER_BYTES =
            HEADER_BYTES + 32 + 100 + 64 + TierKey.MAX_KEY_BYTES + CHECKSUM_BYTES;

    private static final int MAGIC = 0x50535231;
    private static final int NODE_LENGTH_AT = 12;
    private static final int ENCODING_LENGTH_AT = 22;
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
                HEADER_BYTES + node.length + encoding.length + namespace.length + key.length + 2 * CHECKSUM_BYTES,
                body.length);
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
                .put(key);
        out.putInt(crc(out.array(), out.position()));
        out.put(body);
        out.putInt(crc(out.array(), out.position()));
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
        if (length < HEADER_BYTES + 2 * CHECKSUM_BYTES || ByteBuffer.wrap(bytes).getInt() != MAGIC) {
            throw corrupt("not a record");
        }
        int end = length - CHECKSUM_BYTES;
        if (ByteBuffer.wrap(bytes).getInt(end) != crc(bytes, end)) {
            throw corrupt("checksum mismatch");
        }
        TierPage.Header header = readHeader(bytes, length, length);
        if (header.tombstone()) {
            return TierRecord.tombstone(header.key(), header.version(), header.expiresAtMillis());
        }
        int encodingAt = HEADER_BYTES + (bytes[NODE_LENGTH_AT] & 0xFF);
        String encoding = new String(bytes, encodingAt, bytes[ENCODING_LENGTH_AT] & 0xFF, StandardCharsets.US_ASCII);
        byte[] body = Arrays.copyOfRange(bytes, end - (int) header.bodyBytes(), end);
        try {
            return TierRecord.value(header.key(), header.version(), header.expiresAtMillis(), encoding, body);
        } catch (IllegalArgumentException e) {
            throw new TierException(TierException.Kind.CORRUPT, "damaged record: " + e.getMessage(), e);
        }
    }

    /**
     * Reads everything but the encoding and the body, for a look at a record that need not read all of it, and checks it by
     * the header's own checksum. The body is not checked.
     *
     * @param head begins with the record's first bytes; {@link #LONGEST_HEADER_BYTES} of them are always enough
     * @param length how many of them there are
     * @param size of the whole record
     * @return the record without its body
     * @throws TierException of kind {@link TierException.Kind#CORRUPT} when the record is damaged, as far as can be seen
     */
    public static TierPage.Header readHeader(byte[] head, int length, long size) {
        ByteBuffer in = ByteBuffer.wrap(head, 0, length);
        if (length < HEADER_BYTES || in.getInt(0) != MAGIC) {
            throw corrupt("not a record");
        }
        long clock = in.getLong(4);
        int node = in.get(NODE_LENGTH_AT) & 0xFF;
        boolean tombstone = (in.get(13) & TOMBSTONE) != 0;
        long expiry = in.getLong(14);
        int encoding = in.get(ENCODING_LENGTH_AT) & 0xFF;
        int namespace = in.get(23) & 0xFF;
        int key = in.getShort(24) & 0xFFFF;
        int body = in.getInt(26);
        int texts = node + encoding + namespace + key;
        if (body < 0 || expiry < 0 || size != (long) HEADER_BYTES + texts + body + 2 * CHECKSUM_BYTES) {
            throw corrupt("length mismatch");
        }
        int end = HEADER_BYTES + texts;
        if (length < end + CHECKSUM_BYTES || in.getInt(end) != crc(head, end)) {
            throw corrupt("checksum mismatch in the header");
        }
        int at = HEADER_BYTES;
        try {
            Version version = new Version(clock, new String(head, at, node, StandardCharsets.US_ASCII));
            at += node + encoding;
            String space = new String(head, at, namespace, StandardCharsets.US_ASCII);
            String name = new String(head, at + namespace, key, StandardCharsets.UTF_8);
            return new TierPage.Header(TierKey.of(space, name), version, expiry, tombstone, body);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new TierException(TierException.Kind.CORRUPT, "damaged record: " + e.getMessage(), e);
        }
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
