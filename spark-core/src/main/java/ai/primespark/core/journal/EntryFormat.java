package ai.primespark.core.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The bytes of segments and entries; see {@link Journal}. */
final class EntryFormat {

    static final int HEADER_BYTES = 36;
    static final int SEGMENT_HEADER_BYTES = 32;
    static final int FORMAT = 1;

    /** The kind of releases. */
    static final int RELEASE = 0;

    static final int MAGIC = 0x50534A45;
    private static final int SEGMENT_MAGIC = 0x50534A53;

    private EntryFormat() {}

    /** What stands before a payload. */
    record Header(int kind, long sequence, long timeMillis, int length, int payloadChecksum) {}

    static byte[] segmentHeader(long number, long nextSequence) {
        ByteBuffer out = ByteBuffer.allocate(SEGMENT_HEADER_BYTES);
        out.putInt(SEGMENT_MAGIC)
                .putInt(FORMAT)
                .putLong(number)
                .putLong(nextSequence)
                .putInt(0);
        out.putInt(checksum(out.array(), 0, SEGMENT_HEADER_BYTES - 4));
        return out.array();
    }

    /**
     * Reads a segment's header.
     *
     * @return the sequence number in it, or -1 when it is damaged
     * @throws JournalException when it is whole, but of a newer version
     */
    static long readSegmentHeader(ByteBuffer in, long number) {
        if (in.remaining() < SEGMENT_HEADER_BYTES) {
            return -1;
        }
        byte[] bytes = new byte[SEGMENT_HEADER_BYTES];
        in.get(in.position(), bytes);
        ByteBuffer header = ByteBuffer.wrap(bytes);
        boolean whole =
                header.getInt(0) == SEGMENT_MAGIC && header.getInt(28) == checksum(bytes, 0, SEGMENT_HEADER_BYTES - 4);
        if (whole && header.getInt(4) != FORMAT) {
            throw new JournalException(
                    JournalException.Kind.UNUSABLE,
                    false,
                    "the journal has the format " + header.getInt(4) + ", and this version reads " + FORMAT
                            + "; start the newer version that wrote it, let it empty the journal, and stop it",
                    null);
        }
        return whole && header.getLong(8) == number ? header.getLong(16) : -1;
    }

    static void putHeader(
            ByteBuffer out,
            int kind,
            long sequence,
            long timeMillis,
            int length,
            int payloadChecksum,
            long segment,
            int offset) {
        byte[] bytes = new byte[HEADER_BYTES];
        ByteBuffer header = ByteBuffer.wrap(bytes);
        header.putInt(MAGIC)
                .put((byte) kind)
                .put((byte) 0)
                .putShort((short) 0)
                .putLong(sequence)
                .putLong(timeMillis)
                .putInt(length)
                .putInt(payloadChecksum);
        header.putInt(headerChecksum(bytes, segment, offset));
        out.put(bytes);
    }

    /** The header at a buffer's position, or null when there is none for this place. */
    static @Nullable Header readHeader(ByteBuffer in, long segment, int offset) {
        if (in.remaining() < HEADER_BYTES || in.getInt(in.position()) != MAGIC) {
            return null;
        }
        byte[] bytes = new byte[HEADER_BYTES];
        in.get(in.position(), bytes);
        ByteBuffer header = ByteBuffer.wrap(bytes);
        int length = header.getInt(24);
        if (header.getInt(32) != headerChecksum(bytes, segment, offset) || length < 0) {
            return null;
        }
        return new Header(header.get(4) & 0xFF, header.getLong(8), header.getLong(16), length, header.getInt(28));
    }

    private static int headerChecksum(byte[] header, long segment, int offset) {
        CRC32C crc = new CRC32C();
        crc.update(header, 0, 32);
        byte[] place = new byte[12];
        ByteBuffer.wrap(place).putLong(segment).putInt(offset);
        crc.update(place, 0, place.length);
        return (int) crc.getValue();
    }

    static int checksum(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }
}
