package ai.primespark.core.memory;

import ai.primespark.memory.Compression;
import ai.primespark.spi.TierException;
import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Makes encoded values smaller. A smaller body begins with the length of the plain one, 4 bytes big-endian; then comes a raw
 * DEFLATE stream or one Zstandard frame. The encoding's name says which: {@code json+deflate}, {@code cbor+zstd}.
 *
 * <p>It is done once, when a value is written, so that the journal and every tier carry the small form; and it is undone when a
 * value is read, not when a record is moved. The near tier keeps the values themselves beside the records, so that hot reads pay
 * nothing.
 */
final class Shrink {

    /** Shorter bodies are left alone: a stream's frame would eat what is saved. */
    static final int LEAST_BYTES = 256;

    /** The largest body there can be, {@code primespark.memory.max-value-bytes} at its most. */
    static final int MOST_BYTES = 64 << 20;

    private static final String DEFLATE = "+deflate";
    private static final String ZSTD = "+zstd";
    private static final int HEAD_BYTES = 4;

    // no input of a given length can honestly become more: DEFLATE's longest match is 258 bytes in 2 bits; a Zstandard
    // block of 4 bytes can stand for 128 KiB, after a frame header
    private static final long MOST_BY_DEFLATE = 1_032;
    private static final long MOST_BY_ZSTD = 131_072 / 3;

    private Shrink() {}

    static boolean isShrunk(String encoding) {
        return encoding.indexOf('+') >= 0;
    }

    static String base(String encoding) {
        int plus = encoding.indexOf('+');
        return plus < 0 ? encoding : encoding.substring(0, plus);
    }

    /** The smaller form, or the body as it is where less than an eighth would be saved. */
    static Codecs.Encoded shrink(Compression compression, Codecs.Encoded plain) {
        int length = plain.body().length;
        if (compression == Compression.NONE || length < LEAST_BYTES) {
            return plain;
        }
        int most = length - length / 8;
        byte[] small = switch (compression) {
            case DEFLATE -> deflate(plain.body(), most);
            case ZSTD -> zstd(plain.body(), most);
            case NONE -> throw new IllegalStateException("answered above");
        };
        return small.length == 0
                ? plain
                : new Codecs.Encoded(plain.encoding() + (compression == Compression.ZSTD ? ZSTD : DEFLATE), small);
    }

    /** Empty when it would be longer than allowed. */
    private static byte[] deflate(byte[] plain, int most) {
        Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
        try {
            deflater.setInput(plain);
            deflater.finish();
            byte[] out = withHead(plain.length, most);
            int length = HEAD_BYTES + deflater.deflate(out, HEAD_BYTES, most - HEAD_BYTES);
            return deflater.finished() ? Arrays.copyOf(out, length) : new byte[0];
        } finally {
            deflater.end();
        }
    }

    private static byte[] zstd(byte[] plain, int most) {
        ZstdCompressor compressor = new ZstdCompressor(); // not thread-safe, and cheap
        byte[] out = withHead(plain.length, HEAD_BYTES + compressor.maxCompressedLength(plain.length));
        int length = HEAD_BYTES + compressor.compress(plain, 0, plain.length, out, HEAD_BYTES, out.length - HEAD_BYTES);
        return length <= most ? Arrays.copyOf(out, length) : new byte[0];
    }

    private static byte[] withHead(int plainLength, int capacity) {
        return ByteBuffer.allocate(capacity).putInt(plainLength).array();
    }

    /**
     * The plain body.
     *
     * @throws TierException of kind CORRUPT when it is not what {@link #shrink} makes, or says to be larger than any value is
     */
    static byte[] expand(String encoding, byte[] body) {
        boolean zstd = encoding.endsWith(ZSTD);
        if (!zstd && !encoding.endsWith(DEFLATE)) {
            throw damaged("it is made smaller in an unknown way: " + encoding);
        }
        long length = body.length < HEAD_BYTES ? -1 : ByteBuffer.wrap(body).getInt();
        long possible = (zstd ? MOST_BY_ZSTD : MOST_BY_DEFLATE) * Math.max(0, body.length - HEAD_BYTES);
        if (length < LEAST_BYTES || length > Math.min(MOST_BYTES, possible)) {
            throw damaged("its head says that it has " + length + " bytes, which cannot be");
        }
        byte[] plain = new byte[(int) length];
        int found = zstd ? unzstd(body, plain) : inflate(body, plain);
        if (found != length) {
            throw damaged("its length is not what its head says");
        }
        return plain;
    }

    /** How many bytes came out; -1 when there is more than there is room for, or more input than needed. */
    private static int inflate(byte[] body, byte[] plain) {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(body, HEAD_BYTES, body.length - HEAD_BYTES);
            int found = inflater.inflate(plain);
            int more = inflater.finished() ? 0 : inflater.inflate(new byte[1]);
            return inflater.finished() && more == 0 && inflater.getRemaining() == 0 ? found : -1;
        } catch (DataFormatException e) {
            throw damaged("not a DEFLATE stream");
        } finally {
            inflater.end();
        }
    }

    private static int unzstd(byte[] body, byte[] plain) {
        try {
            return new ZstdDecompressor()
                    .decompress(body, HEAD_BYTES, body.length - HEAD_BYTES, plain, 0, plain.length);
        } catch (MalformedInputException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw damaged("not a Zstandard frame");
        }
    }

    private static TierException damaged(String why) {
        return new TierException(TierException.Kind.CORRUPT, why, null);
    }
}
