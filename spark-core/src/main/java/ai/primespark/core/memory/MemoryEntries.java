package ai.primespark.core.memory;

import ai.primespark.memory.Version;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierRecord;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What memory keeps in the journal. All big-endian; a text is its length in one byte and its ASCII bytes.
 *
 * <pre>
 * kind 1, a record for tiers:   format (1 byte, 1), number of tiers (1 byte), the tiers' ids (texts), the record as in
 *                               {@link RecordFormat}
 * kind 2, the clock's mark:     format (1 byte, 1), the clock (8 bytes): no greater version was acknowledged
 * kind 3, a tier to be swept:   format (1 byte, 1), the tier's id (text), clock (8 bytes) and node (text) of the newest version
 *                               that is not believed
 * </pre>
 */
final class MemoryEntries {

    static final int RECORD = 1;
    static final int CLOCK = 2;
    static final int SWEEP = 3;

    private static final byte FORMAT = 1;

    private MemoryEntries() {}

    /** A record and the ids of the tiers that have still to get it. */
    record ForTiers(TierRecord record, List<String> tiers) {}

    /** A tier whose records are not believed up to a version. */
    record Doubt(String tier, Version upTo) {}

    static byte[] record(TierRecord record, List<TierLink> tiers) {
        byte[] content = RecordFormat.write(record);
        int size = 2
                + content.length
                + tiers.stream().mapToInt(link -> 1 + link.id.length()).sum();
        ByteBuffer out = ByteBuffer.allocate(size).put(FORMAT).put((byte) tiers.size());
        tiers.forEach(link -> putText(out, link.id));
        return out.put(content).array();
    }

    static ForTiers readRecord(byte[] payload) {
        ByteBuffer in = begin(payload);
        try {
            List<String> tiers = new ArrayList<>();
            for (int left = in.get() & 0xFF; left > 0; left--) {
                tiers.add(text(in));
            }
            return new ForTiers(RecordFormat.read(Arrays.copyOfRange(payload, in.position(), payload.length)), tiers);
        } catch (BufferUnderflowException e) {
            throw damaged(e);
        }
    }

    static byte[] clock(long clock) {
        return ByteBuffer.allocate(9).put(FORMAT).putLong(clock).array();
    }

    static long readClock(byte[] payload) {
        try {
            return begin(payload).getLong();
        } catch (BufferUnderflowException e) {
            throw damaged(e);
        }
    }

    static byte[] sweep(String tier, Version upTo) {
        ByteBuffer out =
                ByteBuffer.allocate(11 + tier.length() + upTo.node().length()).put(FORMAT);
        putText(out, tier);
        out.putLong(upTo.clock());
        putText(out, upTo.node());
        return out.array();
    }

    static Doubt readSweep(byte[] payload) {
        ByteBuffer in = begin(payload);
        try {
            return new Doubt(text(in), new Version(in.getLong(), text(in)));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw damaged(e);
        }
    }

    private static ByteBuffer begin(byte[] payload) {
        if (payload.length == 0 || payload[0] != FORMAT) {
            throw damaged(null);
        }
        return ByteBuffer.wrap(payload, 1, payload.length - 1);
    }

    private static TierException damaged(@org.jspecify.annotations.Nullable Exception cause) {
        return new TierException(
                TierException.Kind.CORRUPT, "an entry of the journal is damaged or of a newer version", cause);
    }

    private static void putText(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        out.put((byte) bytes.length).put(bytes);
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[in.get() & 0xFF];
        in.get(bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
