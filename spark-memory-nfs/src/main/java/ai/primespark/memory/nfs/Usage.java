package ai.primespark.memory.nfs;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import ai.primespark.spi.TierUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many records and bytes there are: counted shard by shard, once when asked and again by the maintenance, and kept up by what
 * this process writes in between. What other processes write shows at the next count. Thread-safe.
 */
final class Usage {

    private static final int SHARDS = Layout.SHARDS;

    private final String who;
    private final Layout layout;
    private final long maxBytes;
    private final AtomicLongArray records = new AtomicLongArray(SHARDS);
    private final AtomicLongArray recordBytes = new AtomicLongArray(SHARDS);
    private final AtomicLongArray blobBytes = new AtomicLongArray(SHARDS);
    private final AtomicLongArray counted = new AtomicLongArray(SHARDS);

    Usage(String who, Layout layout, long maxBytes) {
        this.who = who;
        this.layout = layout;
        this.maxBytes = maxBytes;
    }

    void record(Path file, int more, long moreBytes) {
        int shard = shard(file);
        records.addAndGet(shard, more);
        recordBytes.addAndGet(shard, moreBytes);
    }

    void blob(Path file, long moreBytes) {
        blobBytes.addAndGet(shard(file), moreBytes);
    }

    private static int shard(Path file) {
        return Integer.parseInt(NasFiles.name(NasFiles.directory(file)), 16);
    }

    void refuseIfFull(long more) {
        if (maxBytes != Long.MAX_VALUE && more > 0 && bytes() + more > maxBytes) {
            throw new TierException(
                    Kind.FULL, who + ": max-bytes of " + maxBytes + " is reached; raise it or delete something", null);
        }
    }

    private long bytes() {
        long sum = 0;
        for (int shard = 0; shard < SHARDS; shard++) {
            sum += recordBytes.get(shard) + blobBytes.get(shard);
        }
        return Math.max(0, sum);
    }

    /** Counts what was never counted, as far as half of the time reaches; says that it does not know if that was too little. */
    TierUsage measure(Deadline deadline) throws IOException {
        long half = deadline.remainingNanos() / 2;
        boolean all = true;
        for (int shard = 0; shard < SHARDS; shard++) {
            if (counted.get(shard) == 0) {
                if (deadline.remainingNanos() < half) {
                    all = false;
                    break;
                }
                count(shard);
            }
        }
        long capacity = maxBytes == Long.MAX_VALUE ? -1 : maxBytes;
        if (!all) {
            return new TierUsage(-1, -1, capacity);
        }
        long sum = 0;
        for (int shard = 0; shard < SHARDS; shard++) {
            sum += records.get(shard);
        }
        return new TierUsage(Math.max(0, sum), bytes(), capacity);
    }

    /** Counts a shard anew. What this process writes meanwhile is kept by adding the difference. */
    void count(int shard) throws IOException {
        long recordsBefore = records.get(shard);
        long bytesBefore = recordBytes.get(shard);
        long blobsBefore = blobBytes.get(shard);
        long[] found = new long[3];
        String name = Layout.shard(shard);
        NasFiles.each(layout.data().resolve(name), file -> {
            if (NasFiles.name(file).endsWith(Layout.RECORD)) {
                found[0]++;
                found[1] += size(file);
            }
            return true;
        });
        NasFiles.each(layout.blobs().resolve(name), file -> {
            if (NasFiles.name(file).endsWith(Layout.BLOB)) {
                found[2] += size(file);
            }
            return true;
        });
        records.addAndGet(shard, found[0] - recordsBefore);
        recordBytes.addAndGet(shard, found[1] - bytesBefore);
        blobBytes.addAndGet(shard, found[2] - blobsBefore);
        counted.set(shard, 1);
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) { // removed meanwhile
            return 0;
        }
    }
}
