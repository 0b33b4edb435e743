package ai.primespark.core.journal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Goes through a segment, checks everything in it, and finds its way again behind damaged parts. Memory is bounded. */
final class SegmentScan implements AutoCloseable {

    private static final int READ_AHEAD = 256 << 10;
    private static final int BLOCK = 4 << 10;

    private final long number;
    private final RandomAccessFile file;
    private final long length;

    private byte[] window = {};
    private long windowAt;
    private int windowBytes;

    /** A part that holds no whole entry. */
    record Gap(long offset, long bytes) {}

    /**
     * What was found.
     *
     * @param nextSequence from the header, or -1
     * @param gaps damaged parts with whole entries behind them
     * @param end of the last whole entry; what follows to the end of the file is not one
     */
    record Result(long nextSequence, List<Gap> gaps, long end, long length) {}

    /** Gets each whole entry. */
    interface Sink {
        /** Takes an entry; the payload is given for releases only. */
        void take(EntryFormat.Header header, int offset, byte @Nullable [] release);
    }

    SegmentScan(Path path, long number) throws IOException {
        this.number = number;
        this.file = new RandomAccessFile(path.toFile(), "r");
        this.length = Math.min(file.length(), Integer.MAX_VALUE);
    }

    Result run(Sink sink) {
        List<Gap> gaps = new ArrayList<>();
        long nextSequence = EntryFormat.readSegmentHeader(view(0, EntryFormat.SEGMENT_HEADER_BYTES), number);
        long offset = nextSequence >= 0 ? EntryFormat.SEGMENT_HEADER_BYTES : nextMagic(0);
        long gap = nextSequence >= 0 ? -1 : 0;
        long end = nextSequence >= 0 ? offset : 0;
        while (offset < length) {
            EntryFormat.Header header =
                    EntryFormat.readHeader(view(offset, EntryFormat.HEADER_BYTES), number, (int) offset);
            long after = header == null ? 0 : offset + EntryFormat.HEADER_BYTES + header.length();
            if (header == null || after > length) {
                gap = gap < 0 ? offset : gap;
                offset = nextMagic(offset + 1);
            } else {
                if (isWhole(header, offset + EntryFormat.HEADER_BYTES)) {
                    if (gap >= 0) {
                        gaps.add(new Gap(gap, offset - gap));
                        gap = -1;
                    }
                    sink.take(
                            header,
                            (int) offset,
                            header.kind() == EntryFormat.RELEASE ? payload(header, offset) : null);
                    end = after;
                } else if (gap < 0) {
                    gap = offset;
                }
                offset = after;
            }
        }
        return new Result(nextSequence, gaps, end, length);
    }

    private boolean isWhole(EntryFormat.Header header, long from) {
        CRC32C crc = new CRC32C();
        long to = from + header.length();
        for (long at = from; at < to; ) {
            ByteBuffer part = view(at, (int) Math.min(to - at, READ_AHEAD));
            at += part.remaining();
            crc.update(part);
        }
        return (int) crc.getValue() == header.payloadChecksum();
    }

    private byte[] payload(EntryFormat.Header header, long offset) {
        byte[] payload = new byte[header.length()];
        view(offset + EntryFormat.HEADER_BYTES, payload.length).get(payload);
        return payload;
    }

    private long nextMagic(long from) {
        for (long at = from; at + EntryFormat.HEADER_BYTES <= length; at++) {
            if (view(at, 4).getInt() == EntryFormat.MAGIC) {
                return at;
            }
        }
        return length;
    }

    /** So many bytes of the file, fewer at its end. */
    private ByteBuffer view(long offset, int count) {
        int wanted = (int) Math.max(0, Math.min(count, length - offset));
        if (offset < windowAt || offset + wanted > windowAt + windowBytes) {
            fill(offset, wanted);
        }
        return ByteBuffer.wrap(window, (int) (offset - windowAt), wanted);
    }

    private void fill(long offset, int count) {
        int size = (int) Math.min(length - offset, Math.max(count, READ_AHEAD));
        if (window.length < size) {
            window = new byte[size];
        }
        windowAt = offset;
        windowBytes = size;
        try {
            file.seek(offset);
            file.readFully(window, 0, size);
        } catch (IOException e) { // a bad place of the disk: what lies around it is still good
            for (int at = 0; at < size; at += BLOCK) {
                int part = Math.min(BLOCK, size - at);
                try {
                    file.seek(offset + at);
                    file.readFully(window, at, part);
                } catch (IOException unreadable) {
                    Arrays.fill(window, at, at + part, (byte) 0);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
